//! A load run, repeated if it was inconclusive and the arguments ask for that.

use ivs_load::{LoadError, LoadOutcome, LoadPlan, StopHandle, run as run_plan};

use super::progress::LiveProgress;
use crate::command::arguments::OnInconclusive;

/// Runs the plan, and once more if the generator was too slow and that is to be retried. The reports of the second run replace
/// those of the first.
pub(super) fn run(
    plan: &LoadPlan,
    on_inconclusive: OnInconclusive,
    stop: &StopHandle,
    live: &mut LiveProgress,
) -> Result<LoadOutcome, LoadError> {
    let outcome = run_plan(plan, stop, &mut |progress| live.show(progress))?;
    let reason = match &outcome.inconclusive {
        Some(reason) if on_inconclusive == OnInconclusive::Retry && reason.is_of_generator() => reason,
        _ => return Ok(outcome),
    };
    if stop.is_requested() {
        return Ok(outcome);
    }
    live.print_line(&format!("inconclusive: {reason}. The run is repeated once (--on-inconclusive retry)"));
    live.restart();
    run_plan(plan, stop, &mut |progress| live.show(progress))
}

/// Returns whether an inconclusive run passes. One without any response never does.
pub(super) fn passes(outcome: &LoadOutcome, on_inconclusive: OnInconclusive) -> bool {
    let is_of_generator = outcome.inconclusive.as_ref().is_some_and(ivs_load::InconclusiveReason::is_of_generator);
    on_inconclusive == OnInconclusive::Pass && is_of_generator
}
