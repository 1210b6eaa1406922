//! What became of every pair of an operation and an error that it declares.

use std::collections::BTreeSet;

use ivs_judge::{Coverage, ErrorPairState, Event, PairState};
use ivs_model::{ErrorPair, Model, Operation};
use ivs_runner::{RunContext, TestedOperation};

/// Where some suites or cases are left out, what they would bring about does not come.
const NOTHING: &str = "nothing in this run triggers it";

/// Reports every declared error of these operations as seen, triggerable but not seen, or not triggerable and why.
pub(super) fn report_pairs(run_context: &RunContext, tested: &[TestedOperation]) {
    let seen = run_context.errors_seen();
    for TestedOperation { model, operation, coverage } in tested {
        let is_implemented = *coverage == Some(Coverage::Implemented);
        report_pairs_of(run_context, &seen, model, operation, is_implemented);
    }
}

fn report_pairs_of(
    run_context: &RunContext,
    seen: &BTreeSet<ErrorPair>,
    model: &Model,
    operation: &Operation,
    is_implemented: bool,
) {
    for error in operation.errors.iter().map(|id| model.shape(*id)) {
        let pair = ErrorPair::new(operation.id, &error.name);
        let state = if seen.contains(&pair) {
            PairState::Seen
        } else if !is_implemented {
            PairState::NotProvocable("the operation is not implemented".into())
        } else if let Some(known) = run_context.knowledge.unprovocable(pair) {
            PairState::NotProvocable(known.reason.clone())
        } else if run_context.errors.was_triggered(pair) {
            PairState::NotSeen
        } else {
            let reason = run_context.errors.why_not_triggered(pair);
            PairState::NotProvocable(reason.unwrap_or_else(|| NOTHING.into()))
        };
        run_context.emit(Event::ErrorPair(ErrorPairState { pair, state }));
    }
}
