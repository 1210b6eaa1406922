//! The goose driver: users, test plans and goose's reports, over our own connections.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use goose::GooseAttack;
use goose::client::GooseClientBuilder;
use goose::config::GooseConfiguration;
use goose::goose::{GooseUser, Scenario, Transaction, TransactionError, TransactionFunction, TransactionResult};

use crate::LoadError;
use crate::health::ThreadTime;
use crate::pacer::{Counters, Driven};
use crate::run::runtime;
use crate::scenario::Kind;
use crate::session::Session;
use crate::stop::Stop;
use crate::user::User;

/// One goose attack.
pub(crate) struct Attack {
    pub(crate) users: usize,
    pub(crate) ramp: Duration,
    pub(crate) duration: Duration,
    pub(crate) flags: Vec<String>,
    pub(crate) reports: Option<PathBuf>,
    pub(crate) host: String,
    pub(crate) patience: Duration,
}

/// goose flags that would undo what this crate sees to: gates are ours, and so is the sending.
const REFUSED: [(&str, &str); 4] = [
    ("--threshold", "it aborts the run; write a --gate instead"),
    ("--no-metrics", "nothing would be left to report"),
    ("--throttle-requests", "requests do not pass through goose; use an open model for a rate"),
    ("--co-mitigation", "it fills in whole milliseconds; use an open model instead"),
];

/// Refuses flags that goose must not get.
pub(crate) fn check_flags(flags: &[String]) -> Result<(), LoadError> {
    for flag in flags {
        let name = flag.split('=').next().unwrap_or(flag);
        if let Some((refused, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(LoadError::GooseFlags(format!("{refused} is not taken: {reason}")));
        }
    }
    configuration(flags).map(drop)
}

fn configuration(flags: &[String]) -> Result<GooseConfiguration, LoadError> {
    GooseConfiguration::parse_args_default(flags).map_err(|error| LoadError::GooseFlags(error.to_string()))
}

/// A user in goose's keeping. goose wants session data that can be cloned; a clone is the same user.
#[derive(Clone)]
struct Seat(Arc<tokio::sync::Mutex<User>>);

/// Runs one attack on one thread. goose's kill switch is the process's: one attack at a time.
pub(crate) fn attack(
    session: &Arc<Session>,
    attack: &Attack,
    counters: &Arc<Counters>,
    halt: &Stop,
) -> Result<Driven, LoadError> {
    let mut flags = attack.flags.clone();
    let given = |flags: &[String], names: &[&str]| {
        flags.iter().any(|flag| names.contains(&flag.split('=').next().unwrap_or(flag)))
    };
    let planned = given(&flags, &["--test-plan"]);
    if !planned && !given(&flags, &["--users", "-u"]) {
        flags.extend(["--users".to_owned(), attack.users.to_string()]);
    }
    if !planned && !given(&flags, &["--run-time", "-t"]) {
        flags.extend(["--run-time".to_owned(), format!("{}s", attack.duration.as_secs().max(1))]);
    }
    if !planned && !given(&flags, &["--increase-time", "-s", "--increase-rate", "-r"]) {
        let seconds = attack.ramp.as_secs();
        // goose starts one user a second unless told otherwise.
        flags.extend(match seconds {
            0 => ["--increase-rate".to_owned(), attack.users.max(1).to_string()],
            _ => ["--increase-time".to_owned(), format!("{seconds}s")],
        });
    }
    if !given(&flags, &["--host", "-H"]) {
        flags.extend(["--host".to_owned(), attack.host.clone()]);
    }
    if !given(&flags, &["--no-reset-metrics"]) {
        // Our own figures start with the first user; goose's must cover the same time.
        flags.push("--no-reset-metrics".to_owned());
    }
    if let Some(folder) = &attack.reports {
        for name in ["goose.html", "goose.json", "goose.md"] {
            flags.extend(["--report-file".to_owned(), folder.join(name).to_string_lossy().into_owned()]);
        }
    }
    // The caller shows progress and results; goose's own printing is for those who ask for it.
    if !given(&flags, &["--quiet", "-q", "--verbose", "-v"]) {
        flags.push("-qqq".to_owned());
        flags.push("--no-print-metrics".to_owned());
    }

    let failed = |error: goose::GooseError| LoadError::Goose(error.to_string());
    // goose builds a client a user although none is used: one shared by all spares their memory.
    let client = GooseClientBuilder::new().without_cookies();
    let mut goose = GooseAttack::initialize_with_config(configuration(&flags)?)
        .and_then(|goose| goose.set_client_builder_without_cookies(client))
        .map_err(failed)?;
    for (kind, weight) in session.scenarios() {
        let scenario = Scenario::new(kind.name())
            .register_transaction(start(Arc::clone(session), kind, Arc::clone(counters)))
            .register_transaction(Transaction::new(Arc::new(|user| Box::pin(iterate(user)))).set_name("iteration"))
            .register_transaction(leave())
            .set_weight(weight as usize)
            .map_err(failed)?;
        goose = goose.register_scenario(scenario);
    }
    let runtime = runtime()?;
    let clock = ThreadTime::start();
    let outcome = runtime.block_on(async {
        let execution = goose.execute();
        tokio::pin!(execution);
        let mut halted = None;
        loop {
            tokio::select! {
                outcome = &mut execution => break outcome.map(drop).map_err(failed),
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
            if halt.is_asked() {
                // goose clears its switch when it starts, so it is thrown until it has stopped.
                goose::trigger_killswitch("asked to stop");
                let since = *halted.get_or_insert_with(std::time::Instant::now);
                if since.elapsed() > attack.patience {
                    break Err(LoadError::Goose("it did not stop in time".to_owned()));
                }
            }
        }
    });
    goose::reset_killswitch();
    outcome.map(|()| Driven { busy: clock.busy(), ..Driven::default() })
}

fn start(session: Arc<Session>, kind: Kind, counters: Arc<Counters>) -> Transaction {
    let function: TransactionFunction = Arc::new(move |user| {
        let (session, counters) = (Arc::clone(&session), Arc::clone(&counters));
        Box::pin(async move {
            if let Some(hired) = session.hire_for(0, kind) {
                user.set_session_data(Seat(Arc::new(tokio::sync::Mutex::new(hired))));
                counters.users.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    });
    Transaction::new(function).set_on_start().set_name("start")
}

fn leave() -> Transaction {
    let function: TransactionFunction = Arc::new(|user| {
        Box::pin(async move {
            let Some(Seat(seat)) = user.get_session_data::<Seat>().cloned() else { return Ok(()) };
            let left = seat.lock().await.leave().await;
            if left.is_empty() {
                Ok(())
            } else {
                Err(Box::new(TransactionError::Custom(format!("left behind: {}", left.join(", ")))))
            }
        })
    });
    Transaction::new(function).set_on_stop().set_name("leave")
}

/// One iteration of the user's scenario; a stop ends it at the next step.
async fn iterate(user: &mut GooseUser) -> TransactionResult {
    let Some(Seat(seat)) = user.get_session_data::<Seat>().cloned() else { return Ok(()) };
    let mut seat = seat.lock().await;
    loop {
        let outcome = seat.step(None).await;
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
            // A target that refuses connections must not be asked a hundred thousand times a second.
            tokio::time::sleep(Duration::from_millis(100)).await;
            return Ok(());
        }
        if seat.is_at_rest() || goose::is_killswitch_triggered() {
            return Ok(());
        }
    }
}
