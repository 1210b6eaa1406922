//! The section of text and Markdown reports on the baseline: the state of each finding, and stale entries.

use std::io::{self, Write};

use super::counted;
use crate::printable::plain;
use crate::{BaselineResult, BaselineState, Report};

/// The number of findings and entries listed for each state.
const MOST: usize = 20;

/// Writes the totals, then new and expired findings and stale entries, each by ID.
pub(super) fn section(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(result) = &report.baseline else { return Ok(()) };
    writeln!(out, "Baseline {}: {}", plain(&result.file), totals(result))?;
    for (state, lines) in lists(report, result) {
        for line in lines {
            writeln!(out, "  {state:8} {}", plain(&line))?;
        }
    }
    if !result.stale.is_empty() {
        writeln!(out, "  Stale entries match no finding: remove them with --prune")?;
    }
    if let Some(others) = others(report) {
        writeln!(out, "  {others}")?;
    }
    writeln!(out)
}

/// Returns the number of findings or entries in each state.
pub(super) fn totals(result: &BaselineResult) -> String {
    let BaselineResult { new, expired, accepted, stale, .. } = result;
    format!("{new} new, {expired} expired, {accepted} accepted, {} stale", stale.len())
}

/// Returns new and expired findings and stale entries, each by ID, as many as are listed.
pub(super) fn lists(report: &Report, result: &BaselineResult) -> [(&'static str, Vec<String>); 3] {
    let found = |state: BaselineState| {
        let found = report.findings.iter().filter(|finding| finding.baseline == Some(state));
        (state.as_str(), first(found.map(|finding| finding.identity.to_string()).collect()))
    };
    let stale = result.stale.iter().map(|entry| format!("{} (line {})", entry.entry, entry.line)).collect();
    [found(BaselineState::New), found(BaselineState::Expired), ("STALE", first(stale))]
}

/// Returns a line on findings of operations that were not selected, if there are any.
pub(super) fn others(report: &Report) -> Option<String> {
    let count = report.findings.iter().filter(|finding| finding.baseline.is_none()).count() as u64;
    let findings = counted(count, "finding");
    (count > 0).then(|| format!("{findings} of operations that were not selected: neither counted nor listed"))
}

fn first(mut lines: Vec<String>) -> Vec<String> {
    if let Some(more) = lines.len().checked_sub(MOST).filter(|more| *more > 0) {
        lines.truncate(MOST);
        lines.push(format!("and {more} more; see the JSON report"));
    }
    lines
}
