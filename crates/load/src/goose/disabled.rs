//! The errors of a build without the goose driver.

use std::sync::Arc;

use super::GooseSettings;
use crate::driver_stats::{LiveCounters, WorkerStats};
use crate::error::LoadError;
use crate::prepared_run::PreparedRun;
use crate::stop::StopHandle;

const DISABLED: LoadError = LoadError::FeatureDisabled { driver: "goose", feature: "goose" };

pub(crate) fn check_flags(_: &[String]) -> Result<(), LoadError> {
    Err(DISABLED)
}

pub(crate) fn run(
    _: &Arc<PreparedRun>,
    _: &GooseSettings,
    _: &Arc<LiveCounters>,
    _: &StopHandle,
) -> Result<WorkerStats, LoadError> {
    Err(DISABLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_the_feature() {
        let error = check_flags(&[]).unwrap_err().to_string();
        assert!(error.contains("cargo feature `goose`"), "{error}");
    }
}
