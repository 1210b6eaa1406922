//! One finding as text.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::counted;
use crate::printable::{plain, plain_lines};
use crate::report::Summary;
use crate::{Finding, FindingAnswer, Severity, authority_name};

/// The number of other answers listed for a finding.
const MOST_ANSWERS: usize = 5;

/// Writes findings as they are shown by `replay` and by `check --verbose`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Console {
    /// Whether to use ANSI colors.
    pub color: bool,
}

impl Console {
    /// Writes one finding.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finding(self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        let site = if finding.site.is_empty() { String::new() } else { format!(" {}", plain(&finding.site)) };
        let severity = self.severity(finding.severity);
        writeln!(out, "  {severity} {}{site}  [{}]", self.bold(&finding.check), authority_name(finding.authority))?;
        writeln!(out, "    expected {}", plain(&finding.expected))?;
        writeln!(out, "    actual   {}{}", plain(&finding.actual), plain(&extent(finding)))?;
        for other in finding.answers.iter().skip(1).take(MOST_ANSWERS) {
            let FindingAnswer { authority, expected, actual, count, .. } = other;
            let (authority, expected, actual) = (authority_name(*authority), plain(expected), plain(actual));
            writeln!(out, "    also     [{authority}] expected {expected}, actual {actual}  ({})", times(*count))?;
        }
        if let Some(exchange) = &finding.exchange {
            writeln!(out, "    answer   {}", exchange.response.line())?;
        }
        writeln!(out, "    rule     {}", plain(&finding.rule))?;
        // Lines of a script are not indented: they are there to be copied.
        writeln!(out, "    curl     {}", plain_lines(&finding.reproduce.curl))?;
        if !finding.reproduce.replay.is_empty() {
            writeln!(out, "    replay   {}", plain(&finding.reproduce.replay))?;
        }
        writeln!(out)
    }

    fn severity(self, severity: Severity) -> String {
        match severity {
            Severity::Error => self.paint("31", "error  "),
            Severity::Warning => self.paint("33", "warning"),
        }
    }

    fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Returns the totals as text: a name and its count.
pub(super) fn counts(summary: &Summary) -> Vec<(&'static str, String)> {
    let Summary { operations, cases, sites, errors, .. } = summary;
    let exercised = format!(
        "{} selected: {} tested, {} not implemented",
        operations.total, operations.exercised, operations.not_implemented
    );
    let mut run = format!(
        "{} run: {} passed, {} failed, {} indeterminate; {} skipped",
        cases.run, cases.passed, cases.failed, cases.indeterminate, cases.skipped
    );
    if cases.not_sent > 0 {
        let _ = write!(run, ", {} not run", cases.not_sent);
    }
    let tested = format!("{} of {} tested", sites.tested, sites.total);
    let mut counts = vec![("Operations", exercised), ("Cases", run), ("Sites", tested)];
    if errors.total > 0 {
        let declared = format!(
            "{} declared by operations: {} seen, {} not seen, {} cannot be triggered",
            errors.total, errors.seen, errors.not_seen, errors.not_provocable
        );
        counts.push(("Errors", declared));
    }
    counts
}

/// Returns the number of requests and of retries as text.
pub(super) fn exchanges(summary: &Summary) -> String {
    match summary.retries {
        0 => summary.exchanges.to_string(),
        1 => format!("{} (1 retry)", summary.exchanges),
        retries => format!("{} ({retries} retries)", summary.exchanges),
    }
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

/// Returns how often and where a finding was seen, if more than once.
pub(super) fn extent(finding: &Finding) -> String {
    let mut parts = Vec::new();
    if finding.count > 1 {
        parts.push(format!("{} times", finding.count));
    }
    if finding.other_answers > 0 {
        parts.push(format!("and {}", counted(finding.other_answers, "other answer")));
    }
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join("; ")) }
}
