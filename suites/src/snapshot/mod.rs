//! The suite `snapshot`: canonical exchanges of every operation held against those that are stored.
//!
//! What the model demands of an answer the universal checks see. A snapshot settles what no model says: which answer a
//! request gets, what comes back of what was put there, and with which defaults. Recorded from an emulator it is a reading
//! and gives warnings about these alone; recorded from AWS it is an observation, and every member and value counts.

mod checks;
mod grading;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_canonical::{CanonicalExchange, Difference, DifferenceKind, StoredSnapshot, compare};
use ivs_client::BoxFuture;
use ivs_generators::ExpectedError;
use ivs_judge::{Answer, CheckInfo, ControlEvidence, EchoEvidence, Evidence, Expected, Property, Verdict};
use ivs_model::{Authority, CaseId, SuiteName};
use ivs_runner::{
    Assignment, CallKind, CanonicalCall, Captured, ListUnderTest, OperationUnderTest, Planning, Schedule, SentCall,
    Suite, SuitePlan, capture, confirmed, indeterminate,
};

use crate::controls::RECORDED_ANSWER;
use crate::list_turns::in_turns;
use checks::SNAPSHOT_ANSWER;
use grading::Grading;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("snapshot");

/// Canonical exchanges beside those that are stored.
pub(crate) struct Snapshot;

/// The canonical calls of one operation.
struct Plan {
    canonical_calls: Arc<Vec<CanonicalCall>>,
    list: Option<Arc<ListUnderTest>>,
}

impl Suite for Snapshot {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Canonical exchanges equal those that are stored, as far as those settle it."
    }

    /// Lists come when nothing else makes what they list: how many pages are read must not depend on the others.
    fn schedule(&self) -> &'static [Schedule] {
        &[Schedule::PerOperation, Schedule::AfterAll]
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let canonical_calls = Arc::clone(planning.canonical_calls);
        let names: Vec<String> = canonical_calls.iter().map(|it| it.name.clone()).collect();
        planning.named(SUITE, names, Plan { canonical_calls, list: planning.list.cloned() })
    }

    fn run<'a>(&'a self, schedule: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut lists = Vec::new();
            for (Assignment { under_test, .. }, plan) in Assignment::with_details::<Plan>(assignments) {
                match &plan.list {
                    None if schedule == Schedule::PerOperation => run(under_test, &plan.canonical_calls, None).await,
                    Some(list) if schedule == Schedule::AfterAll => {
                        let (under_test, calls) = (Arc::clone(under_test), Arc::clone(&plan.canonical_calls));
                        let own = Arc::clone(list);
                        lists.push((Arc::clone(list), async move { run(&under_test, &calls, Some(&own)).await }));
                    }
                    _ => {}
                }
            }
            if let Some(first) = assignments.first() {
                in_turns(&first.under_test, lists).await;
            }
        })
    }
}

/// Captures every canonical call of the operation: first those that are refused, which are evidence for the others.
async fn run(under_test: &OperationUnderTest, canonical_calls: &[CanonicalCall], list: Option<&ListUnderTest>) {
    let config = &under_test.run_context.config;
    let stored = config.snapshots.stored(under_test.operation.id);
    let width = under_test.width();
    for valid in [false, true] {
        let some = canonical_calls
            .iter()
            .enumerate()
            .filter(|(_, canonical_call)| matches!(canonical_call.kind, CallKind::Valid { .. }) == valid);
        let run_call = async |(place, canonical_call): (usize, &CanonicalCall)| {
            let case = under_test.case_id(SUITE, &canonical_call.name);
            let verdict = confirmed!(under_test, async {
                match capture(under_test, &case, canonical_call, list).await {
                    Ok(captured) => {
                        record(under_test, place, canonical_call, &captured);
                        judge(under_test, canonical_call, stored.as_ref(), &captured, &case).await
                    }
                    Err(verdict) => verdict,
                }
            });
            let tried = vec![(SNAPSHOT_ANSWER.check, canonical_call.name.clone())];
            under_test.conclude(case, tried, Vec::new(), verdict);
        };
        let (selected, others) =
            under_test.selected(some, |(_, canonical_call)| under_test.case_id(SUITE, &canonical_call.name));
        stream::iter(selected).for_each_concurrent(width, &run_call).await;
        for refused in others.into_iter().filter(|_| !valid) {
            if !under_test.has_shown(RECORDED_ANSWER) {
                run_call(refused).await;
            }
        }
    }
}

/// Hands the exchange to the recording, if there is one and the answer tells of the operation.
fn record(under_test: &OperationUnderTest, place: usize, canonical_call: &CanonicalCall, captured: &Captured) {
    let Some(recording) = &under_test.run_context.config.recording else { return };
    let answer = &captured.call.answer;
    let tells = !answer.is_inconclusive() && !answer.is_absent() || answer.is_one_of(canonical_call.kind.errors());
    if let (true, None, Some(canonical)) = (tells, &captured.call.missing, &captured.canonical) {
        recording.take(under_test.operation.id, place, canonical.clone());
    }
}

/// Holds the exchange against the stored one.
async fn judge(
    under_test: &OperationUnderTest,
    canonical_call: &CanonicalCall,
    stored: Option<&StoredSnapshot>,
    captured: &Captured,
    case: &CaseId,
) -> Verdict {
    let answer = &captured.call.answer;
    let Some(actual) = &captured.canonical else { return indeterminate(answer.to_string()) };
    if let Some(missing) = &captured.call.missing {
        return indeterminate(missing.absence());
    }
    let Some(stored) = stored else { return indeterminate("no snapshot is stored of this operation") };
    let Some(expected) = stored.exchanges.iter().find(|exchange| exchange.name == canonical_call.name) else {
        return indeterminate("no snapshot is stored of this exchange");
    };
    if expected.input != actual.input {
        return indeterminate("the snapshot is of another request");
    }
    let authority = stored.provenance.authority();
    let grading = Grading { under_test, canonical_call, stored, case };
    if (expected.status, &expected.error) != (actual.status, &actual.error) {
        return match other_answer(canonical_call, stored, expected, answer) {
            Other::Right => evaluate(under_test, canonical_call, authority, &captured.call, false).await,
            Other::Undecided(reason) => indeterminate(reason),
            Other::Departs => match under_test.is_refused_like_control(&captured.call).await {
                Some(reason) => indeterminate(reason),
                None => grading.answer(expected, &captured.call),
            },
        };
    }
    let comparison = compare(under_test.model, under_test.operation, expected, actual, &captured.put);
    if comparison.differences.iter().any(|difference| is_unlisted(under_test, difference)) {
        return indeterminate("the list does not show what was just made");
    }
    match grading.differences(&comparison.differences, actual, &captured.call) {
        Some(verdict) => verdict,
        None => evaluate(under_test, canonical_call, authority, &captured.call, comparison.telling).await,
    }
}

/// What an answer other than the stored one amounts to.
enum Other {
    /// Knowledge has it among the right ones.
    Right,
    /// It tells of a state, of the account or of the endpoint, or others judge it.
    Undecided(String),
    /// It departs from the snapshot.
    Departs,
}

fn other_answer(
    canonical_call: &CanonicalCall,
    stored: &StoredSnapshot,
    expected: &CanonicalExchange,
    answer: &Answer,
) -> Other {
    // What AWS was seen to answer is more than what it may answer by our knowledge.
    if stored.provenance.authority() == Authority::Inferred && answer.is_one_of(canonical_call.kind.errors()) {
        return Other::Right;
    }
    if answer.is_inconclusive() || answer.is_absent() {
        return Other::Undecided(format!("got {answer}"));
    }
    match &canonical_call.kind {
        CallKind::Valid { external: true, .. } if !answer.is_success() => {
            Other::Undecided(format!("got {answer}, and the input names things outside"))
        }
        CallKind::Valid { unless, .. } if !answer.is_success() && answer.is_one_of(unless) => {
            Other::Undecided(format!("got {answer}, which may be about a state"))
        }
        CallKind::Valid { .. } if answer.is_success() && !expected.is_success() => {
            Other::Undecided("it succeeds, where the snapshot is of a state that refuses it".to_owned())
        }
        // The model settles the status of a success, and a check of its own judges it.
        _ if answer.is_success() && expected.is_success() => Other::Undecided(format!("got {answer}")),
        _ => Other::Departs,
    }
}

/// Whether a page lacks the resource that was made for it: that it is not there yet is for the suite `pagination` to judge.
fn is_unlisted(under_test: &OperationUnderTest, difference: &Difference) -> bool {
    let items = under_test.operation.pagination.as_ref().and_then(|pagination| pagination.items.as_ref());
    matches!(difference.kind, DifferenceKind::Missing { .. })
        && items.is_some_and(|items| difference.site == format!("/{items}") || difference.site == format!("/{items}/*"))
}

/// Evaluates an answer that is right by the snapshot: it passes if the endpoint is shown to tell one call from another.
async fn evaluate(
    under_test: &OperationUnderTest,
    canonical_call: &CanonicalCall,
    authority: Authority,
    call: &SentCall,
    telling: bool,
) -> Verdict {
    let errors: Vec<ExpectedError> = match &call.answer {
        Answer::Error { name, status } | Answer::Absent { name: Some(name), status } => {
            vec![ExpectedError { code: name.clone(), status: *status }]
        }
        _ => Vec::new(),
    };
    let evaluation = match &canonical_call.kind {
        CallKind::Valid { .. } => {
            let is_shown = telling && call.answer.is_success();
            let echo = if is_shown { EchoEvidence::Shown } else { EchoEvidence::NotExpected };
            let evidence = Evidence { echo, ..under_test.evidence(call, ControlEvidence::None, RECORDED_ANSWER) };
            Expected::accepted().or_one_of(&errors).evaluate(&call.answer, &evidence)
        }
        kind @ (CallKind::Invalid { .. } | CallKind::Triggered(_)) => {
            let breaks = if matches!(kind, CallKind::Invalid { .. }) { Property::Values } else { Property::Resources };
            let expected = Expected::rejected(&errors, authority, authority);
            under_test.evaluate_rejection(&expected, call, false, &under_test.base, breaks).await
        }
    };
    evaluation.verdict(|_| indeterminate(format!("got {}, as recorded", call.answer)))
}
