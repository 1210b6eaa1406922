//! The Markdown report, for a CI summary page.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ivs_model::OperationId;

use super::console::{counts, exchanges, extent};
use super::{Renderer, counted};
use crate::{Event, Finding, Report, authority_name};

/// Writes the report once, at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Markdown;

impl Renderer for Markdown {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => page(report, out),
            _ => Ok(()),
        }
    }
}

fn page(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    let found = &summary.findings;
    let verdict = format!("{}, {}", counted(found.error, "error"), counted(found.warning, "warning"));
    match report.status.reason() {
        Some(reason) => {
            let status = report.status.name();
            writeln!(out, "## IVS contract: {status}, {verdict}\n")?;
            writeln!(out, "**{}:** {}\n", status.to_uppercase(), text(reason))?;
        }
        None => writeln!(out, "## IVS contract: {verdict}\n")?,
    }
    writeln!(out, "Endpoint {}, seed {}, {:.1} s.\n", code(&report.endpoint), report.seed, report.duration_s)?;
    writeln!(out, "| | |\n|---|---|")?;
    for (name, count) in counts(summary) {
        writeln!(out, "| {} | {count} |", name.to_lowercase())?;
    }
    writeln!(out, "| exchanges | {} |\n", exchanges(summary))?;
    let mut targets: BTreeMap<(&'static str, Option<OperationId>), Vec<&Finding>> = BTreeMap::new();
    for finding in &report.findings {
        let key = (finding.scope.service(), finding.scope.operation());
        targets.entry(key).or_default().push(finding);
    }
    for ((service, operation), findings) in targets {
        let name = operation.map_or("*", OperationId::name);
        writeln!(out, "### {service}.{}\n", text(name))?;
        writeln!(out, "| | check | site | expected | actual | authority |\n|---|---|---|---|---|---|")?;
        for finding in &findings {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                finding.severity.as_str(),
                finding.check,
                code(&finding.site),
                text(&finding.expected),
                text(&format!("{}{}", finding.actual, extent(finding))),
                authority_name(finding.authority),
            )?;
        }
        writeln!(out, "\n<details><summary>Request, response, and how to reproduce</summary>\n")?;
        for finding in findings {
            writeln!(out, "{} {} ({})\n", finding.check, code(&finding.site), text(&finding.rule))?;
            let fence = self::fence(&finding.reproduce.curl);
            let lines = [finding.reproduce.curl.as_str(), finding.reproduce.replay.as_str()];
            let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            writeln!(out, "{fence}sh\n{}\n{fence}\n", lines.join("\n"))?;
            if let Some(exchange) = &finding.exchange {
                let shown = exchange.to_string();
                let fence = self::fence(&shown);
                writeln!(out, "{fence}text\n{shown}\n{fence}\n")?;
            }
        }
        writeln!(out, "</details>\n")?;
    }
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
    text.chars().fold(String::new(), |mut safe, character| {
        match character {
            '|' | '*' | '_' | '`' | '\\' | '[' | ']' | '#' => {
                safe.push('\\');
                safe.push(character);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\n' | '\r' => safe.push(' '),
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
    format!("`{}`", text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " "))
}

/// Returns a fence that is longer than any run of backticks inside.
fn fence(inside: &str) -> String {
    let longest = inside.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
