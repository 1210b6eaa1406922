//! The results of several workers as those of one run: counts are added, histograms merged, so percentiles stay exact.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use serde::Deserialize;

use crate::baseline::SUMMARY_SCHEMA;
use crate::metric::LatencySeries;
use crate::recorder::histogram;

/// The results of several workers.
#[derive(Debug)]
pub struct MergedRun {
    /// The number of workers.
    pub workers: usize,
    /// Requests.
    pub requests: u64,
    /// Failed requests, without the throttled ones.
    pub failures: u64,
    /// Throttled requests.
    pub throttled: u64,
    /// The duration of the longest load in seconds.
    pub duration_s: f64,
    /// Service times of all requests in nanoseconds.
    pub service: Histogram<u64>,
    /// Contract findings of all workers: identity and count.
    pub findings: Vec<(String, u64)>,
    /// Resources that no worker could delete.
    pub left_behind: Vec<String>,
}

/// The reason why the results of a worker cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A file is not the summary of a run.
    #[error("not the summary.json of a load run: {0}")]
    Summary(#[from] serde_json::Error),
    /// Another version wrote the summary.
    #[error("the summary has schema {0}; this version reads schema {SUMMARY_SCHEMA}")]
    Schema(u32),
    /// A file is not an HdrHistogram log.
    #[error("not the latency.hlog of a load run: {0}")]
    Log(String),
}

/// The parts of a summary that are merged.
#[derive(Deserialize)]
struct WorkerSummary {
    schema: u32,
    duration_s: f64,
    total: WorkerTotal,
    findings: Vec<WorkerFinding>,
    left_behind: Vec<String>,
}

#[derive(Deserialize)]
struct WorkerTotal {
    requests: u64,
    failures: u64,
    classes: WorkerClasses,
}

#[derive(Deserialize)]
struct WorkerClasses {
    throttled: u64,
}

#[derive(Deserialize)]
struct WorkerFinding {
    identity: String,
    count: u64,
}

impl Default for MergedRun {
    fn default() -> Self {
        Self {
            workers: 0,
            requests: 0,
            failures: 0,
            throttled: 0,
            duration_s: 0.0,
            service: histogram(),
            findings: Vec::new(),
            left_behind: Vec::new(),
        }
    }
}

impl MergedRun {
    /// Adds the results of a worker: the bytes of its `summary.json` and of its `latency.hlog`.
    ///
    /// # Errors
    ///
    /// [`MergeError`] if they are something else. Nothing is added then.
    pub fn add(&mut self, summary: &[u8], hdr_log: &[u8]) -> Result<(), MergeError> {
        let summary: WorkerSummary = serde_json::from_slice(summary)?;
        if summary.schema != SUMMARY_SCHEMA {
            return Err(MergeError::Schema(summary.schema));
        }
        let service = service_times(hdr_log)?;
        // Both grow on demand, so adding cannot fail.
        let _ = self.service.add(&service);
        self.workers += 1;
        self.requests += summary.total.requests;
        self.failures += summary.total.failures;
        self.throttled += summary.total.classes.throttled;
        self.duration_s = self.duration_s.max(summary.duration_s);
        for finding in summary.findings {
            match self.findings.iter_mut().find(|(identity, _)| *identity == finding.identity) {
                Some((_, count)) => *count += finding.count,
                None => self.findings.push((finding.identity, finding.count)),
            }
        }
        self.left_behind.extend(summary.left_behind);
        Ok(())
    }

    /// Requests per second of all workers.
    #[must_use]
    pub fn rps(&self) -> f64 {
        self.requests as f64 / self.duration_s.max(f64::MIN_POSITIVE)
    }
}

/// Merges the intervals of the service time in an HdrHistogram log.
fn service_times(log: &[u8]) -> Result<Histogram<u64>, MergeError> {
    let malformed = |error: &dyn std::fmt::Debug| MergeError::Log(format!("{error:?}"));
    let mut merged = histogram();
    let mut deserializer = Deserializer::new();
    for entry in IntervalLogIterator::new(log) {
        let LogEntry::Interval(interval) = entry.map_err(|error| malformed(&error))? else { continue };
        if interval.tag().is_none_or(|tag| tag.as_str() != LatencySeries::Service.name()) {
            continue;
        }
        let bytes = STANDARD.decode(interval.encoded_histogram()).map_err(|error| malformed(&error))?;
        let part: Histogram<u64> = deserializer.deserialize(&mut &bytes[..]).map_err(|error| malformed(&error))?;
        let _ = merged.add(&part);
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::recorder::Tally;
    use crate::report::whole_run_log;

    fn tally(times: impl Iterator<Item = u64>) -> Tally {
        Tally::of_times(times.map(|micros| (Duration::from_micros(micros), None)))
    }

    fn summary(requests: u64) -> Vec<u8> {
        let finding = json!({ "identity": "output:ivs.GetChannel:", "count": 2 });
        let summary: Value = json!({
            "schema": 1, "duration_s": 2.0, "findings": [finding], "left_behind": ["a"],
            "total": { "requests": requests, "failures": 1, "classes": { "throttled": 3 } },
        });
        summary.to_string().into_bytes()
    }

    #[test]
    fn percentiles_of_merged_workers_are_those_of_one_histogram() {
        let mut merged = MergedRun::default();
        for worker in 0..4 {
            // The workers' times differ, so an average of their percentiles would be wrong.
            let part = tally((1..=500).map(|number| number * (worker + 1)));
            merged.add(&summary(500), &whole_run_log(&part, Duration::from_secs(2))).unwrap();
        }
        let one = tally((0..4).flat_map(|worker| (1..=500).map(move |number| number * (worker + 1))));
        for quantile in [0.5, 0.95, 0.99, 1.0] {
            assert_eq!(merged.service.value_at_quantile(quantile), one.service.value_at_quantile(quantile));
        }
        assert_eq!((merged.workers, merged.requests, merged.failures, merged.throttled), (4, 2000, 4, 12));
        assert_eq!(merged.findings, [("output:ivs.GetChannel:".to_owned(), 8)]);
        assert!((merged.rps() - 1000.0).abs() < 0.01 && merged.left_behind.len() == 4);
    }

    #[test]
    fn other_files_are_refused() {
        let log = whole_run_log(&tally(1..10), Duration::from_secs(1));
        assert!(matches!(MergedRun::default().add(b"{}", &log), Err(MergeError::Summary(_))));
        let newer = String::from_utf8(summary(1)).unwrap().replace("\"schema\":1", "\"schema\":2");
        assert!(matches!(MergedRun::default().add(newer.as_bytes(), &log), Err(MergeError::Schema(2))));
        assert!(matches!(MergedRun::default().add(&summary(1), b"Tag=service,x,y,z,w"), Err(MergeError::Log(_))));
    }
}
