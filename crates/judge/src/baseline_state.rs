//! What a baseline says about findings, as reports show it.

use serde::{Deserialize, Serialize};

/// What a baseline says about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineState {
    /// No entry covers it: it fails the run.
    New,
    /// Every entry that covers it has expired: it fails the run.
    Expired,
    /// An entry covers it: it does not fail the run.
    Accepted,
}

impl BaselineState {
    /// Returns the word for it in text reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Expired => "EXPIRED",
            Self::Accepted => "ACCEPTED",
        }
    }
}

/// How the findings of a run compare with its baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaselineResult {
    /// The file.
    pub file: String,
    /// The number of findings that no entry covers.
    pub new: u64,
    /// The number of findings whose entries have expired.
    pub expired: u64,
    /// The number of findings that entries accept.
    pub accepted: u64,
    /// The entries that the run judged and that match no finding.
    pub stale: Vec<StaleEntry>,
}

/// An entry that matches no finding, although the run judged what it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleEntry {
    /// The ID or glob of the entry.
    pub entry: String,
    /// The line of the entry in the file.
    pub line: usize,
    /// The reason that the entry states.
    pub reason: String,
}
