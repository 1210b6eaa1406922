//! Gates: conditions on the metrics of a run that determine its exit code, such as `p99 < 250ms for ivs.GetChannel`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::baseline::LoadBaseline;
use crate::duration::{format_duration, parse_duration};
use crate::metric::{LatencySeries, Metric};
use crate::metrics::RunMetrics;

/// A condition on one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    series: Option<LatencySeries>,
    metric: Metric,
    relation: Relation,
    limit: Limit,
    /// The label of the step; `None` for all steps.
    step: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Relation {
    fn holds(self, actual: f64, limit: f64) -> bool {
        match self {
            Self::Below => actual < limit,
            Self::AtMost => actual <= limit,
            Self::Above => actual > limit,
            Self::AtLeast => actual >= limit,
        }
    }

    fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

/// A fixed limit (nanoseconds, a share from 0 to 1, or a number), or a multiple of the baseline's value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    Fixed(f64),
    Baseline(f64),
}

/// The reason why a gate was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// The text is not a gate.
    #[error(
        "invalid gate '{gate}': {reason} (examples: 'p99 < 250ms', 'error_rate < 1%', 'intended.p99.9 < baseline * 1.10 for ivs.GetChannel')"
    )]
    Malformed {
        /// The gate.
        gate: String,
        /// The reason.
        reason: String,
    },
    /// No run could pass the gate.
    #[error("gate '{gate}' can never pass: {reason}")]
    Impossible {
        /// The gate.
        gate: String,
        /// The reason.
        reason: String,
    },
    /// The run does not have the metric.
    #[error("gate '{gate}' does not apply to this run: {reason}")]
    Inapplicable {
        /// The gate.
        gate: String,
        /// The reason.
        reason: String,
    },
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let text = text.trim();
        let malformed = |reason: String| GateError::Malformed { gate: text.to_owned(), reason };
        let at = text.find(['<', '>']).ok_or_else(|| malformed("'<', '<=', '>' or '>=' is missing".to_owned()))?;
        let (left, rest) = text.split_at(at);
        let (relation, right) =
            [("<=", Relation::AtMost), (">=", Relation::AtLeast), ("<", Relation::Below), (">", Relation::Above)]
                .into_iter()
                .find_map(|(sign, relation)| Some((relation, rest.strip_prefix(sign)?)))
                .ok_or_else(|| malformed("'<', '<=', '>' or '>=' is missing".to_owned()))?;
        let (limit, step) = match right.split_once(" for ") {
            Some((limit, step)) => (limit.trim(), Some(step.trim().to_owned())),
            None => (right.trim(), None),
        };
        let (series, name) = match left.trim().split_once('.') {
            Some(("service", name)) => (Some(LatencySeries::Service), name),
            Some(("intended", name)) => (Some(LatencySeries::Intended), name),
            _ => (None, left.trim()),
        };
        let metric = Metric::parse(name).map_err(malformed)?;
        if series.is_some() && !metric.is_latency() {
            return Err(malformed(format!("'{name}' is not a latency")));
        }
        let limit = match limit.strip_prefix("baseline") {
            Some(factor) => Limit::Baseline(factor_of(factor).map_err(malformed)?),
            None => Limit::Fixed(fixed(metric, limit).map_err(malformed)?),
        };
        let gate = Self { text: text.to_owned(), series, metric, relation, limit, step };
        gate.check_possible()?;
        Ok(gate)
    }
}

fn factor_of(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(1.0);
    }
    let factor = text.strip_prefix('*').and_then(|factor| factor.trim().parse::<f64>().ok());
    factor
        .filter(|factor| factor.is_finite() && *factor > 0.0)
        .ok_or_else(|| format!("'baseline {text}' is not a multiple of the baseline"))
}

fn fixed(metric: Metric, text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if metric.is_latency() {
        return parse_duration(text).map(|span| span.as_nanos() as f64).map_err(|error| error.to_string());
    }
    if metric.is_share() {
        let share = text.strip_suffix('%').map_or_else(|| number(text), |percent| number(percent).map(|it| it / 100.0));
        return share.ok_or_else(|| format!("'{text}' is not a share, such as 1%"));
    }
    number(text).ok_or_else(|| format!("'{text}' is not a number"))
}

impl Gate {
    fn check_possible(&self) -> Result<(), GateError> {
        let Limit::Fixed(limit) = self.limit else { return Ok(()) };
        let reason = match self.relation {
            Relation::Below if limit <= 0.0 => "metrics are never below zero",
            Relation::AtMost if limit < 0.0 => "metrics are never below zero",
            Relation::Above if self.metric.is_share() && limit >= 1.0 => "shares are never above 100 %",
            Relation::AtLeast if self.metric.is_share() && limit > 1.0 => "shares are never above 100 %",
            _ => return Ok(()),
        };
        Err(GateError::Impossible { gate: self.text.clone(), reason: reason.to_owned() })
    }

    /// Checks that the run has the step, the metric and the baseline that the gate refers to.
    ///
    /// # Errors
    ///
    /// [`GateError::Inapplicable`] if it does not.
    pub fn check_applicable(
        &self,
        labels: &[String],
        open: bool,
        baseline: Option<&LoadBaseline>,
    ) -> Result<(), GateError> {
        let inapplicable = |reason: String| Err(GateError::Inapplicable { gate: self.text.clone(), reason });
        if let Some(step) = &self.step
            && !labels.contains(step)
        {
            return inapplicable(format!("unknown step '{step}' (steps: {})", labels.join(", ")));
        }
        let needs_open_loop =
            self.series == Some(LatencySeries::Intended) || matches!(self.metric, Metric::Dropped | Metric::LateRate);
        if needs_open_loop && !open {
            return inapplicable("only an open loop has this metric".to_owned());
        }
        if matches!(self.metric, Metric::Dropped | Metric::LateRate | Metric::Findings) && self.step.is_some() {
            return inapplicable("this metric exists for the whole run only".to_owned());
        }
        if let Limit::Baseline(_) = self.limit {
            let Some(baseline) = baseline else {
                return inapplicable("it needs a baseline".to_owned());
            };
            let series = self.series_in(open);
            if baseline.value(self.metric, series, self.step.as_deref()).is_none() {
                return inapplicable("the baseline lacks this metric".to_owned());
            }
        }
        Ok(())
    }

    /// The metric.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// The label of the step that it is for; `None` for all steps.
    #[must_use]
    pub fn step(&self) -> Option<&str> {
        self.step.as_deref()
    }

    fn series_in(&self, open: bool) -> LatencySeries {
        self.series.unwrap_or(if open { LatencySeries::Intended } else { LatencySeries::Service })
    }

    /// Evaluates the gate on a run.
    #[must_use]
    pub fn judge(&self, metrics: &RunMetrics, baseline: Option<&LoadBaseline>) -> GateResult {
        let series = self.series_in(metrics.open);
        let actual = metrics.value(self.metric, series, self.step.as_deref());
        let before = baseline.and_then(|baseline| baseline.value(self.metric, series, self.step.as_deref()));
        let limit = match self.limit {
            Limit::Fixed(limit) => Some(limit),
            Limit::Baseline(factor) => before.map(|before| before * factor),
        };
        let held = match (actual, limit) {
            (Some(actual), Some(limit)) => self.relation.holds(actual, limit),
            // A step without requests fails its gates, since nothing was measured.
            _ => false,
        };
        GateResult {
            gate: self.text.clone(),
            held,
            metric: self.metric,
            series: self.metric.is_latency().then_some(series),
            actual: actual.map_or_else(|| "no requests".to_owned(), |actual| self.show(actual)),
            limit: limit.map_or_else(|| "none".to_owned(), |limit| self.show(limit)),
            baseline: before.map(|before| self.show(before)),
            depends_on_generator: self.metric.depends_on_generator() && self.relation.is_upper()
                || matches!(self.metric, Metric::Rps | Metric::Requests),
        }
    }

    fn show(&self, value: f64) -> String {
        if self.metric.is_latency() {
            format_duration(value.max(0.0).round() as u64)
        } else if self.metric.is_share() {
            format!("{:.3} %", value * 100.0)
        } else if value.fract() == 0.0 {
            format!("{value:.0}")
        } else {
            format!("{value:.1}")
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The result of a gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GateResult {
    /// The gate as written.
    pub gate: String,
    /// True if the run passed it.
    pub held: bool,
    /// The latency series.
    pub series: Option<LatencySeries>,
    /// The measured value.
    pub actual: String,
    /// The limit.
    pub limit: String,
    /// The value in the baseline, if the run has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The metric.
    #[serde(skip)]
    pub metric: Metric,
    /// True if an unhealthy generator may be the reason for a breached gate.
    #[serde(skip)]
    pub depends_on_generator: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_gates_are_parsed() {
        for text in [
            "p99 < 250ms",
            "service.p99.9 <= 1.5s",
            "intended.max < 2s for ivs.GetChannel",
            "error_rate < 1%",
            "throttled_rate <= 0",
            "rps > 100",
            "p50 < baseline",
            "p99 < baseline * 1.10 for ivs.BatchGetChannel/x50",
            "findings < 1",
            "mean<10ms",
        ] {
            assert!(text.parse::<Gate>().is_ok(), "{text}");
        }
    }

    #[test]
    fn invalid_gates_are_refused() {
        for text in [
            "",
            "p99",
            "p99 = 1ms",
            "p101 < 1ms",
            "p99 < 10",
            "p99 < 5%",
            "speed > 9",
            "service.rps > 1",
            "error_rate < lots",
            "p99 < baseline + 1ms",
            "p99 < baseline * 0",
        ] {
            assert!(matches!(text.parse::<Gate>(), Err(GateError::Malformed { .. })), "{text}");
        }
    }

    #[test]
    fn gates_that_no_run_can_pass_are_refused() {
        for text in
            ["p99 < 0ms", "error_rate < 0%", "error_rate > 100%", "late_rate >= 101%", "rps < 0", "findings < 0"]
        {
            assert!(matches!(text.parse::<Gate>(), Err(GateError::Impossible { .. })), "{text}");
        }
    }

    #[test]
    fn a_gate_on_a_metric_that_the_run_lacks_is_refused() {
        let labels = ["ivs.GetChannel".to_owned()];
        let check = |text: &str, open| text.parse::<Gate>().unwrap().check_applicable(&labels, open, None);
        assert!(check("p99 < 1s for ivs.GetChannel", false).is_ok());
        assert!(check("p99 < 1s for ivs.GetChanel", false).is_err());
        assert!(check("intended.p99 < 1s", false).is_err());
        assert!(check("dropped < 1", false).is_err());
        assert!(check("dropped < 1", true).is_ok());
        assert!(check("p99 < baseline", true).is_err());
    }
}
