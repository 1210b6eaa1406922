//! The failures of a run that came again, and those that did not.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ivs_judge::Finding;
use ivs_model::{FindingId, OperationId};

/// How often a failure has to come again.
const AGAIN: u32 = 2;
/// The same in a run that has seen a failure which did not.
const AGAIN_IN_NOISE: u32 = 4;
/// How many failures of one kind are confirmed. Further ones are as well founded.
const OF_A_KIND: u32 = 3;
/// The same in a run that has seen a failure which did not come again.
const OF_A_KIND_IN_NOISE: u32 = 8;

/// The failures of a run that came again.
#[derive(Debug, Default)]
pub(crate) struct Confirmations(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Findings of universal checks that came twice.
    universal: BTreeSet<FindingId>,
    /// Operations that were answered each time as if they were not there.
    absent: BTreeSet<OperationId>,
    /// By kind: how many failures are confirmed. Those that are about to be may come to nothing.
    cases: HashMap<FailureType, u32>,
    /// The kinds that stayed for as long as an eventually consistent endpoint may take.
    outlasted: BTreeSet<FailureType>,
    /// Whether a failure did not come again.
    is_noisy: bool,
}

/// What failures have in common that have one cause, as far as an endpoint shows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct FailureType {
    check: String,
    operation: Option<OperationId>,
    actual: String,
}

impl FailureType {
    fn of(finding: &Finding) -> Self {
        Self { check: finding.check.clone(), operation: finding.scope.operation(), actual: finding.actual.clone() }
    }
}

impl Confirmations {
    /// Whether the finding of a universal check has come twice before.
    pub(crate) fn holds(&self, finding: &FindingId) -> bool {
        self.state().universal.contains(finding)
    }

    /// Whether the operation was answered each time as if it were not there.
    pub(crate) fn is_absent(&self, operation: OperationId) -> bool {
        self.state().absent.contains(&operation)
    }

    /// Notes that the operation was answered each time as if it were not there.
    pub(crate) fn note_absent(&self, operation: OperationId) {
        self.state().absent.insert(operation);
    }

    /// Notes that the finding of a universal check came twice.
    pub(crate) fn note_universal(&self, finding: &FindingId) {
        self.state().universal.insert(finding.clone());
    }

    /// Notes that a failure did not come again.
    pub(crate) fn note_noise(&self) {
        self.state().is_noisy = true;
    }

    /// Whether a failure did not come again.
    pub(crate) fn is_noisy(&self) -> bool {
        self.state().is_noisy
    }

    /// How often these findings of a case have to come again; none if enough of their kind did.
    pub(crate) fn begin(&self, findings: &[Finding]) -> Option<u32> {
        let state = self.state();
        let (enough, again) = if state.is_noisy { (OF_A_KIND_IN_NOISE, AGAIN_IN_NOISE) } else { (OF_A_KIND, AGAIN) };
        let is_known = |kind: FailureType| state.cases.get(&kind).is_some_and(|cases| *cases >= enough);
        if findings.iter().map(FailureType::of).all(is_known) { None } else { Some(again) }
    }

    /// Notes that these findings of a case came again each time.
    pub(crate) fn note_confirmed(&self, findings: &[Finding]) {
        let mut state = self.state();
        for kind in findings.iter().map(FailureType::of).collect::<BTreeSet<_>>() {
            *state.cases.entry(kind).or_default() += 1;
        }
    }

    /// Whether none of these findings has outlasted the wait for consistency.
    pub(crate) fn is_to_be_waited_for(&self, findings: &[Finding]) -> bool {
        let state = self.state();
        !findings.iter().map(FailureType::of).any(|kind| state.outlasted.contains(&kind))
    }

    pub(crate) fn note_outlasted(&self, findings: &[Finding]) {
        self.state().outlasted.extend(findings.iter().map(FailureType::of));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
