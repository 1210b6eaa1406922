//! The highest rate that holds a gate, and the trials of the search for it.

use serde::Serialize;

use crate::duration::format_duration;

/// The result of the load at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialResult {
    /// The gate held.
    Held,
    /// The gate broke.
    Broke,
    /// The generator was too slow for the rate.
    GeneratorLate,
    /// Nothing could be measured.
    NotMeasured,
}

impl TrialResult {
    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broke => "broke",
            Self::GeneratorLate => "generator late",
            Self::NotMeasured => "not measured",
        }
    }
}

/// The load at one rate. Times are in nanoseconds.
#[derive(Debug, Clone, Serialize)]
pub struct LimitTrial {
    /// The rate, in requests per second.
    pub rate: f64,
    /// Whether the gate held.
    pub result: TrialResult,
    /// The measured value of the gate's metric, or what broke in its place.
    pub actual: String,
    /// Responses per second.
    pub rps: f64,
    /// The median from the intended start.
    pub p50: f64,
    /// The 95th percentile from the intended start.
    pub p95: f64,
    /// The 99th percentile from the intended start.
    pub p99: f64,
    /// The maximum from the intended start.
    pub max: f64,
    /// Failed requests as a share of all.
    pub error_rate: f64,
    /// Arrivals for which no user was free.
    pub dropped: u64,
    /// Requests that the generator started late.
    pub late: u64,
    /// The folder with the reports of the trial, beside the report of the search.
    pub report: String,
}

/// Why the search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitBound {
    /// A higher rate breaks the gate.
    Gate,
    /// The generator is too slow for a higher rate, so the endpoint's own limit is unknown.
    Generator,
    /// The highest rate that is tried holds.
    Most,
    /// Nothing could be measured at the next rate.
    NotMeasured,
    /// The search was stopped.
    Stopped,
}

/// The outcome of a search.
#[derive(Debug, Clone, Serialize)]
pub struct RateLimit {
    /// The schema version.
    pub schema: u32,
    /// The endpoints under load.
    pub endpoints: Vec<String>,
    /// The gate.
    pub gate: String,
    /// The highest rate that held it; none if the lowest rate broke it.
    pub held: Option<f64>,
    /// The lowest rate above it that did not hold.
    pub not_held: Option<f64>,
    /// Why the search ended.
    pub bound: LimitBound,
    /// The duration of the load at each rate in seconds.
    pub trial_s: f64,
    /// All trials in their order.
    pub trials: Vec<LimitTrial>,
}

impl RateLimit {
    /// Summarizes the search in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        let gate = &self.gate;
        let above = self.not_held.map(|rate| format!("{rate:.0}/s")).unwrap_or_default();
        match (self.held, self.bound) {
            (Some(held), LimitBound::Gate) => format!("{held:.0} requests/s hold {gate}; {above} break it"),
            (Some(held), LimitBound::Generator) => {
                format!("at least {held:.0} requests/s hold {gate}; for {above} the generator was too slow")
            }
            (Some(held), LimitBound::Most) => format!("at least {held:.0} requests/s hold {gate}"),
            (Some(held), LimitBound::NotMeasured) => {
                format!("at least {held:.0} requests/s hold {gate}; nothing could be measured at {above}")
            }
            (Some(held), LimitBound::Stopped) => format!("stopped: at least {held:.0} requests/s hold {gate}"),
            (None, LimitBound::Gate) => format!("no rate holds {gate}; the lowest tried was {above}"),
            (None, LimitBound::Stopped) => format!("stopped before a rate held {gate}"),
            (None, _) => format!("no rate was measured; the lowest tried was {above}"),
        }
    }
}

impl LimitTrial {
    /// Describes the trial in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let time = |value: f64| format_duration(value as u64);
        format!(
            "{:>8.0}/s  {:14}  {}  (p50 {}, p99 {}, max {})",
            self.rate,
            self.result.word(),
            self.actual,
            time(self.p50),
            time(self.p99),
            time(self.max)
        )
    }
}
