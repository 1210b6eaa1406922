//! One generator thread of the open loop: gives each due arrival to an idle user.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use crate::driver_stats::{LiveCounters, WorkerStats};
use crate::health::ThreadTime;
use crate::stop::StopHandle;
use crate::user::User;

/// The delay beyond which a request started late: the generator's fault, not the endpoint's.
const LATE: Duration = Duration::from_millis(5);

/// The number of arrivals that start before the connections are polled.
const BATCH: usize = 16;

/// The idle users, by the index of their scenario in the run. Weights decide the scenario of each arrival, so they are
/// shares of requests, however many users a scenario needs.
type IdleUsers = Rc<RefCell<BTreeMap<usize, Vec<User>>>>;

/// Dispatches arrivals until they end or `stop` is requested. Then it waits for requests in flight and runs the cleanup
/// of every user.
///
/// Arrivals for which no user is free are dropped and counted. `moments` are relative to `start`; `draw` picks
/// the scenario of an arrival. `spawn_user` adds a user of it, or returns `None` at the limit.
///
/// A rate limit slows the schedule: an arrival that it delays moves to the permitted start, and the arrivals in between are
/// held back and counted. Its wait is not part of any latency.
#[allow(clippy::too_many_arguments, reason = "the interface between a schedule and a run, called once")]
pub(crate) async fn dispatch(
    start: Instant,
    moments: impl Iterator<Item = Duration>,
    mut draw: impl FnMut() -> usize,
    mut spawn_user: impl FnMut(usize) -> Option<User>,
    counters: Arc<LiveCounters>,
    stop: StopHandle,
    grace: Duration,
) -> WorkerStats {
    let alarm = Alarm::new();
    let idle_users = IdleUsers::default();
    let mut stats = WorkerStats::default();
    let clock = ThreadTime::start();
    let mut burst = 0;
    let mut running = tokio::task::JoinSet::new();

    let mut held_until = start;
    for moment in moments {
        let mut intended = start + moment;
        if intended < held_until {
            counters.held_back.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        if Instant::now() < intended {
            burst = 0;
        }
        if !wait_until(&alarm, intended, &stop).await {
            break;
        }
        let scenario = draw();
        let idle = idle_users.borrow_mut().get_mut(&scenario).and_then(Vec::pop);
        let mut user = idle.or_else(|| {
            let spawned_users = spawn_user(scenario);
            counters.users.fetch_add(u64::from(spawned_users.is_some()), Ordering::Relaxed);
            spawned_users
        });
        if let Some(permitted) = user.as_mut().and_then(User::reserve_start)
            && permitted > intended
        {
            (intended, held_until) = (permitted, permitted);
            burst = 0;
            if !wait_until(&alarm, intended, &stop).await {
                idle_users.borrow_mut().entry(scenario).or_default().extend(user);
                break;
            }
        }
        counters.due.fetch_add(1, Ordering::Relaxed);
        let waited = intended.elapsed();
        stats.max_delay = stats.max_delay.max(waited);
        if waited > LATE {
            counters.late.fetch_add(1, Ordering::Relaxed);
        }
        match user {
            Some(mut user) => {
                let idle_users = Rc::clone(&idle_users);
                running.spawn_local(async move {
                    user.step(Some(intended)).await;
                    idle_users.borrow_mut().entry(scenario).or_default().push(user);
                });
            }
            None => {
                counters.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        // Finished tasks keep their memory until they are joined.
        while running.try_join_next().is_some() {}
        burst += 1;
        if burst >= BATCH {
            burst = 0;
            tokio::task::yield_now().await;
        }
    }
    stats.busy = clock.busy();
    stats.lasted = start.elapsed();

    // Requests in flight may finish, within the grace period.
    let drained = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, drained).await.is_err() {
        stats.left_behind.push("requests still in flight after the grace period".to_owned());
        running.abort_all();
    }
    let users = std::mem::take(&mut *idle_users.borrow_mut()).into_values().flatten();
    let cleanup = async {
        let mut left_behind = Vec::new();
        for mut user in users {
            left_behind.extend(user.clean_up().await);
        }
        left_behind
    };
    match tokio::time::timeout(grace, cleanup).await {
        Ok(left_behind) => stats.left_behind.extend(left_behind),
        Err(_) => stats.left_behind.push("users whose cleanup timed out".to_owned()),
    }
    stats
}

/// Waits until a moment. Returns false if the run is stopped first, which may happen while the moment is still far away.
async fn wait_until(alarm: &Alarm, moment: Instant, stop: &StopHandle) -> bool {
    while !stop.is_requested() {
        let now = Instant::now();
        if now >= moment {
            return true;
        }
        alarm.wait_until(moment.min(now + Duration::from_millis(100))).await;
    }
    false
}
