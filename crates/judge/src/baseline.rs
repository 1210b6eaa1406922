//! Known findings that a run accepts, so that only new ones fail it.
//!
//! A [`Baseline`] is read from TOML, judges a [`Report`], and is written back with its comments.

mod entry;
mod error;
mod file;

use std::collections::BTreeSet;

use ivs_model::{FindingId, FindingScope, Model, OperationId, SuiteName};
use serde::{Deserialize, Serialize};
use time::Date;

pub use entry::{BaselineEntry, BaselinePattern};
pub use error::{BaselineError, BaselineProblem};

use crate::report::CoverageRow;
use crate::{Finding, Report, RunStatus};

/// The version of the file that this program reads and writes.
pub const BASELINE_SCHEMA: i64 = 1;

/// The accepted findings of an endpoint, as its TOML file lists them.
///
/// ```
/// use ivs_judge::{Baseline, BaselineNames, BaselineState};
/// use ivs_model::bundled;
/// use time::macros::date;
///
/// let names = BaselineNames { checks: ["request-id"].into(), models: bundled::models() };
/// let text = "schema = 1\n\n[[accept]]\nglob = 'request-id:ivs.*'\nreason = 'known'\nexpires = 2026-06-30\n";
/// let baseline = Baseline::parse("accepted.toml", text, &names).unwrap();
///
/// let finding = "request-id:ivs.GetChannel:".parse().unwrap();
/// assert_eq!(baseline.state_of(&finding, date!(2026 - 06 - 30)), BaselineState::Accepted);
/// assert_eq!(baseline.state_of(&finding, date!(2026 - 07 - 01)), BaselineState::Expired);
/// ```
#[derive(Debug, Clone)]
pub struct Baseline {
    file: String,
    document: toml_edit::DocumentMut,
    entries: Vec<BaselineEntry>,
    operations: Vec<OperationId>,
}

/// The names that entries may use. An entry with any other name would never match.
#[derive(Debug, Clone)]
pub struct BaselineNames<'a> {
    /// The names of all checks.
    pub checks: BTreeSet<&'a str>,
    /// The models of all services.
    pub models: &'a [Model],
}

/// What a run selected. Entries of anything else are neither judged nor counted.
#[derive(Debug, Clone, Copy)]
pub struct BaselineRun<'a> {
    /// The selected suites; empty for all of them.
    pub suites: &'a [SuiteName],
    /// The date in UTC, which decides about expiry.
    pub today: Date,
}

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

impl Baseline {
    /// Returns a baseline without entries.
    #[must_use]
    pub fn empty(file: &str, names: &BaselineNames<'_>) -> Self {
        Self::parse(file, file::EMPTY, names).expect("a test parses the empty file")
    }

    /// Parses the text of a baseline. `file` is the name for messages.
    ///
    /// # Errors
    /// Fails on another schema, on unknown keys, checks and operations, and on dates that are none. The error names the line.
    pub fn parse(file: &str, text: &str, names: &BaselineNames<'_>) -> Result<Self, BaselineError> {
        let (document, entries) = file::parse(file, text, names)?;
        let operations = names.models.iter().flat_map(|model| model.operations.iter().map(|it| it.id)).collect();
        Ok(Self { file: file.to_owned(), document, entries, operations })
    }

    /// Returns the entries in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[BaselineEntry] {
        &self.entries
    }

    /// Returns what this baseline says about a finding on a date.
    #[must_use]
    pub fn state_of(&self, finding: &FindingId, today: Date) -> BaselineState {
        let mut state = BaselineState::New;
        for entry in self.entries.iter().filter(|entry| entry.pattern.covers(finding)) {
            if !entry.is_expired(today) {
                return BaselineState::Accepted;
            }
            state = BaselineState::Expired;
        }
        state
    }

    /// Gives each finding of a report its state, and the report the totals and the stale entries.
    pub fn judge(&self, report: &mut Report, run: &BaselineRun<'_>) {
        for finding in &mut report.findings {
            finding.baseline = Some(self.state_of(&finding.identity, run.today));
        }
        let count = |state| report.findings.iter().filter(|finding| finding.baseline == Some(state)).count() as u64;
        report.baseline = Some(BaselineResult {
            file: self.file.clone(),
            new: count(BaselineState::New),
            expired: count(BaselineState::Expired),
            accepted: count(BaselineState::Accepted),
            stale: self.stale(report, run),
        });
    }

    /// Returns the entries that match no finding, among those that the run judged.
    fn stale(&self, report: &Report, run: &BaselineRun<'_>) -> Vec<StaleEntry> {
        // What a partial run did not reach may still be there.
        if report.status != RunStatus::Complete {
            return Vec::new();
        }
        let tested: BTreeSet<OperationId> = report
            .operations
            .iter()
            .filter(|row| row.coverage == CoverageRow::Exercised)
            .map(|row| OperationId::new(&row.service, &row.operation))
            .collect();
        let is_judged = |entry: &BaselineEntry| {
            let of_suite = run.suites.is_empty() || entry.suite.is_some_and(|suite| run.suites.contains(&suite));
            let mut named = self.operations.iter().filter(|operation| entry.pattern.names(**operation)).peekable();
            let is_tested = match entry.pattern {
                BaselinePattern::Id(_) => named.all(|operation| tested.contains(operation)),
                // What is not implemented can match nothing. What was not selected could.
                BaselinePattern::Glob(_) => named.all(|operation| {
                    let is_row = |row: &&crate::report::OperationRow| {
                        row.service == operation.service() && row.operation == operation.name()
                    };
                    report.operations.iter().any(|row| is_row(&row) && row.coverage != CoverageRow::Unknown)
                }),
            };
            of_suite && is_tested
        };
        let matches = |entry: &BaselineEntry| report.findings.iter().any(|it| entry.pattern.covers(&it.identity));
        self.entries
            .iter()
            .filter(|entry| !matches(entry) && is_judged(entry))
            .map(|entry| StaleEntry {
                entry: entry.pattern.to_string(),
                line: entry.line,
                reason: entry.reason.clone(),
            })
            .collect()
    }

    /// Adds an entry for each finding of a judged report that is new. Existing entries keep their reason, dates and comments.
    pub fn add_new(&mut self, report: &Report, today: Date) {
        let new: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.baseline == Some(BaselineState::New)).collect();
        file::add(&mut self.document, &new, today);
    }

    /// Removes the entries that a judged report found stale.
    pub fn prune(&mut self, report: &Report) {
        let stale = report.baseline.iter().flat_map(|result| &result.stale).map(|entry| entry.entry.as_str()).collect();
        file::remove(&mut self.document, &stale);
    }

    /// Returns the text of the file, sorted by entry.
    #[must_use]
    pub fn text(&self) -> String {
        self.document.to_string()
    }
}

impl BaselinePattern {
    /// Returns whether a finding of that operation could have an ID that this pattern covers.
    fn names(&self, operation: OperationId) -> bool {
        match self {
            Self::Id(id) => id.scope.covers(FindingScope::Operation(operation)),
            Self::Glob(glob) => glob
                .split(':')
                .nth(1)
                .is_none_or(|scope| entry::glob_matches(scope, &FindingScope::Operation(operation).to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
