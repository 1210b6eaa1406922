//! The run as one HTML page that needs no network: plots over time, the distribution, steps and gates.

use serde_json::{Value, json};

use super::LoadReportInput;
use super::page::Page;
use super::summary::LoadSummary;
use crate::class::AnswerClass;
use crate::duration::format_duration;
use crate::metric::LatencySeries;
use crate::time_series::{PointTimes, TimePoint};

const TEMPLATE: &str = include_str!("../../templates/report.html");
const SCRIPT: &str = include_str!("../../templates/report.js");

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    input.summary.html().into_bytes()
}

impl LoadSummary {
    /// Renders the summary as an HTML page that needs no network.
    #[must_use]
    pub fn html(&self) -> String {
        Page { template: TEMPLATE, script: SCRIPT, summary: shown(self), data: plot_data(self) }.render()
    }
}

/// What the page shows as text.
fn shown(summary: &LoadSummary) -> Value {
    let LoadSummary { facts, generator, .. } = summary;
    let models: Vec<String> = facts.models.iter().map(|(service, version)| format!("{service} {version}")).collect();
    let scenarios: Vec<String> = summary.scenarios.iter().map(|(name, weight)| format!("{name} ({weight})")).collect();
    let facts = [
        ("command", facts.command.clone()),
        ("date", facts.date.clone()),
        ("version", facts.version.clone()),
        ("models", models.join(", ")),
        ("scenarios", scenarios.join(", ")),
        ("model", format!("{} loop", summary.model)),
        ("seed", summary.seed.to_string()),
        ("run", summary.run.clone()),
        ("duration", format!("{:.1} s", summary.duration_s)),
        ("machine", machine()),
        ("generator", generator_health(summary)),
    ];
    let facts: Vec<Value> = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| json!({ "name": name, "value": value, "copy": name == "command" }))
        .collect();
    let gates: Vec<Value> = summary
        .gates
        .iter()
        .map(|gate| {
            let series = gate.series.map_or("", LatencySeries::name);
            json!({ "gate": gate.gate, "series": series, "actual": gate.actual, "limit": gate.limit, "baseline": gate.baseline, "held": gate.held })
        })
        .collect();
    json!({
        "word": summary.verdict.word(),
        "endpoints": summary.endpoints.join(", "),
        "headlines": summary.headlines(),
        "complaint": generator.complaint,
        "stopped_by": summary.stopped_by,
        "facts": facts,
        "gates": gates,
        "has_baseline": summary.gates.iter().any(|gate| gate.baseline.is_some()),
        "is_open": summary.model == "open",
        "steps": steps(summary),
        "errors": errors(summary),
        "findings": summary.findings,
        "left_behind": summary.left_behind,
        "intervals": summary.series.len(),
    })
}

/// The cores and the system that generated the load.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

fn generator_health(summary: &LoadSummary) -> String {
    let generator = &summary.generator;
    let mut parts = vec![format!("{} threads", generator.threads)];
    parts.extend(generator.capacity_rps.map(|rps| format!("could hold {rps:.0} requests/s")));
    parts.extend(generator.busy.map(|busy| format!("busiest {:.0} % busy", busy * 100.0)));
    if generator.latest_ns > 0 {
        parts.push(format!("at most {} late", format_duration(generator.latest_ns)));
    }
    parts.extend(generator.process_cores.map(|cores| format!("{cores:.2} cores used")));
    parts.extend(generator.memory.map(|bytes| format!("{} MB", bytes / 1_000_000)));
    parts.join(", ")
}

fn steps(summary: &LoadSummary) -> Vec<Value> {
    let time = |value: Option<&f64>| value.map_or_else(String::new, |value| format_duration(*value as u64));
    let row = |step: &super::StepSummary| {
        let times = |map: &std::collections::BTreeMap<String, f64>| {
            ["p50", "p95", "p99", "max"].map(|key| time(map.get(key))).to_vec()
        };
        json!({
            "label": step.label,
            "requests": step.requests,
            "rps": format!("{:.1}", step.rps),
            "failures": step.failures,
            "throttled": step.classes.get(AnswerClass::Throttled.name()).copied().unwrap_or(0),
            "service": times(&step.service),
            "intended": step.intended.as_ref().map(times),
        })
    };
    summary.steps.iter().chain([&summary.total]).map(row).collect()
}

fn errors(summary: &LoadSummary) -> Vec<Value> {
    let of_step = |step: &super::StepSummary| {
        let rows = step.errors.iter().map(
            |(class, name, count)| json!({ "class": class.name(), "name": name, "step": step.label, "count": count }),
        );
        rows.collect::<Vec<_>>()
    };
    summary.steps.iter().flat_map(of_step).collect()
}

/// The columns of the plots. Times are in milliseconds, to a microsecond.
fn plot_data(summary: &LoadSummary) -> Value {
    let points = &summary.series;
    let column = |value: &dyn Fn(&TimePoint) -> Value| points.iter().map(value).collect::<Vec<_>>();
    let rate = |point: &TimePoint, count: u64| rounded(count as f64 / point.length_s.max(0.001), 10.0);
    let classes: Vec<Value> = AnswerClass::ALL
        .into_iter()
        .filter(|class| *class != AnswerClass::Expected)
        .filter(|class| points.iter().any(|point| point.classes.get(class.name()).is_some_and(|count| *count > 0)))
        .map(|class| {
            let values = column(&|point| json!(rate(point, point.classes.get(class.name()).copied().unwrap_or(0))));
            json!({ "name": class.name(), "values": values })
        })
        .collect();
    let times = |of: fn(&TimePoint) -> Option<PointTimes>| {
        let value = |pick: fn(PointTimes) -> u64| {
            column(&|point| json!(of(point).map(|times| rounded(pick(times) as f64 / 1e6, 1000.0))))
        };
        json!({ "p50": value(|it| it.p50), "p95": value(|it| it.p95), "p99": value(|it| it.p99), "max": value(|it| it.max) })
    };
    let shape = |quantiles: &[(f64, u64)]| {
        quantiles
            .iter()
            .map(|(quantile, time)| json!([quantile, rounded(*time as f64 / 1e6, 1000.0)]))
            .collect::<Vec<_>>()
    };
    let distribution = &summary.total.distribution;
    json!({
        "time": column(&|point| json!(rounded(point.start_s, 1000.0))),
        "rps": column(&|point| json!(rounded(point.rps, 10.0))),
        "classes": classes,
        "users": column(&|point| json!(point.users)),
        "due": if summary.model == "open" { json!(column(&|point| json!(rate(point, point.due)))) } else { Value::Null },
        "dropped": column(&|point| json!(point.dropped)),
        "late": column(&|point| json!(point.late)),
        "service": times(|point| point.service),
        "intended": if summary.model == "open" { times(|point| point.intended) } else { Value::Null },
        "distribution": { "service": shape(&distribution.service), "intended": shape(&distribution.intended) },
    })
}

pub(super) fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}
