//! The retry policy of the workspace: for calls that are safe to repeat, a bounded number of times, and counted.

use std::time::Duration;

use ivs_model::OperationId;

use crate::{Caller, Exchange, FailureKind, Request, Signing};

/// The number of attempts and the waits between them. This crate retries only where one of these is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts at one call, the first one included; at least one is made.
    pub max_attempts: u32,
    /// The wait before the second attempt; it doubles from attempt to attempt.
    pub initial_backoff: Duration,
    /// The longest wait, also for a `Retry-After` header.
    pub max_backoff: Duration,
    /// The time since its last answer within which an unreachable endpoint is expected to come back.
    ///
    /// [`RetryPolicy::send`] does not know when the endpoint last answered and ignores it; whoever keeps that time decides.
    pub recovery_window: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            initial_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(5),
            recovery_window: Duration::from_secs(10),
        }
    }
}

/// The last exchange of a call and the number of its retries.
#[derive(Debug, Clone)]
pub struct Retried {
    /// The exchange that counts.
    pub exchange: Exchange,
    /// The number of attempts before it.
    pub retries: u32,
}

impl RetryPolicy {
    /// Creates a policy that makes one attempt.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Returns the wait before the next attempt, after `attempts` were made and the last one came to `exchange`.
    ///
    /// `Retry-After` takes precedence over the doubled backoff; `max_backoff` caps both. `None` when the attempts are
    /// used up. Whether the exchange is worth a retry is the caller's decision, see [`is_worth_retrying`].
    #[must_use]
    pub fn backoff(&self, attempts: u32, exchange: &Exchange) -> Option<Duration> {
        if attempts >= self.max_attempts {
            return None;
        }
        let doubled = self.initial_backoff.saturating_mul(1 << attempts.saturating_sub(1).min(16));
        Some(retry_after(exchange).unwrap_or(doubled).min(self.max_backoff))
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

    /// Calls as long as `again` returns true for the exchange, or until the attempts are used up.
    pub async fn send_while(
        &self,
        again: fn(&Exchange) -> bool,
        caller: &dyn Caller,
        operation: OperationId,
        request: &Request,
        signing: &Signing,
    ) -> Retried {
        let mut retries = 0;
        loop {
            let exchange = caller.send(operation, request.clone(), signing).await;
            let backoff = if again(&exchange) { self.backoff(retries + 1, &exchange) } else { None };
            let Some(backoff) = backoff else { return Retried { exchange, retries } };
            tokio::time::sleep(backoff).await;
            retries += 1;
        }
    }
}

/// Returns whether the same call may get another answer in a moment: throttled, a server error, or a broken connection.
#[must_use]
pub fn is_worth_retrying(exchange: &Exchange) -> bool {
    match &exchange.outcome {
        // 501 is permanent; the others may pass.
        Ok(response) => matches!(response.status, 429 | 500 | 502..=599),
        Err(failure) => {
            matches!(failure.kind, FailureKind::Connect | FailureKind::Timeout | FailureKind::Closed)
        }
    }
}

/// The seconds of the answer's `Retry-After` header.
#[must_use]
pub fn retry_after(exchange: &Exchange) -> Option<Duration> {
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
        let retried = RetryPolicy::default()
            .send(&script, OperationId::new("ivs", "GetChannel"), &request, &Signing::Valid)
            .await;
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

    #[test]
    fn retry_after_takes_precedence_and_the_longest_wait_caps_both() {
        let policy = RetryPolicy { max_backoff: Duration::from_secs(3), ..RetryPolicy::default() };
        let answered = |retry_after: Option<&str>| {
            let headers = retry_after.map(|value| ("retry-after".to_owned(), value.as_bytes().to_vec()));
            let response = Response { status: 429, headers: headers.into_iter().collect(), body: Bytes::new() };
            Exchange {
                operation: OperationId::new("ivs", "GetChannel"),
                request: Request {
                    method: "GET".into(),
                    path: "/".into(),
                    query: String::new(),
                    headers: Vec::new(),
                    body: Bytes::new(),
                },
                outcome: Ok(response),
                duration: Duration::ZERO,
            }
        };
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(policy.backoff(1, &answered(None)), ms(200));
        assert_eq!(policy.backoff(3, &answered(None)), ms(800));
        assert_eq!(policy.backoff(1, &answered(Some("2"))), ms(2000));
        assert_eq!(policy.backoff(1, &answered(Some("60"))), ms(3000));
        assert_eq!(policy.backoff(1, &answered(Some("soon"))), ms(200));
        assert_eq!(policy.backoff(4, &answered(Some("2"))), None);
        let many = RetryPolicy { max_attempts: u32::MAX, ..policy };
        assert_eq!(many.backoff(1000, &answered(None)), ms(3000));
    }
}
