//! The worker's loop: what the master says, a heartbeat each second, a report each three.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rmpv::Value;

use super::codec::{Message, Spawn};
use super::crowd::Crowd;
use super::ledger::{class_counts, map};
use super::link::Link;
use super::{Master, WorkerError};
use crate::LoadError;
use crate::drive::Drive;
use crate::health;
use crate::plan::Plan;
use crate::run::{Outcome, Progress, conclude, runtime};
use crate::session::Session;
use crate::stop::Stop;

const HEARTBEAT: Duration = Duration::from_secs(1);
const REPORT: Duration = Duration::from_secs(3);
/// A master that does not answer heartbeats for so long is gone: Locust's own workers give up after 60 s as well.
const SILENCE: Duration = Duration::from_secs(60);
/// `-1` tells the master that its version and ours need not be compared.
const ANY_VERSION: i64 = -1;

/// Works for a Locust master until it says `quit`, `stop` is asked for, the time limit passes, or the master is lost.
/// The plan's load is not looked at: the master has its own.
///
/// # Errors
///
/// [`LoadError`] if no load was put on.
pub fn work(
    plan: &Plan,
    master: &Master,
    stop: &Stop,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Outcome, LoadError> {
    plan.target.check()?;
    if let Some(folder) = &plan.report {
        crate::report::prepare(folder)?;
    }
    let runtime = runtime()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        // The master is looked for first: without one there is nothing to set up for.
        let link = Link::open(master, || stop.is_asked()).await?;
        let opened =
            Session::open(&plan.target, &plan.scenarios, &plan.run, plan.seed, plan.sample_every, 1, stop).await;
        let session = Arc::new(opened?);
        let begun = Instant::now();
        let cpu = health::process_time();
        let mut worker = Worker {
            plan,
            master,
            stop,
            link,
            crowd: Crowd::new(Arc::clone(&session), plan.target.clock.clone()),
            state: State::Ready,
            last_spawn: f64::NEG_INFINITY,
            heard: Instant::now(),
            computed: (Instant::now(), cpu.unwrap_or_default()),
            first_step: None,
        };
        let ended = worker.serve(progress).await;
        worker.crowd.dismiss();
        worker.crowd.settle(plan.target.limits.read + Duration::from_secs(5)).await;
        worker.report().await;
        worker.tell("quit", Value::Nil).await;
        // The socket writes in a task of its own; what it holds goes out before the socket does.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left = std::mem::take(&mut worker.crowd.left);
        let first_step = worker.first_step;
        drop(worker);
        let drive = Drive {
            elapsed: first_step.unwrap_or(begun).elapsed(),
            memory: health::resident_memory(),
            process_cores: cpu.zip(health::process_time()).map(|(before, after)| {
                after.saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
            }),
            left,
            stopped_by: stop.is_asked().then_some("signal"),
            ..Drive::default()
        };
        let close = session.close().await;
        let outcome = conclude(plan, &session, drive, &plan.gates, false, close, None);
        ended.map(|()| outcome).map_err(LoadError::from)
    })
}

/// The states that Locust knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    Spawning,
    Running,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Spawning => "spawning",
            Self::Running => "running",
        }
    }
}

struct Worker<'a> {
    plan: &'a Plan,
    master: &'a Master,
    stop: &'a Stop,
    link: Link,
    crowd: Crowd,
    state: State,
    last_spawn: f64,
    /// When the master was last heard.
    heard: Instant,
    /// When the computing time was last read, and what it was.
    computed: (Instant, Duration),
    first_step: Option<Instant>,
}

impl Worker<'_> {
    async fn serve(&mut self, progress: &mut dyn FnMut(&Progress)) -> Result<(), WorkerError> {
        self.greet().await?;
        let begun = Instant::now();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut report = tokio::time::interval(REPORT);
        let mut look = tokio::time::interval(Duration::from_millis(100));
        for interval in [&mut heartbeat, &mut report, &mut look] {
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                frame = self.link.receive() => match frame {
                    Some(frame) => {
                        if !self.hear(&frame).await? {
                            return Ok(());
                        }
                    }
                    None => self.reconnect().await?,
                },
                _ = heartbeat.tick() => {
                    if !self.beat().await {
                        self.reconnect().await?;
                    }
                    progress(&self.progress(begun.elapsed()));
                    if self.heard.elapsed() > SILENCE {
                        return Err(self.lost("it has been silent for 60 s"));
                    }
                }
                _ = report.tick() => self.report().await,
                _ = look.tick() => {
                    if self.stop.is_asked() || begun.elapsed() > self.plan.time_limit {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Announces this worker and waits for the master to take note.
    async fn greet(&mut self) -> Result<(), WorkerError> {
        let begun = Instant::now();
        loop {
            self.tell("client_ready", ANY_VERSION.into()).await;
            let answer = tokio::time::timeout(Duration::from_secs(2), self.link.receive()).await;
            match answer {
                Ok(Some(frame)) => {
                    self.hear(&frame).await?;
                    return Ok(());
                }
                Ok(None) => self.link = Link::open(self.master, || self.stop.is_asked()).await?,
                Err(_) => {}
            }
            if begun.elapsed() >= self.master.patience || self.stop.is_asked() {
                return Err(self.lost("it takes connections but does not answer"));
            }
        }
    }

    fn lost(&self, reason: &str) -> WorkerError {
        WorkerError::NoMaster {
            address: self.link.address.clone(),
            waited: self.heard.elapsed(),
            reason: reason.to_owned(),
        }
    }

    /// Takes a message in; `false` if it was `quit`.
    async fn hear(&mut self, frame: &[u8]) -> Result<bool, WorkerError> {
        let foreign = |address: &str, source| WorkerError::Foreign { address: address.to_owned(), source };
        let message = Message::decode(frame).map_err(|source| foreign(&self.link.address, source))?;
        self.heard = Instant::now();
        match message.kind.as_str() {
            "spawn" => {
                let spawn = Spawn::read(&message).map_err(|source| foreign(&self.link.address, source))?;
                self.spawn(&spawn).await?;
            }
            "stop" => {
                self.crowd.dismiss();
                self.crowd.settle(self.plan.target.limits.read + Duration::from_secs(5)).await;
                // Before the master forgets this worker: what was counted must not be lost.
                self.report().await;
                self.tell("client_stopped", Value::Nil).await;
                self.state = State::Ready;
                self.tell("client_ready", ANY_VERSION.into()).await;
            }
            "quit" => return Ok(false),
            "reconnect" => self.reconnect().await?,
            // `ack`, `heartbeat`, `spawning_complete` and what later masters may add need no more than being heard.
            _ => {}
        }
        Ok(true)
    }

    async fn spawn(&mut self, spawn: &Spawn) -> Result<(), WorkerError> {
        self.tell("spawning", Value::Nil).await;
        if spawn.timestamp <= self.last_spawn {
            return Ok(());
        }
        self.last_spawn = spawn.timestamp;
        self.state = State::Spawning;
        self.first_step.get_or_insert_with(Instant::now);
        for (class, count) in &spawn.counts {
            if !self.crowd.resize(class, *count) {
                let known = self.crowd.class_names();
                let error = WorkerError::UnknownClass { class: class.clone(), known };
                let told = map([("msg", error.to_string().into()), ("traceback", "".into())]);
                self.tell("exception", told).await;
                return Err(error);
            }
        }
        if spawn.stop_timeout > 0.0 {
            self.crowd.settle(Duration::from_secs_f64(spawn.stop_timeout.min(3600.0))).await;
        }
        let counts = self.crowd.counts();
        let done = map([("user_classes_count", class_counts(&counts)), ("user_count", self.crowd.size().into())]);
        self.tell("spawning_complete", done).await;
        self.state = State::Running;
        Ok(())
    }

    /// Connects anew and starts over: the master, if it is the same, sends a fresh `spawn`.
    async fn reconnect(&mut self) -> Result<(), WorkerError> {
        self.crowd.dismiss();
        self.link = Link::open(self.master, || self.stop.is_asked()).await?;
        self.state = State::Ready;
        self.last_spawn = f64::NEG_INFINITY;
        self.heard = Instant::now();
        self.tell("client_ready", ANY_VERSION.into()).await;
        Ok(())
    }

    async fn beat(&mut self) -> bool {
        let (then, before) = self.computed;
        let now = health::process_time().unwrap_or_default();
        let elapsed = then.elapsed().as_secs_f64().max(0.001);
        self.computed = (Instant::now(), now);
        let content = map([
            ("state", self.state.name().into()),
            ("current_cpu_usage", (now.saturating_sub(before).as_secs_f64() / elapsed * 100.0).into()),
            ("current_memory_usage", health::resident_memory().unwrap_or(0).into()),
        ]);
        self.tell("heartbeat", content).await
    }

    async fn report(&mut self) {
        let counts = self.crowd.counts();
        let content = self.crowd.ledger.borrow_mut().report(&counts);
        self.tell("stats", content).await;
    }

    async fn tell(&mut self, kind: &str, data: Value) -> bool {
        self.link.send(&Message::new(kind, data, &self.master.id)).await
    }

    fn progress(&self, elapsed: Duration) -> Progress {
        self.crowd.progress(elapsed, self.plan.time_limit)
    }
}
