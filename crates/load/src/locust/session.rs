//! A worker's session with its master: messages, a heartbeat every second, a report every three seconds.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rmpv::Value;

use super::LocustMaster;
use super::codec::{LocustMessage, SpawnRequest};
use super::error::LocustError;
use super::socket::MasterSocket;
use super::stats::{class_counts, map};
use super::user_pool::UserPool;
use crate::driver_stats::RunStats;
use crate::error::LoadError;
use crate::health;

use crate::plan::LoadPlan;
use crate::prepared_run::PreparedRun;
use crate::progress::LoadProgress;
use crate::report;
use crate::run::{LoadOutcome, conclude};
use crate::runtime;
use crate::stop::StopHandle;

const HEARTBEAT: Duration = Duration::from_secs(1);
const REPORT: Duration = Duration::from_secs(3);
/// The silence after which the master counts as lost; Locust's own workers use 60 s as well.
const SILENCE: Duration = Duration::from_secs(60);
/// The version that makes the master skip its comparison of versions.
const ANY_VERSION: i64 = -1;

/// Runs the session to its end.
pub(super) fn run(
    plan: &LoadPlan,
    master: &LocustMaster,
    stop: &StopHandle,
    progress: &mut dyn FnMut(&LoadProgress),
) -> Result<LoadOutcome, LocustError> {
    plan.target.check()?;
    if let Some(folder) = &plan.report {
        report::prepare(folder).map_err(LoadError::from)?;
    }
    let runtime = runtime::build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        // Connects before the setup, which is useless without a master.
        let socket = MasterSocket::open(master, || stop.is_requested()).await?;
        let prepared = Arc::new(PreparedRun::open(plan, 1, stop).await?);
        let start = Instant::now();
        let cpu = health::process_time();
        let mut session = Session {
            plan,
            master,
            stop,
            socket,
            user_pool: UserPool::new(Arc::clone(&prepared), plan.target.clock.clone()),
            state: State::Ready,
            last_spawn: f64::NEG_INFINITY,
            last_message: Instant::now(),
            cpu_time: (Instant::now(), cpu.unwrap_or_default()),
            first_step: None,
        };
        let ended = session.serve(progress).await;
        session.user_pool.stop_all();
        session.user_pool.join(plan.target.limits.read + Duration::from_secs(5)).await;
        session.send_report().await;
        session.send("quit", Value::Nil).await;
        // Gives the socket's task time to send its queue.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let left_behind = std::mem::take(&mut session.user_pool.left_behind);
        let first_step = session.first_step;
        let series = std::mem::take(&mut session.user_pool.series).into_points();
        drop(session);
        let stats = RunStats {
            elapsed: first_step.unwrap_or(start).elapsed(),
            memory: health::resident_memory(),
            process_cores: cpu.zip(health::process_time()).map(|(before, after)| {
                after.saturating_sub(before).as_secs_f64() / start.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
            }),
            left_behind,
            stopped_by: stop.is_requested().then_some("signal"),
            series,
            ..RunStats::default()
        };
        let seed_data_left = prepared.close().await;
        let outcome = conclude(plan, &prepared, stats, &plan.gates, false, seed_data_left, None);
        ended.map(|()| outcome)
    })
}

/// The worker states of the protocol.
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

struct Session<'a> {
    plan: &'a LoadPlan,
    master: &'a LocustMaster,
    stop: &'a StopHandle,
    socket: MasterSocket,
    user_pool: UserPool,
    state: State,
    last_spawn: f64,
    /// The time of the last message.
    last_message: Instant,
    /// The last reading of the CPU time: when, and its value.
    cpu_time: (Instant, Duration),
    first_step: Option<Instant>,
}

impl Session<'_> {
    async fn serve(&mut self, progress: &mut dyn FnMut(&LoadProgress)) -> Result<(), LocustError> {
        self.register().await?;
        let start = Instant::now();
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut report = tokio::time::interval(REPORT);
        let mut stop_check = tokio::time::interval(Duration::from_millis(100));
        for interval in [&mut heartbeat, &mut report, &mut stop_check] {
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                frame = self.socket.receive() => match frame {
                    Some(frame) => {
                        if !self.handle(&frame).await? {
                            return Ok(());
                        }
                    }
                    None => self.reconnect().await?,
                },
                _ = heartbeat.tick() => {
                    if !self.send_heartbeat().await {
                        self.reconnect().await?;
                    }
                    progress(&self.progress(start.elapsed()));
                    if self.last_message.elapsed() > SILENCE {
                        return Err(self.master_lost("no message for 60 s"));
                    }
                }
                _ = report.tick() => self.send_report().await,
                _ = stop_check.tick() => {
                    if self.stop.is_requested() || start.elapsed() > self.plan.time_limit {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Announces this worker and waits for the first message of the master.
    async fn register(&mut self) -> Result<(), LocustError> {
        let start = Instant::now();
        loop {
            self.send("client_ready", ANY_VERSION.into()).await;
            let answer = tokio::time::timeout(Duration::from_secs(2), self.socket.receive()).await;
            match answer {
                Ok(Some(frame)) => {
                    self.handle(&frame).await?;
                    return Ok(());
                }
                Ok(None) => self.socket = MasterSocket::open(self.master, || self.stop.is_requested()).await?,
                Err(_) => {}
            }
            if start.elapsed() >= self.master.timeout || self.stop.is_requested() {
                return Err(self.master_lost("it accepts connections but does not respond"));
            }
        }
    }

    fn master_lost(&self, reason: &str) -> LocustError {
        LocustError::NoMaster {
            address: self.socket.address.clone(),
            waited: self.last_message.elapsed(),
            reason: reason.to_owned(),
        }
    }

    /// Handles a message. Returns `false` if it was `quit`.
    async fn handle(&mut self, frame: &[u8]) -> Result<bool, LocustError> {
        let foreign = |address: &str, source| LocustError::Foreign { address: address.to_owned(), source };
        let message = LocustMessage::decode(frame).map_err(|source| foreign(&self.socket.address, source))?;
        self.last_message = Instant::now();
        match message.kind.as_str() {
            "spawn" => {
                let spawn = SpawnRequest::parse(&message).map_err(|source| foreign(&self.socket.address, source))?;
                self.spawn(&spawn).await?;
            }
            "stop" => {
                self.user_pool.stop_all();
                self.user_pool.join(self.plan.target.limits.read + Duration::from_secs(5)).await;
                // Reports before the master forgets this worker, so that no counts are lost.
                self.send_report().await;
                self.send("client_stopped", Value::Nil).await;
                self.state = State::Ready;
                self.send("client_ready", ANY_VERSION.into()).await;
            }
            "quit" => return Ok(false),
            "reconnect" => self.reconnect().await?,
            // `ack`, `heartbeat`, `spawning_complete` and unknown types only prove that the master is alive.
            _ => {}
        }
        Ok(true)
    }

    async fn spawn(&mut self, spawn: &SpawnRequest) -> Result<(), LocustError> {
        self.send("spawning", Value::Nil).await;
        if spawn.timestamp <= self.last_spawn {
            return Ok(());
        }
        self.last_spawn = spawn.timestamp;
        self.state = State::Spawning;
        self.first_step.get_or_insert_with(Instant::now);
        for (class, count) in &spawn.counts {
            if !self.user_pool.resize(class, *count) {
                let known = self.user_pool.class_names();
                let error = LocustError::UnknownClass { class: class.clone(), known };
                let details = map([("msg", error.to_string().into()), ("traceback", "".into())]);
                self.send("exception", details).await;
                return Err(error);
            }
        }
        if spawn.stop_timeout > 0.0 {
            self.user_pool.join(Duration::from_secs_f64(spawn.stop_timeout.min(3600.0))).await;
        }
        let counts = self.user_pool.counts();
        let done = map([("user_classes_count", class_counts(&counts)), ("user_count", self.user_pool.size().into())]);
        self.send("spawning_complete", done).await;
        self.state = State::Running;
        Ok(())
    }

    /// Reconnects and starts over. The master sends a new `spawn`.
    async fn reconnect(&mut self) -> Result<(), LocustError> {
        self.user_pool.stop_all();
        self.socket = MasterSocket::open(self.master, || self.stop.is_requested()).await?;
        self.state = State::Ready;
        self.last_spawn = f64::NEG_INFINITY;
        self.last_message = Instant::now();
        self.send("client_ready", ANY_VERSION.into()).await;
        Ok(())
    }

    async fn send_heartbeat(&mut self) -> bool {
        let (then, before) = self.cpu_time;
        let now = health::process_time().unwrap_or_default();
        let elapsed = then.elapsed().as_secs_f64().max(0.001);
        self.cpu_time = (Instant::now(), now);
        let content = map([
            ("state", self.state.name().into()),
            ("current_cpu_usage", (now.saturating_sub(before).as_secs_f64() / elapsed * 100.0).into()),
            ("current_memory_usage", health::resident_memory().unwrap_or(0).into()),
        ]);
        self.send("heartbeat", content).await
    }

    /// Reports the counts since the last report, and contract breaches that were not reported yet. The master's web UI shows
    /// them among its exceptions.
    async fn send_report(&mut self) {
        let counts = self.user_pool.counts();
        let content = self.user_pool.stats.borrow_mut().report(&counts);
        self.send("stats", content).await;
        for (text, exchange) in self.user_pool.new_breaches() {
            let details = map([("msg", text.into()), ("traceback", exchange.into())]);
            self.send("exception", details).await;
        }
    }

    async fn send(&mut self, kind: &str, data: Value) -> bool {
        self.socket.send(&LocustMessage::new(kind, data, &self.master.id)).await
    }

    fn progress(&mut self, elapsed: Duration) -> LoadProgress {
        self.user_pool.progress(elapsed, self.plan.time_limit)
    }
}
