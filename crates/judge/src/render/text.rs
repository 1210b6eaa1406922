//! The text report: the verdict, the causes, the numbers, and the verdict again.

use std::io::{self, Write};

use super::console::{Console, counts};
use super::wrap::{cut, wrapped};
use super::{Renderer, baseline, counted};
use crate::cause::CauseTexts;
use crate::printable::plain;
use crate::{Cause, Event, Finding, Outcome, Policy, Report, RunStatus, Severity, authority_name};

/// The width without a terminal, in columns.
pub const WIDTH: usize = 80;

/// The least width in columns. A narrower terminal breaks lines by itself.
const LEAST_WIDTH: usize = 40;

/// The number of lines that causes and numbers have as a rule. Replay lines fill what the causes leave.
const MOST_LINES: usize = 107;

/// The number of causes that are shown without `--verbose`.
const MOST_CAUSES: usize = 60;

/// The number of lines of notes and of names that are shown without `--verbose`.
const MOST_REMARKS: usize = 3;

/// How much the text report says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// The verdict line.
    Quiet,
    /// The causes and the numbers.
    #[default]
    Normal,
    /// Besides, every finding with its exchange.
    Verbose,
}

/// Writes the report once, at the end.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// Whether to use ANSI colors.
    pub color: bool,
    /// The number of columns.
    pub width: usize,
    /// How much to say.
    pub detail: Detail,
    /// What decides the verdict.
    pub policy: Policy,
}

impl Default for Text {
    fn default() -> Self {
        Self { color: false, width: WIDTH, detail: Detail::Normal, policy: Policy::default() }
    }
}

impl Renderer for Text {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => self.report(report, out),
            _ => Ok(()),
        }
    }
}

impl Text {
    fn report(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let verdict = self.verdict(report);
        write!(out, "{verdict}")?;
        if self.detail == Detail::Quiet {
            return Ok(());
        }
        if matches!(report.status, RunStatus::Unusable { .. }) && report.summary.exchanges == 0 {
            // Nobody is there: there is nothing else to tell.
            return Ok(());
        }
        if let RunStatus::Partial { .. } = &report.status
            && let Some(banner) = report.status.banner()
        {
            for line in wrapped(&plain(&banner), self.width(), "  ") {
                writeln!(out, "{}", self.paint("1;31", &line))?;
            }
        }
        let tail = self.tail(report);
        for line in self.facts(report).into_iter().chain([String::new()]) {
            writeln!(out, "{line}")?;
        }
        let shown = report.without_accepted();
        if !shown.causes.is_empty() {
            self.causes(&shown, MOST_LINES.saturating_sub(tail.len()), out)?;
        }
        if self.detail == Detail::Verbose {
            self.findings(&shown, out)?;
        }
        for line in tail {
            writeln!(out, "{line}")?;
        }
        baseline::section(report, out)?;
        if matches!(report.status, RunStatus::Unusable { .. }) {
            // The one reason is told once: little comes after it.
            return Ok(());
        }
        write!(out, "{verdict}")
    }

    /// Returns the verdict as lines.
    fn verdict(self, report: &Report) -> String {
        let color = match report.outcome(&self.policy) {
            Outcome::Conforms => "1;32",
            Outcome::Findings | Outcome::Partial | Outcome::Unusable => "1;31",
        };
        let lines = wrapped(&plain(&report.verdict(&self.policy)), self.width(), "  ");
        lines.iter().map(|line| format!("{}\n", self.paint(color, line))).collect()
    }

    fn facts(self, report: &Report) -> Vec<String> {
        let mut facts = Vec::new();
        if !report.run.version.is_empty() {
            facts.push(format!("ivs-contract {}", report.run.version));
        }
        if !report.run.date.is_empty() {
            facts.push(report.run.date.clone());
        }
        facts.push(format!("seed {}", report.seed));
        let retries = match report.summary.retries {
            0 => String::new(),
            retries => format!(", {}", if retries == 1 { "1 retry".to_owned() } else { format!("{retries} retries") }),
        };
        let exchanges = counted(report.summary.exchanges, "exchange");
        facts.push(format!("{exchanges} in {:.1} s{retries}", report.duration_s));
        let mut lines = wrapped(&facts.join(", "), self.width(), "  ");
        if !report.target.is_empty() {
            lines.extend(wrapped(&format!("Target: {}", plain(&report.target)), self.width(), "  "));
        }
        lines
    }

    /// Writes the causes. The worst ones have a line that replays their example, as far as `room` lines suffice.
    fn causes(self, report: &Report, room: usize, out: &mut dyn Write) -> io::Result<()> {
        let most = if self.detail == Detail::Verbose { usize::MAX } else { MOST_CAUSES };
        let all = |is_compact| -> Vec<Vec<String>> {
            report.causes.iter().take(most).map(|cause| self.cause(report, cause, is_compact)).collect()
        };
        let mut shown = all(false);
        if shown.iter().map(Vec::len).sum::<usize>() * 3 > room * 2 {
            shown = all(true);
        }
        let mut room = match self.detail {
            Detail::Verbose => usize::MAX,
            Detail::Quiet | Detail::Normal => room.saturating_sub(shown.iter().map(Vec::len).sum()),
        };
        for (cause, lines) in report.causes.iter().zip(shown) {
            for line in lines {
                writeln!(out, "{line}")?;
            }
            let replay = self.replay(&cause.replay);
            if !replay.is_empty() && replay.len() <= room {
                room -= replay.len();
                for line in replay {
                    writeln!(out, "{line}")?;
                }
            } else {
                // Later causes are no worse.
                room = 0;
            }
        }
        if let Some(more) = report.causes.len().checked_sub(most).filter(|more| *more > 0) {
            writeln!(out, "and {}", counted(more as u64, "more cause"))?;
        }
        let hint = "Read about a check: ivs-contract explain CHECK. All findings, with exchange and replay line: -v, or \
                    --report DIR.";
        writeln!(out)?;
        for line in wrapped(hint, self.width(), "") {
            writeln!(out, "{line}")?;
        }
        writeln!(out)
    }

    /// Returns the lines of a cause: its check and extent, and what was expected and came. In its compact form that is one
    /// line, which cuts long texts.
    fn cause(self, report: &Report, cause: &Cause, is_compact: bool) -> Vec<String> {
        let severity = cause.severity.as_str();
        let total = counted(cause.findings.total(), "finding");
        let mut extent = format!("{total}, {}", counted(cause.operations, "operation"));
        if cause.severity == Severity::Error && cause.findings.warning > 0 {
            extent = format!("{extent}, {}", counted(cause.findings.warning, "warning"));
        }
        let authority = authority_name(cause.authority);
        let checks = plain(&cause.checks.join(", "));
        let head = format!("{severity:7} ");
        let rest = format!("{extent} [{authority}]");
        let room = self.width().saturating_sub(head.len());
        let painted = |checks: &str| format!("{}{}", self.severity(cause.severity, &head), self.paint("1", checks));
        // One line, if the check of the example fits on it.
        let one = room.saturating_sub(rest.len() + 2);
        let mut lines = if cause.checks.first().is_some_and(|check| check.len() <= one) {
            vec![format!("{}: {rest}", painted(&cut(&checks, one)))]
        } else {
            vec![painted(&cut(&checks, room)), format!("  {}", cut(&rest, self.width().saturating_sub(2)))]
        };
        let example = report.example_of(cause);
        let CauseTexts { lead, expected, actual } = cause.texts(example);
        let (expected, actual) = (plain(expected), plain(actual));
        let width = self.width().saturating_sub(2);
        let both = format!("{lead}expected {expected}, got {actual}");
        let place = example.map(place).unwrap_or_default();
        if both.chars().count() <= width {
            let link = if lead.is_empty() { ", e.g." } else { " in" };
            let both_and_place = format!("{both}{link} {place}");
            lines.push(format!("  {}", if both_and_place.chars().count() <= width { both_and_place } else { both }));
        } else if is_compact {
            // What came is mostly the shorter one.
            let actual = cut(&actual, width / 2);
            let room = width.saturating_sub(lead.len() + "expected , got ".len() + actual.chars().count());
            lines.push(format!("  {lead}expected {}, got {actual}", cut(&expected, room)));
        } else {
            lines.extend(
                [format!("{lead}expected {expected}"), format!("got {actual}")]
                    .map(|it| format!("  {}", cut(&it, width))),
            );
        }
        lines
    }

    /// Returns a command as lines that a shell joins.
    fn replay(self, line: &str) -> Vec<String> {
        let words = words(&plain(line));
        let width = self.width().saturating_sub(4);
        let mut lines: Vec<String> = Vec::new();
        for word in words {
            match lines.last_mut() {
                Some(last) if last.chars().count() + 1 + word.chars().count() + 2 <= width => {
                    last.push(' ');
                    last.push_str(&word);
                }
                _ => lines.push(word),
            }
        }
        let count = lines.len();
        let continued = |(index, line): (usize, String)| {
            let indent = if index == 0 { "  " } else { "    " };
            let end = if index + 1 < count { " \\" } else { "" };
            plain(&format!("{indent}{line}{end}"))
        };
        lines.into_iter().enumerate().map(continued).collect()
    }

    /// Writes every finding with its exchange, by operation.
    fn findings(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let console = Console { color: self.color };
        let mut last = None;
        for finding in &report.findings {
            if last != Some(finding.scope) {
                writeln!(out, "{}", self.paint("1", &finding.scope.to_string()))?;
                last = Some(finding.scope);
            }
            console.finding(finding, out)?;
            if let Some(exchange) = &finding.exchange {
                writeln!(out, "{exchange}\n")?;
            }
        }
        if report.findings.iter().any(|finding| finding.reproduce.curl.contains("$AWS_ENDPOINT_URL")) {
            writeln!(out, "The curl commands read the endpoint and the credentials from the environment:")?;
            writeln!(out, "  export AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…", report.endpoint)?;
            writeln!(out)?;
        }
        Ok(())
    }

    /// Returns what comes after the causes.
    fn tail(self, report: &Report) -> Vec<String> {
        let mut tail = self.absent(report);
        tail.extend(self.without_verdict(report));
        let notes: Vec<String> = report
            .notes
            .iter()
            .flat_map(|note| wrapped(&format!("Note: {}", plain(note)), self.width(), "  "))
            .collect();
        tail.extend(self.some(notes));
        let left = counted(report.left_behind.len() as u64, "resource");
        match &report.clean_command {
            Some(command) => {
                tail.extend(wrapped(&format!("Left behind: {left}. Delete with: {command}"), self.width(), "  "));
            }
            None if report.left_behind.is_empty() => {}
            None => tail.push(format!("Left behind: {left}")),
        }
        for (name, count) in counts(&report.summary) {
            tail.extend(wrapped(&format!("{name:10} {count}"), self.width(), "           "));
        }
        let found = report.summary.findings;
        let causes = counted(report.summary.causes, "cause");
        let numbers = format!("{}, {}", counted(found.error, "error"), counted(found.warning, "warning"));
        let findings = format!("Findings   {} in {causes}: {numbers}", found.total());
        tail.extend(wrapped(&findings, self.width(), "           "));
        tail.push(format!("Status     {}", report.status.name()));
        tail.push(String::new());
        tail
    }

    fn absent(self, report: &Report) -> Vec<String> {
        let mut lines = Vec::new();
        for (title, operations) in
            [("Not implemented", &report.not_implemented), ("No case judged", &report.not_judged)]
        {
            if operations.is_empty() {
                continue;
            }
            lines.push(format!("{}: {}", self.paint("1", title), operations.len()));
            let names = wrapped(&format!("  {}", operations.join(", ")), self.width(), "  ");
            lines.extend(self.some(names));
            lines.push(String::new());
        }
        lines
    }

    /// Returns why cases have no verdict, the most frequent reason first. A complete run says so only if asked.
    fn without_verdict(self, report: &Report) -> Vec<String> {
        let is_asked = self.detail == Detail::Verbose || report.status != RunStatus::Complete;
        if report.unjudged.is_empty() || !is_asked {
            return Vec::new();
        }
        let mut reasons: Vec<_> = report.unjudged.iter().collect();
        reasons.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.cmp(b)));
        let rows = reasons.into_iter().map(|it| {
            let (verdict, reason) = it.in_words();
            let row = format!("  {:6} {verdict} ({}): {}", it.cases, it.suite, plain(reason));
            cut(&row, self.width())
        });
        let mut lines = vec![self.paint("1", "Cases without a verdict")];
        lines.extend(self.some(rows.collect()));
        lines.push(String::new());
        lines
    }

    /// Returns the first of many lines, and how many there are more.
    fn some(self, mut lines: Vec<String>) -> Vec<String> {
        if self.detail != Detail::Verbose && lines.len() > MOST_REMARKS {
            let more = lines.len() - MOST_REMARKS;
            lines.truncate(MOST_REMARKS);
            lines.push(format!("  and {}: -v", counted(more as u64, "more line")));
        }
        lines
    }

    fn width(self) -> usize {
        self.width.max(LEAST_WIDTH)
    }

    fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Error => self.paint("31", text),
            Severity::Warning => self.paint("33", text),
        }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Returns the place of a finding: `ivs.CreateChannel /name#pattern`.
fn place(finding: &Finding) -> String {
    plain(format!("{} {}", finding.scope, finding.site).trim_end())
}

/// Returns the words of a shell line. A quoted word stays whole.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            ' ' if !is_quoted => words.push(String::new()),
            _ => {
                is_quoted ^= character == '\'';
                if let Some(word) = words.last_mut() {
                    word.push(character);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_broken_between_words_and_a_shell_joins_it() {
        let line = "ivs-contract replay ivs.CreateChannel/validation/length-above-max/name --seed 7 \
                    --endpoint-url http://127.0.0.1:4566 --expect 'rejects-invalid:ivs.CreateChannel:/name#max length'";
        let lines = Text::default().replay(line);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:#?}");
        assert!(lines.len() > 1 && lines[..lines.len() - 1].iter().all(|line| line.ends_with(" \\")), "{lines:#?}");
        let joined = lines.join("\n").replace("\\\n", "");
        assert_eq!(words(&joined), words(line));
        assert_eq!(words("a 'b c' d").len(), 3);
    }
}
