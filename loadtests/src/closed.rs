//! A closed loop of our own: each user sends one request after the other, on one thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::LoadError;
use crate::health::ThreadTime;
use crate::pacer::{Counters, Driven};
use crate::run::runtime;
use crate::session::Session;
use crate::stop::Stop;
use crate::user::User;

/// Runs `users` users for `duration`, started evenly over `ramp`.
pub(crate) fn attack(
    session: &Arc<Session>,
    users: usize,
    ramp: Duration,
    duration: Duration,
    counters: &Arc<Counters>,
    halt: &Stop,
    patience: Duration,
) -> Result<Driven, LoadError> {
    let runtime = runtime()?;
    let driven = runtime.block_on(async {
        let clock = ThreadTime::start();
        let begun = Instant::now();
        let end = begun + duration;
        let mut running = tokio::task::JoinSet::new();
        for number in 0..users {
            let due = begun + ramp.mul_f64(number as f64 / users as f64);
            tokio::time::sleep_until(due.into()).await;
            if halt.is_asked() {
                break;
            }
            counters.users.fetch_add(1, Ordering::Relaxed);
            running.spawn(work(session.hire(0), end, halt.clone()));
        }
        let mut driven = Driven::default();
        let remaining = end.saturating_duration_since(Instant::now());
        let finish = async {
            let mut left = Vec::new();
            while let Some(joined) = running.join_next().await {
                left.extend(joined.unwrap_or_default());
            }
            left
        };
        match tokio::time::timeout(remaining + patience, finish).await {
            Ok(left) => driven.left = left,
            Err(_) => driven.left.push("users whose clean-up ran out of time".to_owned()),
        }
        driven.busy = clock.busy();
        driven
    });
    Ok(driven)
}

/// One user's work, until the end or a halt; then it leaves. Answers with what it could not remove.
pub(crate) async fn work(mut user: User, end: Instant, halt: Stop) -> Vec<String> {
    let mut failures = 0_u32;
    while !halt.is_asked() && Instant::now() < end {
        let outcome = user.step(None).await;
        // A target that refuses connections must not be asked a hundred thousand times a second.
        failures = if outcome.status.is_none() { (failures + 1).min(6) } else { 0 };
        if failures > 0 {
            tokio::time::sleep(Duration::from_millis(10 << failures)).await;
        }
    }
    user.leave().await
}
