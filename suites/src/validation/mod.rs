//! The suite `validation`: every invalid Case is rejected with a right code and status, every valid one accepted.

mod shrink;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_client::BoxFuture;
use ivs_generators::{Case, Control, Expectation, RandomCase, Site};
use ivs_judge::{Answer, SiteTried, Verdict};
use ivs_model::{ErrorPair, SuiteName};
use ivs_runner::{
    Assignment, NotSent, OperationUnderTest, PlannedCase, Planning, RequestSpec, Schedule, SentCall, Suite, SuitePlan,
    is_inconclusive, is_success,
};

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("validation");

/// Every invalid Case is rejected with a right code and status, every valid one accepted.
pub(crate) struct Validation;

/// The Cases of one operation.
struct Plan {
    cases: Arc<Vec<Case>>,
    random: Arc<Vec<RandomCase>>,
}

impl Suite for Validation {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Every invalid request is rejected with the right error and status; every valid one is accepted."
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let random = planning.random.iter().map(|random| &random.case);
        let planned = |case: &Case| PlannedCase { id: case.id.clone(), sites: sites(case) };
        let cases = planning.cases.iter().chain(random).map(planned).collect();
        SuitePlan::new(cases, Plan { cases: Arc::clone(planning.cases), random: Arc::clone(planning.random) })
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, plan) in Assignment::with_details::<Plan>(assignments) {
                run(under_test, &plan.cases, &plan.random).await;
            }
        })
    }
}

/// Runs the Cases of one operation: first the invalid ones, whose rejections are evidence for the valid ones; then the
/// random ones, of which those that fail are made as simple as they can be.
async fn run(under_test: &OperationUnderTest, cases: &[Case], random: &[RandomCase]) {
    let width = under_test.run_context.config.concurrency.max(1);
    for valid in [false, true] {
        let cases = cases.iter().filter(|case| case.is_valid() == valid);
        let (selected, others) = under_test.selected(cases, |case| case.id.clone());
        stream::iter(selected).for_each_concurrent(width, async |case| run_case(under_test, case).await).await;
        for rejected in others.into_iter().filter(|_| !valid) {
            if !under_test.discriminates() {
                run_case(under_test, rejected).await;
            }
        }
    }
    let (random, _) = under_test.selected(random, |drawn| drawn.case.id.clone());
    stream::iter(random)
        .for_each_concurrent(width, async |drawn| {
            note_triggered(under_test, &drawn.case);
            let mut verdict = judge(under_test, &drawn.case).await;
            if !under_test.runs_single_cases()
                && let Verdict::Fail(findings) = verdict
            {
                verdict = Verdict::Fail(shrink::simplest(under_test, drawn.clone(), findings).await);
            }
            under_test.conclude(drawn.case.id.clone(), Vec::new(), sites(&drawn.case), verdict);
        })
        .await;
}

async fn run_case(under_test: &OperationUnderTest, case: &Case) {
    note_triggered(under_test, case);
    let verdict = judge(under_test, case).await;
    under_test.conclude(case.id.clone(), Vec::new(), sites(case), verdict);
}

/// Sends one Case and its control, and judges both.
pub(crate) async fn judge(under_test: &OperationUnderTest, case: &Case) -> Verdict {
    let mut context = under_test.context(&case.id).with_input(&case.input);
    context.well_formed = case.is_valid();
    let call = match under_test.call(RequestSpec::valid(&case.input), &context).await {
        Ok(call) => call,
        Err(NotSent(reason)) => return Verdict::Indeterminate(reason),
    };
    let control = match control(under_test, case, &call).await {
        Ok(control) => control,
        Err(NotSent(reason)) => return Verdict::Indeterminate(reason),
    };
    let twin = control.as_deref().map(|control| &control.exchange);
    let verdict = under_test.run_context.judge().expectation(case, &call.exchange, twin, &context);
    match verdict {
        Verdict::Pass => {
            if !case.is_valid() {
                under_test.note_discriminates();
            }
            Verdict::Pass
        }
        // Nothing comes back, but the endpoint has shown that it does reject what is invalid.
        Verdict::Indeterminate(_) if case.is_valid() && taken(case, &call.answer) && under_test.discriminates() => {
            Verdict::Pass
        }
        Verdict::Fail(findings) => match &call.missing {
            Some(missing) if may_be_due_to_absence(case, &call.answer) => {
                Verdict::Indeterminate(format!("the input names a resource that is not there: {missing}"))
            }
            _ => Verdict::Fail(findings),
        },
        other => other,
    }
}

/// The control that the Case asks for; for a valid one that was refused, the usual valid call.
async fn control(
    under_test: &OperationUnderTest,
    case: &Case,
    call: &SentCall,
) -> Result<Option<Arc<SentCall>>, NotSent> {
    if matches!(call.answer, Answer::None(_)) {
        return Ok(None);
    }
    match &case.control {
        Control::ValidTwin(twin) => under_test.control(twin, true).await.map(Some),
        _ if case.is_valid() && !taken(case, &call.answer) => {
            under_test.control(&under_test.base, true).await.map(Some)
        }
        Control::InvalidTwin { input, .. } => under_test.control(input, false).await.map(Some),
        Control::Echo(_) | Control::Unavailable => Ok(None),
    }
}

/// Whether the answer shows that a valid input was taken.
fn taken(case: &Case, answer: &Answer) -> bool {
    let allowed = match &case.expectation {
        Expectation::Accepted { unless, .. } => unless.as_slice(),
        Expectation::Rejected { .. } => &[],
    };
    is_success(answer) || ivs_runner::is_one_of(answer, allowed)
}

/// Whether an answer may speak of an absent resource and not of the break: which of two faults is named first is not
/// settled, and a valid input with an absent resource is not one that must be accepted.
fn may_be_due_to_absence(case: &Case, answer: &Answer) -> bool {
    match answer {
        Answer::Error { status: 404, .. } => true,
        _ => case.is_valid() && !is_inconclusive(answer),
    }
}

/// Which errors the Case is meant to bring about, for the pairs of the suite `errors`.
fn note_triggered(under_test: &OperationUnderTest, case: &Case) {
    if let Expectation::Rejected { errors, .. } = &case.expectation {
        for error in errors {
            under_test.run_context.errors.note_triggered(ErrorPair::new(under_test.operation.id, &error.code));
        }
    }
}

/// The sites that a Case covers, with the polarity it tries.
fn sites(case: &Case) -> Vec<SiteTried> {
    let valid = case.is_valid();
    case.sites.iter().map(|site| SiteTried { path: site.path.clone(), kind: kind_name(site), valid }).collect()
}

/// The kind in kebab case, as in JSON.
fn kind_name(site: &Site) -> String {
    serde_json::to_value(site.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}
