//! The summary as Markdown.

use std::fmt::Write as _;

use super::LoadReportInput;
use super::summary::LoadSummary;
use crate::class::AnswerClass;
use crate::duration::format_duration;
use crate::metric::LatencySeries;

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    input.summary.markdown().into_bytes()
}

impl LoadSummary {
    /// Renders the summary as Markdown, for the summary page of a CI job.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# Load: {}\n", self.verdict.name());
        for line in self.headlines() {
            let _ = writeln!(text, "- {line}");
        }
        if !self.gates.is_empty() {
            let _ = writeln!(text, "\n| gate | series | found | limit | |\n|---|---|---|---|---|");
            for gate in &self.gates {
                let series = gate.series.map_or("", LatencySeries::name);
                let mark = if gate.held { "held" } else { "**breached**" };
                let _ = writeln!(text, "| `{}` | {series} | {} | {} | {mark} |", gate.gate, gate.actual, gate.limit);
            }
        }
        self.table(&mut text, LatencySeries::Service);
        if self.model == "open" {
            self.table(&mut text, LatencySeries::Intended);
        }
        let errors: Vec<_> =
            self.steps.iter().flat_map(|step| step.errors.iter().map(move |it| (&step.label, it))).collect();
        if !errors.is_empty() {
            let _ = writeln!(text, "\n| class | error | step | count |\n|---|---|---|---:|");
            for (label, (class, name, count)) in errors {
                let _ = writeln!(text, "| {} | {name} | {label} | {count} |", class.name());
            }
        }
        if !self.findings.is_empty() {
            let _ = writeln!(text, "\n## Contract findings\n");
            for finding in &self.findings {
                let _ = writeln!(
                    text,
                    "- **{}** {} `{}` ({} times): expected {}, got {}",
                    finding.severity.as_str(),
                    finding.check,
                    finding.scope,
                    finding.count,
                    finding.expected,
                    finding.actual
                );
            }
        }
        if !self.left_behind.is_empty() {
            let _ = writeln!(text, "\n## Left behind\n");
            for resource in &self.left_behind {
                let _ = writeln!(text, "- {resource}");
            }
        }
        text
    }

    fn table(&self, text: &mut String, series: LatencySeries) {
        let title = match series {
            LatencySeries::Service => "Service time",
            LatencySeries::Intended => "Time from the intended start",
        };
        let _ = writeln!(
            text,
            "\n## {title}\n\n| step | requests | /s | failed | throttled | p50 | p90 | p99 | p99.9 | max |"
        );
        let _ = writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for step in self.steps.iter().chain([&self.total]) {
            let times = match series {
                LatencySeries::Service => Some(&step.service),
                LatencySeries::Intended => step.intended.as_ref(),
            };
            let Some(times) = times else { continue };
            let _ = write!(
                text,
                "| {} | {} | {:.1} | {} | {} |",
                step.label,
                step.requests,
                step.rps,
                step.failures,
                step.classes.get(AnswerClass::Throttled.name()).copied().unwrap_or(0)
            );
            for key in ["p50", "p90", "p99", "p99.9", "max"] {
                let _ = write!(text, " {} |", format_duration(times.get(key).copied().unwrap_or(0.0) as u64));
            }
            text.push('\n');
        }
    }
}
