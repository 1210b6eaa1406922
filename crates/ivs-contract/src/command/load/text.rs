//! The text summary of a load run.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ivs_judge::render::{Console, WIDTH, cut, wrapped};
use ivs_load::{LoadSummary, StepSummary, format_duration};

/// The number of steps shown: those with the most requests.
const MOST_STEPS: usize = 30;

/// The longest step label in columns.
const LABEL: usize = 28;

/// The longest gate in columns.
const GATE: usize = 34;

/// Writes the summary in 80 columns: the verdict, the gates, the steps and what went wrong.
pub(super) fn write(summary: &LoadSummary, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let verdict = match summary.verdict.exit_code() {
        0 => "PASS",
        99 => "FAIL",
        _ => "INCONCLUSIVE",
    };
    let met = summary.gates.iter().filter(|gate| gate.held).count();
    writeln!(out, "{verdict}: {met} of {} gates met, {} loop", summary.gates.len(), summary.model)?;
    for line in summary.headlines() {
        for line in wrapped(&format!("  {line}"), WIDTH, "    ") {
            writeln!(out, "{line}")?;
        }
    }
    if !summary.gates.is_empty() {
        writeln!(out, "\nGates")?;
        let width = summary.gates.iter().map(|gate| gate.gate.chars().count()).max().unwrap_or_default().min(GATE);
        for gate in &summary.gates {
            let mark = if gate.held { "met" } else { "BREACHED" };
            let series = gate.series.map(|series| format!(" ({})", series.name())).unwrap_or_default();
            let name = cut(&gate.gate, GATE);
            let line = format!("  {mark:8}  {name:width$}  actual {}{series}, limit {}", gate.actual, gate.limit);
            for line in wrapped(&line, WIDTH, "            ") {
                writeln!(out, "{line}")?;
            }
        }
    }
    writeln!(out)?;
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
        writeln!(out, "\nResources left behind, tagged with run {}", summary.run)?;
        for resource in &summary.left_behind {
            writeln!(out, "  {resource}")?;
        }
    }
    Ok(())
}

/// Writes one line per step: the counts, then median, 99th percentile and maximum of the service time. An open loop has a
/// second table, of the time from the intended start.
fn steps(summary: &LoadSummary, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: Vec<u64> = summary.steps.iter().map(|step| step.requests).collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let least = counts.get(MOST_STEPS).map_or(1, |next| next + 1);
    let shown: Vec<&StepSummary> = summary.steps.iter().filter(|step| step.requests >= least).collect();
    let left_out = summary.steps.iter().filter(|step| step.requests > 0).count() - shown.len();
    let rows: Vec<&StepSummary> = shown.into_iter().chain([&summary.total]).collect();

    let longest = rows.iter().map(|step| step.label.chars().count()).max().unwrap_or_default();
    let width = longest.clamp("service time".len(), LABEL);
    writeln!(
        out,
        "{:width$}{:>9}{:>8}{:>7}{:>7}{:>7}{:>7}{:>7}",
        "Steps", "requests", "/s", "failed", "429", "p50", "p99", "max"
    )?;
    for step in &rows {
        let throttled = step.classes.get("throttled").copied().unwrap_or(0);
        let (label, times) = (cut(&step.label, width), times(&step.service));
        writeln!(out, "{label:width$}{:>9}{:>8.1}{:>7}{throttled:>7}{times}", step.requests, step.rps, step.failures)?;
    }
    if summary.total.intended.is_some() {
        writeln!(out, "\nFrom the intended start")?;
        writeln!(out, "{:width$}{:>10}{:>7}{:>7}", "", "p50", "p99", "max")?;
        for step in &rows {
            if let Some(intended) = &step.intended {
                writeln!(out, "{:width$}   {}", cut(&step.label, width), times(intended))?;
            }
        }
    }
    if left_out > 0 {
        writeln!(out, "({left_out} more steps with fewer requests: see the report files or --output json)")?;
    }
    Ok(())
}

/// Returns median, 99th percentile and maximum as columns.
fn times(times: &BTreeMap<String, f64>) -> String {
    ["p50", "p99", "max"].map(|key| format!("{:>7}", time(times, key))).concat()
}

fn time(times: &BTreeMap<String, f64>, key: &str) -> String {
    format_duration(times.get(key).copied().unwrap_or(0.0) as u64)
}
