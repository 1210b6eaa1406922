//! One entry of a baseline, and the findings that it covers.

use std::fmt;

use ivs_model::{CaseId, FindingId, glob_matches};
use time::Date;

/// One entry of a baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineEntry {
    /// The findings that it covers.
    pub pattern: BaselinePattern,
    /// The case that showed it first. A run without its suite or operation does not judge the entry.
    pub case: Option<CaseId>,
    /// Why the findings are accepted.
    pub reason: String,
    /// The date of the first run that had the finding.
    pub first_seen: Option<Date>,
    /// The last date on which the findings are accepted.
    pub expires: Option<Date>,
    /// The line of the entry in the file.
    pub line: usize,
}

impl BaselineEntry {
    /// Returns whether the entry accepts nothing any more.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}

/// The findings that an entry covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselinePattern {
    /// The key `id`: one finding. Its `*` stands for list items, as in `/tags/*`.
    Id(FindingId),
    /// The key `glob`: every finding whose ID matches. `*` stands for any text, `?` for one character.
    Glob(String),
}

impl BaselinePattern {
    /// Returns whether this pattern covers a finding.
    #[must_use]
    pub fn covers(&self, finding: &FindingId) -> bool {
        match self {
            Self::Id(id) => id == finding,
            Self::Glob(glob) => glob_matches(glob, &finding.to_string()),
        }
    }
}

impl fmt::Display for BaselinePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "{id}"),
            Self::Glob(glob) => formatter.write_str(glob),
        }
    }
}
