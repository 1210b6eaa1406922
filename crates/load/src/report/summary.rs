//! The summary of a run: the data behind all reports.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use ivs_judge::{Finding, RunFacts};
use serde::Serialize;

use crate::class::AnswerClass;
use crate::duration::format_duration;
use crate::gate::GateResult;
use crate::metrics::RunMetrics;
use crate::recorder::Tally;
use crate::time_series::{TimePoint, distribution};

/// The percentiles in a summary.
const PERCENTILES: [f64; 8] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999];

/// The verdict on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoadVerdict {
    /// Every gate was met.
    Held,
    /// A gate was breached.
    Breached,
    /// The generator was late or saturated, or nothing was measured. The run proves nothing.
    Inconclusive,
}

impl LoadVerdict {
    /// The exit code of the process (docs/architecture.md#exit-codes).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Breached => 99,
            Self::Inconclusive => 3,
        }
    }

    /// The word that opens a report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "PASS",
            Self::Breached => "FAIL",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Breached => "breached",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The health of the generator.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct GeneratorHealth {
    /// The number of generator threads.
    pub threads: usize,
    /// The rate that the generator could hold by a measurement before the load, in requests per second.
    pub capacity_rps: Option<f64>,
    /// The CPU share of the busiest thread, 0 to 1.
    pub busy: Option<f64>,
    /// The longest time an arrival waited for the generator, in nanoseconds.
    pub latest_ns: u64,
    /// The average number of cores that the process used, including an embedded target.
    pub process_cores: Option<f64>,
    /// The peak resident memory in bytes.
    pub memory: Option<u64>,
    /// The reason why the run is inconclusive, if it is.
    pub complaint: Option<String>,
}

/// All results of a run.
#[derive(Debug, Clone, Serialize)]
pub struct LoadSummary {
    /// The schema version.
    pub schema: u32,
    /// The run's id: the value of the tag on every resource it created.
    pub run: String,
    /// When and by which command the run was made.
    pub facts: RunFacts,
    /// The seed.
    pub seed: u64,
    /// The endpoints under load.
    pub endpoints: Vec<String>,
    /// The scenarios, with their weights.
    pub scenarios: BTreeMap<String, u32>,
    /// What the scenarios left out at these endpoints.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// `open` or `closed`. A closed loop sends less when the endpoint slows down, so its latency understates stalls.
    pub model: &'static str,
    /// The verdict.
    pub verdict: LoadVerdict,
    /// The reason for an early end: `signal` or `time limit`.
    pub stopped_by: Option<&'static str>,
    /// The duration of the load in seconds.
    pub duration_s: f64,
    /// The number of requests that were due (open loop).
    pub due: u64,
    /// Arrivals that a rate limit took out of the schedule (open loop).
    pub held_back: u64,
    /// The rate of due requests that were started (open loop).
    pub delivered_rps: Option<f64>,
    /// Arrivals for which no user was free.
    pub dropped: u64,
    /// Requests that the generator started late.
    pub late: u64,
    /// The number of users.
    pub users: u64,
    /// The health of the generator.
    pub generator: GeneratorHealth,
    /// All steps together.
    pub total: StepSummary,
    /// Each step.
    pub steps: Vec<StepSummary>,
    /// The load over time.
    pub series: Vec<TimePoint>,
    /// The results of the gates.
    pub gates: Vec<GateResult>,
    /// One exchange in this many got all checks.
    pub sampled_every: u64,
    /// The number of exchanges that got all checks.
    pub sampled: u64,
    /// Contract findings, as in `check`.
    pub findings: Vec<Finding>,
    /// Resources that could not be deleted.
    pub left_behind: Vec<String>,
}

/// The metrics of a step. Times are in nanoseconds.
#[derive(Debug, Clone, Serialize)]
pub struct StepSummary {
    /// The label of the step; `total` for all steps.
    pub label: String,
    /// Requests.
    pub requests: u64,
    /// Requests per second.
    pub rps: f64,
    /// Failed requests, without the throttled ones.
    pub failures: u64,
    /// Failures as a share of all requests.
    pub error_rate: f64,
    /// Throttled requests as a share of all requests.
    pub throttled_rate: f64,
    /// Requests by class.
    pub classes: BTreeMap<&'static str, u64>,
    /// Responses by status; 0 counts requests without a response.
    pub statuses: BTreeMap<u16, u64>,
    /// Errors: class, name, count.
    pub errors: Vec<(AnswerClass, String, u64)>,
    /// The total size of response bodies in bytes.
    pub bytes: u64,
    /// Service time.
    pub service: BTreeMap<String, f64>,
    /// Time from the intended start (open loop).
    pub intended: Option<BTreeMap<String, f64>>,
    /// The distribution of both, as pairs of a quantile and a time; only of all steps together.
    #[serde(skip_serializing_if = "Distribution::is_empty")]
    pub distribution: Distribution,
}

/// Quantiles (0 to 1) with their times in nanoseconds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Distribution {
    /// Service time.
    pub service: Vec<(f64, u64)>,
    /// Time from the intended start; empty in a closed loop.
    pub intended: Vec<(f64, u64)>,
}

impl Distribution {
    fn is_empty(&self) -> bool {
        self.service.is_empty()
    }
}

impl StepSummary {
    pub(crate) fn new(label: &str, tally: &Tally, metrics: &RunMetrics) -> Self {
        let requests = tally.requests();
        let share = |part: u64| if requests == 0 { 0.0 } else { part as f64 / requests as f64 };
        Self {
            label: label.to_owned(),
            requests,
            rps: requests as f64 / metrics.elapsed.as_secs_f64().max(1e-9),
            failures: tally.failures(),
            error_rate: share(tally.failures()),
            throttled_rate: share(tally.of(AnswerClass::Throttled)),
            classes: AnswerClass::ALL.into_iter().map(|class| (class.name(), tally.of(class))).collect(),
            statuses: tally.statuses.clone(),
            errors: tally.errors.iter().map(|((class, name), count)| (*class, name.clone(), *count)).collect(),
            bytes: tally.bytes,
            service: times(&tally.service),
            intended: metrics.open.then(|| times(&tally.intended)),
            distribution: Distribution::default(),
        }
    }

    /// The same, with the distribution of its times.
    #[must_use]
    pub(crate) fn with_distribution(mut self, tally: &Tally) -> Self {
        self.distribution =
            Distribution { service: distribution(&tally.service), intended: distribution(&tally.intended) };
        self
    }
}

fn times(histogram: &Histogram<u64>) -> BTreeMap<String, f64> {
    let mut times: BTreeMap<String, f64> = PERCENTILES
        .into_iter()
        .map(|percentile| (format!("p{percentile}"), histogram.value_at_percentile(percentile) as f64))
        .collect();
    times.insert("mean".to_owned(), histogram.mean());
    times.insert("min".to_owned(), histogram.min() as f64);
    times.insert("max".to_owned(), histogram.max() as f64);
    times
}

impl LoadSummary {
    /// Summarizes the run in a few lines.
    #[must_use]
    pub fn headlines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} requests in {:.1} s ({:.1}/s), {} failed, {} throttled",
            self.total.requests,
            self.duration_s,
            self.total.rps,
            self.total.failures,
            self.total.classes.get(AnswerClass::Throttled.name()).copied().unwrap_or(0)
        )];
        let time =
            |times: &BTreeMap<String, f64>, key: &str| format_duration(times.get(key).copied().unwrap_or(0.0) as u64);
        let series = |times: &BTreeMap<String, f64>| {
            format!("p50 {}, p99 {}, max {}", time(times, "p50"), time(times, "p99"), time(times, "max"))
        };
        if let Some(intended) = &self.total.intended {
            lines.push(format!("time from the intended start: {}", series(intended)));
            lines.push(format!("service time: {}", series(&self.total.service)));
            lines.push(format!("{} due, {} dropped, {} late", self.due, self.dropped, self.late));
            if self.held_back > 0 {
                lines.push(format!(
                    "the request rates of AWS slowed the schedule: {} of {} arrivals were left out",
                    self.held_back,
                    self.held_back + self.due
                ));
            }
        } else {
            lines.push(format!(
                "service time in a closed loop: {}; it understates stalls (coordinated omission)",
                series(&self.total.service)
            ));
        }
        if let Some(complaint) = &self.generator.complaint {
            lines.push(format!("inconclusive: {complaint}"));
        }
        if let Some(by) = self.stopped_by {
            lines.push(format!("stopped early: {by}"));
        }
        lines.extend(self.notes.iter().cloned());
        lines.push(format!("{} exchanges fully checked, {} findings", self.sampled, self.findings.len()));
        lines
    }
}
