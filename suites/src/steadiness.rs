//! Whether the endpoint answers at present: what is sent again when it does not, and what is not.
//!
//! A rate limit, a lost connection or a server that fails once says nothing of the contract. What is so whenever it is tried
//! does: so the same request goes out again, with growing waits, and the last answer counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ivs_client::{Exchange, Failure, FailureKind, asked_wait};
use ivs_model::OperationId;
use tokio::time::Instant;

/// Calls of one operation that failed to the last attempt; after so many it is a fact of the operation, and no time is
/// spent on it any more.
const STUBBORN: u32 = 3;

/// How calls are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resending {
    /// The most attempts at one call, the first one included.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from attempt to attempt.
    pub first_wait: Duration,
    /// The longest wait, whatever `retry-after` asks for.
    pub longest_wait: Duration,
    /// How long after its last answer an endpoint that cannot be reached is taken to come back.
    pub patience: Duration,
}

impl Default for Resending {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(3),
            patience: Duration::from_secs(10),
        }
    }
}

/// What the run has learnt of how steadily the endpoint answers.
#[derive(Debug, Default)]
pub(crate) struct Steadiness(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When something other than a 5xx came last.
    last_answer: Option<Instant>,
    /// Whether nobody listened at the last attempt.
    down: bool,
    /// How often nobody listened for a while.
    interruptions: u64,
    /// By operation: calls that failed to the last attempt.
    stubborn: HashMap<OperationId, u32>,
    /// Whether something may have been made that nobody was told of.
    has_lost: bool,
    /// Operations that may have made something which no tag leads to.
    untagged: BTreeSet<OperationId>,
}

/// One call and its attempts.
pub(crate) struct Attempts {
    resending: Resending,
    operation: OperationId,
    made: u32,
    /// How the first attempt that failed went, if one did.
    failed: Option<String>,
}

impl Attempts {
    pub(crate) fn of(resending: Resending, operation: OperationId) -> Self {
        Self { resending, operation, made: 0, failed: None }
    }

    /// How long to wait until the next attempt, if there is to be one.
    pub(crate) fn next(&mut self, exchange: &Exchange, throttled: bool, steadiness: &Steadiness) -> Option<Duration> {
        self.made += 1;
        let failed = !throttled && has_failed(exchange);
        let may = throttled || failed && steadiness.may_pass(self, exchange);
        if !may || self.made >= self.resending.attempts {
            if failed {
                steadiness.note_stubborn(self.operation);
            }
            return None;
        }
        if failed && self.failed.is_none() {
            self.failed = Some(told(exchange));
        }
        let doubled = self.resending.first_wait.saturating_mul(1 << (self.made - 1).min(16));
        Some(asked_wait(exchange).unwrap_or(doubled).min(self.resending.longest_wait))
    }

    /// The exchange that counts. A refusal that may come of the first attempt, which was carried out all the same, says
    /// nothing: what is deleted is gone, what is made is there, and fills a quota.
    pub(crate) fn settle(self, mut exchange: Exchange) -> Exchange {
        let of_state = matches!(exchange.status(), Some(402 | 404 | 409));
        if let (Some(first), true, false) = (&self.failed, of_state, is_repeatable(self.operation.name())) {
            let detail = format!("{first} at first, and {} when it was sent again", told(&exchange));
            exchange.outcome = Err(Failure::new(FailureKind::Unsteady, detail));
        }
        exchange
    }
}

impl Steadiness {
    /// Takes note of an attempt; whether the endpoint is back after it could not be reached.
    pub(crate) fn note(&self, exchange: &Exchange) -> bool {
        let mut state = self.state();
        match &exchange.outcome {
            Ok(response) => {
                if response.status < 500 {
                    state.last_answer = Some(Instant::now());
                }
                std::mem::take(&mut state.down)
            }
            Err(failure) => {
                // Before the first answer it was never there.
                if failure.kind == FailureKind::Connect && state.last_answer.is_some() && !state.down {
                    state.down = true;
                    state.interruptions += 1;
                }
                false
            }
        }
    }

    /// How often the endpoint could not be reached for a while.
    pub(crate) fn interruptions(&self) -> u64 {
        self.state().interruptions
    }

    /// Notes that a call which makes something had no answer that tells what it made.
    pub(crate) fn note_lost(&self, operation: OperationId, is_tagged: bool) {
        let mut state = self.state();
        state.has_lost = true;
        if !is_tagged {
            state.untagged.insert(operation);
        }
    }

    /// Whether something may have been made that nobody was told of.
    pub(crate) fn has_lost(&self) -> bool {
        self.state().has_lost
    }

    /// The operations that may have made something which no tag leads to.
    pub(crate) fn untagged(&self) -> BTreeSet<OperationId> {
        self.state().untagged.clone()
    }

    /// Whether a failure may pass by itself: the endpoint has answered before, and lately.
    fn may_pass(&self, attempts: &Attempts, exchange: &Exchange) -> bool {
        let state = self.state();
        let is_stubborn = state.stubborn.get(&attempts.operation).is_some_and(|calls| *calls >= STUBBORN);
        let Some(last) = state.last_answer.filter(|_| !is_stubborn) else { return false };
        exchange.outcome.is_ok() || last.elapsed() < attempts.resending.patience
    }

    fn note_stubborn(&self, operation: OperationId) {
        *self.state().stubborn.entry(operation).or_default() += 1;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether no usable answer came: the server failed, or the connection did.
pub(crate) fn has_failed(exchange: &Exchange) -> bool {
    match &exchange.outcome {
        // 501 says that it will not change.
        Ok(response) => response.status >= 500 && response.status != 501,
        Err(failure) => {
            matches!(failure.kind, FailureKind::Connect | FailureKind::Timeout | FailureKind::Closed)
        }
    }
}

fn told(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Ok(response) => format!("status {}", response.status),
        Err(failure) => match failure.kind {
            FailureKind::Connect => "no connection".to_owned(),
            FailureKind::Timeout => "no answer in time".to_owned(),
            _ => "a broken connection".to_owned(),
        },
    }
}

/// Whether the same call twice is as good as once. Names decide, as for what is a write.
fn is_repeatable(operation: &str) -> bool {
    ["Get", "List", "BatchGet", "Update", "Tag", "Untag", "Put"].iter().any(|verb| operation.starts_with(verb))
}

/// Whether a success makes something.
pub(crate) fn is_making(operation: &str) -> bool {
    ["Create", "Import", "Start"].iter().any(|verb| operation.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::{answered, failed};

    #[test]
    fn nothing_is_sent_again_to_what_never_answered() {
        let steadiness = Steadiness::default();
        let mut attempts = Attempts::of(Resending::default(), OperationId::new("ivs", "GetChannel"));
        assert_eq!(attempts.next(&failed(FailureKind::Connect), false, &steadiness), None);
        let mut attempts = Attempts::of(Resending::default(), OperationId::new("ivs", "GetChannel"));
        assert_eq!(attempts.next(&answered(503), false, &steadiness), None);
    }

    #[test]
    fn waits_double_up_to_the_longest_and_attempts_end() {
        let steadiness = Steadiness::default();
        steadiness.note(&answered(200));
        let resending = Resending { longest_wait: Duration::from_millis(300), ..Resending::default() };
        let mut attempts = Attempts::of(resending, OperationId::new("ivs", "GetChannel"));
        let waits: Vec<_> = (0..5).map(|_| attempts.next(&answered(500), false, &steadiness)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(waits, [ms(100), ms(200), ms(300), ms(300), None]);
    }

    #[test]
    fn an_operation_that_fails_whenever_it_is_tried_costs_no_more_time() {
        let steadiness = Steadiness::default();
        steadiness.note(&answered(200));
        for _ in 0..STUBBORN {
            let mut attempts = Attempts::of(Resending::default(), OperationId::new("ivs", "GetChannel"));
            while attempts.next(&answered(500), false, &steadiness).is_some() {}
        }
        let mut attempts = Attempts::of(Resending::default(), OperationId::new("ivs", "GetChannel"));
        assert_eq!(attempts.next(&answered(500), false, &steadiness), None);
        let mut other = Attempts::of(Resending::default(), OperationId::new("ivs", "GetStream"));
        assert!(other.next(&answered(500), false, &steadiness).is_some());
    }

    #[test]
    fn patience_with_what_cannot_be_reached_ends() {
        let steadiness = Steadiness::default();
        steadiness.note(&answered(200));
        let mut attempts = Attempts::of(Resending::default(), OperationId::new("ivs", "GetChannel"));
        assert!(attempts.next(&failed(FailureKind::Connect), false, &steadiness).is_some());
        let resending = Resending { patience: Duration::ZERO, ..Resending::default() };
        let mut attempts = Attempts::of(resending, OperationId::new("ivs", "GetChannel"));
        assert_eq!(attempts.next(&failed(FailureKind::Connect), false, &steadiness), None);
    }

    #[test]
    fn a_refusal_after_a_failure_counts_only_where_a_call_may_be_made_twice() {
        let steadiness = Steadiness::default();
        steadiness.note(&answered(200));
        for (operation, kind) in [("GetChannel", None), ("DeleteChannel", Some(FailureKind::Unsteady))] {
            let mut attempts = Attempts::of(Resending::default(), OperationId::new("ivs", operation));
            assert!(attempts.next(&failed(FailureKind::Closed), false, &steadiness).is_some());
            assert_eq!(attempts.next(&answered(404), false, &steadiness), None);
            let settled = attempts.settle(answered(404));
            assert_eq!(settled.outcome.err().map(|failure| failure.kind), kind);
        }
    }

    #[test]
    fn an_interruption_is_noticed_once_and_its_end_too() {
        let steadiness = Steadiness::default();
        steadiness.note(&failed(FailureKind::Connect));
        assert_eq!(steadiness.interruptions(), 0);
        assert!(!steadiness.note(&answered(200)));
        steadiness.note(&failed(FailureKind::Connect));
        steadiness.note(&failed(FailureKind::Connect));
        assert!(steadiness.note(&answered(404)));
        assert!(!steadiness.note(&answered(200)));
        assert_eq!(steadiness.interruptions(), 1);
    }
}
