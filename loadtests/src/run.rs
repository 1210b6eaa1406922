//! A whole run: set up, put load on, watch, take down, judge by the gates, report.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};
use ivs_client::{EncodeError, EndpointError, Failure};

use crate::answer::Class;
use crate::baseline::Baseline;
use crate::closed;
use crate::figures::Figures;
use crate::gate::{Gate, GateError};
use crate::goose;
use crate::health;
use crate::pacer::{self, Arrivals, Counters, Driven, Schedule};
use crate::profile::{Load, Profile};
use crate::recorder::Tally;
use crate::report::{self, ReportError};
use crate::scenario::Kind;
use crate::session::Session;
use crate::span::show_span;
use crate::stop::Stop;
use crate::summary::{Health, SCHEMA, StepSummary, Summary, Verdict};
use crate::target::Target;

/// Everything that makes a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the load falls.
    pub target: Target,
    /// The scenarios and their weights.
    pub scenarios: BTreeMap<Kind, u32>,
    /// How load is put on.
    pub load: Load,
    /// Who drives a closed loop.
    pub closed: Closed,
    /// The gates. `findings < 1` is one of them unless a gate on findings is given.
    pub gates: Vec<Gate>,
    /// An earlier run to compare with.
    pub baseline: Option<Baseline>,
    /// The hard limit on the load; clean-up comes on top, bounded by the read time-out.
    pub time_limit: Duration,
    /// One exchange in so many has the full checks.
    pub sample_every: u64,
    /// The share of requests that the generator may begin late before the run is inconclusive.
    pub max_late: f64,
    /// Generator threads; the open model spreads its arrivals over them.
    pub threads: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The run's own id: the value of the tag on everything it makes.
    pub run: String,
    /// The folder for reports, if any are wanted.
    pub report: Option<PathBuf>,
}

impl Plan {
    /// A plan with nothing but the necessary; the other fields are public and have sensible values.
    #[must_use]
    pub fn new(target: Target, scenarios: BTreeMap<Kind, u32>, load: Load, time_limit: Duration, run: &str) -> Self {
        Self {
            target,
            scenarios,
            load,
            closed: Closed::default(),
            gates: Vec::new(),
            baseline: None,
            time_limit,
            sample_every: 100,
            max_late: 0.01,
            threads: 1,
            seed: 0,
            run: run.to_owned(),
            report: None,
        }
    }

    /// The plan of a profile.
    #[must_use]
    pub fn of(profile: Profile, target: Target, run: &str) -> Self {
        Self {
            gates: profile.gates,
            sample_every: profile.sample_every,
            max_late: profile.max_late,
            ..Self::new(target, profile.scenarios, profile.load, profile.time_limit, run)
        }
    }
}

/// Who drives a closed loop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Closed {
    /// goose, with these flags of its own and its reports.
    Goose {
        /// Flags as goose's command line takes them; `--threshold` is refused.
        flags: Vec<String>,
    },
    /// Our own loop: less overhead, no reports of goose.
    #[default]
    Plain,
}

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
    Ok(conclude(plan, &session, driven, &gates, open, left, &log))
}

/// Judges what was counted and writes the reports. `left` is what the world's clean-up left behind.
pub(crate) fn conclude(
    plan: &Plan,
    session: &Session,
    driven: Drive,
    gates: &[Gate],
    open: bool,
    mut left: Vec<String>,
    log: &[u8],
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
    let report_errors = plan.report.as_ref().map(|folder| report::write(folder, &summary, log)).unwrap_or_default();
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

/// What the drivers of both models bring back.
#[derive(Debug, Default)]
pub(crate) struct Drive {
    pub(crate) elapsed: Duration,
    pub(crate) due: u64,
    pub(crate) dropped: u64,
    pub(crate) late: u64,
    pub(crate) latest: Duration,
    pub(crate) busy: Option<f64>,
    pub(crate) process_cores: Option<f64>,
    pub(crate) memory: Option<u64>,
    pub(crate) left: Vec<String>,
    pub(crate) stopped_by: Option<&'static str>,
}

fn put_load_on(
    plan: &Plan,
    session: &Arc<Session>,
    stop: &Stop,
    progress: &mut dyn FnMut(&Progress),
    steward: &tokio::runtime::Runtime,
    log: &mut Vec<u8>,
) -> Result<Drive, LoadError> {
    // The drivers stop by a handle of their own, so that a time limit is told apart from a signal.
    let halt = Stop::new();
    let counters: Vec<Arc<Counters>> = session.lanes.iter().map(|_| Arc::default()).collect();
    let patience = plan.target.limits.read + Duration::from_secs(5);
    let cpu = health::process_time();
    let begun = Instant::now();
    let drivers: Vec<std::thread::JoinHandle<Result<Driven, LoadError>>> = match &plan.load {
        Load::Open { schedule, arrivals, max_users } => session
            .lanes
            .iter()
            .enumerate()
            .map(|(lane, _)| {
                let per_lane = max_users.div_ceil(session.lanes.len());
                let thread = OpenThread {
                    session: Arc::clone(session),
                    schedule: schedule.clone(),
                    arrivals: *arrivals,
                    lane,
                    max_users: per_lane,
                    counters: Arc::clone(&counters[lane]),
                    halt: halt.clone(),
                    patience,
                    seed: plan.seed,
                    // All threads begin together, once each has its runtime.
                    start: begun + Duration::from_millis(20),
                };
                std::thread::spawn(move || thread.run())
            })
            .collect(),
        Load::Closed { users, ramp, duration } => {
            let (session, halt) = (Arc::clone(session), halt.clone());
            let counters = Arc::clone(&counters[0]);
            let (users, ramp, duration) = (*users, *ramp, *duration);
            match &plan.closed {
                Closed::Plain => vec![std::thread::spawn(move || {
                    closed::attack(&session, users, ramp, duration, &counters, &halt, patience)
                })],
                Closed::Goose { flags } => {
                    let attack = goose::Attack {
                        users,
                        ramp,
                        duration,
                        flags: flags.clone(),
                        reports: plan.report.clone(),
                        host: plan.target.endpoints.all().next().map(ToString::to_string).unwrap_or_default(),
                        patience,
                    };
                    vec![std::thread::spawn(move || goose::attack(&session, &attack, &counters, &halt))]
                }
            }
        }
    };
    let mut drive = watch(plan, session, stop, &halt, &counters, &drivers, progress, steward, log, begun);
    let mut failure = None;
    for driver in drivers {
        match driver.join() {
            Ok(Ok(driven)) => {
                drive.latest = drive.latest.max(driven.latest);
                if drive.stopped_by.is_none() {
                    drive.elapsed = drive.elapsed.max(driven.lasted);
                }
                drive.busy = drive.busy.into_iter().chain(driven.busy).reduce(f64::max);
                drive.left.extend(driven.left);
            }
            Ok(Err(error)) => failure = Some(error),
            Err(_) => failure = Some(LoadError::Thread("it panicked".to_owned())),
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let count = |part: fn(&Counters) -> u64| counters.iter().map(|lane| part(lane)).sum::<u64>();
    drive.due = count(|lane| lane.due.load(Ordering::Relaxed));
    drive.dropped = count(|lane| lane.dropped.load(Ordering::Relaxed));
    drive.late = count(|lane| lane.late.load(Ordering::Relaxed));
    drive.process_cores = cpu.zip(health::process_time()).map(|(before, after)| {
        after.saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    });
    Ok(drive)
}

/// One thread of the open model.
struct OpenThread {
    session: Arc<Session>,
    schedule: Schedule,
    arrivals: Arrivals,
    lane: usize,
    max_users: usize,
    counters: Arc<Counters>,
    halt: Stop,
    patience: Duration,
    seed: u64,
    start: Instant,
}

impl OpenThread {
    fn run(self) -> Result<Driven, LoadError> {
        use rand::SeedableRng;
        let runtime = runtime()?;
        let random = rand::rngs::SmallRng::seed_from_u64(self.seed.wrapping_add(self.lane as u64));
        let lanes = self.session.lanes.len();
        let moments = self.schedule.lane(self.arrivals, self.lane, lanes, random);
        let (session, lane, max_users) = (Arc::clone(&self.session), self.lane, self.max_users);
        let mut hired = 0;
        let hiring = Arc::clone(&session);
        let hire = move |scenario| {
            let free = hired < max_users;
            hired += usize::from(free);
            free.then(|| hiring.hire_at(lane, scenario))
        };
        // Lanes start at different places of the round, so that together they keep the weights.
        let mut arrival = lane as u64;
        let draw = move || {
            arrival += lanes as u64;
            session.turn(arrival - lanes as u64)
        };
        let local = tokio::task::LocalSet::new();
        let drive = pacer::drive(self.start, moments, draw, hire, self.counters, self.halt, self.patience);
        Ok(local.block_on(&runtime, drive))
    }
}

/// Looks at the run until its drivers end: progress, the HDR log, the time limit, credentials.
#[allow(clippy::too_many_arguments, reason = "the one place where everything of a run meets")]
fn watch(
    plan: &Plan,
    session: &Session,
    stop: &Stop,
    halt: &Stop,
    counters: &[Arc<Counters>],
    drivers: &[std::thread::JoinHandle<Result<Driven, LoadError>>],
    progress: &mut dyn FnMut(&Progress),
    steward: &tokio::runtime::Runtime,
    log: &mut Vec<u8>,
    begun: Instant,
) -> Drive {
    let mut drive = Drive::default();
    let planned = plan.load.duration();
    // At most about 2,000 intervals, so that a soak's log stays small.
    let interval = Duration::from_secs(1).max(planned / 2000);
    let mut serializer = V2DeflateSerializer::new();
    let mut writer = IntervalLogWriterBuilder::new()
        .add_comment("[Values are nanoseconds, shown in milliseconds; tags name the two series]")
        .with_start_time(SystemTime::now())
        .with_max_value_divisor(1_000_000.0)
        .begin_log_with(log, &mut serializer)
        .ok();
    let mut last = begun;
    let (mut requests, mut failures, mut throttled) = (0, 0, 0);
    loop {
        let ended = drivers.iter().all(std::thread::JoinHandle::is_finished);
        let now = Instant::now();
        if stop.is_asked() && !halt.is_asked() {
            drive.stopped_by = Some("signal");
            drive.elapsed = now - begun;
            halt.ask();
        }
        if now - begun > plan.time_limit && !halt.is_asked() {
            drive.stopped_by = Some("time limit");
            drive.elapsed = now - begun;
            halt.ask();
        }
        if ended || now - last >= interval {
            let mut tally = Tally::default();
            for lane in &session.lanes {
                // Taken under the lock, added outside of it.
                let taken = lane.shard().recorder.take_interval();
                tally.merge(&taken);
            }
            let length = now - last;
            if let Some(writer) = &mut writer {
                let mut write = |histogram, tag| {
                    // The log goes to memory: only a histogram without a line could fail.
                    let _ = writer.write_histogram(histogram, last - begun, length, Tag::new(tag));
                };
                write(&tally.service, "service");
                if !tally.intended.is_empty() {
                    write(&tally.intended, "intended");
                }
            }
            requests += tally.requests();
            failures += tally.failures();
            throttled += tally.of(Class::Throttled);
            let series = if tally.intended.is_empty() { &tally.service } else { &tally.intended };
            let count = |part: fn(&Counters) -> u64| counters.iter().map(|lane| part(lane)).sum::<u64>();
            progress(&Progress {
                elapsed: now - begun,
                planned,
                requests,
                failures,
                throttled,
                rps: tally.requests() as f64 / length.as_secs_f64().max(f64::MIN_POSITIVE),
                p50: series.value_at_quantile(0.5),
                p99: series.value_at_quantile(0.99),
                users: count(|lane| lane.users.load(Ordering::Relaxed)),
                dropped: count(|lane| lane.dropped.load(Ordering::Relaxed)),
                late: count(|lane| lane.late.load(Ordering::Relaxed)),
            });
            drive.memory = drive.memory.max(health::resident_memory());
            last = now;
            if session.keyring.is_stale(plan.target.clock.now()) {
                // Failing that, the old ones serve until the endpoint refuses them, and that shows.
                let _ = steward.block_on(session.keyring.renew());
            }
        }
        if ended {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    if drive.stopped_by.is_none() {
        // Draining and leaving are no load: an open model's load lasts as long as its schedule, or as its generator took.
        drive.elapsed = match plan.load {
            Load::Open { .. } => planned,
            Load::Closed { .. } => planned.min(begun.elapsed()),
        };
    }
    drive
}

/// Why the run proves nothing, if so.
fn complaint(plan: &Plan, figures: &Figures, drive: &Drive) -> Option<String> {
    if figures.total.requests() == 0 {
        return Some("not one request was made".to_owned());
    }
    if figures.total.of(Class::Transport) == figures.total.requests() {
        return Some("not one request was answered".to_owned());
    }
    if !figures.open {
        // A closed loop always saturates: its model is named in every report instead.
        return None;
    }
    if figures.late_rate() > plan.max_late {
        return Some(format!(
            "the generator began {:.1} % of its requests late, by up to {}; it needs more cores or a lower rate",
            figures.late_rate() * 100.0,
            show_span(u64::try_from(drive.latest.as_nanos()).unwrap_or(u64::MAX))
        ));
    }
    let busy = drive.busy.unwrap_or(0.0);
    (busy > 0.95).then(|| format!("a generator thread computed {:.0} % of the time", busy * 100.0))
}

/// A runtime for one generator thread. The connections get their turn often: a pacer's own turn must not starve them.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, LoadError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(16)
        .build()
        .map_err(|error| LoadError::Thread(error.to_string()))
}
