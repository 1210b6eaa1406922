//! The suite `validation`: every invalid Case is rejected with a right code and status, every valid one accepted.

mod shrink;

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::future::join;
use futures_util::stream::{self, StreamExt};
use ivs_client::BoxFuture;
use ivs_generators::{Case, Control, Expectation, RandomCase, Site};
use ivs_judge::{Answer, ControlEvidence, ControlRole, Property, SiteTried, Verdict};
use ivs_model::{ErrorPair, SuiteName};
use ivs_runner::{
    Assignment, GeneratedCases, NotSent, OperationUnderTest, PlannedCase, Planning, RequestSpec, Schedule, SentCall,
    Suite, SuitePlan, confirmed, control_evidence,
};

use crate::controls::VALID_VALUE;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("validation");

/// Every invalid Case is rejected with a right code and status, every valid one accepted.
pub(crate) struct Validation;

impl Suite for Validation {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Every invalid request is rejected with the right error and status; every valid one is accepted."
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let planned = |case: &Case| PlannedCase { id: case.id.clone(), sites: sites(case) };
        SuitePlan::new(planning.cases.all().map(planned).collect(), Arc::clone(planning.cases))
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, cases) in Assignment::with_details::<Arc<GeneratedCases>>(assignments) {
                run(under_test, &cases.systematic, cases.random()).await;
            }
        })
    }
}

/// Runs the Cases of one operation: first the invalid ones, whose rejections are evidence for the valid ones; then the
/// random ones. Once there is evidence, these two do not wait for each other where they wait for resources.
async fn run(under_test: &OperationUnderTest, cases: &[Case], random: &[RandomCase]) {
    run_systematic(under_test, cases, false).await;
    let (valid, random) = (run_systematic(under_test, cases, true), run_random(under_test, random));
    if under_test.waits_for_resources() && under_test.has_shown(VALID_VALUE) {
        join(valid, random).await;
    } else {
        valid.await;
        random.await;
    }
}

/// Runs the valid Cases of one operation, or the invalid ones.
async fn run_systematic(under_test: &OperationUnderTest, cases: &[Case], valid: bool) {
    let cases = cases.iter().filter(|case| case.is_valid() == valid);
    let (selected, others) = under_test.selected(cases, |case| case.id.clone());
    let run_case = async |case| run_case(under_test, case).await;
    stream::iter(selected).for_each_concurrent(under_test.width(), run_case).await;
    for rejected in others.into_iter().filter(|_| !valid) {
        if !under_test.has_shown(VALID_VALUE) {
            run_case(rejected).await;
        }
    }
}

/// Runs the random Cases of one operation, and makes those that fail as simple as they can be.
async fn run_random(under_test: &OperationUnderTest, random: &[RandomCase]) {
    let (random, _) = under_test.selected(random, |drawn| drawn.case.id.clone());
    stream::iter(random)
        .for_each_concurrent(under_test.width(), async |drawn| {
            note_triggered(under_test, &drawn.case);
            let mut verdict = confirmed!(under_test, judge(under_test, &drawn.case));
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
    let verdict = confirmed!(under_test, judge(under_test, case));
    under_test.conclude(case.id.clone(), Vec::new(), sites(case), verdict);
}

/// Sends one Case and its control, and judges both.
pub(crate) async fn judge(under_test: &OperationUnderTest, case: &Case) -> Verdict {
    let input = case.input.value();
    let mut context = under_test.context(&case.id).with_input(&input);
    context.well_formed = case.is_valid();
    // Where each call waits for a resource of its own, the control is asked meanwhile.
    let ahead = async {
        if let (Control::ValidTwin(twin), true) = (&case.control, under_test.waits_for_resources()) {
            let _ = under_test.control(&twin.value(), true).await;
        }
    };
    let (call, ()) = join(under_test.call(RequestSpec::valid(&input), &context), ahead).await;
    let call = match call {
        Ok(call) => call,
        Err(NotSent(reason)) => return Verdict::Indeterminate(reason),
    };
    let control = control(under_test, case, &call).await;
    let control = match &control {
        Some((role, name, control)) => control_evidence(control, *role, name),
        None => ControlEvidence::None,
    };
    let evidence = under_test.evidence(&call, control, VALID_VALUE);
    let verdict = under_test.run_context.judge().expectation(case, &call.exchange, &call.answer, evidence, &context);
    // A router that knows no path of that form has not looked at a value.
    let is_of_router = || under_test.run_context.judge().is_like_unknown_path(&call.exchange);
    if verdict == Verdict::Pass && !case.is_valid() && !is_of_router() {
        under_test.note_shown(Property::Values);
    }
    verdict
}

/// A control: what its answer has to be, its name, and the call.
type CaseControl<'a> = (ControlRole<'a>, &'static str, Result<Arc<SentCall>, NotSent>);

/// The control that the Case asks for; for a valid one that was refused, the usual valid call.
async fn control<'c>(under_test: &OperationUnderTest, case: &'c Case, call: &SentCall) -> Option<CaseControl<'c>> {
    if matches!(call.answer, Answer::None(_)) {
        return None;
    }
    let (role, name, input) = match &case.control {
        Control::ValidTwin(twin) => (ControlRole::Valid, "the valid control request", twin.value()),
        _ if case.is_valid() && !is_taken(case, &call.answer) => {
            (ControlRole::Valid, "the usual valid call", Cow::Borrowed(&under_test.base))
        }
        Control::InvalidTwin { input, errors } => {
            (ControlRole::MustFailWith(errors), "the invalid control request", input.value())
        }
        Control::Echo(_) | Control::Unavailable => return None,
    };
    let is_valid = role == ControlRole::Valid;
    Some((role, name, under_test.control(&input, is_valid).await))
}

/// Whether the answer shows that a valid input was taken.
fn is_taken(case: &Case, answer: &Answer) -> bool {
    let allowed = match &case.expectation {
        Expectation::Accepted { unless, .. } => unless.as_slice(),
        Expectation::Rejected { .. } => &[],
    };
    answer.is_success() || answer.is_one_of(allowed)
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
    case.sites.iter().map(|site| SiteTried { path: site.path.to_string(), kind: kind_name(site), valid }).collect()
}

/// The kind in kebab case, as in JSON.
fn kind_name(site: &Site) -> String {
    serde_json::to_value(site.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}
