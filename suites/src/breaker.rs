//! The bound on what a bad endpoint may cost: an operation that only fails is left alone after a while.

use std::sync::Mutex;
use std::sync::PoisonError;

use ivs_client::Exchange;

/// Transport failures in a row that trip an operation (design section 8).
pub const FAILURES_IN_A_ROW: u32 = 5;
/// Answers of 5xx to well-formed requests that trip an operation (design section 8). One to a malformed request is a
/// finding of its own and no sign that the operation is down.
pub const SERVER_ERRORS: u32 = 20;

/// Counts what goes wrong on one operation and says when it is enough.
#[derive(Debug, Default)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures_in_a_row: u32,
    server_errors: u32,
    tripped: Option<String>,
}

impl Breaker {
    /// Why nothing more is sent, once that is so.
    pub(crate) fn tripped(&self) -> Option<String> {
        self.state().tripped.clone()
    }

    /// Takes note of how an exchange went. 501 says that an operation is absent, which is no failure.
    pub(crate) fn note(&self, exchange: &Exchange, well_formed: bool) {
        let mut state = self.state();
        match &exchange.outcome {
            Err(failure) if failure.kind.is_transport() => {
                state.failures_in_a_row += 1;
                if state.failures_in_a_row >= FAILURES_IN_A_ROW && state.tripped.is_none() {
                    state.tripped = Some(format!("{FAILURES_IN_A_ROW} calls in a row failed: {failure}"));
                }
            }
            Err(_) => {}
            Ok(response) => {
                state.failures_in_a_row = 0;
                if well_formed && response.status >= 500 && response.status != 501 {
                    state.server_errors += 1;
                    if state.server_errors >= SERVER_ERRORS && state.tripped.is_none() {
                        state.tripped = Some(format!("{SERVER_ERRORS} well-formed requests got a 5xx"));
                    }
                }
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ivs_client::FailureKind;

    use super::*;
    use crate::sample_exchange::{answered, failed};

    #[test]
    fn the_fifth_failure_in_a_row_trips() {
        let breaker = Breaker::default();
        for _ in 1..FAILURES_IN_A_ROW {
            breaker.note(&failed(FailureKind::Closed), true);
        }
        breaker.note(&answered(200), true);
        for _ in 1..FAILURES_IN_A_ROW {
            breaker.note(&failed(FailureKind::Timeout), true);
        }
        assert_eq!(breaker.tripped(), None);
        breaker.note(&failed(FailureKind::Timeout), true);
        assert!(breaker.tripped().is_some());
    }

    #[test]
    fn the_twentieth_server_error_trips_and_501_does_not_count() {
        let breaker = Breaker::default();
        for _ in 1..SERVER_ERRORS {
            breaker.note(&answered(503), true);
            breaker.note(&answered(200), true);
            breaker.note(&answered(501), true);
        }
        assert_eq!(breaker.tripped(), None);
        breaker.note(&answered(500), true);
        assert!(breaker.tripped().is_some());
    }

    #[test]
    fn server_errors_to_malformed_requests_do_not_trip() {
        let breaker = Breaker::default();
        for _ in 0..10 * SERVER_ERRORS {
            breaker.note(&answered(500), false);
        }
        assert_eq!(breaker.tripped(), None);
    }

    #[test]
    fn failures_in_a_row_trip_whatever_was_sent() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_IN_A_ROW {
            breaker.note(&failed(FailureKind::Closed), false);
        }
        assert!(breaker.tripped().is_some());
    }

    #[test]
    fn what_was_never_sent_does_not_count() {
        let breaker = Breaker::default();
        for _ in 0..100 {
            breaker.note(&failed(FailureKind::Unsendable), true);
        }
        assert_eq!(breaker.tripped(), None);
    }
}
