//! The built-in driver of the closed loop: each user sends one request after another, on one thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::driver_stats::{LiveCounters, WorkerStats};
use crate::error::LoadError;
use crate::health::ThreadTime;
use crate::prepared_run::PreparedRun;
use crate::runtime;
use crate::stop::StopHandle;
use crate::user::User;

/// The pause from which on a user closes its connections, so that many idle users need neither ports nor memory for them.
const LONG_PAUSE: Duration = Duration::from_secs(5);
/// The interval in which pausing users learn that the run ends.
const WAKE: Duration = Duration::from_millis(100);

/// The users of a closed loop and their times.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClosedLoop {
    pub(crate) users: usize,
    /// The time over which the users start, evenly.
    pub(crate) ramp: Duration,
    pub(crate) duration: Duration,
    /// The average pause of a user between two iterations of its scenario.
    pub(crate) think_time: Duration,
    /// The time for the last responses and the cleanup.
    pub(crate) grace: Duration,
}

/// Runs the users until the load is over or stopped, then their cleanup.
pub(crate) fn run(
    prepared: &Arc<PreparedRun>,
    load: ClosedLoop,
    counters: &Arc<LiveCounters>,
    stop: &StopHandle,
) -> Result<WorkerStats, LoadError> {
    let runtime = runtime::build()?;
    let stats = runtime.block_on(async {
        let clock = ThreadTime::start();
        let start = Instant::now();
        let end = start + load.duration;
        let ending = Arc::new(Notify::new());
        let waking = tokio::spawn(wake_at_end(end, stop.clone(), Arc::clone(&ending)));
        let mut running = tokio::task::JoinSet::new();
        for number in 0..load.users {
            let due = start + load.ramp.mul_f64(number as f64 / load.users as f64);
            tokio::time::sleep_until(due.into()).await;
            if stop.is_requested() {
                break;
            }
            counters.users.fetch_add(1, Ordering::Relaxed);
            let user = prepared.spawn_user(0);
            if load.think_time.is_zero() {
                running.spawn(run_user(user, end, stop.clone()));
            } else {
                running.spawn(run_thinking_user(user, load.think_time, end, stop.clone(), Arc::clone(&ending)));
            }
        }
        let mut stats = WorkerStats::default();
        let remaining = end.saturating_duration_since(Instant::now());
        let finish = async {
            let mut left_behind = Vec::new();
            while let Some(joined) = running.join_next().await {
                left_behind.extend(joined.unwrap_or_default());
            }
            left_behind
        };
        match tokio::time::timeout(remaining + load.grace, finish).await {
            Ok(left_behind) => stats.left_behind = left_behind,
            Err(_) => stats.left_behind.push("users whose cleanup timed out".to_owned()),
        }
        waking.abort();
        stats.busy = clock.busy();
        stats
    });
    Ok(stats)
}

/// Wakes pausing users, again and again, once the load is over or stopped.
async fn wake_at_end(end: Instant, stop: StopHandle, ending: Arc<Notify>) {
    loop {
        tokio::time::sleep(WAKE).await;
        if stop.is_requested() || Instant::now() >= end {
            ending.notify_waiters();
        }
    }
}

/// Runs one user until the end or a stop, then its cleanup. Returns the resources it could not delete.
async fn run_user(mut user: User, end: Instant, stop: StopHandle) -> Vec<String> {
    let mut failures = 0;
    while !stop.is_requested() && Instant::now() < end {
        let outcome = user.step(None).await;
        pause_after_failure(outcome.status.is_none(), &mut failures).await;
    }
    user.clean_up().await
}

/// Runs one user that pauses between iterations. Its steps are boxed: while it pauses, it holds no memory for them.
async fn run_thinking_user(
    mut user: User,
    think_time: Duration,
    end: Instant,
    stop: StopHandle,
    ending: Arc<Notify>,
) -> Vec<String> {
    let mut failures = 0;
    while !stop.is_requested() && Instant::now() < end {
        let outcome = Box::pin(user.step(None)).await;
        pause_after_failure(outcome.status.is_none(), &mut failures).await;
        if user.is_idle() {
            let pause = user.draw_pause(think_time);
            if pause >= LONG_PAUSE {
                user.disconnect();
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = ending.notified() => {}
            }
        }
    }
    Box::pin(user.clean_up()).await
}

/// Pauses after a request without a response, longer with each. Without a pause, a target that refuses connections would get
/// a hundred thousand attempts a second.
async fn pause_after_failure(has_failed: bool, failures: &mut u32) {
    *failures = if has_failed { (*failures + 1).min(6) } else { 0 };
    if *failures > 0 {
        tokio::time::sleep(Duration::from_millis(10 << *failures)).await;
    }
}
