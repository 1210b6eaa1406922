//! Known findings that a run accepts, so that only new ones fail it.
//!
//! A [`Baseline`] is read from TOML, judges a [`Report`], and is written back with its comments.

mod entry;
mod error;
mod file;

use std::borrow::Cow;
use std::collections::BTreeSet;

use ivs_model::{FindingId, FindingScope, Model, OperationId, SuiteName, glob_matches};
use time::Date;

pub use entry::{BaselineEntry, BaselinePattern};
pub use error::{BaselineError, BaselineProblem};

use crate::baseline_state::{BaselineResult, BaselineState, StaleEntry};
use crate::cause::causes;
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

    /// Gives each finding of a report its state, and the report the totals and the stale entries. Findings of operations that
    /// the run did not select, such as those that created what it needed, get no state: they neither fail nor count.
    pub fn judge(&self, report: &mut Report, run: &BaselineRun<'_>) {
        let selected: BTreeSet<OperationId> =
            report.operations.iter().map(|row| OperationId::new(&row.service, &row.operation)).collect();
        for finding in &mut report.findings {
            let is_selected = finding.scope.operation().is_none_or(|operation| selected.contains(&operation));
            finding.baseline = is_selected.then(|| self.state_of(&finding.identity, run.today));
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
            let is_run = match &entry.case {
                Some(case) => {
                    (run.suites.is_empty() || run.suites.contains(&case.suite)) && tested.contains(&case.operation)
                }
                None => run.suites.is_empty(),
            };
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
            is_run && is_tested
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

impl Report {
    /// Returns this report without the findings that its baseline accepts or does not judge, for formats whose findings fail a
    /// build. The totals stay.
    #[must_use]
    pub fn without_accepted(&self) -> Cow<'_, Self> {
        if self.baseline.is_none() {
            return Cow::Borrowed(self);
        }
        let mut report = self.clone();
        report.findings.retain(Finding::is_unaccepted);
        report.causes = causes(&report.findings);
        Cow::Owned(report)
    }
}

impl Finding {
    /// Returns whether the baseline of the run says that the finding fails it.
    #[must_use]
    pub(crate) fn is_unaccepted(&self) -> bool {
        matches!(self.baseline, Some(BaselineState::New | BaselineState::Expired))
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
                .is_none_or(|scope| glob_matches(scope, &FindingScope::Operation(operation).to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
