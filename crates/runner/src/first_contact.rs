//! The first request to each service: a path that no operation has. It tells whether anybody is there, and how the endpoint
//! answers for operations that it does not have.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use ivs_client::{Exchange, FailureKind, RetryPolicy, Signing, is_worth_retrying};
use ivs_judge::CatchAll;
use tokio::time::Instant;

use crate::run_context::RunContext;
use crate::unknown_path::unknown_path;

/// An endpoint that refuses a connection for so long is not there.
const ATTEMPTS: RetryPolicy = RetryPolicy {
    max_attempts: 3,
    initial_backoff: Duration::from_millis(100),
    max_backoff: Duration::from_millis(400),
    recovery_window: Duration::ZERO,
};

/// The time between two looks at an endpoint that is still starting.
const POLL: Duration = Duration::from_millis(250);

/// Calls an unknown path of each service, and tells the judge how it was answered. An endpoint that is still starting is waited for,
/// as long as the settings say.
///
/// Returns why the run cannot begin, if no service could be connected to, or none answers.
pub(crate) async fn make_contact(run_context: &RunContext, services: BTreeSet<&'static str>) -> Option<String> {
    let deadline = Instant::now() + run_context.config.wait;
    let mut exchanges = call_all(run_context, &services).await;
    while exchanges.iter().any(is_starting) && Instant::now() < deadline && !run_context.budget.is_cancelled() {
        tokio::time::sleep(POLL).await;
        exchanges = call_all(run_context, &services).await;
    }
    for exchange in &exchanges {
        if let Some(catch_all) = CatchAll::of(exchange) {
            run_context.judge().note_catch_all(exchange.operation.service(), catch_all);
        }
    }
    let failures = exchanges.iter().map(|exchange| exchange.outcome.as_ref().err());
    let first = failures.clone().next()??;
    let is = |kinds: &[FailureKind]| failures.clone().all(|it| it.is_some_and(|failure| kinds.contains(&failure.kind)));
    if is(&[FailureKind::Timeout]) {
        return Some(format!("the endpoint answers nothing in time: {}", first.detail));
    }
    is(&[FailureKind::Connect, FailureKind::Tls]).then(|| format!("cannot connect to the endpoint: {}", first.detail))
}

async fn call_all(run_context: &RunContext, services: &BTreeSet<&'static str>) -> Vec<Exchange> {
    join_all(services.iter().map(|service| call_unknown_path(run_context, service))).await
}

/// Whether an endpoint looks as if it were still starting.
fn is_starting(exchange: &Exchange) -> bool {
    may_pass(exchange) || exchange.is_late()
}

async fn call_unknown_path(run_context: &RunContext, service: &str) -> Exchange {
    let (operation, request) = unknown_path(service);
    let signing = if run_context.config.sign_requests { Signing::Valid } else { Signing::Unsigned };
    let first = ATTEMPTS.send_while(may_pass, run_context.client(), operation, &request, &signing).await.exchange;
    match first.is_late() {
        true => run_context.client().send(operation, request, &signing).await,
        false => first,
    }
}

/// Whether the next attempt may fare better: an endpoint that has just started may need its time. One that is late costs the whole
/// time-out: it is asked once more, by whoever asked.
fn may_pass(exchange: &Exchange) -> bool {
    is_worth_retrying(exchange) && !exchange.is_late()
}
