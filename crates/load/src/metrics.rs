//! The metrics of a run, for gates and reports.

use std::time::Duration;

use crate::class::AnswerClass;
use crate::metric::{LatencySeries, Metric};
use crate::recorder::Tally;

/// The metrics of a run.
#[derive(Debug, Clone)]
pub struct RunMetrics {
    /// True if the load was an open loop.
    pub open: bool,
    /// The duration of the load.
    pub elapsed: Duration,
    /// The tallies by step, in the order of the steps.
    pub steps: Vec<(String, Tally)>,
    /// All steps together.
    pub total: Tally,
    /// Requests that were due (open loop).
    pub due: u64,
    /// Arrivals for which no user was free (open loop).
    pub dropped: u64,
    /// Requests that the generator started late (open loop).
    pub late: u64,
    /// Contract findings of severity error.
    pub findings: u64,
}

impl RunMetrics {
    /// The tally of a step, or of all steps.
    #[must_use]
    pub fn tally(&self, step: Option<&str>) -> Option<&Tally> {
        match step {
            None => Some(&self.total),
            Some(label) => self.steps.iter().find(|(known, _)| known == label).map(|(_, tally)| tally),
        }
    }

    /// The value of a metric: times in nanoseconds, shares from 0 to 1. `None` for a step without requests.
    #[must_use]
    pub fn value(&self, metric: Metric, series: LatencySeries, step: Option<&str>) -> Option<f64> {
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        match metric {
            Metric::Dropped => return Some(self.dropped as f64),
            Metric::LateRate => return Some(share(self.late, self.due)),
            Metric::Findings => return Some(self.findings as f64),
            _ => {}
        }
        let tally = self.tally(step)?;
        let requests = tally.requests();
        if requests == 0 {
            return None;
        }
        let histogram = match series {
            LatencySeries::Service => &tally.service,
            LatencySeries::Intended => &tally.intended,
        };
        let throttled = tally.of(AnswerClass::Throttled);
        Some(match metric {
            Metric::Percentile(percentile) => histogram.value_at_percentile(percentile) as f64,
            Metric::Mean => histogram.mean(),
            Metric::Max => histogram.max() as f64,
            Metric::Min => histogram.min() as f64,
            Metric::ErrorRate => share(tally.failures(), requests),
            Metric::ThrottledRate => share(throttled, requests),
            Metric::Rps => requests as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
            Metric::Requests => requests as f64,
            Metric::Dropped | Metric::LateRate | Metric::Findings => return None,
        })
    }

    /// The share of due requests that the generator started late.
    #[must_use]
    pub fn late_rate(&self) -> f64 {
        if self.due == 0 { 0.0 } else { self.late as f64 / self.due as f64 }
    }
}
