//! The section of the text report on the baseline: the state of each finding, and stale entries.

use std::io::{self, Write};

use crate::printable::plain;
use crate::{BaselineResult, BaselineState, Report};

/// The number of findings and entries listed for each state.
const MOST: usize = 20;

/// Writes the totals, then new and expired findings and stale entries, each by ID.
pub(super) fn section(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(BaselineResult { file, new, expired, accepted, stale }) = &report.baseline else { return Ok(()) };
    let file = plain(file);
    writeln!(out, "Baseline {file}: {new} new, {expired} expired, {accepted} accepted, {} stale", stale.len())?;
    for state in [BaselineState::New, BaselineState::Expired] {
        let found = report.findings.iter().filter(|finding| finding.baseline == Some(state));
        list(out, state.as_str(), found.map(|finding| finding.identity.to_string()))?;
    }
    list(out, "STALE", stale.iter().map(|entry| format!("{} (line {})", entry.entry, entry.line)))?;
    if !stale.is_empty() {
        writeln!(out, "  Stale entries match no finding: remove them with --prune")?;
    }
    writeln!(out)
}

fn list(out: &mut dyn Write, state: &str, lines: impl Iterator<Item = String>) -> io::Result<()> {
    let lines: Vec<String> = lines.collect();
    for line in lines.iter().take(MOST) {
        writeln!(out, "  {state:8} {}", plain(line))?;
    }
    if let Some(more) = lines.len().checked_sub(MOST).filter(|more| *more > 0) {
        writeln!(out, "  {state:8} and {more} more; see the JSON report")?;
    }
    Ok(())
}
