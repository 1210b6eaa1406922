//! The summary of a run: the JSON that baselines and scripts read, and the same as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hdrhistogram::Histogram;
use ivs_judge::Finding;
use serde::Serialize;

use crate::answer::Class;
use crate::figures::{Figures, Series};
use crate::gate::GateResult;
use crate::recorder::Tally;
use crate::span::show_span;

/// The version of `summary.json`; changes within it only add.
pub(crate) const SCHEMA: u32 = 1;

/// The percentiles that a summary holds.
const PERCENTILES: [f64; 8] = [50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99, 99.999];

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every gate held.
    Held,
    /// A gate was breached.
    Breached,
    /// The generator was late or saturated, or nothing was measured: the run proves nothing.
    Inconclusive,
}

impl Verdict {
    /// The process's exit code for it (design section 10).
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Breached => 99,
            Self::Inconclusive => 3,
        }
    }

    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Breached => "breached",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The generator's own health.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Health {
    /// Generator threads.
    pub threads: usize,
    /// The share of its time in which the busiest thread computed, 0 to 1.
    pub busy: Option<f64>,
    /// The longest that an arrival waited for the generator, in nanoseconds.
    pub latest_ns: u64,
    /// Cores that the whole process used on average; an embedded target is part of it.
    pub process_cores: Option<f64>,
    /// The largest resident memory seen, in bytes.
    pub memory: Option<u64>,
    /// Why the run is inconclusive, if it is.
    pub complaint: Option<String>,
}

/// Everything about a run, as data.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// The version of this form.
    pub schema: u32,
    /// The run's id: the value of the tag on everything it made.
    pub run: String,
    /// The seed.
    pub seed: u64,
    /// Where the load fell.
    pub endpoints: Vec<String>,
    /// The scenarios, with their weights.
    pub scenarios: BTreeMap<String, u32>,
    /// `open` or `closed`. A closed loop sends less when the endpoint slows down: its times flatter the endpoint.
    pub model: &'static str,
    /// How the run ended.
    pub verdict: Verdict,
    /// Whether it was ended early: `signal`, `time limit`, or nothing.
    pub stopped_by: Option<&'static str>,
    /// How long load was put on, in seconds.
    pub duration_s: f64,
    /// Requests that were due (open model).
    pub due: u64,
    /// Due requests per second that were begun (open model).
    pub delivered_rps: Option<f64>,
    /// Arrivals for which no user was free.
    pub dropped: u64,
    /// Requests that the generator began late.
    pub late: u64,
    /// The most users at once.
    pub users: u64,
    /// The generator's own health.
    pub generator: Health,
    /// All steps together.
    pub total: StepSummary,
    /// Each step.
    pub steps: Vec<StepSummary>,
    /// The gates.
    pub gates: Vec<GateResult>,
    /// One exchange in so many had the full checks.
    pub sampled_every: u64,
    /// Exchanges that had the full checks.
    pub sampled: u64,
    /// Contract findings, in the form of `check`.
    pub findings: Vec<Finding>,
    /// What could not be removed.
    pub left_behind: Vec<String>,
}

/// One step's figures. Times are in nanoseconds.
#[derive(Debug, Clone, Serialize)]
pub struct StepSummary {
    /// The step's label; `total` for all.
    pub label: String,
    /// Requests.
    pub requests: u64,
    /// Requests per second.
    pub rps: f64,
    /// Failed requests; throttled ones are not among them.
    pub failures: u64,
    /// Failures as a share of all.
    pub error_rate: f64,
    /// Throttled requests as a share of all.
    pub throttled_rate: f64,
    /// Requests by class.
    pub classes: BTreeMap<&'static str, u64>,
    /// Answers by status; 0 for none.
    pub statuses: BTreeMap<u16, u64>,
    /// Errors: class, name, count.
    pub errors: Vec<(Class, String, u64)>,
    /// Bytes of answers' bodies.
    pub bytes: u64,
    /// Service time.
    pub service: BTreeMap<String, f64>,
    /// Time from the intended start; only an open model has it.
    pub intended: Option<BTreeMap<String, f64>>,
}

impl StepSummary {
    pub(crate) fn new(label: &str, tally: &Tally, figures: &Figures) -> Self {
        let requests = tally.requests();
        let share = |part: u64| if requests == 0 { 0.0 } else { part as f64 / requests as f64 };
        Self {
            label: label.to_owned(),
            requests,
            rps: requests as f64 / figures.elapsed.as_secs_f64().max(1e-9),
            failures: tally.failures(),
            error_rate: share(tally.failures()),
            throttled_rate: share(tally.of(Class::Throttled)),
            classes: Class::ALL.into_iter().map(|class| (class.name(), tally.of(class))).collect(),
            statuses: tally.statuses.clone(),
            errors: tally.errors.iter().map(|((class, name), count)| (*class, name.clone(), *count)).collect(),
            bytes: tally.bytes,
            service: times(&tally.service),
            intended: figures.open.then(|| times(&tally.intended)),
        }
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

impl Summary {
    /// The summary as Markdown, for a CI job's page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# Load: {}\n", self.verdict.name());
        for line in self.headlines() {
            let _ = writeln!(text, "- {line}");
        }
        if !self.gates.is_empty() {
            let _ = writeln!(text, "\n| gate | series | found | limit | |\n|---|---|---|---|---|");
            for gate in &self.gates {
                let series = gate.series.map_or("", Series::name);
                let mark = if gate.held { "held" } else { "**breached**" };
                let _ = writeln!(text, "| `{}` | {series} | {} | {} | {mark} |", gate.gate, gate.actual, gate.limit);
            }
        }
        self.table(&mut text, Series::Service);
        if self.model == "open" {
            self.table(&mut text, Series::Intended);
        }
        let errors: Vec<_> =
            self.steps.iter().flat_map(|step| step.errors.iter().map(move |it| (&step.label, it))).collect();
        if !errors.is_empty() {
            let _ = writeln!(text, "\n| class | error | step | count |\n|---|---|---|---:|");
            for (label, (class, name, count)) in errors {
                let _ = writeln!(text, "| {} | {name} | {label} | {count} |", class.name());
            }
        }
        if !self.findings.is_empty() {
            let _ = writeln!(text, "\n## Contract findings\n");
            for finding in &self.findings {
                let _ = writeln!(
                    text,
                    "- **{}** {} `{}` ({} times): expected {}, got {}",
                    finding.severity.as_str(),
                    finding.check,
                    finding.scope,
                    finding.count,
                    finding.expected,
                    finding.actual
                );
            }
        }
        if !self.left_behind.is_empty() {
            let _ = writeln!(text, "\n## Left behind\n");
            for resource in &self.left_behind {
                let _ = writeln!(text, "- {resource}");
            }
        }
        text
    }

    /// The run in a few lines.
    #[must_use]
    pub fn headlines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} requests in {:.1} s ({:.1}/s), {} failed, {} throttled",
            self.total.requests,
            self.duration_s,
            self.total.rps,
            self.total.failures,
            self.total.classes.get(Class::Throttled.name()).copied().unwrap_or(0)
        )];
        let time = |times: &BTreeMap<String, f64>, key: &str| show_span(times.get(key).copied().unwrap_or(0.0) as u64);
        let series = |times: &BTreeMap<String, f64>| {
            format!("p50 {}, p99 {}, max {}", time(times, "p50"), time(times, "p99"), time(times, "max"))
        };
        if let Some(intended) = &self.total.intended {
            lines.push(format!("time from the intended start: {}", series(intended)));
            lines.push(format!("service time: {}", series(&self.total.service)));
            lines.push(format!("{} due, {} dropped, {} late", self.due, self.dropped, self.late));
        } else {
            lines.push(format!(
                "service time in a closed loop: {}; users wait their turn, so stalls show less than clients feel them",
                series(&self.total.service)
            ));
        }
        if let Some(complaint) = &self.generator.complaint {
            lines.push(format!("inconclusive: {complaint}"));
        }
        if let Some(by) = self.stopped_by {
            lines.push(format!("ended early by {by}"));
        }
        lines.push(format!("{} exchanges had the full checks, {} findings", self.sampled, self.findings.len()));
        lines
    }

    fn table(&self, text: &mut String, series: Series) {
        let title = match series {
            Series::Service => "Service time",
            Series::Intended => "Time from the intended start",
        };
        let _ = writeln!(
            text,
            "\n## {title}\n\n| step | requests | /s | failed | throttled | p50 | p90 | p99 | p99.9 | max |"
        );
        let _ = writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        for step in self.steps.iter().chain([&self.total]) {
            let times = match series {
                Series::Service => Some(&step.service),
                Series::Intended => step.intended.as_ref(),
            };
            let Some(times) = times else { continue };
            let _ = write!(
                text,
                "| {} | {} | {:.1} | {} | {} |",
                step.label,
                step.requests,
                step.rps,
                step.failures,
                step.classes.get(Class::Throttled.name()).copied().unwrap_or(0)
            );
            for key in ["p50", "p90", "p99", "p99.9", "max"] {
                let _ = write!(text, " {} |", show_span(times.get(key).copied().unwrap_or(0.0) as u64));
            }
            text.push('\n');
        }
    }
}
