//! The summary of a load run for a person at a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ivs_judge::render::Console;
use ivs_loadtests::{StepSummary, Summary, show_span};

/// The columns after the step's name.
const COLUMNS: [&str; 7] = ["requests", "/s", "failed", "throttled", "p50", "p99", "max"];

/// Writes the whole summary: verdict, gates, steps, errors, findings, what was left behind.
pub(super) fn write(summary: &Summary, color: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "load {}, {} model", summary.verdict.name(), summary.model)?;
    for line in summary.headlines() {
        writeln!(out, "  {line}")?;
    }
    if !summary.gates.is_empty() {
        writeln!(out, "\nGates")?;
        let width = summary.gates.iter().map(|gate| gate.gate.len()).max().unwrap_or_default();
        for gate in &summary.gates {
            let mark = if gate.held { "held" } else { "BREACHED" };
            let series = gate.series.map(|series| format!(" ({})", series.name())).unwrap_or_default();
            writeln!(out, "  {mark:8}  {:width$}  found {}{series}, limit {}", gate.gate, gate.actual, gate.limit)?;
        }
    }
    table("Service time", summary, |step| Some(&step.service), out)?;
    if summary.model == "open" {
        table("Time from the intended start", summary, |step| step.intended.as_ref(), out)?;
    }
    let errors = summary.steps.iter().flat_map(|step| step.errors.iter().map(move |error| (&step.label, error)));
    for (index, (label, (class, name, count))) in errors.enumerate() {
        if index == 0 {
            writeln!(out, "\nErrors")?;
        }
        writeln!(out, "  {:10}  {count:>8}  {name}  {label}", class.name())?;
    }
    if !summary.findings.is_empty() {
        writeln!(out, "\nContract findings")?;
        for finding in &summary.findings {
            writeln!(out, "{}.{}", finding.service, finding.operation)?;
            Console { color }.finding(finding, out)?;
        }
    }
    if !summary.left_behind.is_empty() {
        writeln!(out, "\nLeft behind, tagged with run {}", summary.run)?;
        for resource in &summary.left_behind {
            writeln!(out, "  {resource}")?;
        }
    }
    Ok(())
}

fn table(
    title: &str,
    summary: &Summary,
    times: impl Fn(&StepSummary) -> Option<&BTreeMap<String, f64>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let steps = || summary.steps.iter().filter(|step| step.requests > 0).chain([&summary.total]);
    let width = steps().map(|step| step.label.len()).max().unwrap_or_default().max(title.len());
    write!(out, "\n{title:width$}  ")?;
    for column in COLUMNS {
        write!(out, "{column:>10}")?;
    }
    writeln!(out)?;
    for step in steps() {
        let Some(times) = times(step) else { continue };
        let throttled = step.classes.get("throttled").copied().unwrap_or(0);
        write!(out, "  {:width$}", step.label)?;
        write!(out, "{:>10}{:>10.1}{:>10}{throttled:>10}", step.requests, step.rps, step.failures)?;
        for key in ["p50", "p99", "max"] {
            write!(out, "{:>10}", show_span(times.get(key).copied().unwrap_or(0.0) as u64))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
