//! The report folder: summary, HDR log, JUnit, Prometheus text; goose's own reports come to stand beside them.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::figures::Series;
use crate::summary::{StepSummary, Summary, Verdict};

/// A file of the report that could not be written. The results are kept in the run's outcome all the same.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct ReportError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Makes sure that the folder is there and can be written to: better known before the load than after it.
pub(crate) fn prepare(folder: &Path) -> Result<(), ReportError> {
    let failed = |source| ReportError { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let probe = folder.join(".probe");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(failed)
}

/// Writes the report; answers with every file that failed.
pub(crate) fn write(folder: &Path, summary: &Summary, hdr_log: &[u8]) -> Vec<ReportError> {
    let json = serde_json::to_vec_pretty(summary).unwrap_or_default();
    let text = summary.headlines().join("\n") + "\n";
    let files: [(&str, Vec<u8>); 6] = [
        ("summary.json", json),
        ("summary.md", summary.markdown().into_bytes()),
        ("summary.txt", text.into_bytes()),
        ("junit.xml", junit(summary).into_bytes()),
        ("metrics.prom", prometheus(summary).into_bytes()),
        ("latency.hlog", hdr_log.to_vec()),
    ];
    let mut failed = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        // Whole or not at all: half a summary.json would be a broken baseline.
        let partial = folder.join(format!(".{name}.partial"));
        let written = std::fs::write(&partial, content).and_then(|()| std::fs::rename(&partial, &path));
        if let Err(source) = written {
            let _ = std::fs::remove_file(&partial);
            failed.push(ReportError { path, source });
        }
    }
    failed
}

/// The gates as JUnit: one test case a gate, and one for the generator's health.
fn junit(summary: &Summary) -> String {
    let mut suite = TestSuite::new("load gates");
    suite.set_time(Duration::from_secs_f64(summary.duration_s.max(0.0)));
    for gate in &summary.gates {
        let status = if gate.held {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!("found {}, limit {}", gate.actual, gate.limit));
            status
        };
        let mut case = TestCase::new(gate.gate.as_str(), status);
        case.set_classname("load.gate");
        suite.add_test_case(case);
    }
    let status = match (&summary.generator.complaint, summary.verdict) {
        (Some(complaint), Verdict::Inconclusive) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(format!("inconclusive: {complaint}"));
            status
        }
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new("the generator is neither late nor saturated", status);
    case.set_classname("load.generator");
    suite.add_test_case(case);
    let mut report = quick_junit::Report::new("ivs-contract load");
    report.add_test_suite(suite);
    report.to_string().unwrap_or_default()
}

/// The figures in Prometheus' text format.
fn prometheus(summary: &Summary) -> String {
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
    family("ivs_load_received_bytes_total", "counter", "Bytes of answers' bodies.", rows(|step| step.bytes as f64));
    let mut quantiles = Vec::new();
    for step in steps {
        let both = [(Series::Service, Some(&step.service)), (Series::Intended, step.intended.as_ref())];
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
    family("ivs_load_duration_seconds", "gauge", "Quantiles of the two time series.", quantiles);
    let one = |value: f64| vec![(String::new(), value)];
    family("ivs_load_due_total", "counter", "Requests that were due in the open model.", one(summary.due as f64));
    family("ivs_load_dropped_total", "counter", "Arrivals for which no user was free.", one(summary.dropped as f64));
    family("ivs_load_late_total", "counter", "Requests begun late by the generator.", one(summary.late as f64));
    family("ivs_load_findings", "gauge", "Contract findings.", one(summary.findings.len() as f64));
    let breached = summary.gates.iter().filter(|gate| !gate.held).count();
    family("ivs_load_gates_breached", "gauge", "Gates that did not hold.", one(breached as f64));
    text
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
