//! The verdicts of a run: which cases have one, and which failures do not count because the endpoint was unreachable.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_judge::{CaseJudged, Event, Verdict};
use ivs_model::{CaseId, OperationId, SuiteName};

use crate::availability::Availability;
use crate::event_log::EventLog;
use crate::layer::{CircuitBreakers, RunBudget};

/// Takes the verdicts of all cases.
pub(crate) struct VerdictLog {
    /// The cases that have a verdict.
    concluded: Mutex<HashSet<CaseId>>,
    /// The interruptions before a suite began on an operation.
    suite_started: Mutex<HashMap<(OperationId, SuiteName), u64>>,
    availability: Arc<Availability>,
    budget: Arc<RunBudget>,
    breakers: Arc<CircuitBreakers>,
    events: Arc<EventLog>,
}

impl VerdictLog {
    /// An empty log.
    pub(crate) fn new(
        availability: Arc<Availability>,
        budget: Arc<RunBudget>,
        breakers: Arc<CircuitBreakers>,
        events: Arc<EventLog>,
    ) -> Self {
        Self { concluded: Mutex::default(), suite_started: Mutex::default(), availability, budget, breakers, events }
    }

    /// Notes that a suite begins on an operation.
    pub(crate) fn suite_started(&self, operation: OperationId, suite: SuiteName) {
        let mut suite_started = self.suite_started.lock().unwrap_or_else(PoisonError::into_inner);
        suite_started.insert((operation, suite), self.availability.interruptions());
    }

    /// Takes a verdict. A failure becomes indeterminate if the endpoint was unreachable since its suite began, and a case that
    /// has none because the run or its operation ended was not sent.
    pub(crate) fn conclude(&self, mut judged: CaseJudged) {
        if matches!(judged.verdict, Verdict::Fail(_)) && self.was_interrupted(&judged) {
            let reason = "the endpoint was unreachable for a while; resources of the case may be gone";
            judged.verdict = Verdict::Indeterminate(reason.to_owned());
        }
        if let Verdict::Indeterminate(reason) = &judged.verdict
            && let Some(reason) = self.withheld(judged.case.operation, reason)
        {
            judged.verdict = Verdict::NotSent(reason);
        }
        self.concluded.lock().unwrap_or_else(PoisonError::into_inner).insert(judged.case.clone());
        if matches!(judged.verdict, Verdict::Fail(_)) {
            self.budget.note_failure();
        }
        self.events.emit(Event::CaseJudged(judged));
    }

    /// Whether the case has a verdict.
    pub(crate) fn is_concluded(&self, case: &CaseId) -> bool {
        self.concluded.lock().unwrap_or_else(PoisonError::into_inner).contains(case)
    }

    /// Returns why requests of an undecided case were withheld, if they were.
    fn withheld(&self, operation: OperationId, reason: &str) -> Option<String> {
        if let Some(cause) = self.budget.stopped() {
            // Whatever the case met then, such as a resource that could no longer be created, comes of that.
            return Some(cause.of_case().to_owned());
        }
        self.breakers.of(operation)?.withholds().filter(|withheld| withheld == reason)
    }

    fn was_interrupted(&self, judged: &CaseJudged) -> bool {
        let interruptions = self.availability.interruptions();
        let key = (judged.case.operation, judged.case.suite);
        let before = self.suite_started.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        interruptions > before.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use ivs_client::FailureKind;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::Budget;
    use crate::layer::Traffic;
    use crate::sample_exchange::{answered, failed};

    const SUITE: SuiteName = SuiteName::from_static("errors");

    fn failure() -> CaseJudged {
        CaseJudged {
            case: CaseId::new(OperationId::new("ivs", "GetChannel"), SUITE, "absent-channel"),
            tried: Vec::new(),
            sites: Vec::new(),
            verdict: Verdict::Fail(Vec::new()),
        }
    }

    #[test]
    fn a_failure_counts_unless_the_endpoint_was_unreachable_since_the_suite_began() {
        let availability = Arc::new(Availability::default());
        let limits = Budget { failures: Some(1), ..Budget::default() };
        let budget = Arc::new(RunBudget::new(limits, Arc::new(Traffic::default()), CancellationToken::new()));
        let verdicts = Arc::new(Mutex::new(Vec::new()));
        let observer = {
            let verdicts = Arc::clone(&verdicts);
            Arc::new(move |event: &Event| {
                if let Event::CaseJudged(judged) = event {
                    verdicts.lock().expect("no holder panics").push(judged.verdict.clone());
                }
            })
        };
        let breakers = Arc::new(CircuitBreakers::new(&[]));
        let events = Arc::new(EventLog::new(observer));
        let log = VerdictLog::new(Arc::clone(&availability), Arc::clone(&budget), breakers, events);

        log.suite_started(OperationId::new("ivs", "GetChannel"), SUITE);
        availability.note(&answered(200), 1);
        availability.note(&failed(FailureKind::Connect), 1);
        assert!(!log.is_concluded(&failure().case));
        log.conclude(failure());
        assert!(log.is_concluded(&failure().case));
        assert_eq!(budget.failures(), 0);

        log.suite_started(OperationId::new("ivs", "GetChannel"), SUITE);
        log.conclude(failure());
        assert_eq!(budget.failures(), 1);
        let verdicts = verdicts.lock().expect("no holder panics");
        assert!(matches!(verdicts[..], [Verdict::Indeterminate(_), Verdict::Fail(_)]), "{verdicts:?}");
    }
}
