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
use crate::answer::{is_success, listed, tells_nothing};
use crate::judged::undecided;
use crate::rejection::{Owed, Weighed};
use crate::rules::DECLARED_ERROR;
use crate::session::Unsent;
use crate::subject::{Attempt, Call, Subject};
pub(crate) use pairs::report_pairs;
pub(crate) use trigger::{Trigger, TriggerKind, plain_triggers, triggers};

const SUITE: SuiteName = SuiteName::Errors;

/// The names of all cases of an operation: its triggers, and the situations in which it is called.
pub(crate) fn names(knowledge: &Knowledge, operation: &Operation, triggers: &[Trigger]) -> Vec<String> {
    let situations = knowledge.situations_of(operation.id).map(|it| it.id.clone());
    triggers.iter().map(|trigger| trigger.name.clone()).chain(situations).collect()
}

/// Provokes what can be provoked on the operation while others are under test.
pub(crate) async fn run(subject: &Arc<Subject>, base: &Value, cases: &[Case]) {
    let triggers = all(subject, base, cases);
    let width = subject.session.config.concurrency.max(1);
    let (lacking, direct): (Vec<&Trigger>, Vec<&Trigger>) =
        triggers.iter().filter(|it| !it.is_alone()).partition(|it| it.kind == TriggerKind::Lacking);
    stream::iter(direct)
        .for_each_concurrent(width, async |trigger| {
            let judged = judge(subject, base, trigger, &case_of(subject, trigger)).await;
            conclude(subject, trigger, judged);
        })
        .await;
    let shown = situation::run(subject, base, false).await;
    let absent = triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Input(input) if trigger.name.starts_with("absent-") => Some(input),
        _ => None,
    });
    for trigger in lacking {
        let verdict = judge_lacking(subject, base, trigger, absent, shown.as_ref()).await;
        conclude(subject, trigger, verdict);
    }
}

/// Provokes what would disturb others, when nothing else is under test any more.
pub(crate) async fn run_alone(subject: &Arc<Subject>, base: &Value, cases: &[Case]) {
    let is_open = |trigger: &&Trigger| !subject.session.is_concluded(&case_of(subject, trigger));
    for trigger in all(subject, base, cases).iter().filter(|it| it.is_alone()).filter(is_open) {
        let verdict = judge(subject, base, trigger, &case_of(subject, trigger)).await;
        conclude(subject, trigger, verdict);
    }
    situation::run(subject, base, true).await;
}

fn all(subject: &Subject, base: &Value, cases: &[Case]) -> Vec<Trigger> {
    triggers(subject.session.knowledge, subject.model, subject.operation, &subject.effects, base, cases)
}

fn case_of(subject: &Subject, trigger: &Trigger) -> CaseId {
    subject.case_id(SUITE, &trigger.name)
}

fn conclude(subject: &Subject, trigger: &Trigger, verdict: Verdict) {
    let tried = vec![(DECLARED_ERROR.check, trigger.name.clone())];
    subject.conclude(case_of(subject, trigger), tried, Vec::new(), verdict);
}

async fn judge(subject: &Subject, base: &Value, trigger: &Trigger, case: &CaseId) -> Verdict {
    let call = match send_trigger(subject, base, trigger, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    match owed(trigger).weigh(&call.answer) {
        Weighed::Right => subject.pass_if_twin_differs(base, &call.answer).await,
        Weighed::Undecided(reason) => Verdict::Indeterminate(reason),
        Weighed::Departs(departure) => fail(subject, trigger, departure, &call, case, base),
    }
}

/// The valid call is itself the one that does not find what it needs: the control is the same call with a resource that is
/// not there, or where the state was brought about.
async fn judge_lacking(
    subject: &Subject,
    base: &Value,
    trigger: &Trigger,
    absent: Option<&Value>,
    shown: Option<&Answer>,
) -> Verdict {
    let case = case_of(subject, trigger);
    let call = match send_trigger(subject, base, trigger, &case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    match owed(trigger).weigh(&call.answer) {
        Weighed::Undecided(reason) => Verdict::Indeterminate(reason),
        Weighed::Departs(departure) => fail(subject, trigger, departure, &call, &case, base),
        Weighed::Right if call.missing.is_some() => undecided("the input names a resource that is not there"),
        Weighed::Right if shown.is_some_and(is_success) => Verdict::Pass,
        Weighed::Right => {
            let Some(absent) = absent else {
                return undecided("nothing shows that the endpoint can tell the difference");
            };
            match subject.control(absent, true).await {
                Err(Unsent(reason)) => Verdict::Indeterminate(reason),
                Ok(twin) if twin.answer == call.answer || tells_nothing(&twin.answer) => {
                    undecided(format!("a resource that is not there got {} too", twin.answer))
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
    subject: &Subject,
    base: &Value,
    trigger: &Trigger,
    case: &CaseId,
) -> Result<Call, Verdict> {
    let unsent = |Unsent(reason)| Verdict::Indeterminate(reason);
    let input = trigger.input(base);
    let context = subject.context(case).with_input(input);
    match &trigger.kind {
        TriggerKind::Input(_) | TriggerKind::Lacking => {
            note_provoked(subject, trigger);
            subject.call(Attempt::usual(input), &context).await.map_err(unsent)
        }
        TriggerKind::Quota(times) => {
            note_provoked(subject, trigger);
            let mut loan = subject.lend(input).await;
            let mut call = subject.send(&mut loan, Attempt::usual(input), &context).await;
            for _ in 0..*times {
                if call.as_ref().is_ok_and(|call| is_success(&call.answer)) {
                    call = subject.send(&mut loan, Attempt::usual(input), &context).await;
                }
            }
            subject.hand_back(loan).await;
            call.map_err(unsent)
        }
        TriggerKind::Limit(kind) => {
            // Made first, so that nothing that the call needs falls under the limit.
            let mut loan = subject.lend(input).await;
            let call = async {
                limit(subject, kind, Some(0)).await?;
                note_provoked(subject, trigger);
                subject.send(&mut loan, Attempt::usual(input), &context).await.map_err(|Unsent(reason)| reason)
            };
            let call = call.await;
            let restored = limit(subject, kind, None).await;
            subject.hand_back(loan).await;
            if let Err(reason) = &call {
                note_unprovoked(subject, trigger, reason);
            }
            let call = call.map_err(Verdict::Indeterminate)?;
            restored.map_err(|reason| undecided(format!("the quota could not be set back: {reason}")))?;
            Ok(call)
        }
    }
}

/// Sets the quota of a kind where the endpoint offers that; none sets the usual one again.
async fn limit(subject: &Subject, kind: &str, limit: Option<u64>) -> Result<(), String> {
    const CONTROL: &str = "quota";
    let controls = subject.session.controls(subject.service()).await;
    if !controls.offers(CONTROL) {
        return Err(format!("it needs a quota to be used up, and the endpoint has no control `{CONTROL}`"));
    }
    // Some resource of the kind tells of which account and region the endpoint takes the caller to be.
    let some = subject.pool.lend_kind(kind).await.map_err(|error| error.to_string())?;
    let part = |index: usize| some.arn.split(':').nth(index).unwrap_or_default();
    let mut input = json!({"kind": kind, "region": part(3), "account": part(4)});
    if let Some(limit) = limit {
        input["limit"] = json!(limit);
    }
    controls.act(CONTROL, &input).await.map(drop).map_err(|error| error.to_string())
}

fn note_provoked(subject: &Subject, trigger: &Trigger) {
    for error in &trigger.errors {
        subject.session.note_provoked(ErrorPair::new(subject.operation.id, &error.code));
    }
}

fn note_unprovoked(subject: &Subject, trigger: &Trigger, reason: &str) {
    for error in &trigger.errors {
        subject.session.note_unprovoked(ErrorPair::new(subject.operation.id, &error.code), reason);
    }
}

fn fail(
    subject: &Subject,
    trigger: &Trigger,
    departure: Mismatch,
    call: &Call,
    case: &CaseId,
    base: &Value,
) -> Verdict {
    if let (Some(missing), false) = (&call.missing, matches!(trigger.kind, TriggerKind::Input(_))) {
        return Verdict::Indeterminate(format!("the input names a resource that is not there: {missing}"));
    }
    let context = subject.context(case).with_input(trigger.input(base));
    let mut departure = departure.from_source(trigger.source.clone());
    departure.expected = format!("{} ({})", listed(&trigger.errors), trigger.cause);
    Verdict::Fail(vec![subject.finding(&DECLARED_ERROR, &departure, call, &context)])
}
