//! The users that the master requested, by class.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use ivs_client::Clock;
use tokio::task::JoinHandle;

use super::class_name;
use super::stats::LocustStats;
use crate::breach_log::BreachKey;
use crate::class::AnswerClass;
use crate::inspection::Breach;
use crate::prepared_run::PreparedRun;
use crate::progress::LoadProgress;
use crate::recorder::Tally;
use crate::stop::StopHandle;
use crate::time_series::{RunningCounts, TimeSeries};
use crate::user::User;

/// An active user.
struct ActiveUser {
    stop: StopHandle,
    task: JoinHandle<Vec<String>>,
}

/// A user class and its active users.
struct UserClass {
    name: String,
    users: Vec<ActiveUser>,
}

/// The users of this worker.
pub(super) struct UserPool {
    prepared: Arc<PreparedRun>,
    pub(super) stats: Rc<RefCell<LocustStats>>,
    clock: Clock,
    /// The user classes, in the order of the run's scenarios.
    classes: Vec<UserClass>,
    /// Users that are stopping.
    stopping: Vec<JoinHandle<Vec<String>>>,
    /// Resources that could not be deleted.
    pub(super) left_behind: Vec<String>,
    /// The breaches that the master knows.
    reported: BTreeSet<BreachKey>,
    /// The load over time.
    pub(super) series: TimeSeries,
}

/// Returns Unix seconds with their fraction.
pub(super) fn unix_now(clock: &Clock) -> f64 {
    clock.now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

impl UserPool {
    pub(super) fn new(prepared: Arc<PreparedRun>, clock: Clock) -> Self {
        let stats = Rc::new(RefCell::new(LocustStats::new(unix_now(&clock))));
        let classes =
            prepared.scenarios().map(|(id, _)| UserClass { name: class_name(id), users: Vec::new() }).collect();
        Self {
            prepared,
            stats,
            clock,
            classes,
            stopping: Vec::new(),
            left_behind: Vec::new(),
            reported: BTreeSet::new(),
            series: TimeSeries::default(),
        }
    }

    /// The names of the classes.
    pub(super) fn class_names(&self) -> String {
        let names: Vec<&str> = self.classes.iter().map(|class| class.name.as_str()).collect();
        names.join(", ")
    }

    /// The number of active users by class.
    pub(super) fn counts(&self) -> Vec<(String, u64)> {
        self.classes.iter().map(|class| (class.name.clone(), class.users.len() as u64)).collect()
    }

    /// The number of active users.
    pub(super) fn size(&self) -> u64 {
        self.classes.iter().map(|class| class.users.len() as u64).sum()
    }

    /// Brings a class to a number of users. Returns `false` if there is no such class.
    pub(super) fn resize(&mut self, class: &str, count: u64) -> bool {
        let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
        let Some(index) = self.classes.iter().position(|known| plain(&known.name) == plain(class)) else {
            // Zero users of a class may be requested of workers that do not have it.
            return count == 0;
        };
        let users = &mut self.classes[index].users;
        while users.len() as u64 > count {
            if let Some(user) = users.pop() {
                user.stop.request();
                self.stopping.push(user.task);
            }
        }
        while (users.len() as u64) < count {
            let user = self.prepared.spawn_user_of(0, index);
            let stop = StopHandle::new();
            let task =
                tokio::task::spawn_local(run_user(user, stop.clone(), Rc::clone(&self.stats), self.clock.clone()));
            users.push(ActiveUser { stop, task });
        }
        true
    }

    /// Returns the progress of the run.
    pub(super) fn progress(&mut self, elapsed: Duration, planned: Duration) -> LoadProgress {
        let (mut interval, mut total) = (Tally::default(), Tally::default());
        for worker in &self.prepared.workers {
            let mut shard = worker.shard();
            interval.merge(&shard.recorder.take_interval());
            shard.recorder.tallies().for_each(|(_, tally)| total.merge(tally));
        }
        let start = self.series.end();
        let counts = RunningCounts { users: self.size(), ..RunningCounts::default() };
        self.series.add(&interval, start, elapsed.saturating_sub(start), counts);
        LoadProgress {
            elapsed,
            planned,
            requests: total.requests(),
            failures: total.failures(),
            throttled: total.of(AnswerClass::Throttled),
            // Called once a second.
            rps: interval.requests() as f64,
            p50: interval.service.value_at_quantile(0.5),
            p99: interval.service.value_at_quantile(0.99),
            users: self.size(),
            dropped: 0,
            late: 0,
        }
    }

    /// Returns the contract breaches that were not returned before: what was expected, and at which step.
    pub(super) fn new_breaches(&mut self) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for worker in &self.prepared.workers {
            let shard = worker.shard();
            let new = shard.breaches.iter().filter(|(key, _)| !self.reported.contains(*key));
            let new: Vec<_> = new.map(|(key, recorded)| (key.clone(), recorded.breach.clone())).collect();
            drop(shard);
            for (key, breach) in new {
                let step = &self.prepared.catalog.templates()[key.step.index()].label;
                let Breach { check, pointer, expected, actual, rule, .. } = &breach;
                texts.push((
                    format!("{check}: expected {expected}, got {actual}"),
                    format!("{step} {pointer} ({rule})"),
                ));
                self.reported.insert(key);
            }
        }
        texts
    }

    /// Stops all users.
    pub(super) fn stop_all(&mut self) {
        for class in &mut self.classes {
            for user in class.users.drain(..) {
                user.stop.request();
                self.stopping.push(user.task);
            }
        }
    }

    /// Waits for users that are stopping: for their last step and their cleanup.
    pub(super) async fn join(&mut self, grace: Duration) {
        let deadline = tokio::time::Instant::now() + grace;
        for mut task in std::mem::take(&mut self.stopping) {
            match tokio::time::timeout_at(deadline, &mut task).await {
                Ok(left_behind) => self.left_behind.extend(left_behind.unwrap_or_default()),
                Err(_) => {
                    task.abort();
                    self.left_behind.push("a user whose cleanup timed out".to_owned());
                }
            }
        }
    }
}

/// Runs one user until it is stopped.
async fn run_user(mut user: User, stop: StopHandle, stats: Rc<RefCell<LocustStats>>, clock: Clock) -> Vec<String> {
    let mut failures = 0_u32;
    while !stop.is_requested() {
        let outcome = user.step(None).await;
        stats.borrow_mut().record(&outcome, unix_now(&clock));
        // Without a pause, a target that refuses connections would get a hundred thousand attempts a second.
        failures = if outcome.status.is_none() { (failures + 1).min(6) } else { 0 };
        if failures > 0 {
            tokio::time::sleep(Duration::from_millis(10 << failures)).await;
        }
    }
    user.clean_up().await
}
