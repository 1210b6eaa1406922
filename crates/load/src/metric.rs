//! The metrics that gates can refer to.

use serde::Serialize;

/// The two latency series, never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatencySeries {
    /// From the first byte sent to the last byte received.
    Service,
    /// From the intended start of the request: the latency that a client sees when it does not wait for earlier
    /// requests.
    Intended,
}

impl LatencySeries {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Intended => "intended",
        }
    }
}

/// A metric of a run or a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// A percentile of a latency series, 0 to 100.
    Percentile(f64),
    /// The mean of a latency series.
    Mean,
    /// The maximum of a latency series.
    Max,
    /// The minimum of a latency series.
    Min,
    /// Failed requests as a share of all. Throttled requests are not failures.
    ErrorRate,
    /// Throttled requests as a share of all.
    ThrottledRate,
    /// Requests per second.
    Rps,
    /// Requests.
    Requests,
    /// Arrivals for which no user was free (open loop).
    Dropped,
    /// Requests that the generator started late, as a share of all due (open loop).
    LateRate,
    /// Contract findings of severity error.
    Findings,
}

impl Metric {
    /// Parses a metric's name, such as `p99.9` or `error_rate`.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        if let Some(percentile) = name.strip_prefix('p').and_then(|digits| digits.parse::<f64>().ok()) {
            return if (0.0..=100.0).contains(&percentile) {
                Ok(Self::Percentile(percentile))
            } else {
                Err(format!("'{name}' is not a percentile from p0 to p100"))
            };
        }
        Ok(match name {
            "mean" | "avg" => Self::Mean,
            "max" => Self::Max,
            "min" => Self::Min,
            "error_rate" => Self::ErrorRate,
            "throttled_rate" => Self::ThrottledRate,
            "rps" => Self::Rps,
            "requests" => Self::Requests,
            "dropped" => Self::Dropped,
            "late_rate" => Self::LateRate,
            "findings" => Self::Findings,
            _ => return Err(format!("'{name}' is not a metric")),
        })
    }

    pub(crate) fn is_latency(self) -> bool {
        matches!(self, Self::Percentile(_) | Self::Mean | Self::Max | Self::Min)
    }

    pub(crate) fn is_share(self) -> bool {
        matches!(self, Self::ErrorRate | Self::ThrottledRate | Self::LateRate)
    }

    /// Returns whether a slow generator can change the metric. If so, a run with an unhealthy generator proves nothing
    /// about the endpoint.
    #[must_use]
    pub fn depends_on_generator(self) -> bool {
        self.is_latency() || matches!(self, Self::Rps | Self::Requests | Self::Dropped | Self::LateRate)
    }
}
