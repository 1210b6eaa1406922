//! Runs the driver that the plan names and watches it: progress, the HDR log, the time limit, credentials.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hdrhistogram::serialization::V2DeflateSerializer;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::class::AnswerClass;
use crate::closed_loop::{self, ClosedLoop};
use crate::driver_stats::{LiveCounters, RunStats, WorkerStats};
use crate::error::LoadError;
use crate::goose::{self, GooseSettings};
use crate::health;
use crate::pacer::{self, ArrivalProcess, ArrivalSchedule};
use crate::plan::{ClosedLoopDriver, LoadPlan};
use crate::prepared_run::PreparedRun;
use crate::profile::LoadModel;
use crate::progress::LoadProgress;
use crate::recorder::Tally;
use crate::report::HdrLogWriter;
use crate::runtime;
use crate::stop::StopHandle;
use crate::time_series::{RunningCounts, TimeSeries};

/// The time that the threads of an open loop have to build their runtimes.
const THREAD_START: Duration = Duration::from_millis(20);

/// The most intervals of a log, so that the reports of a soak test stay small: seconds of an hour.
const MOST_INTERVALS: u32 = 3600;

/// A generator thread.
type WorkerThread = JoinHandle<Result<WorkerStats, LoadError>>;

/// Runs the load of a plan and watches it until it ends.
pub(crate) fn run_driver(
    plan: &LoadPlan,
    prepared: &Arc<PreparedRun>,
    stop: &StopHandle,
    progress: &mut dyn FnMut(&LoadProgress),
    control_runtime: &tokio::runtime::Runtime,
    log: &mut Vec<u8>,
) -> Result<RunStats, LoadError> {
    let cpu = health::process_time();
    let start = Instant::now();
    let open = matches!(plan.load, LoadModel::Open { .. });
    let watch = Watch {
        plan,
        prepared,
        stop,
        driver_stop: StopHandle::new(),
        counters: prepared.workers.iter().map(|_| Arc::default()).collect(),
        start,
        load_start: if open { start + THREAD_START } else { start },
    };
    let threads = watch.start_threads();
    let mut stats = watch.until_ended(&threads, progress, control_runtime, log);
    let mut failure = None;
    for thread in threads {
        match thread.join() {
            Ok(Ok(worker)) => {
                stats.max_delay = stats.max_delay.max(worker.max_delay);
                if stats.stopped_by.is_none() {
                    stats.dispatched = stats.dispatched.max(worker.lasted);
                }
                stats.busy = stats.busy.into_iter().chain(worker.busy).reduce(f64::max);
                stats.left_behind.extend(worker.left_behind);
            }
            Ok(Err(error)) => failure = Some(error),
            Err(_) => failure = Some(LoadError::Thread("it panicked".to_owned())),
        }
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    // The load lasts until its last response.
    stats.elapsed = stats.dispatched.max(prepared.last_answer_since(watch.load_start));
    stats.due = watch.count(|worker| worker.due.load(Ordering::Relaxed));
    stats.held_back = watch.count(|worker| worker.held_back.load(Ordering::Relaxed));
    stats.dropped = watch.count(|worker| worker.dropped.load(Ordering::Relaxed));
    stats.late = watch.count(|worker| worker.late.load(Ordering::Relaxed));
    stats.process_cores = cpu.zip(health::process_time()).map(|(before, after)| {
        after.saturating_sub(before).as_secs_f64() / watch.start.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    });
    Ok(stats)
}

/// One thread of the open loop.
struct OpenLoopThread {
    prepared: Arc<PreparedRun>,
    schedule: ArrivalSchedule,
    arrivals: ArrivalProcess,
    worker: usize,
    max_users: usize,
    counters: Arc<LiveCounters>,
    stop: StopHandle,
    grace: Duration,
    seed: u64,
    start: Instant,
}

impl OpenLoopThread {
    fn run(self) -> Result<WorkerStats, LoadError> {
        let runtime = runtime::build()?;
        let random = SmallRng::seed_from_u64(self.seed.wrapping_add(self.worker as u64));
        let workers = self.prepared.workers.len();
        let moments = self.schedule.arrivals(self.arrivals, self.worker, workers, random);
        let (prepared, worker, max_users) = (Arc::clone(&self.prepared), self.worker, self.max_users);
        let mut users = 0;
        let spawning = Arc::clone(&prepared);
        let spawn_user = move |scenario| {
            let is_free = users < max_users;
            users += usize::from(is_free);
            is_free.then(|| spawning.spawn_user_of(worker, scenario))
        };
        // Workers start at different arrivals of the mix, so that together they keep the weights.
        let mut arrival = worker as u64;
        let draw = move || {
            arrival += workers as u64;
            prepared.scenario_of(arrival - workers as u64)
        };
        let local = tokio::task::LocalSet::new();
        let dispatch = pacer::dispatch(self.start, moments, draw, spawn_user, self.counters, self.stop, self.grace);
        Ok(local.block_on(&runtime, dispatch))
    }
}

/// A running load, with its stop handles and its progress display.
struct Watch<'a> {
    plan: &'a LoadPlan,
    prepared: &'a Arc<PreparedRun>,
    /// The stop handle of the caller.
    stop: &'a StopHandle,
    /// The stop handle of the drivers. It is separate, so that results can distinguish a time limit from a signal.
    driver_stop: StopHandle,
    counters: Vec<Arc<LiveCounters>>,
    start: Instant,
    /// The start of the schedule of an open loop: all its threads start together, once each has its runtime.
    load_start: Instant,
}

impl Watch<'_> {
    fn start_threads(&self) -> Vec<WorkerThread> {
        let grace = self.plan.target.limits.read + Duration::from_secs(5);
        match &self.plan.load {
            LoadModel::Open { schedule, arrivals, max_users } => {
                let workers = self.counters.iter().enumerate();
                let threads = workers.map(|(worker, counters)| {
                    let thread = OpenLoopThread {
                        prepared: Arc::clone(self.prepared),
                        schedule: schedule.clone(),
                        arrivals: *arrivals,
                        worker,
                        max_users: max_users.div_ceil(self.counters.len()),
                        counters: Arc::clone(counters),
                        stop: self.driver_stop.clone(),
                        grace,
                        seed: self.plan.seed,
                        start: self.load_start,
                    };
                    std::thread::spawn(move || thread.run())
                });
                threads.collect()
            }
            LoadModel::Closed { users, ramp, duration, think_time } => {
                let (prepared, stop) = (Arc::clone(self.prepared), self.driver_stop.clone());
                let counters = Arc::clone(&self.counters[0]);
                let load =
                    ClosedLoop { users: *users, ramp: *ramp, duration: *duration, think_time: *think_time, grace };
                let thread = match &self.plan.closed {
                    ClosedLoopDriver::BuiltIn => {
                        std::thread::spawn(move || closed_loop::run(&prepared, load, &counters, &stop))
                    }
                    ClosedLoopDriver::Goose { flags } => {
                        let host = self.plan.target.endpoints.all().next().map(ToString::to_string);
                        let settings = GooseSettings {
                            users: load.users,
                            ramp: load.ramp,
                            duration: load.duration,
                            flags: flags.clone(),
                            reports: self.plan.report.clone(),
                            host: host.unwrap_or_default(),
                            grace,
                        };
                        std::thread::spawn(move || goose::run(&prepared, &settings, &counters, &stop))
                    }
                };
                vec![thread]
            }
        }
    }

    /// Watches until all threads have ended: reports progress, writes the HDR log, applies the time limit, renews
    /// credentials.
    fn until_ended(
        &self,
        threads: &[WorkerThread],
        progress: &mut dyn FnMut(&LoadProgress),
        control_runtime: &tokio::runtime::Runtime,
        log: &mut Vec<u8>,
    ) -> RunStats {
        let mut stats = RunStats::default();
        let planned = self.plan.load.duration();
        let interval = Duration::from_secs(1).max(planned / MOST_INTERVALS);
        let mut serializer = V2DeflateSerializer::new();
        let mut rows = HdrLogWriter::begin(log, &mut serializer);
        let mut series = TimeSeries::default();
        let mut last = self.start;
        let (mut requests, mut failures, mut throttled) = (0, 0, 0);
        loop {
            let ended = threads.iter().all(JoinHandle::is_finished);
            let now = Instant::now();
            self.stop_if_due(now, &mut stats);
            if ended || now - last >= interval {
                let tally = self.take_interval();
                let length = now - last;
                rows.write(&tally, last - self.start, length);
                let counts = self.running_counts();
                series.add(&tally, last - self.start, length, counts);
                requests += tally.requests();
                failures += tally.failures();
                throttled += tally.of(AnswerClass::Throttled);
                let times = if tally.intended.is_empty() { &tally.service } else { &tally.intended };
                progress(&LoadProgress {
                    elapsed: now - self.start,
                    planned,
                    requests,
                    failures,
                    throttled,
                    rps: tally.requests() as f64 / length.as_secs_f64().max(f64::MIN_POSITIVE),
                    p50: times.value_at_quantile(0.5),
                    p99: times.value_at_quantile(0.99),
                    users: counts.users,
                    dropped: counts.dropped,
                    late: counts.late,
                });
                stats.memory = stats.memory.max(health::resident_memory());
                last = now;
                if self.prepared.credential_store.is_stale(self.plan.target.clock.now()) {
                    // If renewal fails, the old credentials stay until the endpoint rejects them, which the results
                    // show.
                    let _ = control_runtime.block_on(self.prepared.credential_store.renew());
                }
            }
            if ended {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        stats.series = series.into_points();
        if stats.stopped_by.is_none() {
            // An open loop starts requests as long as its schedule, or as long as its generator takes. Cleanup is no load.
            stats.dispatched = match self.plan.load {
                LoadModel::Open { .. } => planned,
                LoadModel::Closed { .. } => planned.min(self.start.elapsed()),
            };
        }
        stats
    }

    /// Stops the drivers on a signal or at the time limit.
    fn stop_if_due(&self, now: Instant, stats: &mut RunStats) {
        if self.driver_stop.is_requested() {
            return;
        }
        let stopped_by = if self.stop.is_requested() {
            "signal"
        } else if now - self.start > self.plan.time_limit {
            "time limit"
        } else {
            return;
        };
        stats.stopped_by = Some(stopped_by);
        stats.dispatched = now - self.start;
        self.driver_stop.request();
    }

    /// Takes the results of the last interval from all workers.
    fn take_interval(&self) -> Tally {
        let mut tally = Tally::default();
        for worker in &self.prepared.workers {
            // Takes the results under the lock and merges them outside of it.
            let taken = worker.shard().recorder.take_interval();
            tally.merge(&taken);
        }
        tally
    }

    fn running_counts(&self) -> RunningCounts {
        RunningCounts {
            users: self.count(|worker| worker.users.load(Ordering::Relaxed)),
            due: self.count(|worker| worker.due.load(Ordering::Relaxed)),
            held_back: self.count(|worker| worker.held_back.load(Ordering::Relaxed)),
            dropped: self.count(|worker| worker.dropped.load(Ordering::Relaxed)),
            late: self.count(|worker| worker.late.load(Ordering::Relaxed)),
        }
    }

    fn count(&self, part: fn(&LiveCounters) -> u64) -> u64 {
        self.counters.iter().map(|worker| part(worker)).sum()
    }
}
