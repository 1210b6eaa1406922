//! The export of a build without the exporter.

use super::OtlpError;
use crate::progress::LoadProgress;
use crate::report::LoadSummary;

/// An export of metrics. A build without the feature `otlp` has none.
#[derive(Debug)]
pub enum MetricsExport {}

impl MetricsExport {
    /// Fails: this build has no exporter.
    ///
    /// # Errors
    ///
    /// [`OtlpError::FeatureDisabled`], always.
    pub fn start(_: &str, _: &str) -> Result<Self, OtlpError> {
        Err(OtlpError::FeatureDisabled)
    }

    /// Takes the progress of the load.
    pub fn observe(&self, _: &LoadProgress) {
        match *self {}
    }

    /// Exports the results.
    ///
    /// # Errors
    ///
    /// Never: there is no export to finish.
    pub fn finish(self, _: &LoadSummary) -> Result<(), OtlpError> {
        match self {}
    }
}
