//! The layers of a run between a suite and the client, each a [`Caller`] around the next one.
//!
//! From the outside in: the [judge](JudgeLayer) checks every exchange; the [concurrency limit](ConcurrencyLimit) holds one permit a
//! request, retries included; the [budget](BudgetLayer) and the [circuit breaker](CircuitBreakerLayer) may withhold a request;
//! the [retry layer](RetryLayer) sends it, again if need be. A rate limit belongs inside of all of them, around the client:
//! `ivs_client::RateLimited` is one.

mod budget;
mod circuit_breaker;
mod concurrency;
mod judge;
mod quota;
mod retry;

use std::time::Duration;

use ivs_client::{Exchange, Failure, FailureKind, Request};
use ivs_model::OperationId;
use ivs_pool::RUN_TAG;

pub(crate) use budget::{BudgetLayer, RunBudget, StopCause};
pub(crate) use circuit_breaker::{CircuitBreakerLayer, CircuitBreakers};
pub use circuit_breaker::{FAILURES_IN_A_ROW, SERVER_ERRORS};
pub(crate) use concurrency::ConcurrencyLimit;
pub use concurrency::at_once;
pub use judge::JudgedExchange;
pub(crate) use judge::{JudgeLayer, JudgeLayerParts};
pub(crate) use quota::{QuotaWait, SMALL};
pub(crate) use retry::{RetryLayer, Traffic};

/// Whether what the request creates can be found by the tag of the run.
pub(crate) fn is_tagged(request: &Request) -> bool {
    request.body.windows(RUN_TAG.len()).any(|part| part == RUN_TAG.as_bytes())
}

/// The exchange of a request that a layer withholds.
fn not_sent(operation: OperationId, request: Request, reason: impl Into<String>) -> Exchange {
    Exchange { operation, request, outcome: Err(Failure::new(FailureKind::NotSent, reason)), duration: Duration::ZERO }
}
