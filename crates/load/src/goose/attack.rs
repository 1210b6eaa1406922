//! A goose attack whose transactions run the scenarios.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionError, TransactionFunction, TransactionResult};

use super::GooseSettings;
use crate::driver_stats::{LiveCounters, WorkerStats};
use crate::error::LoadError;
use crate::health::ThreadTime;
use crate::prepared_run::PreparedRun;
use crate::runtime;
use crate::stop::StopHandle;
use crate::user::User;

/// The goose flags that this driver refuses, since gates and sending are not goose's job here.
const REFUSED: [(&str, &str); 4] = [
    ("--threshold", "it aborts the run; write a --gate instead"),
    ("--no-metrics", "nothing would be left to report"),
    ("--throttle-requests", "requests do not pass through goose; use an open loop for a rate"),
    ("--co-mitigation", "it works in whole milliseconds; use an open loop instead"),
];

/// Checks that the driver accepts the flags.
pub(crate) fn check_flags(flags: &[String]) -> Result<(), LoadError> {
    for flag in flags {
        let name = flag.split('=').next().unwrap_or(flag);
        if let Some((refused, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(LoadError::GooseFlags(format!("{refused} is not supported: {reason}")));
        }
    }
    configuration(flags).map(drop)
}

fn configuration(flags: &[String]) -> Result<GooseConfiguration, LoadError> {
    GooseConfiguration::parse_args_default(flags).map_err(|error| LoadError::GooseFlags(error.to_string()))
}

/// A user in goose's session data, which must be `Clone`. A clone is the same user.
#[derive(Clone)]
struct UserSlot(Arc<tokio::sync::Mutex<User>>);

/// Runs one attack on one thread. goose has one kill switch for the process, so only one attack can run at a time.
pub(crate) fn run(
    prepared: &Arc<PreparedRun>,
    settings: &GooseSettings,
    counters: &Arc<LiveCounters>,
    stop: &StopHandle,
) -> Result<WorkerStats, LoadError> {
    let mut flags = settings.flags.clone();
    let given = |flags: &[String], names: &[&str]| {
        flags.iter().any(|flag| names.contains(&flag.split('=').next().unwrap_or(flag)))
    };
    let planned = given(&flags, &["--test-plan"]);
    if !planned && !given(&flags, &["--users", "-u"]) {
        flags.extend(["--users".to_owned(), settings.users.to_string()]);
    }
    if !planned && !given(&flags, &["--run-time", "-t"]) {
        flags.extend(["--run-time".to_owned(), format!("{}s", settings.duration.as_secs().max(1))]);
    }
    if !planned && !given(&flags, &["--increase-time", "-s", "--increase-rate", "-r"]) {
        let seconds = settings.ramp.as_secs();
        // goose starts one user per second by default.
        flags.extend(match seconds {
            0 => ["--increase-rate".to_owned(), settings.users.max(1).to_string()],
            _ => ["--increase-time".to_owned(), format!("{seconds}s")],
        });
    }
    if !given(&flags, &["--host", "-H"]) {
        flags.extend(["--host".to_owned(), settings.host.clone()]);
    }
    if !given(&flags, &["--no-reset-metrics"]) {
        // Our metrics start with the first user; goose's must cover the same time.
        flags.push("--no-reset-metrics".to_owned());
    }
    if let Some(folder) = &settings.reports {
        for name in ["goose.html", "goose.json", "goose.md"] {
            flags.extend(["--report-file".to_owned(), folder.join(name).to_string_lossy().into_owned()]);
        }
    }
    // The caller shows progress and results, so goose prints only on request.
    if !given(&flags, &["--quiet", "-q", "--verbose", "-v"]) {
        flags.push("-qqq".to_owned());
        flags.push("--no-print-metrics".to_owned());
    }

    let failed = |error: goose::GooseError| LoadError::Goose(error.to_string());
    // goose builds an unused client for each user; sharing one saves their memory.
    let client = GooseClientBuilder::new().without_cookies();
    let mut goose = GooseAttack::initialize_with_config(configuration(&flags)?)
        .and_then(|goose| goose.set_client_builder_without_cookies(client))
        .map_err(failed)?;
    for (index, (id, weight)) in prepared.scenarios().enumerate() {
        let scenario = Scenario::new(id.name())
            .register_transaction(start(Arc::clone(prepared), index, Arc::clone(counters)))
            .register_transaction(Transaction::new(Arc::new(|user| Box::pin(iterate(user)))).set_name("iteration"))
            .register_transaction(cleanup())
            .set_weight(weight as usize)
            .map_err(failed)?;
        goose = goose.register_scenario(scenario);
    }
    let runtime = runtime::build()?;
    let clock = ThreadTime::start();
    let outcome = runtime.block_on(async {
        let execution = goose.execute();
        tokio::pin!(execution);
        let mut stopped_since = None;
        loop {
            tokio::select! {
                outcome = &mut execution => break outcome.map(drop).map_err(failed),
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
            if stop.is_requested() {
                // goose resets its kill switch at its start, so it is triggered until goose has stopped.
                goose::trigger_killswitch("stop requested");
                let since = *stopped_since.get_or_insert_with(std::time::Instant::now);
                if since.elapsed() > settings.grace {
                    break Err(LoadError::Goose("did not stop within the grace period".to_owned()));
                }
            }
        }
    });
    goose::reset_killswitch();
    outcome.map(|()| WorkerStats { busy: clock.busy(), ..WorkerStats::default() })
}

fn start(prepared: Arc<PreparedRun>, scenario: usize, counters: Arc<LiveCounters>) -> Transaction {
    let function: TransactionFunction = Arc::new(move |user| {
        let (prepared, counters) = (Arc::clone(&prepared), Arc::clone(&counters));
        Box::pin(async move {
            let spawned = prepared.spawn_user_of(0, scenario);
            user.set_session_data(UserSlot(Arc::new(tokio::sync::Mutex::new(spawned))));
            counters.users.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    });
    Transaction::new(function).set_on_start().set_name("start")
}

fn cleanup() -> Transaction {
    let function: TransactionFunction = Arc::new(|user| {
        Box::pin(async move {
            let Some(UserSlot(slot)) = user.get_session_data::<UserSlot>().cloned() else { return Ok(()) };
            let left_behind = slot.lock().await.clean_up().await;
            if left_behind.is_empty() {
                Ok(())
            } else {
                Err(Box::new(TransactionError::Custom(format!("left behind: {}", left_behind.join(", ")))))
            }
        })
    });
    Transaction::new(function).set_on_stop().set_name("cleanup")
}

/// Runs one iteration of the user's scenario. A stop ends it after the current step.
async fn iterate(user: &mut GooseUser) -> TransactionResult {
    let Some(UserSlot(slot)) = user.get_session_data::<UserSlot>().cloned() else { return Ok(()) };
    let mut slot = slot.lock().await;
    loop {
        let outcome = slot.step(None).await;
        user.record_custom_request_duration(
            outcome.template.method,
            &outcome.template.label,
            outcome.service,
            !outcome.class.is_failure(),
            outcome.status,
            outcome.error.as_deref(),
        )
        .await?;
        if outcome.status.is_none() {
            // Without a pause, a target that refuses connections would get a hundred thousand attempts a second.
            tokio::time::sleep(Duration::from_millis(100)).await;
            return Ok(());
        }
        if slot.is_idle() || goose::is_killswitch_triggered() {
            return Ok(());
        }
    }
}
