//! `ivs-contract compare OLD NEW` for the `summary.json` of two load runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use ivs_judge::plain;
use ivs_load::format_duration;
use serde::{Deserialize, Serialize};

use crate::command::terminal::{print_json, print_text};
use crate::exit_status::ExitStatus;
use crate::settings::OutputFormat;

/// The steps whose 99th percentile changed most.
const MOST_STEPS: usize = 10;

/// The parts of a load summary that are compared.
#[derive(Debug, Deserialize)]
struct LoadRun {
    total: StepMetrics,
    steps: Vec<StepMetrics>,
    findings: Vec<ComparedFinding>,
    #[serde(default)]
    series: Vec<Interval>,
    verdict: String,
}

#[derive(Debug, Deserialize)]
struct StepMetrics {
    label: String,
    rps: f64,
    error_rate: f64,
    service: BTreeMap<String, f64>,
    #[serde(default)]
    intended: Option<BTreeMap<String, f64>>,
}

#[derive(Debug, Deserialize)]
struct ComparedFinding {
    identity: String,
}

#[derive(Debug, Deserialize)]
struct Interval {
    start_s: f64,
    #[serde(default)]
    service: Option<IntervalTimes>,
    #[serde(default)]
    intended: Option<IntervalTimes>,
}

#[derive(Debug, Deserialize)]
struct IntervalTimes {
    p99: f64,
}

impl StepMetrics {
    /// A percentile from the intended start where that is measured, else of the service time.
    fn time(&self, key: &str) -> f64 {
        self.intended.as_ref().unwrap_or(&self.service).get(key).copied().unwrap_or_default()
    }
}

/// What differs between two load runs.
#[derive(Debug, Serialize)]
pub(super) struct LoadComparison {
    schema: u32,
    /// The verdicts of the runs.
    verdicts: [String; 2],
    /// Findings of the later run alone.
    new: Vec<String>,
    /// Findings of the earlier run alone.
    fixed: Vec<String>,
    /// Metrics of both runs.
    metrics: Vec<MetricChange>,
    /// The interval with the highest 99th percentile of each run.
    worst: [Option<WorstInterval>; 2],
    /// The steps whose 99th percentile changed most.
    steps: Vec<MetricChange>,
}

/// A metric in both runs. Times are in nanoseconds.
#[derive(Debug, Serialize)]
struct MetricChange {
    name: String,
    unit: MetricUnit,
    old: f64,
    new: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum MetricUnit {
    PerSecond,
    Share,
    Nanoseconds,
}

/// The interval with the highest 99th percentile.
#[derive(Debug, Serialize)]
struct WorstInterval {
    start_s: f64,
    p99: f64,
}

impl LoadComparison {
    /// Compares two files; `None` if neither is a load summary.
    pub(super) fn of_files(old: &Path, new: &Path) -> Result<Option<Self>> {
        match (read(old)?, read(new)?) {
            (None, None) => Ok(None),
            (Some(old), Some(new)) => Ok(Some(Self::of(&old, &new))),
            _ => bail!("one report is of `check` and the other of `load`. Compare two of a kind"),
        }
    }

    fn of(old: &LoadRun, new: &LoadRun) -> Self {
        let ids = |run: &LoadRun| -> BTreeSet<String> { run.findings.iter().map(|it| it.identity.clone()).collect() };
        let (before, after) = (ids(old), ids(new));
        let change = |name: &str, unit, pick: &dyn Fn(&StepMetrics) -> f64| MetricChange {
            name: name.to_owned(),
            unit,
            old: pick(&old.total),
            new: pick(&new.total),
        };
        let time = |key: &'static str| change(key, MetricUnit::Nanoseconds, &|step| step.time(key));
        let metrics = vec![
            change("requests/s", MetricUnit::PerSecond, &|step| step.rps),
            change("error rate", MetricUnit::Share, &|step| step.error_rate),
            time("p50"),
            time("p99"),
            time("max"),
        ];
        let mut steps: Vec<MetricChange> = old
            .steps
            .iter()
            .filter_map(|step| {
                let later = new.steps.iter().find(|it| it.label == step.label)?;
                let (old, new) = (step.time("p99"), later.time("p99"));
                Some(MetricChange { name: step.label.clone(), unit: MetricUnit::Nanoseconds, old, new })
            })
            .collect();
        steps.sort_by(|one, other| other.factor().total_cmp(&one.factor()));
        steps.truncate(MOST_STEPS);
        Self {
            schema: super::SCHEMA,
            verdicts: [old.verdict.clone(), new.verdict.clone()],
            new: after.difference(&before).cloned().collect(),
            fixed: before.difference(&after).cloned().collect(),
            metrics,
            worst: [old, new].map(WorstInterval::of),
            steps,
        }
    }

    /// Prints the comparison. Only new findings fail it: what a latency may be is a question for gates.
    pub(super) fn print(&self, output: OutputFormat) -> Result<ExitStatus> {
        match output {
            OutputFormat::Text => print_text(&self.text())?,
            OutputFormat::Json => print_json(self, "the comparison")?,
        }
        Ok(if self.new.is_empty() { ExitStatus::Success } else { ExitStatus::Findings })
    }

    fn text(&self) -> String {
        let word = if self.new.is_empty() { "PASS" } else { "FAIL" };
        let [old, new] = &self.verdicts;
        let mut text = format!(
            "{word}: {} new findings, {} fixed; OLD {}, NEW {}\n\n",
            self.new.len(),
            self.fixed.len(),
            plain(old),
            plain(new)
        );
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:36}{:>12}{:>12}{:>10}", "All steps", "OLD", "NEW", "change");
        self.metrics.iter().for_each(|metric| text.push_str(&metric.line()));
        for (name, worst) in ["OLD", "NEW"].iter().zip(&self.worst) {
            if let Some(WorstInterval { start_s, p99 }) = worst {
                let _ =
                    writeln!(text, "slowest second of {name}: {start_s:.0} s, p99 {}", format_duration(*p99 as u64));
            }
        }
        if !self.steps.is_empty() {
            let _ = writeln!(
                text,
                "\n{:36}{:>12}{:>12}{:>10}",
                "p99 by step, largest change first", "OLD", "NEW", "change"
            );
            self.steps.iter().for_each(|metric| text.push_str(&metric.line()));
        }
        for (title, ids) in [("NEW", &self.new), ("FIXED", &self.fixed)] {
            for id in ids {
                let _ = writeln!(text, "{title:6} {}", plain(id));
            }
        }
        text
    }
}

impl MetricChange {
    /// How far the values are apart, as a factor of at least 1.
    fn factor(&self) -> f64 {
        let (low, high) = (self.old.min(self.new), self.old.max(self.new));
        if low > 0.0 { high / low } else { 1.0 }
    }

    fn line(&self) -> String {
        let show = |value: f64| match self.unit {
            MetricUnit::PerSecond => format!("{value:.1}"),
            MetricUnit::Share => format!("{:.2} %", value * 100.0),
            MetricUnit::Nanoseconds => format_duration(value as u64),
        };
        let change =
            if self.old > 0.0 { format!("{:+.1} %", (self.new / self.old - 1.0) * 100.0) } else { String::new() };
        format!("{:36}{:>12}{:>12}{change:>10}\n", plain(&self.name), show(self.old), show(self.new))
    }
}

impl WorstInterval {
    fn of(run: &LoadRun) -> Option<Self> {
        let point = |interval: &Interval| {
            let times = interval.intended.as_ref().or(interval.service.as_ref())?;
            Some(Self { start_s: interval.start_s, p99: times.p99 })
        };
        run.series.iter().filter_map(point).max_by(|one, other| one.p99.total_cmp(&other.p99))
    }
}

/// Reads a file; `None` if it is not the summary of a load run.
fn read(path: &Path) -> Result<Option<LoadRun>> {
    let bytes = std::fs::read(path).map_err(|error| anyhow!("cannot read the report {}: {error}", path.display()))?;
    Ok(serde_json::from_slice(&bytes).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn summary(p99: f64, findings: &[&str], slow_second: f64) -> LoadRun {
        let step = |label: &str| json!({ "label": label, "rps": 100.0, "error_rate": 0.0, "service": {"p50": 1e6, "p99": p99, "max": 9e6} });
        let findings: Vec<_> = findings.iter().map(|id| json!({ "identity": id })).collect();
        let series = json!([
            { "start_s": 0.0, "service": {"p99": 1e6}, "intended": {"p99": 2e6} },
            { "start_s": slow_second, "service": {"p99": 1e6}, "intended": {"p99": 50e6} },
            { "start_s": 9.0, "service": null },
        ]);
        let run = json!({
            "verdict": "held", "total": step("total"), "steps": [step("ivs.GetChannel")], "findings": findings,
            "series": series,
        });
        serde_json::from_value(run).unwrap()
    }

    #[test]
    fn a_comparison_shows_changes_the_slowest_seconds_and_new_findings() {
        let comparison = LoadComparison::of(&summary(2e6, &["a"], 3.0), &summary(4e6, &["b"], 7.0));
        let text = comparison.text();
        assert!(text.starts_with("FAIL: 1 new findings, 1 fixed; OLD held, NEW held\n"), "{text}");
        assert!(text.contains("slowest second of OLD: 3 s, p99 50.0ms\nslowest second of NEW: 7 s"), "{text}");
        assert!(text.contains("2.00ms      4.00ms  +100.0 %"), "{text}");
        assert!(LoadComparison::of(&summary(2e6, &["a"], 3.0), &summary(4e6, &["a"], 3.0)).new.is_empty());
    }
}
