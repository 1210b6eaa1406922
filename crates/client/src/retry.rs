//! Retries in the open: for calls that are safe to repeat, a bounded number of times, and counted.

use std::time::Duration;

use ivs_model::OperationId;

use crate::{Caller, Exchange, FailureKind, Request, Signing};

/// How often and how long to wait. Nothing in this crate retries unless one of these is used.
#[derive(Debug, Clone)]
pub struct Retry {
    /// The most calls made in all, the first one included; at least one is made.
    pub attempts: u32,
    /// The wait before the second call; it doubles from call to call.
    pub first_wait: Duration,
    /// The longest wait, also for a `retry-after` header.
    pub longest_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 4, first_wait: Duration::from_millis(200), longest_wait: Duration::from_secs(5) }
    }
}

/// The last exchange and what it took.
#[derive(Debug, Clone)]
pub struct Retried {
    /// The exchange that counts.
    pub exchange: Exchange,
    /// How many calls were made before it.
    pub retries: u32,
}

impl Retry {
    /// Makes one call and no other.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Calls until the answer is neither 429, nor 5xx, nor a broken transport, or the attempts are used up. Only for calls that
    /// may be made twice without harm.
    pub async fn send(
        &self,
        caller: &dyn Caller,
        operation: OperationId,
        request: &Request,
        signing: &Signing,
    ) -> Retried {
        self.send_while(is_worth_retrying, caller, operation, request, signing).await
    }

    /// Calls as long as `again` says so of the exchange, or until the attempts are used up.
    pub async fn send_while(
        &self,
        again: fn(&Exchange) -> bool,
        caller: &dyn Caller,
        operation: OperationId,
        request: &Request,
        signing: &Signing,
    ) -> Retried {
        let mut wait = self.first_wait;
        let mut retries = 0;
        loop {
            let exchange = caller.send(operation, request.clone(), signing).await;
            if retries + 1 >= self.attempts || !again(&exchange) {
                return Retried { exchange, retries };
            }
            tokio::time::sleep(asked_wait(&exchange).unwrap_or(wait).min(self.longest_wait)).await;
            wait = wait.saturating_mul(2);
            retries += 1;
        }
    }
}

/// Whether the same call may well be answered otherwise in a moment.
#[must_use]
pub fn is_worth_retrying(exchange: &Exchange) -> bool {
    match &exchange.outcome {
        // 501 says that it will not change; the others may.
        Ok(response) => matches!(response.status, 429 | 500 | 502..=599),
        Err(failure) => {
            matches!(failure.kind, FailureKind::Connect | FailureKind::Timeout | FailureKind::Closed)
        }
    }
}

/// The time that the answer asks to wait.
#[must_use]
pub fn asked_wait(exchange: &Exchange) -> Option<Duration> {
    let response = exchange.outcome.as_ref().ok()?;
    response.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;

    use super::*;
    use crate::{BoxFuture, Failure, Response};

    /// Answers with these statuses in turn, the last one for ever; 0 is a closed connection.
    struct Script(Vec<u16>, AtomicUsize);

    impl Caller for Script {
        fn send<'a>(
            &'a self,
            operation: OperationId,
            request: Request,
            _signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            let turn = self.1.fetch_add(1, Ordering::Relaxed).min(self.0.len() - 1);
            let outcome = match self.0[turn] {
                0 => Err(Failure::new(FailureKind::Closed, "closed")),
                status => Ok(Response { status, headers: Vec::new(), body: Bytes::new() }),
            };
            Box::pin(async move { Exchange { operation, request, outcome, duration: Duration::ZERO } })
        }
    }

    async fn retried(statuses: &[u16]) -> (Option<u16>, u32) {
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let script = Script(statuses.to_vec(), AtomicUsize::new(0));
        let retried =
            Retry::default().send(&script, OperationId::new("ivs", "GetChannel"), &request, &Signing::Valid).await;
        (retried.exchange.status(), retried.retries)
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_disturbance_is_waited_out_and_counted() {
        assert_eq!(retried(&[429, 503, 0, 200]).await, (Some(200), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_end() {
        assert_eq!(retried(&[500]).await, (Some(500), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_plain_answer_is_taken_at_once() {
        for status in [200, 204, 302, 400, 404, 501] {
            assert_eq!(retried(&[status]).await, (Some(status), 0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double() {
        let start = tokio::time::Instant::now();
        retried(&[503]).await;
        assert_eq!(start.elapsed(), Duration::from_millis(200 + 400 + 800));
    }
}
