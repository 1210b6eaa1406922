//! The text report: findings by operation, then the totals.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Renderer, counted};
use crate::printable::{plain, plain_lines};
use crate::report::Summary;
use crate::{Event, Finding, FindingAnswer, Report, RunStatus, Severity, authority_name};

/// The column at which names are wrapped.
const WIDTH: usize = 100;

/// The number of other answers listed for a finding.
const MOST_ANSWERS: usize = 5;

/// The number of reasons listed for cases without a verdict.
const MOST_REASONS: usize = 10;

/// Writes the report once, at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Console {
    /// Whether to use ANSI colors.
    pub color: bool,
}

impl Renderer for Console {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => self.report(report, out),
            _ => Ok(()),
        }
    }
}

impl Console {
    fn report(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        if let Some(banner) = report.status.banner() {
            writeln!(out, "{}\n", self.paint("1;31", &plain(&banner)))?;
        }
        if matches!(report.status, RunStatus::Unusable { .. }) && report.summary.exchanges == 0 {
            // Nobody is there: there is nothing else to tell.
            return Ok(());
        }
        let mut last = None;
        for finding in &report.findings {
            let target = finding.scope;
            if last != Some(target) {
                let remark = if target.operation().is_none() { "  (the endpoint as a whole)" } else { "" };
                writeln!(out, "{}{remark}", self.bold(&target.to_string()))?;
                last = Some(target);
            }
            self.finding(finding, out)?;
        }
        if report.findings.iter().any(|finding| finding.reproduce.curl.contains("$AWS_ENDPOINT_URL")) {
            writeln!(out, "The curl commands read the endpoint and the credentials from the environment:")?;
            writeln!(out, "  export AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…", report.endpoint)?;
            writeln!(out)?;
        }
        self.checks(report, out)?;
        self.coverage(report, out)?;
        self.numbers(report, out)
    }

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

    fn checks(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut checks: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
        for finding in &report.findings {
            checks.entry(&finding.check).or_default()[usize::from(finding.severity == Severity::Warning)] += 1;
        }
        if checks.is_empty() {
            return Ok(());
        }
        writeln!(out, "{}", self.bold("Findings by check"))?;
        let width = checks.keys().map(|check| check.len()).max().unwrap_or_default();
        for (check, [errors, warnings]) in checks {
            let mut parts = Vec::new();
            if errors > 0 {
                parts.push(counted(errors, "error"));
            }
            if warnings > 0 {
                parts.push(counted(warnings, "warning"));
            }
            writeln!(out, "  {check:width$}  {}", parts.join(", "))?;
        }
        writeln!(out)
    }

    fn coverage(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut absent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (service, operation) in report.not_implemented.iter().filter_map(|name| name.split_once('.')) {
            absent.entry(service).or_default().push(operation);
        }
        for (service, operations) in absent {
            writeln!(out, "{} {service}: {}", self.bold("Not implemented"), operations.len())?;
            wrapped(&operations, out)?;
            writeln!(out)?;
        }
        if !report.not_judged.is_empty() {
            writeln!(out, "{}: {}", self.bold("No case judged"), report.not_judged.len())?;
            wrapped(&report.not_judged.iter().map(String::as_str).collect::<Vec<_>>(), out)?;
            writeln!(out)?;
        }
        let mut reasons: Vec<_> = report.unjudged.iter().collect();
        reasons.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.cmp(b)));
        if !reasons.is_empty() {
            writeln!(out, "{}", self.bold("Cases without a verdict"))?;
            for reason in reasons.iter().take(MOST_REASONS) {
                writeln!(out, "  {:6} {} ({}): {}", reason.cases, reason.verdict, reason.suite, plain(&reason.reason))?;
            }
            if let Some(more) = reasons.len().checked_sub(MOST_REASONS).filter(|more| *more > 0) {
                writeln!(out, "         and {}; see the JSON report", counted(more as u64, "more reason"))?;
            }
            writeln!(out)?;
        }
        for note in &report.notes {
            writeln!(out, "Note: {}", plain(note))?;
        }
        if let Some(command) = &report.clean_command {
            let count = counted(report.left_behind.len() as u64, "resource");
            writeln!(out, "Left behind: {count}. Delete with: {command}")?;
        }
        Ok(())
    }

    fn numbers(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let summary = &report.summary;
        writeln!(out, "{} {}, seed {}", self.bold("Endpoint  "), report.endpoint, report.seed)?;
        if !report.target.is_empty() {
            writeln!(out, "Target     {}", plain(&report.target))?;
        }
        for (name, count) in counts(summary) {
            writeln!(out, "{name:10} {count}")?;
        }
        writeln!(out, "Exchanges  {} in {:.1} s", exchanges(summary), report.duration_s)?;
        let found = &summary.findings;
        let text = format!("{}, {}", counted(found.error, "error"), counted(found.warning, "warning"));
        let painted = match (found.error, found.warning) {
            (0, 0) => self.paint("32", &text),
            (0, _) => self.paint("33", &text),
            _ => self.paint("31", &text),
        };
        writeln!(out, "Findings   {painted}")?;
        let status = report.status.name();
        let painted = if report.status == RunStatus::Complete { status.to_owned() } else { self.paint("1;31", status) };
        writeln!(out, "Status     {painted}")
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
    if !finding.operations.is_empty() {
        parts.push(format!("in {}", counted(finding.operations.len() as u64, "operation")));
    }
    if !finding.sites.is_empty() {
        parts.push(format!("{} variants: {}", finding.sites.len(), finding.sites.join(", ")));
    }
    if finding.count > 1 {
        parts.push(format!("{} times", finding.count));
    }
    if finding.other_answers > 0 {
        parts.push(format!("and {}", counted(finding.other_answers, "other answer")));
    }
    if parts.is_empty() { String::new() } else { format!("  ({})", parts.join("; ")) }
}

fn wrapped(names: &[&str], out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::from(" ");
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        if line.len() + name.len() + 2 > WIDTH {
            writeln!(out, "{line}")?;
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(name);
        line.push_str(comma);
    }
    writeln!(out, "{line}")
}
