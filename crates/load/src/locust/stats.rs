//! A worker's statistics for its master: the counts by step since the last report.

use std::collections::BTreeMap;

use rmpv::Value;

use crate::class::AnswerClass;
use crate::user::StepOutcome;

/// The counts since the last report.
#[derive(Debug, Default)]
pub(super) struct LocustStats {
    entries: BTreeMap<(String, &'static str), Entry>,
    errors: BTreeMap<(String, &'static str, String), (u64, f64, f64)>,
    start: f64,
}

/// One row of Locust's table. Times are in milliseconds, like Locust's.
#[derive(Debug, Default, Clone)]
struct Entry {
    requests: u64,
    failures: u64,
    total: f64,
    min: Option<f64>,
    max: f64,
    bytes: u64,
    /// By microseconds, since integers can be keys of a map.
    times: BTreeMap<u64, u64>,
    requests_by_second: BTreeMap<i64, u64>,
    failures_by_second: BTreeMap<i64, u64>,
    last: f64,
}

impl Entry {
    fn count(&mut self, milliseconds: f64, failed: bool, bytes: u64, now: f64) {
        self.requests += 1;
        self.total += milliseconds;
        self.min = Some(self.min.map_or(milliseconds, |min| min.min(milliseconds)));
        self.max = self.max.max(milliseconds);
        self.bytes += bytes;
        *self.times.entry(rounded(milliseconds)).or_default() += 1;
        let second = now as i64;
        *self.requests_by_second.entry(second).or_default() += 1;
        if failed {
            self.failures += 1;
            *self.failures_by_second.entry(second).or_default() += 1;
        }
        self.last = now;
    }

    fn merge(&mut self, other: &Self) {
        self.requests += other.requests;
        self.failures += other.failures;
        self.total += other.total;
        self.min = self.min.into_iter().chain(other.min).reduce(f64::min);
        self.max = self.max.max(other.max);
        self.bytes += other.bytes;
        self.last = self.last.max(other.last);
        for (mine, theirs) in [
            (&mut self.requests_by_second, &other.requests_by_second),
            (&mut self.failures_by_second, &other.failures_by_second),
        ] {
            for (second, count) in theirs {
                *mine.entry(*second).or_default() += count;
            }
        }
        for (time, count) in &other.times {
            *self.times.entry(*time).or_default() += count;
        }
    }

    fn report(&self, name: &str, method: &str, start: f64) -> Value {
        let by_second = |map: &BTreeMap<i64, u64>| {
            Value::Map(map.iter().map(|(second, count)| ((*second).into(), (*count).into())).collect())
        };
        // Locust accepts floats as keys, which preserve percentiles below a millisecond.
        let times = self.times.iter().map(|(micros, count)| (Value::F64(*micros as f64 / 1000.0), (*count).into()));
        map([
            ("name", name.into()),
            ("method", method.into()),
            ("last_request_timestamp", self.last.into()),
            ("start_time", start.into()),
            ("num_requests", self.requests.into()),
            ("num_none_requests", 0.into()),
            ("num_failures", self.failures.into()),
            ("total_response_time", self.total.into()),
            ("max_response_time", self.max.into()),
            ("min_response_time", self.min.map_or(Value::Nil, Value::F64)),
            ("total_content_length", self.bytes.into()),
            ("response_times", Value::Map(times.collect())),
            ("num_reqs_per_sec", by_second(&self.requests_by_second)),
            ("num_fail_per_sec", by_second(&self.failures_by_second)),
        ])
    }
}

/// Rounds to microseconds with three significant digits: an error of at most 0.5 %, and a few hundred keys a report.
fn rounded(milliseconds: f64) -> u64 {
    let micros = (milliseconds * 1000.0).max(1.0) as u64;
    let mut unit = 1;
    while micros / unit >= 1000 {
        unit *= 10;
    }
    (micros + unit / 2) / unit * unit
}

impl LocustStats {
    /// Creates empty statistics; `now` is in Unix seconds.
    pub(super) fn new(now: f64) -> Self {
        Self { start: now, ..Self::default() }
    }

    /// Counts one step.
    pub(super) fn record(&mut self, outcome: &StepOutcome, now: f64) {
        let failed = outcome.class.is_failure();
        let milliseconds = outcome.service.as_secs_f64() * 1000.0;
        let template = &outcome.template;
        let key = (template.label.clone(), template.method);
        self.entries.entry(key).or_default().count(milliseconds, failed, outcome.bytes, now);
        if failed {
            let error = describe(outcome.class, outcome.status, outcome.error.as_deref());
            let (count, first, last) =
                self.errors.entry((template.label.clone(), template.method, error)).or_insert((0, now, now));
            *count += 1;
            *first = first.min(now);
            *last = now;
        }
    }

    /// Returns the content of a `stats` message and resets the counts.
    pub(super) fn report(&mut self, counts: &[(String, u64)]) -> Value {
        let mut total = Entry::default();
        let mut stats = Vec::new();
        for ((name, method), entry) in &self.entries {
            total.merge(entry);
            stats.push(entry.report(name, method, self.start));
        }
        let errors = self.errors.iter().map(|((name, method, error), (count, first, last))| {
            let row = map([
                ("name", name.as_str().into()),
                ("method", (*method).into()),
                ("error", error.as_str().into()),
                ("occurrences", (*count).into()),
                ("first_seen", (*first).into()),
                ("last_seen", (*last).into()),
            ]);
            // Any key that is the same for the same error works.
            (Value::from(format!("{method} {name} {error}")), row)
        });
        let report = map([
            ("stats", Value::Array(stats)),
            ("stats_total", total.report("Aggregated", "", self.start)),
            ("errors", Value::Map(errors.collect())),
            ("user_classes_count", class_counts(counts)),
            ("user_count", counts.iter().map(|(_, count)| count).sum::<u64>().into()),
        ]);
        self.entries.clear();
        self.errors.clear();
        report
    }
}

fn describe(class: AnswerClass, status: Option<u16>, error: Option<&str>) -> String {
    let status = status.map_or_else(String::new, |status| format!(" {status}"));
    format!("{}{status} {}", class.name(), error.unwrap_or("without an error name"))
}

/// Encodes the users by class.
pub(super) fn class_counts(counts: &[(String, u64)]) -> Value {
    Value::Map(counts.iter().map(|(class, count)| (class.as_str().into(), (*count).into())).collect())
}

/// Encodes a map of named members.
pub(super) fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_three_digits() {
        assert_eq!(
            [0.0004, 0.1234, 1.2345, 12.345, 999.6, 12345.0].map(rounded),
            [1, 123, 1230, 12300, 1_000_000, 12_300_000]
        );
    }

    #[test]
    fn a_report_resets_the_counts() {
        let mut stats = LocustStats::new(0.0);
        stats.entries.entry(("a".to_owned(), "POST")).or_default().count(1.5, true, 10, 100.0);
        let first = stats.report(&[("A".to_owned(), 2)]);
        let second = stats.report(&[("A".to_owned(), 2)]);
        let requests = |report: &Value| report["stats_total"]["num_requests"].as_u64();
        assert_eq!((requests(&first), requests(&second)), (Some(1), Some(0)));
        assert_eq!((first["user_count"].as_u64(), first["stats"].as_array().map(Vec::len)), (Some(2), Some(1)));
    }
}
