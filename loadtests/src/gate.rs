//! Gates: conditions on a run's figures that decide its exit code, such as `p99 < 250ms for ivs.GetChannel`.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::baseline::Baseline;
use crate::figures::{Figures, Series};
use crate::span::{parse_span, show_span};

/// A condition on one figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    series: Option<Series>,
    metric: Metric,
    relation: Relation,
    limit: Limit,
    /// The step's label; `None` for all steps together.
    step: Option<String>,
}

/// What a gate looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// A percentile of a time series, 0 to 100.
    Percentile(f64),
    /// The mean of a time series.
    Mean,
    /// The greatest value of a time series.
    Max,
    /// The least value of a time series.
    Min,
    /// Failed requests, as a share of all. Throttled ones are no failures.
    ErrorRate,
    /// Throttled requests, as a share of all.
    ThrottledRate,
    /// Requests per second.
    Rps,
    /// Requests.
    Requests,
    /// Arrivals for which no user was free (open model).
    Dropped,
    /// Requests that the generator began late, as a share of all due (open model).
    LateRate,
    /// Contract findings of severity error.
    Findings,
}

impl Metric {
    fn is_time(self) -> bool {
        matches!(self, Self::Percentile(_) | Self::Mean | Self::Max | Self::Min)
    }

    fn is_share(self) -> bool {
        matches!(self, Self::ErrorRate | Self::ThrottledRate | Self::LateRate)
    }

    /// Whether the generator's own slowness can change it: then a sick generator proves nothing either way.
    #[must_use]
    pub fn depends_on_generator(self) -> bool {
        self.is_time() || matches!(self, Self::Rps | Self::Requests | Self::Dropped | Self::LateRate)
    }
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

/// A fixed limit (nanoseconds, a share of 1, or a number), or a multiple of the baseline's figure.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    Fixed(f64),
    Baseline(f64),
}

/// Why a text is no gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateError {
    /// The form is wrong.
    #[error(
        "gate `{gate}`: {reason}; write for example `p99 < 250ms`, `error_rate < 1%`, `intended.p99.9 < baseline * 1.10 for ivs.GetChannel`"
    )]
    Malformed {
        /// The text given.
        gate: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No run could ever hold it.
    #[error("gate `{gate}` can never hold: {reason}")]
    Impossible {
        /// The text given.
        gate: String,
        /// Why.
        reason: String,
    },
    /// It looks at something that the run does not have.
    #[error("gate `{gate}`: {reason}")]
    Inapplicable {
        /// The text given.
        gate: String,
        /// What is missing.
        reason: String,
    },
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let text = text.trim();
        let malformed = |reason: String| GateError::Malformed { gate: text.to_owned(), reason };
        let at = text.find(['<', '>']).ok_or_else(|| malformed("it has no `<`, `<=`, `>` or `>=`".to_owned()))?;
        let (left, rest) = text.split_at(at);
        let (relation, right) =
            [("<=", Relation::AtMost), (">=", Relation::AtLeast), ("<", Relation::Below), (">", Relation::Above)]
                .into_iter()
                .find_map(|(sign, relation)| Some((relation, rest.strip_prefix(sign)?)))
                .ok_or_else(|| malformed("it has no relation".to_owned()))?;
        let (limit, step) = match right.split_once(" for ") {
            Some((limit, step)) => (limit.trim(), Some(step.trim().to_owned())),
            None => (right.trim(), None),
        };
        let (series, name) = match left.trim().split_once('.') {
            Some(("service", name)) => (Some(Series::Service), name),
            Some(("intended", name)) => (Some(Series::Intended), name),
            _ => (None, left.trim()),
        };
        let metric = metric(name).map_err(malformed)?;
        if series.is_some() && !metric.is_time() {
            return Err(malformed(format!("`{name}` is no time series")));
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

fn metric(name: &str) -> Result<Metric, String> {
    if let Some(percentile) = name.strip_prefix('p').and_then(|digits| digits.parse::<f64>().ok()) {
        return if (0.0..=100.0).contains(&percentile) {
            Ok(Metric::Percentile(percentile))
        } else {
            Err(format!("`{name}` is no percentile from p0 to p100"))
        };
    }
    Ok(match name {
        "mean" | "avg" => Metric::Mean,
        "max" => Metric::Max,
        "min" => Metric::Min,
        "error_rate" => Metric::ErrorRate,
        "throttled_rate" => Metric::ThrottledRate,
        "rps" => Metric::Rps,
        "requests" => Metric::Requests,
        "dropped" => Metric::Dropped,
        "late_rate" => Metric::LateRate,
        "findings" => Metric::Findings,
        _ => return Err(format!("`{name}` is no figure of a run")),
    })
}

fn factor_of(text: &str) -> Result<f64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(1.0);
    }
    let factor = text.strip_prefix('*').and_then(|factor| factor.trim().parse::<f64>().ok());
    factor
        .filter(|factor| factor.is_finite() && *factor > 0.0)
        .ok_or_else(|| format!("`baseline {text}` is no multiple of the baseline"))
}

fn fixed(metric: Metric, text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if metric.is_time() {
        return parse_span(text).map(|span| span.as_nanos() as f64).map_err(|error| error.to_string());
    }
    if metric.is_share() {
        let share = text.strip_suffix('%').map_or_else(|| number(text), |percent| number(percent).map(|it| it / 100.0));
        return share.ok_or_else(|| format!("`{text}` is no share such as 1%"));
    }
    number(text).ok_or_else(|| format!("`{text}` is no number"))
}

impl Gate {
    fn check_possible(&self) -> Result<(), GateError> {
        let Limit::Fixed(limit) = self.limit else { return Ok(()) };
        let reason = match self.relation {
            Relation::Below if limit <= 0.0 => "no figure is below zero",
            Relation::AtMost if limit < 0.0 => "no figure is below zero",
            Relation::Above if self.metric.is_share() && limit >= 1.0 => "no share is above 100 %",
            Relation::AtLeast if self.metric.is_share() && limit > 1.0 => "no share is above 100 %",
            _ => return Ok(()),
        };
        Err(GateError::Impossible { gate: self.text.clone(), reason: reason.to_owned() })
    }

    /// Whether the run has what the gate looks at: the step, the open model's figures, the baseline.
    ///
    /// # Errors
    ///
    /// [`GateError::Inapplicable`] if not.
    pub fn check_applicable(
        &self,
        labels: &[String],
        open: bool,
        baseline: Option<&Baseline>,
    ) -> Result<(), GateError> {
        let inapplicable = |reason: String| Err(GateError::Inapplicable { gate: self.text.clone(), reason });
        if let Some(step) = &self.step
            && !labels.contains(step)
        {
            return inapplicable(format!("no step is called `{step}`; there are {}", labels.join(", ")));
        }
        let of_open_model =
            self.series == Some(Series::Intended) || matches!(self.metric, Metric::Dropped | Metric::LateRate);
        if of_open_model && !open {
            return inapplicable("only an open model has this figure".to_owned());
        }
        if matches!(self.metric, Metric::Dropped | Metric::LateRate | Metric::Findings) && self.step.is_some() {
            return inapplicable("this figure is one of the whole run".to_owned());
        }
        if let Limit::Baseline(_) = self.limit {
            let Some(baseline) = baseline else {
                return inapplicable("it refers to a baseline, and none is given".to_owned());
            };
            let series = self.series_in(open);
            if baseline.figure(self.metric, series, self.step.as_deref()).is_none() {
                return inapplicable("the baseline does not hold this figure".to_owned());
            }
        }
        Ok(())
    }

    /// What it looks at.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    fn series_in(&self, open: bool) -> Series {
        self.series.unwrap_or(if open { Series::Intended } else { Series::Service })
    }

    /// Judges a run.
    #[must_use]
    pub fn judge(&self, figures: &Figures, baseline: Option<&Baseline>) -> GateResult {
        let series = self.series_in(figures.open);
        let actual = figures.figure(self.metric, series, self.step.as_deref());
        let limit = match self.limit {
            Limit::Fixed(limit) => Some(limit),
            Limit::Baseline(factor) => {
                let before = baseline.and_then(|baseline| baseline.figure(self.metric, series, self.step.as_deref()));
                before.map(|before| before * factor)
            }
        };
        let held = match (actual, limit) {
            (Some(actual), Some(limit)) => self.relation.holds(actual, limit),
            // A step without a single request holds no gate: nothing was shown.
            _ => false,
        };
        GateResult {
            gate: self.text.clone(),
            held,
            series: self.metric.is_time().then_some(series),
            actual: actual.map_or_else(|| "no requests".to_owned(), |actual| self.show(actual)),
            limit: limit.map_or_else(|| "none".to_owned(), |limit| self.show(limit)),
            depends_on_generator: self.metric.depends_on_generator() && self.relation.is_upper()
                || matches!(self.metric, Metric::Rps | Metric::Requests),
        }
    }

    fn show(&self, value: f64) -> String {
        if self.metric.is_time() {
            show_span(value.max(0.0).round() as u64)
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

/// What became of one gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateResult {
    /// The gate as written.
    pub gate: String,
    /// Whether the run held it.
    pub held: bool,
    /// The time series it looked at.
    pub series: Option<Series>,
    /// The figure found.
    pub actual: String,
    /// The limit in force.
    pub limit: String,
    /// Whether a sick generator could have breached it.
    #[serde(skip)]
    pub depends_on_generator: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read() {
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
    fn what_is_no_gate_is_refused() {
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
    fn gates_that_no_run_can_hold_are_refused() {
        for text in
            ["p99 < 0ms", "error_rate < 0%", "error_rate > 100%", "late_rate >= 101%", "rps < 0", "findings < 0"]
        {
            assert!(matches!(text.parse::<Gate>(), Err(GateError::Impossible { .. })), "{text}");
        }
    }

    #[test]
    fn a_gate_on_what_the_run_lacks_is_refused() {
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
