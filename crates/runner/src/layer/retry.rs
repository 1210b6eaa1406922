//! Retries: a request that was throttled, or failed in a way that may pass by itself, is sent again.
//!
//! A rate limit, a lost connection or a server that fails once says nothing about the contract, and a persistent failure does.
//! So the same request goes out again, with growing waits, and the last answer counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::select_ok;
use ivs_catalog::Catalog;
use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, RetryPolicy, Signing};
use ivs_judge::Judge;
use ivs_model::OperationId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::is_tagged;
use crate::availability::{Availability, RetryEffort, describe, has_failed};
use crate::repetition::is_rerun;
use crate::unknown_path::unknown_path;

/// The most attempts where calls tend to fail for good, and the first wait between them.
const SHORT: (u32, Duration) = (3, Duration::from_millis(10));
/// The most attempts at a call that gets no answer in time: each costs the whole time-out.
const TIMED_OUT: u32 = 2;

/// The number of requests of a run.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    exchanges: AtomicU64,
    retries: AtomicU64,
}

impl Traffic {
    /// Requests sent, retries left out.
    pub(crate) fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// Requests sent again.
    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Counts a request that was sent already as one that takes the place of an earlier one.
    pub(crate) fn note_sent_again(&self) {
        if !is_rerun() {
            self.exchanges.fetch_sub(1, Ordering::Relaxed);
            self.retries.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request that is about to be sent: as a retry, if it only shows whether a failure comes again.
    pub(crate) fn note_exchange(&self) {
        let count = if is_rerun() { &self.retries } else { &self.exchanges };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends each request until its answer counts, and notes how available the endpoint is.
pub(crate) struct RetryLayer<C> {
    inner: C,
    catalog: Catalog<'static>,
    policy: RetryPolicy,
    availability: Arc<Availability>,
    traffic: Arc<Traffic>,
    judge: Arc<Judge<'static>>,
    cancel: CancellationToken,
    /// Held by the one who asks whether the endpoint is there.
    asking: tokio::sync::Mutex<()>,
}

impl<C: Caller> RetryLayer<C> {
    /// Wraps `inner`. The catalog tells which calls may be repeated, the judge which answers are throttled.
    pub(crate) fn new(
        inner: C,
        catalog: Catalog<'static>,
        policy: RetryPolicy,
        availability: Arc<Availability>,
        traffic: Arc<Traffic>,
        judge: Arc<Judge<'static>>,
        cancel: CancellationToken,
    ) -> Self {
        let asking = tokio::sync::Mutex::default();
        Self { inner, catalog, policy, availability, traffic, judge, cancel, asking }
    }

    /// Finds out whether the endpoint is silent as a whole, after a call timed out that was sent at that time and nothing else was
    /// answered since. Two calls of an unknown path tell: they hang on no operation, and a network that loses answers by chance
    /// seldom loses three in a row.
    async fn ask_whether_silent(&self, operation: OperationId, sent: Instant) {
        if !self.availability.is_silent_since(sent) {
            return;
        }
        let _asking = self.asking.lock().await;
        if self.availability.is_silent() || !self.availability.is_silent_since(sent) {
            return;
        }
        let (unknown, request) = unknown_path(operation.service());
        let signing = Signing::Unsigned;
        let ask = async || {
            self.traffic.retries.fetch_add(1, Ordering::Relaxed);
            let exchange = self.inner.send(unknown, request.clone(), &signing).await;
            if exchange.is_late() { Err(exchange) } else { Ok(exchange) }
        };
        match select_ok([Box::pin(ask()), Box::pin(ask())]).await {
            Ok((exchange, _)) if exchange.outcome.is_ok() => self.availability.note_response(),
            Err(_) if self.availability.is_silent_since(sent) => self.availability.note_silence(),
            _ => {}
        }
    }

    async fn transmit(&self, operation: OperationId, request: Request, signing: &Signing) -> Exchange {
        self.traffic.note_exchange();
        let mut state = RetryState::of(self.policy, operation, request.fingerprint());
        let mut lost = false;
        let exchange = loop {
            let sent = Instant::now();
            let exchange = tokio::select! {
                exchange = self.inner.send(operation, request.clone(), signing) => exchange,
                () = self.availability.silenced() => silent(operation, &request),
            };
            if exchange.is_late() {
                self.ask_whether_silent(operation, sent).await;
            }
            if self.availability.note(&exchange, state.request) {
                self.availability.notify_return();
            }
            // An endpoint where nobody listens creates nothing.
            let is_heard = exchange.outcome.as_ref().err().is_none_or(|failure| failure.kind != FailureKind::Connect);
            lost |= is_heard && has_failed(&exchange);
            let throttled = self.judge.is_throttled(&exchange);
            let Some(wait) = state.next(&exchange, throttled, &self.availability) else { break exchange };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.cancel.cancelled() => break exchange,
            }
            self.traffic.retries.fetch_add(1, Ordering::Relaxed);
        };
        let facts = self.catalog.operation(operation);
        if lost && facts.is_some_and(|facts| facts.creation.creates()) {
            self.availability.note_lost(operation, is_tagged(&request));
        }
        state.settle(exchange, facts.is_some_and(|facts| facts.repeatability.is_safe()))
    }
}

impl<C: Caller> Caller for RetryLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(self.transmit(operation, request, signing))
    }
}

/// A call that nobody waits for any more.
fn silent(operation: OperationId, request: &Request) -> Exchange {
    let outcome = Err(Failure::new(FailureKind::Timeout, "the endpoint no longer answers"));
    Exchange { operation, request: request.clone(), outcome, duration: Duration::ZERO }
}

/// One call and its attempts.
struct RetryState {
    policy: RetryPolicy,
    operation: OperationId,
    /// Tells the request from others.
    request: u64,
    made: u32,
    /// A description of the first failed attempt, if one failed.
    failed: Option<String>,
}

impl RetryState {
    fn of(policy: RetryPolicy, operation: OperationId, request: u64) -> Self {
        Self { policy, operation, request, made: 0, failed: None }
    }

    /// The wait until the next attempt; none if this was the last one.
    fn next(&mut self, exchange: &Exchange, throttled: bool, availability: &Availability) -> Option<Duration> {
        self.made += 1;
        let failed = !throttled && has_failed(exchange);
        let wait = match throttled || failed {
            true => self.policy_for(exchange, throttled, availability).backoff(self.made, exchange),
            false => None,
        };
        if wait.is_none() {
            if failed {
                availability.note_persistent_failure(self.operation, self.request);
                if exchange.outcome.is_err() {
                    availability.note_silent_call();
                }
            }
            return None;
        }
        if failed && self.failed.is_none() {
            self.failed = Some(describe(exchange));
        }
        wait
    }

    /// The policy for a call whose last attempt came to `exchange`.
    fn policy_for(&self, exchange: &Exchange, throttled: bool, availability: &Availability) -> RetryPolicy {
        let policy = self.policy;
        let effort = match throttled {
            true => RetryEffort::Full,
            false => availability.retry_effort(self.request, policy.recovery_window, exchange),
        };
        let policy = match effort {
            RetryEffort::Full => policy,
            RetryEffort::Short => RetryPolicy {
                max_attempts: policy.max_attempts.min(SHORT.0),
                initial_backoff: policy.initial_backoff.min(SHORT.1),
                ..policy
            },
            RetryEffort::None => RetryPolicy { max_attempts: 1, ..policy },
        };
        RetryPolicy {
            max_attempts: if exchange.is_late() { policy.max_attempts.min(TIMED_OUT) } else { policy.max_attempts },
            ..policy
        }
    }

    /// The exchange that counts. A refusal that may come of the first attempt, which was carried out all the same, says
    /// nothing: what is deleted is gone, what is made is there, and fills a quota.
    fn settle(self, mut exchange: Exchange, is_repeatable: bool) -> Exchange {
        let of_state = matches!(exchange.status(), Some(402 | 404 | 409));
        if let (Some(first), true, false) = (&self.failed, of_state, is_repeatable) {
            let detail = format!("{first} at first, and {} when it was sent again", describe(&exchange));
            exchange.outcome = Err(Failure::new(FailureKind::Unsteady, detail));
        }
        exchange
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::availability::PERSISTENT_FAILURES;
    use crate::config::RETRY;
    use crate::sample_exchange::{answered, failed};

    #[test]
    fn nothing_is_sent_again_to_what_never_answered() {
        let availability = Availability::default();
        let mut state = RetryState::of(RETRY, OperationId::new("ivs", "GetChannel"), 1);
        assert_eq!(state.next(&failed(FailureKind::Connect), false, &availability), None);
        let mut state = RetryState::of(RETRY, OperationId::new("ivs", "GetChannel"), 1);
        assert_eq!(state.next(&answered(503), false, &availability), None);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_attempts_end() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        let policy = RetryPolicy { max_backoff: Duration::from_millis(300), ..RETRY };
        let mut state = RetryState::of(policy, OperationId::new("ivs", "GetChannel"), 1);
        let waits: Vec<_> = (0..5).map(|_| state.next(&answered(500), false, &availability)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(waits, [ms(100), ms(200), ms(300), ms(300), None]);
    }

    fn operation(name: &'static str) -> OperationId {
        OperationId::new("ivs", name)
    }

    /// The attempts until a request that only fails is given up.
    fn attempts(availability: &Availability, name: &'static str, request: u64) -> usize {
        let mut state = RetryState::of(RETRY, operation(name), request);
        let failing = Exchange { operation: operation(name), ..answered(500) };
        1 + std::iter::from_fn(|| state.next(&failing, false, availability)).count()
    }

    #[test]
    fn a_request_that_fails_whenever_it_is_tried_costs_no_more_time() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        assert_eq!([1, 1, 1].map(|request| attempts(&availability, "GetChannel", request)), [5, 3, 1]);
    }

    #[test]
    fn failing_requests_do_not_end_the_retries_of_another_one() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        for request in 0..u64::from(PERSISTENT_FAILURES) {
            assert_eq!(attempts(&availability, "GetChannel", request), 5);
        }
        assert_eq!(attempts(&availability, "GetChannel", 100), 3);
        assert_eq!(attempts(&availability, "GetStream", 101), 5);
    }

    #[test]
    fn an_operation_that_never_did_anything_but_fail_is_not_retried() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        for request in 0..u64::from(PERSISTENT_FAILURES) {
            attempts(&availability, "GetStream", request);
        }
        assert_eq!(attempts(&availability, "GetStream", 100), 1);
    }

    #[test]
    fn a_call_that_is_not_answered_in_time_is_repeated_once() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        let mut state = RetryState::of(RETRY, operation("GetChannel"), 1);
        assert!(state.next(&failed(FailureKind::Timeout), false, &availability).is_some());
        assert_eq!(state.next(&failed(FailureKind::Timeout), false, &availability), None);
    }

    #[test]
    fn patience_with_what_cannot_be_reached_ends() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        let mut state = RetryState::of(RETRY, OperationId::new("ivs", "GetChannel"), 1);
        assert!(state.next(&failed(FailureKind::Connect), false, &availability).is_some());
        let policy = RetryPolicy { recovery_window: Duration::ZERO, ..RETRY };
        let mut state = RetryState::of(policy, OperationId::new("ivs", "GetChannel"), 1);
        assert_eq!(state.next(&failed(FailureKind::Connect), false, &availability), None);
    }

    #[test]
    fn a_refusal_after_a_failure_counts_only_where_a_call_may_be_made_twice() {
        let availability = Availability::default();
        availability.note(&answered(200), 1);
        for (operation, kind) in [("GetChannel", None), ("DeleteChannel", Some(FailureKind::Unsteady))] {
            let mut state = RetryState::of(RETRY, OperationId::new("ivs", operation), 1);
            assert!(state.next(&failed(FailureKind::Closed), false, &availability).is_some());
            assert_eq!(state.next(&answered(404), false, &availability), None);
            let facts = ivs_catalog::bundled().operation(OperationId::new("ivs", operation)).expect("an operation");
            let settled = state.settle(answered(404), facts.repeatability.is_safe());
            assert_eq!(settled.outcome.err().map(|failure| failure.kind), kind);
        }
    }
}
