//! The suite `errors`: every way that is known to bring a declared error about, and what became of every declared error.

pub(crate) mod checks;
mod foreign;
mod pairs;
mod situation;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use ivs_client::BoxFuture;
use ivs_judge::{
    Answer, CheckInfo, ControlEvidence, ControlRole, Evidence, Expected, Mismatch, Property, PropertySet, Verdict,
    listed,
};
use ivs_model::{CaseId, SuiteName};
use ivs_runner::{
    Assignment, OperationUnderTest, Planning, RunContext, Schedule, SentCall, Suite, SuitePlan, TestedOperation,
    Trigger, TriggerKind, catch_panic, confirmed, control_evidence, send_trigger, triggers,
};
use serde_json::Value;

use self::foreign::ForeignArn;
use checks::DECLARED_ERROR;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("errors");

/// Every known way to trigger a declared error triggers it.
pub(crate) struct Errors;

/// The triggers of one operation. Its situations stand in the knowledge.
struct Plan {
    triggers: Vec<Trigger>,
    foreign: Vec<ForeignArn>,
}

impl Suite for Errors {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Every declared error that one resource can trigger comes where its cause is given."
    }

    /// Quotas and some situations disturb other operations, and so their cases come last.
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
        let Planning { knowledge, model, operation, effects, base, cases, .. } = planning;
        let triggers = triggers(knowledge, model, operation, effects, base, &cases.systematic);
        let situations = knowledge.situations_of(operation.id).map(|it| it.id.clone());
        let foreign = ForeignArn::all(&triggers);
        let names = triggers.iter().map(|trigger| trigger.name.clone()).chain(situations);
        let names: Vec<String> = names.chain(foreign.iter().map(|foreign| foreign.name.clone())).collect();
        planning.named(SUITE, names, Plan { triggers, foreign })
    }

    fn run<'a>(&'a self, schedule: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let assignments = Assignment::with_details::<Plan>(assignments);
            if schedule == Schedule::AfterAll {
                // Side by side, since some wait for a resource to settle.
                let runs = assignments.map(|(it, plan)| catch_panic(run_after_all(&it.under_test, &plan.triggers)));
                join_all(runs).await;
                return;
            }
            for (Assignment { under_test, .. }, plan) in assignments {
                run(under_test, &under_test.base, &plan.triggers).await;
                foreign::run(under_test, &under_test.base, &plan.foreign).await;
            }
        })
    }

    fn finish(&self, run_context: &RunContext, tested: &[TestedOperation]) {
        pairs::report_pairs(run_context, tested);
    }
}

/// Runs the triggers that may run while other operations are under test.
async fn run(under_test: &OperationUnderTest, base: &Value, triggers: &[Trigger]) {
    let width = under_test.width();
    let selected = triggers.iter().filter(|trigger| under_test.is_selected(SUITE, &trigger.name));
    let (lacking, direct): (Vec<&Trigger>, Vec<&Trigger>) =
        selected.filter(|it| !it.is_alone()).partition(|it| it.kind == TriggerKind::Lacking);
    stream::iter(direct)
        .for_each_concurrent(width, async |trigger| {
            let case = case_of(under_test, trigger);
            let verdict = confirmed!(under_test, judge(under_test, base, trigger, &case));
            conclude(under_test, trigger, verdict);
        })
        .await;
    let shown = situation::run(under_test, base, false).await;
    let absent = triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Input(input) if trigger.name.starts_with("absent-") => Some(input),
        _ => None,
    });
    for trigger in lacking {
        let verdict = confirmed!(under_test, judge_lacking(under_test, base, trigger, absent, shown.as_ref()));
        conclude(under_test, trigger, verdict);
    }
}

/// Runs the triggers that would disturb other operations, when no other is under test any more.
async fn run_after_all(under_test: &OperationUnderTest, triggers: &[Trigger]) {
    let base = &under_test.base;
    let is_open = |trigger: &&Trigger| !under_test.run_context.is_concluded(&case_of(under_test, trigger));
    let selected = triggers.iter().filter(|trigger| under_test.is_selected(SUITE, &trigger.name));
    for trigger in selected.filter(|it| it.is_alone()).filter(is_open) {
        let case = case_of(under_test, trigger);
        let verdict = confirmed!(under_test, judge(under_test, base, trigger, &case));
        conclude(under_test, trigger, verdict);
    }
    situation::run(under_test, base, true).await;
}

fn case_of(under_test: &OperationUnderTest, trigger: &Trigger) -> CaseId {
    under_test.case_id(SUITE, &trigger.name)
}

fn conclude(under_test: &OperationUnderTest, trigger: &Trigger, verdict: Verdict) {
    let tried = vec![(DECLARED_ERROR.check, trigger.name.clone())];
    under_test.conclude(case_of(under_test, trigger), tried, Vec::new(), verdict);
}

async fn judge(under_test: &OperationUnderTest, base: &Value, trigger: &Trigger, case: &CaseId) -> Verdict {
    let call = match send_trigger(under_test, base, trigger, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    let _shared = under_test.run_context.settings.read().await;
    let evaluation =
        under_test.evaluate_rejection(&expected(trigger), &call, is_valid(trigger), base, breaks(trigger)).await;
    evaluation.verdict(|departure| fail(under_test, trigger, departure, &call, case, base))
}

/// The valid call is itself the one that does not find what it needs: the control is the same call with a resource that is
/// not there, or where the state was brought about.
async fn judge_lacking(
    under_test: &OperationUnderTest,
    base: &Value,
    trigger: &Trigger,
    absent: Option<&Value>,
    shown: Option<&Answer>,
) -> Verdict {
    let case = case_of(under_test, trigger);
    let call = match send_trigger(under_test, base, trigger, &case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    let control = match absent {
        Some(absent) if !shown.is_some_and(Answer::is_success) => Some(under_test.control(absent, true).await),
        _ => None,
    };
    let control = match (&control, shown) {
        (Some(control), _) => control_evidence(control, ControlRole::Valid, "a resource that does not exist"),
        (None, Some(shown)) if shown.is_success() => {
            ControlEvidence::Answered { answer: shown, role: ControlRole::MustSucceed, name: "the call in its state" }
        }
        (None, _) => ControlEvidence::None,
    };
    let evidence =
        Evidence { well_formed: is_valid(trigger), ..under_test.evidence(&call, control, PropertySet::NONE) };
    let evaluation = expected(trigger).evaluate(&call.answer, &evidence);
    evaluation.verdict(|departure| fail(under_test, trigger, departure, &call, &case, base))
}

fn expected(trigger: &Trigger) -> Expected<'_> {
    Expected::rejected(&trigger.errors, trigger.authority, trigger.code_authority).at(&trigger.name, &trigger.pointer)
}

/// What the call that triggers the error breaks: a rule about values, or the need of a resource.
fn breaks(trigger: &Trigger) -> Property {
    let is_of_values = trigger.errors.iter().all(|error| error.code == "ValidationException");
    if is_of_values { Property::Values } else { Property::Resources }
}

/// Whether the call that triggers the error is valid by itself, so that a resource that is missing may be its only fault.
fn is_valid(trigger: &Trigger) -> bool {
    !matches!(trigger.kind, TriggerKind::Input(_))
}

fn fail(
    under_test: &OperationUnderTest,
    trigger: &Trigger,
    departure: Mismatch,
    call: &SentCall,
    case: &CaseId,
    base: &Value,
) -> Verdict {
    let context = under_test.context(case).with_input(trigger.input(base));
    let mut departure = departure.from_source(trigger.source.clone());
    departure.expected = format!("{} ({})", listed(&trigger.errors), trigger.cause);
    Verdict::Fail(vec![under_test.finding(&DECLARED_ERROR, &departure, call, &context)])
}
