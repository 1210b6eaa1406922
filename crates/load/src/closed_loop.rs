//! The built-in driver of the closed loop: each user sends one request after another, on one thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::driver_stats::{LiveCounters, WorkerStats};
use crate::error::LoadError;
use crate::health::ThreadTime;
use crate::prepared_run::PreparedRun;
use crate::runtime;
use crate::stop::StopHandle;
use crate::user::User;

/// Runs `users` users for `duration`, started evenly over `ramp`.
pub(crate) fn run(
    prepared: &Arc<PreparedRun>,
    users: usize,
    ramp: Duration,
    duration: Duration,
    counters: &Arc<LiveCounters>,
    stop: &StopHandle,
    grace: Duration,
) -> Result<WorkerStats, LoadError> {
    let runtime = runtime::build()?;
    let stats = runtime.block_on(async {
        let clock = ThreadTime::start();
        let start = Instant::now();
        let end = start + duration;
        let mut running = tokio::task::JoinSet::new();
        for number in 0..users {
            let due = start + ramp.mul_f64(number as f64 / users as f64);
            tokio::time::sleep_until(due.into()).await;
            if stop.is_requested() {
                break;
            }
            counters.users.fetch_add(1, Ordering::Relaxed);
            running.spawn(run_user(prepared.spawn_user(0), end, stop.clone()));
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
        match tokio::time::timeout(remaining + grace, finish).await {
            Ok(left_behind) => stats.left_behind = left_behind,
            Err(_) => stats.left_behind.push("users whose cleanup timed out".to_owned()),
        }
        stats.busy = clock.busy();
        stats
    });
    Ok(stats)
}

/// Runs one user until the end or a stop, then its cleanup. Returns the resources it could not delete.
async fn run_user(mut user: User, end: Instant, stop: StopHandle) -> Vec<String> {
    let mut failures = 0_u32;
    while !stop.is_requested() && Instant::now() < end {
        let outcome = user.step(None).await;
        // Without a pause, a target that refuses connections would get a hundred thousand attempts a second.
        failures = if outcome.status.is_none() { (failures + 1).min(6) } else { 0 };
        if failures > 0 {
            tokio::time::sleep(Duration::from_millis(10 << failures)).await;
        }
    }
    user.clean_up().await
}
