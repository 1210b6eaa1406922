//! How available the endpoint is: when it answered last, how often it was unreachable, and which operations fail persistently.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ivs_client::{Exchange, FailureKind};
use ivs_model::OperationId;
use tokio::sync::watch;
use tokio::time::Instant;

/// Calls of one operation that failed to the last attempt. After so many, further ones are retried soon and seldom. An operation
/// that never did anything but fail is not retried any more.
pub(crate) const PERSISTENT_FAILURES: u32 = 3;

/// Failed calls in a row, of at least two operations, after which an endpoint that answered before is given up.
const SILENT_CALLS: u32 = 10;
/// Failed calls in a row, of whatever operations, after which an endpoint that never answered is given up.
const UNANSWERED_CALLS: u32 = 10;

/// How a failed call is to be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryEffort {
    /// As the policy says.
    Full,
    /// After short waits, and not often: such calls tend to fail for good.
    Short,
    /// Not at all.
    None,
}

/// The observed availability of one endpoint.
#[derive(Default)]
pub(crate) struct Availability {
    state: Mutex<State>,
    on_return: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Tells those that wait for an answer that the endpoint fell silent.
    silence: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    /// When something other than a 5xx came last.
    last_answer: Option<Instant>,
    /// Whether nobody listened at the last attempt.
    down: bool,
    /// The operations whose calls got no answer since the last answer of any.
    silent: BTreeSet<OperationId>,
    /// How often nobody listened for a while.
    interruptions: u64,
    /// By operation: calls that failed to the last attempt.
    persistent_failures: HashMap<OperationId, u32>,
    /// By request: how often it failed to the last attempt.
    failed_requests: HashMap<u64, u32>,
    /// The operations that were answered by something other than a 5xx.
    answering: BTreeSet<OperationId>,
    /// Calls that got no answer since the last answer of any.
    silent_calls: u32,
    /// Whether anything was answered at all.
    has_answered: bool,
    /// When anything came last.
    last_response: Option<Instant>,
    /// Whether it was asked about a silence, and did not answer in time.
    is_silent: bool,
    /// The operations that may have made something that nobody was told of.
    lost: BTreeSet<OperationId>,
    /// Operations that may have made something which no tag leads to.
    untagged: BTreeSet<OperationId>,
}

impl Availability {
    /// Takes note of an attempt at the request with this fingerprint; whether the endpoint is back after it could not be reached.
    pub(crate) fn note(&self, exchange: &Exchange, request: u64) -> bool {
        let mut state = self.state();
        match &exchange.outcome {
            Ok(response) => {
                state.silent.clear();
                state.silent_calls = 0;
                state.has_answered = true;
                if std::mem::take(&mut state.is_silent) {
                    self.silence.send_replace(false);
                }
                state.last_response = Some(Instant::now());
                if response.status < 500 {
                    state.last_answer = Some(Instant::now());
                    state.answering.insert(exchange.operation);
                    state.failed_requests.remove(&request);
                }
                std::mem::take(&mut state.down)
            }
            Err(failure) => {
                if state.last_answer.is_some() && failure.kind.is_transport() {
                    state.silent.insert(exchange.operation);
                }
                // Before the first answer it was never there.
                if failure.kind == FailureKind::Connect && state.last_answer.is_some() && !state.down {
                    state.down = true;
                    state.interruptions += 1;
                }
                false
            }
        }
    }

    /// How often the endpoint could not be reached for a while, or lost its state.
    pub(crate) fn interruptions(&self) -> u64 {
        self.state().interruptions
    }

    /// Whether the endpoint answered once and no longer does: nobody listens, or several operations got no answer in a row.
    pub(crate) fn is_lost(&self) -> bool {
        let state = self.state();
        state.down || state.is_silent || state.silent.len() > 1
    }

    /// Whether nothing was answered since that time.
    pub(crate) fn is_silent_since(&self, time: Instant) -> bool {
        self.state().last_response.is_none_or(|last| last < time)
    }

    /// Notes that something was answered.
    pub(crate) fn note_response(&self) {
        self.state().last_response = Some(Instant::now());
    }

    /// Notes that the endpoint let every call of a while time out, the one that was to tell whether it is there included.
    pub(crate) fn note_silence(&self) {
        self.state().is_silent = true;
        self.silence.send_replace(true);
    }

    /// Returns when the endpoint is known to be silent.
    pub(crate) async fn silenced(&self) {
        // The sender lives as long as this.
        let _ = self.silence.subscribe().wait_for(|is_silent| *is_silent).await;
    }

    /// Whether the endpoint lets calls time out, as a whole.
    pub(crate) fn is_silent(&self) -> bool {
        self.state().is_silent
    }

    /// Notes that a call which makes something had no answer that tells what it made.
    pub(crate) fn note_lost(&self, operation: OperationId, is_tagged: bool) {
        let mut state = self.state();
        state.lost.insert(operation);
        if !is_tagged {
            state.untagged.insert(operation);
        }
    }

    /// Returns the services of operations that may have created something although their answer was lost.
    pub(crate) fn services_with_losses(&self) -> BTreeSet<&'static str> {
        self.state().lost.iter().map(|operation| operation.service()).collect()
    }

    /// Whether the operation may have made something that nobody was told of.
    pub(crate) fn has_lost_by(&self, operation: OperationId) -> bool {
        self.state().lost.contains(&operation)
    }

    /// The operations that may have made something which no tag leads to.
    pub(crate) fn untagged(&self) -> BTreeSet<OperationId> {
        self.state().untagged.clone()
    }

    /// How to retry a failed call: not before the endpoint has answered anything, and not once it is out of the recovery window.
    ///
    /// What fails for good is a request, not its operation: another one of the same operation may fail by chance.
    pub(crate) fn retry_effort(&self, request: u64, recovery_window: Duration, exchange: &Exchange) -> RetryEffort {
        let state = self.state();
        let Some(last) = state.last_answer.filter(|_| !state.is_silent) else { return RetryEffort::None };
        if exchange.outcome.is_err() && last.elapsed() >= recovery_window {
            return RetryEffort::None;
        }
        let operation = exchange.operation;
        let failed_calls = state.persistent_failures.get(&operation).copied().unwrap_or_default();
        let failed_before = state.failed_requests.get(&request).copied().unwrap_or_default();
        let is_failing = failed_calls >= PERSISTENT_FAILURES;
        match failed_before {
            0 if !is_failing => RetryEffort::Full,
            _ if is_failing && !state.answering.contains(&operation) => RetryEffort::None,
            0 | 1 => RetryEffort::Short,
            _ => RetryEffort::None,
        }
    }

    /// Notes that a call got no answer, all its attempts included.
    pub(crate) fn note_silent_call(&self) {
        self.state().silent_calls += 1;
    }

    /// Why no more calls are made, if the endpoint is silent: it never answered, or no longer does.
    pub(crate) fn silence(&self, recovery_window: Duration) -> Option<String> {
        let state = self.state();
        if state.is_silent {
            return Some("the endpoint no longer answers: calls time out, whatever is asked".to_owned());
        }
        if !state.has_answered {
            let reason = || format!("the endpoint answered none of the first {UNANSWERED_CALLS} calls");
            return (state.silent_calls >= UNANSWERED_CALLS).then(reason);
        }
        let is_over = state.last_response.is_some_and(|last| last.elapsed() >= recovery_window);
        let is_silent = state.silent_calls >= SILENT_CALLS && state.silent.len() > 1 && is_over;
        is_silent.then(|| format!("the endpoint no longer answers: {SILENT_CALLS} calls in a row got no answer"))
    }

    /// Sets what happens when the endpoint is back after it could not be reached.
    pub(crate) fn on_return(&self, notify: impl Fn() + Send + Sync + 'static) {
        let _ = self.on_return.set(Box::new(notify));
    }

    /// Tells that the endpoint is back.
    pub(crate) fn notify_return(&self) {
        if let Some(notify) = self.on_return.get() {
            notify();
        }
    }

    /// Notes that a call failed to the last attempt.
    pub(crate) fn note_persistent_failure(&self, operation: OperationId, request: u64) {
        let mut state = self.state();
        if state.last_answer.is_none() {
            return;
        }
        *state.persistent_failures.entry(operation).or_default() += 1;
        *state.failed_requests.entry(request).or_default() += 1;
    }

    /// Notes that the endpoint has lost what was created there, as after a restart.
    pub(crate) fn note_lost_state(&self) {
        self.state().interruptions += 1;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Describes how an attempt went, in a few words.
pub(crate) fn describe(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Ok(response) => format!("status {}", response.status),
        Err(failure) => match failure.kind {
            FailureKind::Connect => "no connection".to_owned(),
            FailureKind::Timeout => "no answer in time".to_owned(),
            _ => "a broken connection".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_exchange::{answered, failed};

    #[test]
    fn an_interruption_is_noticed_once_and_its_end_too() {
        let availability = Availability::default();
        availability.note(&failed(FailureKind::Connect), 1);
        assert_eq!(availability.interruptions(), 0);
        assert!(!availability.note(&answered(200), 1));
        availability.note(&failed(FailureKind::Connect), 1);
        availability.note(&failed(FailureKind::Connect), 1);
        assert!(availability.note(&answered(404), 1));
        assert!(!availability.note(&answered(200), 1));
        assert_eq!(availability.interruptions(), 1);
    }

    #[test]
    fn an_endpoint_is_lost_when_several_operations_get_no_answer_in_a_row() {
        let silent = |operation| {
            let mut exchange = failed(FailureKind::Timeout);
            exchange.operation = OperationId::new("ivs", operation);
            exchange
        };
        let availability = Availability::default();
        availability.note(&silent("GetChannel"), 1);
        availability.note(&silent("GetStream"), 1);
        assert!(!availability.is_lost(), "it was never there");
        availability.note(&answered(200), 1);
        for _ in 0..9 {
            availability.note(&silent("GetChannel"), 1);
        }
        assert!(!availability.is_lost(), "one operation is no endpoint");
        availability.note(&silent("GetStream"), 1);
        assert!(availability.is_lost());
        availability.note(&answered(200), 1);
        assert!(!availability.is_lost());
        availability.note(&failed(FailureKind::Connect), 1);
        assert!(availability.is_lost(), "nobody listens");
    }
}
