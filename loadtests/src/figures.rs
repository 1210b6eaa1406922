//! A run's figures: what gates judge and reports show.

use std::time::Duration;

use serde::Serialize;

use crate::gate::Metric;
use crate::recorder::Tally;

/// The two time series, never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Series {
    /// From the first byte sent to the last received.
    Service,
    /// From the moment at which the request should have begun: what a client that does not wait its turn sees.
    Intended,
}

impl Series {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Intended => "intended",
        }
    }
}

/// Everything counted in one run.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Whether an open model drove it.
    pub open: bool,
    /// How long load was put on.
    pub elapsed: Duration,
    /// The tallies by step, in the order of the steps.
    pub steps: Vec<(String, Tally)>,
    /// All steps together.
    pub total: Tally,
    /// Requests that were due (open model).
    pub due: u64,
    /// Arrivals for which no user was free (open model).
    pub dropped: u64,
    /// Requests begun late by the generator (open model).
    pub late: u64,
    /// Contract findings of severity error.
    pub findings: u64,
}

impl Figures {
    /// The tally of a step, or of all.
    #[must_use]
    pub fn tally(&self, step: Option<&str>) -> Option<&Tally> {
        match step {
            None => Some(&self.total),
            Some(label) => self.steps.iter().find(|(known, _)| known == label).map(|(_, tally)| tally),
        }
    }

    /// One figure: times in nanoseconds, shares of 1. `None` where there was no request to take it from.
    #[must_use]
    pub fn figure(&self, metric: Metric, series: Series, step: Option<&str>) -> Option<f64> {
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
            Series::Service => &tally.service,
            Series::Intended => &tally.intended,
        };
        let throttled = tally.of(crate::answer::Class::Throttled);
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

    /// The share of due requests that the generator began late.
    #[must_use]
    pub fn late_rate(&self) -> f64 {
        if self.due == 0 { 0.0 } else { self.late as f64 / self.due as f64 }
    }
}
