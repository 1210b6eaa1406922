//! The suite `errors`: every way that is known to bring a declared error about, and what became of every declared error.

mod broken_rule;
mod pairs;
mod situation;
mod trigger;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_generators::Case;
use ivs_judge::{Answer, Mismatch, Verdict};
use ivs_model::{CaseId, ErrorPair, Knowledge, Operation};
use serde_json::{Value, json};

use crate::SuiteName;
use crate::answer::{is_inconclusive, is_success, listed};
use crate::case_context::indeterminate;
use crate::operation_under_test::{Call, OperationUnderTest, RequestSpec};
use crate::rejection::{Owed, Weighed};
use crate::rules::DECLARED_ERROR;
use crate::run_context::NotSent;
pub(crate) use pairs::report_pairs;
pub(crate) use trigger::{Trigger, TriggerKind, plain_triggers, triggers};

const SUITE: SuiteName = SuiteName::Errors;

/// The names of all cases of an operation: its triggers, and the situations in which it is called.
pub(crate) fn names(knowledge: &Knowledge, operation: &Operation, triggers: &[Trigger]) -> Vec<String> {
    let situations = knowledge.situations_of(operation.id).map(|it| it.id.clone());
    triggers.iter().map(|trigger| trigger.name.clone()).chain(situations).collect()
}

/// Provokes what can be provoked on the operation while others are under test.
pub(crate) async fn run(under_test: &Arc<OperationUnderTest>, base: &Value, cases: &[Case]) {
    let triggers = all(under_test, base, cases);
    let width = under_test.run_context.config.concurrency.max(1);
    let (lacking, direct): (Vec<&Trigger>, Vec<&Trigger>) =
        triggers.iter().filter(|it| !it.is_alone()).partition(|it| it.kind == TriggerKind::Lacking);
    stream::iter(direct)
        .for_each_concurrent(width, async |trigger| {
            let result = judge(under_test, base, trigger, &case_of(under_test, trigger)).await;
            conclude(under_test, trigger, result);
        })
        .await;
    let shown = situation::run(under_test, base, false).await;
    let absent = triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Input(input) if trigger.name.starts_with("absent-") => Some(input),
        _ => None,
    });
    for trigger in lacking {
        let verdict = judge_lacking(under_test, base, trigger, absent, shown.as_ref()).await;
        conclude(under_test, trigger, verdict);
    }
}

/// Provokes what would disturb others, when nothing else is under test any more.
pub(crate) async fn run_alone(under_test: &Arc<OperationUnderTest>, base: &Value, cases: &[Case]) {
    let is_open = |trigger: &&Trigger| !under_test.run_context.is_concluded(&case_of(under_test, trigger));
    for trigger in all(under_test, base, cases).iter().filter(|it| it.is_alone()).filter(is_open) {
        let verdict = judge(under_test, base, trigger, &case_of(under_test, trigger)).await;
        conclude(under_test, trigger, verdict);
    }
    situation::run(under_test, base, true).await;
}

fn all(under_test: &OperationUnderTest, base: &Value, cases: &[Case]) -> Vec<Trigger> {
    triggers(under_test.run_context.knowledge, under_test.model, under_test.operation, &under_test.effects, base, cases)
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
    match owed(trigger).weigh(&call.answer) {
        Weighed::Right => under_test.pass_if_twin_differs(base, &call.answer).await,
        Weighed::Undecided(reason) => Verdict::Indeterminate(reason),
        Weighed::Departs(departure) => fail(under_test, trigger, departure, &call, case, base),
    }
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
    match owed(trigger).weigh(&call.answer) {
        Weighed::Undecided(reason) => Verdict::Indeterminate(reason),
        Weighed::Departs(departure) => fail(under_test, trigger, departure, &call, &case, base),
        Weighed::Right if call.missing.is_some() => indeterminate("the input names a resource that is not there"),
        Weighed::Right if shown.is_some_and(is_success) => Verdict::Pass,
        Weighed::Right => {
            let Some(absent) = absent else {
                return indeterminate("nothing shows that the endpoint can tell the difference");
            };
            match under_test.control(absent, true).await {
                Err(NotSent(reason)) => Verdict::Indeterminate(reason),
                Ok(twin) if twin.answer == call.answer || is_inconclusive(&twin.answer) => {
                    indeterminate(format!("a resource that is not there got {} too", twin.answer))
                }
                Ok(_) => Verdict::Pass,
            }
        }
    }
}

fn owed(trigger: &Trigger) -> Owed<'_> {
    Owed {
        errors: &trigger.errors,
        authority: trigger.authority,
        code_authority: trigger.code_authority,
        site: &trigger.name,
        pointer: &trigger.pointer,
    }
}

/// Makes the call whose answer counts.
pub(crate) async fn send_trigger(
    under_test: &OperationUnderTest,
    base: &Value,
    trigger: &Trigger,
    case: &CaseId,
) -> Result<Call, Verdict> {
    let not_sent = |NotSent(reason)| Verdict::Indeterminate(reason);
    let input = trigger.input(base);
    let context = under_test.context(case).with_input(input);
    match &trigger.kind {
        TriggerKind::Input(_) | TriggerKind::Lacking => {
            note_triggered(under_test, trigger);
            under_test.call(RequestSpec::valid(input), &context).await.map_err(not_sent)
        }
        TriggerKind::Quota(times) => {
            note_triggered(under_test, trigger);
            let mut bindings = under_test.bind(input).await;
            let mut call = under_test.send(&mut bindings, RequestSpec::valid(input), &context).await;
            for _ in 0..*times {
                if call.as_ref().is_ok_and(|call| is_success(&call.answer)) {
                    call = under_test.send(&mut bindings, RequestSpec::valid(input), &context).await;
                }
            }
            under_test.release(bindings).await;
            call.map_err(not_sent)
        }
        TriggerKind::Limit(kind) => {
            // Made first, so that nothing that the call needs falls under the limit.
            let mut bindings = under_test.bind(input).await;
            let call = async {
                limit(under_test, kind, Some(0)).await?;
                note_triggered(under_test, trigger);
                under_test
                    .send(&mut bindings, RequestSpec::valid(input), &context)
                    .await
                    .map_err(|NotSent(reason)| reason)
            };
            let call = call.await;
            let restored = limit(under_test, kind, None).await;
            under_test.release(bindings).await;
            if let Err(reason) = &call {
                note_not_triggered(under_test, trigger, reason);
            }
            let call = call.map_err(Verdict::Indeterminate)?;
            restored.map_err(|reason| indeterminate(format!("the quota could not be set back: {reason}")))?;
            Ok(call)
        }
    }
}

/// Sets the quota of a kind where the endpoint offers that; none sets the usual one again.
async fn limit(under_test: &OperationUnderTest, kind: &str, limit: Option<u64>) -> Result<(), String> {
    const CONTROL: &str = "quota";
    let controls = under_test.run_context.controls(under_test.service()).await;
    if !controls.offers(CONTROL) {
        return Err(format!("it needs a quota to be used up, and the endpoint has no control `{CONTROL}`"));
    }
    // Some resource of the kind tells of which account and region the endpoint takes the caller to be.
    let some = under_test.pool.lend_kind(kind).await.map_err(|error| error.to_string())?;
    let part = |index: usize| some.arn.split(':').nth(index).unwrap_or_default();
    let mut input = json!({"kind": kind, "region": part(3), "account": part(4)});
    if let Some(limit) = limit {
        input["limit"] = json!(limit);
    }
    controls.act(CONTROL, &input).await.map(drop).map_err(|error| error.to_string())
}

fn note_triggered(under_test: &OperationUnderTest, trigger: &Trigger) {
    for error in &trigger.errors {
        under_test.run_context.note_triggered(ErrorPair::new(under_test.operation.id, &error.code));
    }
}

fn note_not_triggered(under_test: &OperationUnderTest, trigger: &Trigger, reason: &str) {
    for error in &trigger.errors {
        under_test.run_context.note_not_triggered(ErrorPair::new(under_test.operation.id, &error.code), reason);
    }
}

fn fail(
    under_test: &OperationUnderTest,
    trigger: &Trigger,
    departure: Mismatch,
    call: &Call,
    case: &CaseId,
    base: &Value,
) -> Verdict {
    if let (Some(missing), false) = (&call.missing, matches!(trigger.kind, TriggerKind::Input(_))) {
        return Verdict::Indeterminate(format!("the input names a resource that is not there: {missing}"));
    }
    let context = under_test.context(case).with_input(trigger.input(base));
    let mut departure = departure.from_source(trigger.source.clone());
    departure.expected = format!("{} ({})", listed(&trigger.errors), trigger.cause);
    Verdict::Fail(vec![under_test.finding(&DECLARED_ERROR, &departure, call, &context)])
}
