//! The numbers of a run that no event carries.

use std::time::Duration;

use crate::LeftBehind;

/// What only the sender knows at the end of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Wall time of the run.
    pub duration: Duration,
    /// Requests sent, retries left out.
    pub exchanges: u64,
    /// Requests sent again.
    pub retries: u64,
    /// Why the run ended before its time and judged nothing, if so.
    pub unusable: Option<String>,
    /// What ended the run before its time, if so: `stopped by --max-requests`.
    pub cut: Option<String>,
    /// Whether any call of the run succeeded.
    pub has_succeeded: bool,
    /// Resources that could not be deleted.
    pub left_behind: Vec<LeftBehind>,
    /// The command that deletes them.
    pub clean_command: Option<String>,
    /// Cases skipped because writes are not allowed.
    pub writes_skipped: u64,
}
