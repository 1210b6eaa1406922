//! The metrics in Prometheus' text format.

use super::LoadReportInput;
use super::summary::StepSummary;
use crate::metric::LatencySeries;

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    let summary = input.summary;
    use std::fmt::Write as _;
    let mut text = String::new();
    let mut family = |name: &str, kind: &str, help: &str, rows: Vec<(String, f64)>| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in rows {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let steps = &summary.steps;
    let rows = |value: fn(&StepSummary) -> f64| {
        steps.iter().map(|step| (format!("{{step=\"{}\"}}", escaped(&step.label)), value(step))).collect()
    };
    let classes = steps
        .iter()
        .flat_map(|step| {
            step.classes.iter().map(|(class, count)| {
                (format!("{{step=\"{}\",class=\"{class}\"}}", escaped(&step.label)), *count as f64)
            })
        })
        .collect();
    family("ivs_load_requests_total", "counter", "Requests by step and class.", classes);
    family(
        "ivs_load_received_bytes_total",
        "counter",
        "Total size of response bodies in bytes.",
        rows(|step| step.bytes as f64),
    );
    let mut quantiles = Vec::new();
    for step in steps {
        let both = [(LatencySeries::Service, Some(&step.service)), (LatencySeries::Intended, step.intended.as_ref())];
        for (series, times) in both {
            for (key, nanoseconds) in times.into_iter().flatten() {
                let Some(percentile) = key.strip_prefix('p').and_then(|digits| digits.parse::<f64>().ok()) else {
                    continue;
                };
                let labels = format!(
                    "{{step=\"{}\",series=\"{}\",quantile=\"{}\"}}",
                    escaped(&step.label),
                    series.name(),
                    (percentile * 1000.0).round() / 100_000.0
                );
                quantiles.push((labels, nanoseconds / 1e9));
            }
        }
    }
    family("ivs_load_duration_seconds", "gauge", "Quantiles of the two latency series.", quantiles);
    let one = |value: f64| vec![(String::new(), value)];
    family("ivs_load_due_total", "counter", "Requests that were due in an open loop.", one(summary.due as f64));
    family("ivs_load_dropped_total", "counter", "Arrivals for which no user was free.", one(summary.dropped as f64));
    family("ivs_load_late_total", "counter", "Requests that the generator started late.", one(summary.late as f64));
    family("ivs_load_findings", "gauge", "Contract findings.", one(summary.findings.len() as f64));
    let breached = summary.gates.iter().filter(|gate| !gate.held).count();
    family("ivs_load_gates_breached", "gauge", "Breached gates.", one(breached as f64));
    text.into_bytes()
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
