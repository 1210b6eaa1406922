//! A whole run: set up, put load on, take down, judge by the gates, report.

use std::sync::Arc;
use std::time::Duration;

use ivs_client::{EncodeError, EndpointError, Failure};

use crate::drive::{Drive, complaint, put_load_on};
use crate::gate::{Gate, GateError};
use crate::goose;
use crate::hdr_log;
use crate::plan::{Closed, Plan};
use crate::profile::Load;
use crate::report::{self, ReportError};
use crate::session::Session;
use crate::stop::Stop;
use crate::summary::{Health, SCHEMA, StepSummary, Summary, Verdict};

/// What a caller may show while the run goes on; comes about once a second.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Since the load began.
    pub elapsed: Duration,
    /// How long it is planned to last.
    pub planned: Duration,
    /// Requests so far.
    pub requests: u64,
    /// Failures so far.
    pub failures: u64,
    /// Throttled requests so far.
    pub throttled: u64,
    /// Requests per second in the last interval.
    pub rps: f64,
    /// The median of the last interval, in nanoseconds; of the intended series in the open model.
    pub p50: u64,
    /// The 99th percentile of the last interval.
    pub p99: u64,
    /// Users at work.
    pub users: u64,
    /// Arrivals dropped so far (open model).
    pub dropped: u64,
    /// Requests begun late so far (open model).
    pub late: u64,
}

/// What a run comes to.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended, for the exit code.
    pub verdict: Verdict,
    /// Everything about it.
    pub summary: Summary,
    /// Report files that could not be written. The results are all here.
    pub report_errors: Vec<ReportError>,
}

/// Why a run did not take place.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The target is not this machine, and nobody allowed that.
    #[error("{endpoint} is not this machine: load on it needs an explicit word")]
    Remote {
        /// The endpoint.
        endpoint: String,
    },
    /// An https endpoint without TLS settings.
    #[error("an https endpoint needs TLS settings")]
    NoTls,
    /// No endpoint for a service, or a wrong one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The proxy or the TLS name is of no use.
    #[error("the target cannot be called: {0}")]
    Wire(#[source] Failure),
    /// No credentials.
    #[error("no credentials: {reason}")]
    Credentials {
        /// What the provider said.
        reason: String,
    },
    /// A scenario names an operation that no bundled model has.
    #[error("no bundled model has {label}")]
    UnknownOperation {
        /// Service and operation.
        label: String,
    },
    /// More steps than a run can count.
    #[error("a run counts at most 65,536 steps")]
    TooManySteps,
    /// An input that cannot stand on the wire.
    #[error("{operation}: {source}")]
    Encode {
        /// The operation.
        operation: String,
        /// Why.
        source: EncodeError,
    },
    /// A request that HTTP cannot carry.
    #[error("{operation}: HTTP cannot carry the request")]
    Unsendable {
        /// The operation.
        operation: String,
    },
    /// The generators had no case that can be sent by itself.
    #[error("the generators have no invalid case that can be sent by itself")]
    NoCases,
    /// The target could not be reached to make what the scenarios need.
    #[error("the target cannot be reached: {0}")]
    Unreachable(#[source] Failure),
    /// The target refused to make what the scenarios need.
    #[error("{operation} was answered by {status} {error} when the run was set up")]
    World {
        /// The step.
        operation: String,
        /// The status.
        status: u16,
        /// The error named.
        error: String,
    },
    /// The run was asked to stop before its load began; what it had made is removed.
    #[error("the run was stopped while it was set up")]
    Stopped,
    /// No scenario has a weight.
    #[error("a run needs a scenario")]
    NoScenario,
    /// A gate does not fit the run.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The report folder cannot be used.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// goose refused its flags, or we did.
    #[error("goose: {0}")]
    GooseFlags(String),
    /// goose failed.
    #[error("goose: {0}")]
    Goose(String),
    /// The Locust worker found no master, or none that it understands.
    #[error(transparent)]
    Worker(#[from] crate::locust::WorkerError),
    /// A generator thread could not be set up or was lost.
    #[error("a generator thread failed: {0}")]
    Thread(String),
}

/// Runs a plan to its end. Blocks; every generator thread has a runtime of its own.
///
/// # Errors
///
/// [`LoadError`] if no load was put on. Once it was, the outcome comes whatever happens: reports that cannot be
/// written and resources that cannot be removed are named in it.
pub fn run(plan: &Plan, stop: &Stop, progress: &mut dyn FnMut(&Progress)) -> Result<Outcome, LoadError> {
    plan.target.check()?;
    if plan.scenarios.values().all(|weight| *weight == 0) {
        return Err(LoadError::NoScenario);
    }
    if let Closed::Goose { flags } = &plan.closed {
        goose::check_flags(flags)?;
    }
    if let Some(folder) = &plan.report {
        report::prepare(folder)?;
    }
    let open = matches!(plan.load, Load::Open { .. });
    let threads = if open { plan.threads.max(1) } else { 1 };
    let steward = runtime()?;
    let session = steward.block_on(Session::open(
        &plan.target,
        &plan.scenarios,
        &plan.run,
        plan.seed,
        plan.sample_every,
        threads,
        stop,
    ))?;
    let gates = gates(plan);
    let labels = session.labels();
    for gate in &gates {
        if let Err(error) = gate.check_applicable(&labels, open, plan.baseline.as_ref()) {
            steward.block_on(session.close());
            return Err(error.into());
        }
    }
    let session = Arc::new(session);
    let mut log = Vec::new();
    let driven = put_load_on(plan, &session, stop, progress, &steward, &mut log);

    // Whatever became of the load, what was made is removed.
    let left = steward.block_on(async {
        let patience = plan.target.limits.read * 2 + Duration::from_secs(60);
        match tokio::time::timeout(patience, session.close()).await {
            Ok(left) => left,
            Err(_) => vec!["the world's clean-up ran out of time".to_owned()],
        }
    });
    let driven = driven?;
    Ok(conclude(plan, &session, driven, &gates, open, left, Some(log)))
}

/// Judges what was counted and writes the reports. `left` is what the world's clean-up left behind; without a `log` of
/// intervals the report has one of the whole run.
pub(crate) fn conclude(
    plan: &Plan,
    session: &Session,
    driven: Drive,
    gates: &[Gate],
    open: bool,
    mut left: Vec<String>,
    log: Option<Vec<u8>>,
) -> Outcome {
    left.extend(driven.left.iter().cloned());
    let (sampled, findings) = session.findings();
    let mut figures = session.figures(open, driven.elapsed);
    figures.due = driven.due;
    figures.dropped = driven.dropped;
    figures.late = driven.late;
    figures.findings = Session::errors_among(&findings);

    let complaint = complaint(plan, &figures, &driven);
    let results: Vec<_> = gates.iter().map(|gate| gate.judge(&figures, plan.baseline.as_ref())).collect();
    let breached = results.iter().any(|gate| !gate.held && (complaint.is_none() || !gate.depends_on_generator));
    let verdict = match (breached, &complaint) {
        (true, _) => Verdict::Breached,
        (false, Some(_)) => Verdict::Inconclusive,
        (false, None) => Verdict::Held,
    };
    let summary = Summary {
        schema: SCHEMA,
        run: plan.run.clone(),
        seed: plan.seed,
        endpoints: plan.target.endpoints.all().map(ToString::to_string).collect(),
        scenarios: session.scenarios().map(|(kind, weight)| (kind.name().to_owned(), weight)).collect(),
        model: if open { "open" } else { "closed" },
        verdict,
        stopped_by: driven.stopped_by,
        duration_s: driven.elapsed.as_secs_f64(),
        due: figures.due,
        delivered_rps: open
            .then(|| (figures.due - figures.dropped) as f64 / driven.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)),
        dropped: figures.dropped,
        late: figures.late,
        users: session.hired(),
        generator: Health {
            threads: session.lanes.len(),
            busy: driven.busy,
            latest_ns: u64::try_from(driven.latest.as_nanos()).unwrap_or(u64::MAX),
            process_cores: driven.process_cores,
            memory: driven.memory,
            complaint,
        },
        total: StepSummary::new("total", &figures.total, &figures),
        steps: figures.steps.iter().map(|(label, tally)| StepSummary::new(label, tally, &figures)).collect(),
        gates: results,
        sampled_every: plan.sample_every,
        sampled,
        findings,
        left_behind: left,
    };
    let write = |folder| {
        let log = log.unwrap_or_else(|| hdr_log::whole(&figures.total, figures.elapsed));
        report::write(folder, &summary, &log)
    };
    let report_errors = plan.report.as_deref().map(write).unwrap_or_default();
    Outcome { verdict, summary, report_errors }
}

/// The plan's gates, and the one that every run has.
fn gates(plan: &Plan) -> Vec<Gate> {
    let mut gates = plan.gates.clone();
    if !gates.iter().any(|gate| matches!(gate.metric(), crate::gate::Metric::Findings)) {
        gates.extend("findings < 1".parse::<Gate>());
    }
    gates
}

/// A runtime for one generator thread. The connections get their turn often: a pacer's own turn must not starve them.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, LoadError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(16)
        .build()
        .map_err(|error| LoadError::Thread(error.to_string()))
}
