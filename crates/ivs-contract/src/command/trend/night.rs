//! The numbers of one run, from its JSON report.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use serde_json::Value;
use time::OffsetDateTime;

/// The deepest folder that is searched.
const DEEPEST: usize = 6;

/// The numbers of one run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Night {
    /// The date in the path or the report, else the date of the file: `2026-03-01`.
    pub(super) date: String,
    /// The path below the folder, which orders runs of one date.
    pub(super) path: String,
    pub(super) endpoint: String,
    /// The word of the verdict or status.
    pub(super) outcome: String,
    pub(super) numbers: Numbers,
}

/// A JSON file that is no report, and the reason.
type SkippedFile = (PathBuf, String);

/// The numbers of a run by what it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    Check {
        errors: f64,
        warnings: f64,
        operations: f64,
        passed: f64,
        failed: f64,
    },
    Load {
        rps: f64,
        error_rate: f64,
        p50: f64,
        p99: f64,
        intended_p99: Option<f64>,
        /// The highest 99th percentile of a second, from the series over time.
        worst_second: Option<f64>,
    },
}

impl Night {
    /// Reads all reports below a folder, sorted by date. Also returns the JSON files that are none, with the reason.
    pub(super) fn read_all(folder: &Path) -> Result<(Vec<Self>, Vec<SkippedFile>)> {
        let mut files = Vec::new();
        collect(folder, 0, &mut files).with_context(|| format!("cannot read the folder {}", folder.display()))?;
        files.sort();
        let (mut nights, mut skipped) = (Vec::new(), Vec::new());
        for path in files {
            match read(folder, &path) {
                Ok(Some(night)) => nights.push(night),
                Ok(None) => skipped.push((path, "it is no report of `check` and no summary of `load`".to_owned())),
                Err(error) => skipped.push((path, format!("{error:#}"))),
            }
        }
        nights.sort_by(|one, other| (&one.date, &one.path).cmp(&(&other.date, &other.path)));
        Ok((nights, skipped))
    }
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if depth < DEEPEST {
                collect(&path, depth + 1, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

fn read(folder: &Path, path: &Path) -> Result<Option<Night>> {
    let document: Value = serde_json::from_slice(&std::fs::read(path)?).context("it is not JSON")?;
    let Some((endpoint, outcome, numbers)) = check(&document).or_else(|| load(&document)) else { return Ok(None) };
    let below = path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let date = date_in(&below)
        .or_else(|| date_in(document.pointer("/run/date")?.as_str()?))
        .or_else(|| modified(path))
        .unwrap_or_else(|| "unknown".to_owned());
    Ok(Some(Night { date, path: below, endpoint, outcome, numbers }))
}

fn check(document: &Value) -> Option<(String, String, Numbers)> {
    let summary = document.get("summary")?;
    let number = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64);
    let numbers = Numbers::Check {
        errors: number("/findings/error")?,
        warnings: number("/findings/warning")?,
        operations: number("/operations/exercised")?,
        passed: number("/cases/passed")?,
        failed: number("/cases/failed")?,
    };
    let text = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some((text("endpoint"), text("status"), numbers))
}

fn load(document: &Value) -> Option<(String, String, Numbers)> {
    let total = document.get("total")?;
    let number = |pointer: &str| total.pointer(pointer).and_then(Value::as_f64);
    let numbers = Numbers::Load {
        rps: number("/rps")?,
        error_rate: number("/error_rate")?,
        p50: number("/service/p50")?,
        p99: number("/service/p99")?,
        intended_p99: number("/intended/p99"),
        worst_second: worst_second(document),
    };
    let endpoints = document.get("endpoints").and_then(Value::as_array).into_iter().flatten();
    let endpoints: Vec<&str> = endpoints.filter_map(Value::as_str).collect();
    let verdict = document.get("verdict").and_then(Value::as_str).unwrap_or_default();
    Some((endpoints.join(", "), verdict.to_owned(), numbers))
}

/// Returns the highest 99th percentile of an interval, from the intended start where that is measured.
fn worst_second(document: &Value) -> Option<f64> {
    let points = document.get("series")?.as_array()?.iter();
    let p99 = |point: &Value| {
        ["/intended/p99", "/service/p99"].into_iter().find_map(|pointer| point.pointer(pointer)?.as_f64())
    };
    points.filter_map(p99).reduce(f64::max)
}

/// Returns the first date in a text.
fn date_in(text: &str) -> Option<String> {
    let is_date = |part: &[u8]| {
        part.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() })
    };
    let found = text.as_bytes().windows(10).find(|part| is_date(part))?;
    String::from_utf8(found.to_vec()).ok()
}

fn modified(path: &Path) -> Option<String> {
    let time: SystemTime = std::fs::metadata(path).ok()?.modified().ok()?;
    Some(OffsetDateTime::from(time).date().to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reports_of_both_kinds_are_read_and_sorted_by_the_date_in_their_path() {
        let folder = std::env::temp_dir().join(format!("ivs-contract-trend-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("2026-03-01")).unwrap();
        let check = json!({
            "endpoint": "http://127.0.0.1:1", "status": "complete",
            "summary": { "findings": {"error": 3, "warning": 1}, "operations": {"exercised": 6}, "cases": {"passed": 9, "failed": 4} },
        });
        let load = json!({
            "endpoints": ["http://127.0.0.1:1"], "verdict": "held",
            "total": { "rps": 100.5, "error_rate": 0.0, "service": {"p50": 1e6, "p99": 2e6} },
            "series": [{ "service": {"p99": 3e6} }, { "service": {"p99": 9e6}, "intended": {"p99": 7e6} }, { "service": null }],
        });
        std::fs::write(folder.join("2026-03-01/report.json"), check.to_string()).unwrap();
        std::fs::write(folder.join("2026-02-28.json"), load.to_string()).unwrap();
        std::fs::write(folder.join("other.json"), "{}").unwrap();
        let (nights, skipped) = Night::read_all(&folder).unwrap();
        let dates: Vec<&str> = nights.iter().map(|night| night.date.as_str()).collect();
        assert_eq!(dates, ["2026-02-28", "2026-03-01"]);
        assert!(
            matches!(nights[0].numbers, Numbers::Load { worst_second: Some(7e6), .. })
                && matches!(nights[1].numbers, Numbers::Check { .. })
        );
        assert_eq!(skipped.len(), 1);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
