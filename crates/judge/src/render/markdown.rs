//! The Markdown report, for a CI summary page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use ivs_model::OperationId;

use super::console::{counts, exchanges, extent};
use super::{Renderer, ReportFormat, baseline, counted};
use crate::cause::CauseTexts;
use crate::printable::{cut_at, plain, plain_lines};
use crate::{Event, Finding, Policy, Report, RunStatus, authority_name};

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "markdown",
    file_name: "report.md",
    renderer: |options| Box::new(Markdown::new(options.policy)),
};

/// The longest page in bytes. Job summaries of GitHub end at 1 MiB.
const LONGEST: usize = 900_000;

/// Writes the report once, at the end. Findings beyond the longest page are counted, not shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Markdown {
    policy: Policy,
}

impl Markdown {
    /// Creates a report. The policy decides the verdict.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy }
    }
}

impl Renderer for Markdown {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => page(report, &self.policy, out),
            _ => Ok(()),
        }
    }
}

fn page(whole: &Report, policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
    let report: &Report = &whole.without_accepted();
    let summary = &report.summary;
    writeln!(out, "## {}\n", text(&report.verdict(policy)))?;
    if let (RunStatus::Partial { reason } | RunStatus::Unusable { reason }, status) =
        (&report.status, report.status.name().to_uppercase())
    {
        writeln!(out, "**{status}:** {}\n", text(reason))?;
    }
    writeln!(out, "Endpoint {}, seed {}, {:.1} s.\n", code(&report.endpoint), report.seed, report.duration_s)?;
    facts(report, out)?;
    if !report.target.is_empty() {
        writeln!(out, "Target: {}\n", text(&report.target))?;
    }
    writeln!(out, "| | |\n|---|---|")?;
    for (name, count) in counts(summary) {
        writeln!(out, "| {} | {count} |", name.to_lowercase())?;
    }
    writeln!(out, "| exchanges | {} |", exchanges(summary))?;
    let (found, of) = (counted(summary.findings.error, "error"), counted(summary.findings.warning, "warning"));
    writeln!(
        out,
        "| findings | {} in {}: {found}, {of} |\n",
        summary.findings.total(),
        counted(summary.causes, "cause")
    )?;
    baseline(whole, out)?;
    causes(report, out)?;
    let mut tail = Vec::new();
    self::tail(report, &mut tail)?;
    let mut targets: BTreeMap<(&'static str, Option<OperationId>), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        let key = (finding.scope.service(), finding.scope.operation());
        targets.entry(key).or_default().push(finding);
    }
    let room = LONGEST.saturating_sub(tail.len() + HEAD + targets.len() * SECTION);
    let rows: usize = report.findings.iter().map(|finding| row(finding).len()).sum();
    // A row says more than the exchange of another finding.
    let mut sections = Sections { row_room: room, detail_room: room.saturating_sub(rows), ..Sections::default() };
    for ((service, operation), findings) in targets {
        sections.add(&format!("{service}.{}", operation.map_or("*", OperationId::name)), &findings);
    }
    let Sections { page, findings, details, .. } = sections;
    out.write_all(page.as_bytes())?;
    if findings + details > 0 {
        let cut = counted(findings, "finding");
        let without = counted(details, "more finding");
        writeln!(out, "**Cut at {} KB:** {cut} not shown, {without} without request and response.", LONGEST / 1000)?;
        writeln!(out, "All of them are in the JSON report (`--output json`).\n")?;
    }
    out.write_all(&tail)
}

/// The room for what comes before the findings, and for the remark on what was cut.
const HEAD: usize = 24_000 + MOST_CAUSES * CAUSE;

/// The number of causes in the table.
const MOST_CAUSES: usize = 100;

/// The room for the row of a cause.
const CAUSE: usize = 1_200;

/// Writes when and by which command the report was made.
fn facts(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let run = &report.run;
    if run.date.is_empty() && run.version.is_empty() {
        return Ok(());
    }
    let models: Vec<String> = run.models.iter().map(|(service, version)| format!("{service} {version}")).collect();
    let (version, date, models) = (text(&run.version), text(&run.date), text(&models.join(", ")));
    writeln!(out, "ivs-contract {version}, {date}, models: {models}.\n")?;
    if run.command.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}\n", code(cut_at(&run.command, LONGEST_COMMAND)))
}

/// Writes the state of the findings, and new and expired findings and stale entries by ID.
fn baseline(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(result) = &report.baseline else { return Ok(()) };
    writeln!(out, "### Baseline {}\n\n{}\n", code(&result.file), baseline::totals(result))?;
    let lists = baseline::lists(report, result).into_iter().filter(|(_, lines)| !lines.is_empty());
    for (state, lines) in lists {
        for line in lines {
            writeln!(out, "- **{state}** {}", code(&line))?;
        }
    }
    if let Some(others) = baseline::others(report) {
        writeln!(out, "- {others}")?;
    }
    writeln!(out)
}

/// The longest command line in bytes.
const LONGEST_COMMAND: usize = 2_000;

/// Writes the table of causes, the worst first.
fn causes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.causes.is_empty() {
        return Ok(());
    }
    writeln!(out, "### Causes\n")?;
    writeln!(
        out,
        "| | check | expected | actual | findings | operations | authority |\n|---|---|---|---|---|---|---|"
    )?;
    for cause in report.causes.iter().take(MOST_CAUSES) {
        let brief = |value: &str| text(cut_at(value, 200));
        let CauseTexts { lead, expected, actual } = cause.texts(report.example_of(cause));
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            cause.severity.as_str(),
            brief(&cause.checks.join(", ")),
            brief(&format!("{lead}{expected}")),
            brief(&format!("{lead}{actual}")),
            cause.findings.total(),
            cause.operations,
            authority_name(cause.authority),
        )?;
    }
    if let Some(more) = report.causes.len().checked_sub(MOST_CAUSES).filter(|more| *more > 0) {
        writeln!(out, "\nAnd {}, in the JSON report.", counted(more as u64, "more cause"))?;
    }
    writeln!(out)
}

/// The room for the headings of one operation.
const SECTION: usize = 500;

/// The findings by operation, as many as there is room for.
#[derive(Default)]
struct Sections {
    page: String,
    /// The bytes that are left for rows.
    row_room: usize,
    /// The bytes that are left for exchanges.
    detail_room: usize,
    /// The number of findings that are not shown.
    findings: u64,
    /// The number of findings that are shown without their exchange.
    details: u64,
}

impl Sections {
    fn add(&mut self, name: &str, findings: &[&Finding]) {
        let mut rows = String::new();
        let mut details = String::new();
        for finding in findings {
            let row = row(finding);
            if row.len() > self.row_room {
                self.findings += 1;
                continue;
            }
            self.row_room -= row.len();
            rows.push_str(&row);
            let detail = detail(finding);
            if detail.len() > self.detail_room {
                self.details += 1;
                continue;
            }
            self.detail_room -= detail.len();
            details.push_str(&detail);
        }
        if rows.is_empty() {
            return;
        }
        let head = "| | check | site | expected | actual | authority |\n|---|---|---|---|---|---|";
        let _ = write!(self.page, "### {}\n\n{head}\n{rows}\n", text(name));
        if !details.is_empty() {
            let summary = "<details><summary>Request, response, and how to reproduce</summary>";
            let _ = write!(self.page, "{summary}\n\n{details}</details>\n\n");
        }
    }
}

/// Returns the row of a finding in its table.
fn row(finding: &Finding) -> String {
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        finding.severity.as_str(),
        text(&finding.check),
        code(&finding.site),
        text(&finding.expected),
        text(&format!("{}{}", finding.actual, extent(finding))),
        authority_name(finding.authority),
    )
}

/// Returns how to see a finding again, and its exchange.
fn detail(finding: &Finding) -> String {
    let mut detail = format!("{} {} ({})\n\n", text(&finding.check), code(&finding.site), text(&finding.rule));
    let lines = [plain_lines(&finding.reproduce.curl), plain(&finding.reproduce.replay)];
    let lines = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let fence = self::fence(&lines);
    let _ = write!(detail, "{fence}sh\n{lines}\n{fence}\n\n");
    if let Some(exchange) = &finding.exchange {
        let shown = exchange.to_string();
        let fence = self::fence(&shown);
        let _ = write!(detail, "{fence}text\n{shown}\n{fence}\n\n");
    }
    detail
}

/// Writes what comes after the findings.
fn tail(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if !report.not_implemented.is_empty() {
        let names: Vec<String> = report.not_implemented.iter().map(|name| text(name)).collect();
        writeln!(out, "<details><summary>Not implemented: {}</summary>\n", names.len())?;
        writeln!(out, "{}\n\n</details>", names.join(", "))?;
    }
    if !report.not_judged.is_empty() {
        let names: Vec<String> = report.not_judged.iter().map(|name| text(name)).collect();
        writeln!(out, "<details><summary>No case judged: {}</summary>\n", names.len())?;
        writeln!(out, "{}\n\n</details>", names.join(", "))?;
    }
    unprovoked(report, out)
}

/// Lists the declared errors that were not seen, by reason.
fn unprovoked(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in report.errors.iter().filter(|row| row.state != "seen") {
        let reason = if row.reason.is_empty() { "can be triggered, but was not seen" } else { row.reason.as_str() };
        reasons.entry(reason).or_default().push(format!("{}.{} {}", row.service, row.operation, row.error));
    }
    if reasons.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n<details><summary>Declared errors that were not seen</summary>\n")?;
    for (reason, pairs) in reasons {
        writeln!(out, "- {}: {}", text(reason), text(&pairs.join(", ")))?;
    }
    writeln!(out, "\n</details>")
}

/// Escapes text, so that it neither ends a table cell nor is read as markup.
fn text(text: &str) -> String {
    plain(text).chars().fold(String::new(), |mut safe, character| {
        match character {
            '|' | '*' | '_' | '`' | '\\' | '[' | ']' | '#' => {
                safe.push('\\');
                safe.push(character);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            other => safe.push(other),
        }
        safe
    })
}

/// Returns a code span, or nothing for empty text. A bar would end the cell even inside code.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("`{}`", plain(text).replace('`', "'").replace('|', "\\|"))
}

/// Returns a fence that is longer than any run of backticks inside.
fn fence(inside: &str) -> String {
    let longest = inside.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
