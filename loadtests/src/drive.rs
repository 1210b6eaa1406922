//! Puts load on by the driver that the plan names, and watches it: progress, the HDR log, the time limit, credentials.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use hdrhistogram::serialization::V2DeflateSerializer;

use crate::answer::Class;
use crate::closed;
use crate::figures::Figures;
use crate::goose;
use crate::hdr_log::Rows;
use crate::health;
use crate::pacer::{self, Arrivals, Counters, Driven, Schedule};
use crate::plan::{Closed, Plan};
use crate::profile::Load;
use crate::recorder::Tally;
use crate::run::{LoadError, Progress, runtime};
use crate::session::Session;
use crate::span::show_span;
use crate::stop::Stop;

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

/// Puts the load of a plan on, and looks on until it has ended.
pub(crate) fn put_load_on(
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
    let mut rows = Rows::begin(log, &mut serializer);
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
            rows.write(&tally, last - begun, length);
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
pub(crate) fn complaint(plan: &Plan, figures: &Figures, drive: &Drive) -> Option<String> {
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
