//! One generator thread of the open model: takes arrivals as they fall due and gives each to a user at rest.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::health::ThreadTime;
use crate::stop::Stop;
use crate::user::User;

use super::alarm::Alarm;

/// A request begun later than this after its moment is late: the generator's fault, not the endpoint's.
const LATE: Duration = Duration::from_millis(5);

/// Arrivals begun in one go before the connections get their turn.
const BATCH: usize = 16;

/// Counters that live progress reads while the thread runs.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) due: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) users: AtomicU64,
}

/// What one thread did.
#[derive(Debug, Default)]
pub(crate) struct Driven {
    /// The longest that an arrival waited for the generator.
    pub(crate) latest: Duration,
    /// From the start to the last arrival: longer than the schedule if the generator fell behind.
    pub(crate) lasted: Duration,
    /// Share of the time in which the thread computed, 0 to 1; `None` where the system does not tell.
    pub(crate) busy: Option<f64>,
    /// Resources that could not be removed.
    pub(crate) left: Vec<String>,
}

/// The users at rest, by the place of their scenario in the run. Each arrival is of a scenario drawn by weight, so that
/// weights are shares of requests, however many users a scenario needs for its share.
type Resting = Rc<RefCell<BTreeMap<usize, Vec<User>>>>;

/// Drives arrivals until they end or `stop` asks; then waits for what is under way and lets every user leave.
///
/// Arrivals for which no user is free are dropped and counted. `moments` are relative to `start`; `draw` picks the
/// scenario of an arrival, `hire` makes one more user of it, or none at the limit.
#[allow(clippy::too_many_arguments, reason = "the seam between a schedule and a session, called once")]
pub(crate) async fn drive(
    start: Instant,
    moments: impl Iterator<Item = Duration>,
    mut draw: impl FnMut() -> usize,
    mut hire: impl FnMut(usize) -> Option<User>,
    counters: Arc<Counters>,
    stop: Stop,
    patience: Duration,
) -> Driven {
    let alarm = Alarm::new();
    let resting = Resting::default();
    let mut driven = Driven::default();
    let clock = ThreadTime::start();
    let mut burst = 0;
    let mut running = tokio::task::JoinSet::new();

    for moment in moments {
        let intended = start + moment;
        loop {
            if stop.is_asked() {
                break;
            }
            let now = Instant::now();
            if now >= intended {
                break;
            }
            burst = 0;
            // A run may be stopped while nothing is due for long.
            alarm.wait_until(intended.min(now + Duration::from_millis(100))).await;
        }
        if stop.is_asked() {
            break;
        }
        counters.due.fetch_add(1, Ordering::Relaxed);
        let waited = intended.elapsed();
        driven.latest = driven.latest.max(waited);
        if waited > LATE {
            counters.late.fetch_add(1, Ordering::Relaxed);
        }
        let scenario = draw();
        let at_rest = resting.borrow_mut().get_mut(&scenario).and_then(Vec::pop);
        let user = at_rest.or_else(|| {
            let hired = hire(scenario);
            counters.users.fetch_add(u64::from(hired.is_some()), Ordering::Relaxed);
            hired
        });
        match user {
            Some(mut user) => {
                let resting = Rc::clone(&resting);
                running.spawn_local(async move {
                    user.step(Some(intended)).await;
                    resting.borrow_mut().entry(scenario).or_default().push(user);
                });
            }
            None => {
                counters.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        burst += 1;
        if burst >= BATCH {
            burst = 0;
            while running.try_join_next().is_some() {}
            tokio::task::yield_now().await;
        }
    }
    driven.busy = clock.busy();
    driven.lasted = start.elapsed();

    // What is under way may finish, but not for ever.
    let drained = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(patience, drained).await.is_err() {
        driven.left.push("requests still under way when time ran out".to_owned());
        running.abort_all();
    }
    let users = std::mem::take(&mut *resting.borrow_mut()).into_values().flatten();
    let leaving = async {
        let mut left = Vec::new();
        for mut user in users {
            left.extend(user.leave().await);
        }
        left
    };
    match tokio::time::timeout(patience, leaving).await {
        Ok(left) => driven.left.extend(left),
        Err(_) => driven.left.push("users whose clean-up ran out of time".to_owned()),
    }
    driven
}
