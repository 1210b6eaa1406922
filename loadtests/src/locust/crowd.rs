//! The users that a master has asked for, by class.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use ivs_client::Clock;
use tokio::task::JoinHandle;

use super::class_name;
use super::ledger::Ledger;
use crate::answer::Class;
use crate::recorder::Tally;
use crate::run::Progress;
use crate::scenario::Kind;
use crate::session::Session;
use crate::stop::Stop;
use crate::user::User;

/// A user at work.
struct Worker {
    stop: Stop,
    task: JoinHandle<Vec<String>>,
}

/// All users of this worker.
pub(super) struct Crowd {
    session: Arc<Session>,
    pub(super) ledger: Rc<RefCell<Ledger>>,
    clock: Clock,
    classes: Vec<(Kind, String, Vec<Worker>)>,
    /// Users that were told to stop and are leaving.
    leaving: Vec<JoinHandle<Vec<String>>>,
    /// What could not be removed.
    pub(super) left: Vec<String>,
}

/// Unix seconds with their fraction, as Locust keeps them.
pub(super) fn unix_now(clock: &Clock) -> f64 {
    clock.now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

impl Crowd {
    pub(super) fn new(session: Arc<Session>, clock: Clock) -> Self {
        let ledger = Rc::new(RefCell::new(Ledger::new(unix_now(&clock))));
        let classes = session.scenarios().map(|(kind, _)| (kind, class_name(kind), Vec::new())).collect();
        Self { session, ledger, clock, classes, leaving: Vec::new(), left: Vec::new() }
    }

    /// The names of the classes.
    pub(super) fn class_names(&self) -> String {
        let names: Vec<&str> = self.classes.iter().map(|(_, name, _)| name.as_str()).collect();
        names.join(", ")
    }

    /// The users at work, by class.
    pub(super) fn counts(&self) -> Vec<(String, u64)> {
        self.classes.iter().map(|(_, name, users)| (name.clone(), users.len() as u64)).collect()
    }

    /// All users at work.
    pub(super) fn size(&self) -> u64 {
        self.classes.iter().map(|(_, _, users)| users.len() as u64).sum()
    }

    /// Brings one class to a number of users; `false` if there is no such class.
    pub(super) fn resize(&mut self, class: &str, wanted: u64) -> bool {
        let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
        let Some(index) = self.classes.iter().position(|(_, name, _)| plain(name) == plain(class)) else {
            // A class of which this worker is to have none may be someone else's.
            return wanted == 0;
        };
        let kind = self.classes[index].0;
        while self.classes[index].2.len() as u64 > wanted {
            if let Some(worker) = self.classes[index].2.pop() {
                worker.stop.ask();
                self.leaving.push(worker.task);
            }
        }
        while (self.classes[index].2.len() as u64) < wanted {
            let Some(user) = self.session.hire_for(0, kind) else { return false };
            let stop = Stop::new();
            let task = tokio::task::spawn_local(work(user, stop.clone(), Rc::clone(&self.ledger), self.clock.clone()));
            self.classes[index].2.push(Worker { stop, task });
        }
        true
    }

    /// Where the run stands.
    pub(super) fn progress(&self, elapsed: Duration, planned: Duration) -> Progress {
        let (mut interval, mut total) = (Tally::default(), Tally::default());
        for lane in &self.session.lanes {
            let mut shard = lane.shard();
            interval.merge(&shard.recorder.take_interval());
            shard.recorder.tallies().for_each(|(_, tally)| total.merge(tally));
        }
        Progress {
            elapsed,
            planned,
            requests: total.requests(),
            failures: total.failures(),
            throttled: total.of(Class::Throttled),
            // Asked for once a second.
            rps: interval.requests() as f64,
            p50: interval.service.value_at_quantile(0.5),
            p99: interval.service.value_at_quantile(0.99),
            users: self.size(),
            dropped: 0,
            late: 0,
        }
    }

    /// Tells all users to stop.
    pub(super) fn dismiss(&mut self) {
        for (_, _, users) in &mut self.classes {
            for worker in users.drain(..) {
                worker.stop.ask();
                self.leaving.push(worker.task);
            }
        }
    }

    /// Waits for those who are leaving; they take at most their last step and their clean-up.
    pub(super) async fn settle(&mut self, patience: Duration) {
        let deadline = tokio::time::Instant::now() + patience;
        for mut task in std::mem::take(&mut self.leaving) {
            match tokio::time::timeout_at(deadline, &mut task).await {
                Ok(left) => self.left.extend(left.unwrap_or_default()),
                Err(_) => {
                    task.abort();
                    self.left.push("a user whose clean-up ran out of time".to_owned());
                }
            }
        }
    }
}

/// One user's work until it is told to stop.
async fn work(mut user: User, stop: Stop, ledger: Rc<RefCell<Ledger>>, clock: Clock) -> Vec<String> {
    let mut failures = 0_u32;
    while !stop.is_asked() {
        let outcome = user.step(None).await;
        ledger.borrow_mut().enter(&outcome, unix_now(&clock));
        // A target that refuses connections must not be asked a hundred thousand times a second.
        failures = if outcome.status.is_none() { (failures + 1).min(6) } else { 0 };
        if failures > 0 {
            tokio::time::sleep(Duration::from_millis(10 << failures)).await;
        }
    }
    user.leave().await
}
