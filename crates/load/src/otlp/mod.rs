//! Export of a run's metrics by OTLP over HTTP: every ten seconds during the load, and at its end.
//!
//! The cargo feature `otlp` compiles it in. Without it, [`MetricsExport::start`] fails with an error that names the feature.

#[cfg(not(feature = "otlp"))]
mod disabled;
#[cfg(feature = "otlp")]
mod export;

#[cfg(not(feature = "otlp"))]
use self::disabled::Exporter;
#[cfg(feature = "otlp")]
use self::export::Exporter;
use crate::progress::LoadProgress;
use crate::report::LoadSummary;

/// A running export.
#[derive(Debug)]
pub struct MetricsExport(Exporter);

impl MetricsExport {
    /// Starts the export of a run to an endpoint, such as `http://127.0.0.1:4318`. Call it outside of a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`OtlpError`] if the URL cannot be used, or if this build has no exporter.
    pub fn start(url: &str, run: &str) -> Result<Self, OtlpError> {
        Exporter::start(url, run).map(Self)
    }

    /// Takes the progress of the load, for the next export.
    pub fn observe(&self, progress: &LoadProgress) {
        self.0.observe(progress);
    }

    /// Adds the results and exports everything.
    ///
    /// # Errors
    ///
    /// [`OtlpError::Export`] if the endpoint does not take them.
    pub fn finish(self, summary: &LoadSummary) -> Result<(), OtlpError> {
        self.0.finish(summary)
    }
}

/// The reason why metrics were not exported.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The build lacks the exporter.
    #[error(
        "this build has no OTLP exporter: enable the cargo feature `otlp` (example: cargo install ivs-contract --features otlp)"
    )]
    FeatureDisabled,
    /// The URL cannot be used.
    #[error("invalid OTLP endpoint '{url}': {reason} (example: http://127.0.0.1:4318)")]
    Endpoint {
        /// The URL.
        url: String,
        /// The exporter's message.
        reason: String,
    },
    /// The endpoint did not take the metrics.
    #[error("cannot export metrics to {url}: {reason}")]
    Export {
        /// The URL.
        url: String,
        /// The exporter's message.
        reason: String,
    },
}
