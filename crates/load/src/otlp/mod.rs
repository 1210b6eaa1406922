//! Export of a run's metrics by OTLP over HTTP: every ten seconds during the load, and at its end.
//!
//! The cargo feature `otlp` compiles it in. Without it, [`MetricsExport::start`] fails with an error that names the feature.

#[cfg(not(feature = "otlp"))]
mod disabled;
#[cfg(feature = "otlp")]
mod export;

#[cfg(not(feature = "otlp"))]
pub use disabled::MetricsExport;
#[cfg(feature = "otlp")]
pub use export::MetricsExport;

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
