//! What became of every pair of an operation and an error that it declares.

use std::collections::BTreeSet;

use ivs_judge::{ErrorPairState, Event, PairState};
use ivs_model::{ErrorPair, Model, Operation};

use crate::session::Session;

/// Where some suites or cases are left out, what they would bring about does not come.
const NOTHING: &str = "nothing in this run brings it about";

/// Reports every declared error of the operation as seen, provocable but not seen, or not provocable and why.
pub(crate) fn report_pairs(
    session: &Session,
    seen: &BTreeSet<ErrorPair>,
    model: &Model,
    operation: &Operation,
    implemented: bool,
) {
    for error in operation.errors.iter().map(|id| model.shape(*id)) {
        let pair = ErrorPair::new(operation.id, &error.name);
        let state = if seen.contains(&pair) {
            PairState::Seen
        } else if !implemented {
            PairState::NotProvocable("the operation is not implemented".into())
        } else if let Some(known) = session.knowledge.unprovocable(pair) {
            PairState::NotProvocable(known.reason.clone())
        } else if session.was_provoked(pair) {
            PairState::NotSeen
        } else {
            let reason = session.why_unprovoked(pair);
            PairState::NotProvocable(reason.unwrap_or_else(|| NOTHING.into()))
        };
        session.emit(Event::ErrorPair(ErrorPairState { pair, state }));
    }
}
