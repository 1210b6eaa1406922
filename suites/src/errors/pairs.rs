//! What became of every pair of an operation and an error that it declares.

use std::collections::BTreeSet;

use ivs_judge::{ErrorPair, Event, PairState};
use ivs_model::{Model, Operation};

use crate::session::Session;

/// Reports every declared error of the operation as seen, provocable but not seen, or not provocable and why.
pub(crate) fn report_pairs(
    session: &Session,
    seen: &BTreeSet<(String, String, String)>,
    model: &Model,
    operation: &Operation,
    implemented: bool,
) {
    let service = &model.service.id;
    for error in operation.errors.iter().map(|id| model.shape(*id)) {
        let state = if seen.contains(&(service.clone(), operation.name.clone(), error.name.clone())) {
            PairState::Seen
        } else if !implemented {
            PairState::NotProvocable("the operation is not implemented".into())
        } else if session.was_provoked(service, &operation.name, &error.name) {
            PairState::NotSeen
        } else {
            PairState::NotProvocable(why_not(error.error_status).into())
        };
        session.emit(Event::ErrorPair(ErrorPair {
            service: service.clone(),
            operation: operation.name.clone(),
            error: error.name.clone(),
            state,
        }));
    }
}

/// Why a single resource does not bring such an error about.
fn why_not(status: Option<u16>) -> &'static str {
    match status {
        Some(500..) => "a fault of the service itself",
        Some(429) => "needs calls above the allowed rate, which a run keeps below",
        Some(402) => "needs a quota of the account to be used up",
        Some(403) => "needs an account without the permission, or not yet verified",
        Some(400) => "no input of the operation can be invalid in this run",
        _ => "needs a state that a single resource does not reach by itself",
    }
}
