//! The bound on the cost of a bad endpoint: the circuit of an operation that only fails is opened, and its calls are withheld.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_model::{Model, OperationId};

use super::{RunBudget, not_sent};
use crate::availability::Availability;

/// Transport failures in a row that trip an operation (docs/safety.md#circuit-breaker).
pub const FAILURES_IN_A_ROW: u32 = 5;
/// Answers of 5xx to well-formed requests that trip an operation (docs/safety.md#circuit-breaker). One to a malformed
/// request is a finding of its own and no sign that the operation is down.
pub const SERVER_ERRORS: u32 = 20;

/// Counts the failures of one operation.
#[derive(Debug, Default)]
pub(crate) struct CircuitBreaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures_in_a_row: u32,
    server_errors: u32,
    tripped: Option<String>,
}

impl CircuitBreaker {
    /// The reason why calls are withheld; none while the circuit is closed.
    pub(crate) fn tripped(&self) -> Option<String> {
        self.state().tripped.clone()
    }

    /// Returns the reason of a call or a case that is withheld; none while the circuit is closed.
    pub(crate) fn withholds(&self) -> Option<String> {
        self.tripped().map(|reason| format!("not run: the operation kept failing: {reason}"))
    }

    /// Counts a broken transport; an answer resets the count.
    pub(crate) fn note(&self, exchange: &Exchange) {
        let mut state = self.state();
        match &exchange.outcome {
            Err(failure) if failure.kind.is_transport() => {
                state.failures_in_a_row += 1;
                if state.failures_in_a_row >= FAILURES_IN_A_ROW && state.tripped.is_none() {
                    state.tripped = Some(format!("{FAILURES_IN_A_ROW} calls in a row failed: {failure}"));
                }
            }
            Err(_) => {}
            Ok(_) => state.failures_in_a_row = 0,
        }
    }

    /// Counts a 5xx to a well-formed request. 501 says that an operation is absent, which is no failure.
    pub(crate) fn note_well_formed(&self, exchange: &Exchange) {
        let Ok(response) = &exchange.outcome else { return };
        if response.status >= 500 && response.status != 501 {
            let mut state = self.state();
            state.server_errors += 1;
            if state.server_errors >= SERVER_ERRORS && state.tripped.is_none() {
                state.tripped = Some(format!("{SERVER_ERRORS} well-formed requests got a 5xx"));
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The circuit breakers of a run, one for each operation of its models.
#[derive(Debug)]
pub(crate) struct CircuitBreakers(HashMap<OperationId, CircuitBreaker>);

impl CircuitBreakers {
    /// Closed circuits for all operations of these models.
    pub(crate) fn new(models: &[Model]) -> Self {
        let operations = models.iter().flat_map(|model| &model.operations);
        Self(operations.map(|operation| (operation.id, CircuitBreaker::default())).collect())
    }

    /// The breaker of an operation; none if no model has it.
    pub(crate) fn of(&self, operation: OperationId) -> Option<&CircuitBreaker> {
        self.0.get(&operation)
    }

    /// Opens every circuit, for one reason.
    fn open_all(&self, reason: &str) {
        for breaker in self.0.values() {
            breaker.state().tripped.get_or_insert_with(|| reason.to_owned());
        }
    }

    /// Whether the circuits of all these operations are open.
    pub(crate) fn all_tripped(&self, mut operations: impl Iterator<Item = OperationId>) -> bool {
        operations.all(|operation| self.of(operation).is_some_and(|breaker| breaker.tripped().is_some()))
    }
}

/// Withholds calls whose circuit is open, and counts broken transports. Whether a request was well-formed only the sender
/// knows, and so the [judge layer](super::JudgeLayer) counts the answers of 5xx.
pub(crate) struct CircuitBreakerLayer<C> {
    inner: C,
    breakers: Arc<CircuitBreakers>,
    budget: Arc<RunBudget>,
    availability: Arc<Availability>,
    /// The time without an answer after which an endpoint may be given up as a whole.
    recovery_window: Duration,
}

impl<C: Caller> CircuitBreakerLayer<C> {
    /// Wraps `inner`. While the budget is lifted for cleaning up, no call is withheld.
    pub(crate) fn new(
        inner: C,
        breakers: Arc<CircuitBreakers>,
        budget: Arc<RunBudget>,
        availability: Arc<Availability>,
        recovery_window: Duration,
    ) -> Self {
        Self { inner, breakers, budget, availability, recovery_window }
    }
}

impl<C: Caller> Caller for CircuitBreakerLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            if let Some(reason) = self.availability.silence(self.recovery_window) {
                self.breakers.open_all(&reason);
            }
            let breaker = self.breakers.of(operation);
            let withheld = breaker.and_then(CircuitBreaker::withholds).filter(|_| !self.budget.is_cleaning());
            if let Some(reason) = withheld {
                return not_sent(operation, request, reason);
            }
            let exchange = self.inner.send(operation, request, signing).await;
            if let Some(breaker) = breaker {
                breaker.note(&exchange);
            }
            exchange
        })
    }
}

#[cfg(test)]
mod tests {
    use ivs_client::FailureKind;
    use ivs_model::bundled;
    use tokio_util::sync::CancellationToken;

    use super::super::Traffic;
    use super::*;
    use crate::Budget;
    use crate::sample_exchange::{Always, answered, failed, request};

    fn note(breaker: &CircuitBreaker, exchange: &Exchange, well_formed: bool) {
        breaker.note(exchange);
        if well_formed {
            breaker.note_well_formed(exchange);
        }
    }

    #[test]
    fn the_fifth_failure_in_a_row_trips() {
        let breaker = CircuitBreaker::default();
        for _ in 1..FAILURES_IN_A_ROW {
            note(&breaker, &failed(FailureKind::Closed), true);
        }
        note(&breaker, &answered(200), true);
        for _ in 1..FAILURES_IN_A_ROW {
            note(&breaker, &failed(FailureKind::Timeout), true);
        }
        assert_eq!(breaker.tripped(), None);
        note(&breaker, &failed(FailureKind::Timeout), true);
        assert!(breaker.tripped().is_some());
    }

    #[test]
    fn the_twentieth_server_error_trips_and_501_does_not_count() {
        let breaker = CircuitBreaker::default();
        for _ in 1..SERVER_ERRORS {
            note(&breaker, &answered(503), true);
            note(&breaker, &answered(200), true);
            note(&breaker, &answered(501), true);
        }
        assert_eq!(breaker.tripped(), None);
        note(&breaker, &answered(500), true);
        assert!(breaker.tripped().is_some());
    }

    #[test]
    fn server_errors_to_malformed_requests_do_not_trip() {
        let breaker = CircuitBreaker::default();
        for _ in 0..10 * SERVER_ERRORS {
            note(&breaker, &answered(500), false);
        }
        assert_eq!(breaker.tripped(), None);
    }

    #[test]
    fn failures_in_a_row_trip_whatever_was_sent() {
        let breaker = CircuitBreaker::default();
        for _ in 0..FAILURES_IN_A_ROW {
            note(&breaker, &failed(FailureKind::Closed), false);
        }
        assert!(breaker.tripped().is_some());
    }

    #[test]
    fn what_was_never_sent_does_not_count() {
        let breaker = CircuitBreaker::default();
        for kind in [FailureKind::Unsendable, FailureKind::NotSent] {
            for _ in 0..100 {
                note(&breaker, &failed(kind), true);
            }
        }
        assert_eq!(breaker.tripped(), None);
    }

    #[tokio::test]
    async fn an_open_circuit_withholds_calls_of_its_operation_until_cleaning_up() {
        let breakers = Arc::new(CircuitBreakers::new(bundled::models()));
        let budget =
            Arc::new(RunBudget::new(Budget::default(), Arc::new(Traffic::default()), CancellationToken::new()));
        let layer = CircuitBreakerLayer::new(
            Always(200),
            Arc::clone(&breakers),
            Arc::clone(&budget),
            Arc::new(Availability::default()),
            Duration::ZERO,
        );
        for _ in 0..FAILURES_IN_A_ROW {
            breakers
                .of(OperationId::new("ivs", "GetChannel"))
                .expect("a bundled operation")
                .note(&failed(FailureKind::Closed));
        }
        let send =
            async |operation| layer.send(OperationId::new("ivs", operation), request(), &Signing::Valid).await.status();
        assert_eq!(send("GetChannel").await, None);
        assert_eq!(send("GetStream").await, Some(200));
        budget.begin_cleaning();
        assert_eq!(send("GetChannel").await, Some(200));
    }

    #[tokio::test]
    async fn an_endpoint_that_never_answers_opens_every_circuit() {
        let breakers = Arc::new(CircuitBreakers::new(bundled::models()));
        let budget =
            Arc::new(RunBudget::new(Budget::default(), Arc::new(Traffic::default()), CancellationToken::new()));
        let availability = Arc::new(Availability::default());
        let (own, seen) = (Arc::clone(&breakers), Arc::clone(&availability));
        let layer = CircuitBreakerLayer::new(Always(200), own, budget, seen, Duration::from_secs(10));
        let send =
            async |operation| layer.send(OperationId::new("ivs", operation), request(), &Signing::Valid).await.status();
        assert_eq!(send("GetChannel").await, Some(200));
        (0..10).for_each(|_| availability.note_silent_call());
        for operation in ["GetChannel", "GetStream"] {
            assert_eq!(send(operation).await, None, "{operation}");
        }
        let mut all = breakers.0.keys().copied();
        assert!(breakers.all_tripped(&mut all));
    }
}
