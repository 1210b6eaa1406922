//! The summary of a load run for a person at a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ivs_judge::render::Console;
use ivs_load::{LoadSummary, StepSummary, format_duration};

/// Steps shown; those with the fewest requests are left to the report files.
const MOST_STEPS: usize = 30;

/// Writes the summary. What decides comes last, where a terminal still shows it.
pub(super) fn write(summary: &LoadSummary, color: bool, out: &mut dyn Write) -> io::Result<()> {
    steps(summary, out)?;
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
            writeln!(out, "{}", finding.scope)?;
            Console { color }.finding(finding, out)?;
        }
    }
    if !summary.left_behind.is_empty() {
        writeln!(out, "\nLeft behind, tagged with run {}", summary.run)?;
        for resource in &summary.left_behind {
            writeln!(out, "  {resource}")?;
        }
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
    writeln!(out, "\nload {}, {} model", summary.verdict.name(), summary.model)?;
    for line in summary.headlines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// One line a step: the counts, then each time series with its median, 99th percentile and maximum.
fn steps(summary: &LoadSummary, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: Vec<u64> = summary.steps.iter().map(|step| step.requests).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let least = counts.get(MOST_STEPS).map_or(1, |next| next + 1);
    let shown: Vec<&StepSummary> = summary.steps.iter().filter(|step| step.requests >= least).collect();
    let left_out = summary.steps.iter().filter(|step| step.requests > 0).count() - shown.len();

    let width = shown.iter().map(|step| step.label.len()).max().unwrap_or_default().max("total".len());
    let open = summary.total.intended.is_some();
    write!(out, "{:width$}{:>42}{:>29}", "", "", "service time")?;
    writeln!(out, "{}", if open { format!("{:>29}", "from the intended start") } else { String::new() })?;
    write!(out, "{:width$}{:>12}{:>10}{:>8}{:>12}", "step", "requests", "/s", "failed", "throttled")?;
    for _ in 0..=usize::from(open) {
        write!(out, "{:>11}{:>9}{:>9}", "p50", "p99", "max")?;
    }
    writeln!(out)?;
    for step in shown.into_iter().chain([&summary.total]) {
        let throttled = step.classes.get("throttled").copied().unwrap_or(0);
        write!(out, "{:width$}{:>12}{:>10.1}", step.label, step.requests, step.rps)?;
        write!(out, "{:>8}{throttled:>12}", step.failures)?;
        for times in [Some(&step.service), step.intended.as_ref()].into_iter().flatten() {
            write!(out, "{:>11}{:>9}{:>9}", time(times, "p50"), time(times, "p99"), time(times, "max"))?;
        }
        writeln!(out)?;
    }
    if left_out > 0 {
        writeln!(out, "({left_out} steps with fewer requests are in the report files and in --output json)")?;
    }
    Ok(())
}

fn time(times: &BTreeMap<String, f64>, key: &str) -> String {
    format_duration(times.get(key).copied().unwrap_or(0.0) as u64)
}
