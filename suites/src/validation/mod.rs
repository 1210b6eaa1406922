//! The suite `validation`: every invalid Case is rejected with a right code and status, every valid one accepted.

mod shrink;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_generators::{Case, Control, Expectation, RandomCase, Site};
use ivs_judge::{Answer, SiteTried, Verdict};
use ivs_model::ErrorPair;

use crate::answer::{is_success, tells_nothing};
use crate::session::Unsent;
use crate::subject::{Attempt, Call, Subject};

/// Runs the Cases of one operation: first the invalid ones, whose rejections are evidence for the valid ones; then the
/// random ones, of which those that fail are made as simple as they can be.
pub(crate) async fn run(subject: &Arc<Subject>, cases: &[Case], random: &[RandomCase]) {
    let width = subject.session.config.concurrency.max(1);
    for valid in [false, true] {
        stream::iter(cases.iter().filter(|case| case.is_valid() == valid))
            .for_each_concurrent(width, async |case| {
                note_provoked(subject, case);
                let verdict = judge(subject, case).await;
                subject.conclude(case.id.clone(), Vec::new(), sites(case), verdict);
            })
            .await;
    }
    stream::iter(random)
        .for_each_concurrent(width, async |drawn| {
            note_provoked(subject, &drawn.case);
            let mut verdict = judge(subject, &drawn.case).await;
            if let Verdict::Fail(findings) = verdict {
                verdict = Verdict::Fail(shrink::simplest(subject, drawn.clone(), findings).await);
            }
            subject.conclude(drawn.case.id.clone(), Vec::new(), sites(&drawn.case), verdict);
        })
        .await;
}

/// Sends one Case and its control, and judges both.
pub(crate) async fn judge(subject: &Subject, case: &Case) -> Verdict {
    let mut context = subject.context(&case.id).with_input(&case.input);
    context.well_formed = case.is_valid();
    let call = match subject.call(Attempt::usual(&case.input), &context).await {
        Ok(call) => call,
        Err(Unsent(reason)) => return Verdict::Indeterminate(reason),
    };
    let control = match control(subject, case, &call).await {
        Ok(control) => control,
        Err(Unsent(reason)) => return Verdict::Indeterminate(reason),
    };
    let twin = control.as_deref().map(|control| &control.exchange);
    let verdict = subject.session.judge().expectation(case, &call.exchange, twin, &context);
    match verdict {
        Verdict::Pass => {
            if !case.is_valid() {
                subject.note_apart();
            }
            Verdict::Pass
        }
        // Nothing comes back, but the endpoint has shown that it does reject what is invalid.
        Verdict::Indeterminate(_) if case.is_valid() && taken(case, &call.answer) && subject.tells_apart() => {
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
async fn control(subject: &Subject, case: &Case, call: &Call) -> Result<Option<Arc<Call>>, Unsent> {
    if matches!(call.answer, Answer::None(_)) {
        return Ok(None);
    }
    match &case.control {
        Control::ValidTwin(twin) => subject.control(twin, true).await.map(Some),
        _ if case.is_valid() && !taken(case, &call.answer) => subject.control(&subject.base, true).await.map(Some),
        Control::InvalidTwin { input, .. } => subject.control(input, false).await.map(Some),
        Control::Echo(_) | Control::Unavailable => Ok(None),
    }
}

/// Whether the answer shows that a valid input was taken.
fn taken(case: &Case, answer: &Answer) -> bool {
    let allowed = match &case.expectation {
        Expectation::Accepted { unless, .. } => unless.as_slice(),
        Expectation::Rejected { .. } => &[],
    };
    is_success(answer) || crate::answer::is_one_of(answer, allowed)
}

/// Whether an answer may speak of an absent resource and not of the break: which of two faults is named first is not
/// settled, and a valid input with an absent resource is not one that must be accepted.
fn may_be_due_to_absence(case: &Case, answer: &Answer) -> bool {
    match answer {
        Answer::Error { status: 404, .. } => true,
        _ => case.is_valid() && !tells_nothing(answer),
    }
}

/// Which errors the Case is meant to bring about, for the pairs of the suite `errors`.
fn note_provoked(subject: &Subject, case: &Case) {
    if let Expectation::Rejected { errors, .. } = &case.expectation {
        for error in errors {
            subject.session.note_provoked(ErrorPair::new(subject.operation.id, &error.code));
        }
    }
}

/// The sites that a Case covers, with the polarity it tries.
pub(crate) fn sites(case: &Case) -> Vec<SiteTried> {
    let valid = case.is_valid();
    case.sites.iter().map(|site| SiteTried { path: site.path.clone(), kind: kind_name(site), valid }).collect()
}

/// The kind in kebab case, as in JSON.
fn kind_name(site: &Site) -> String {
    serde_json::to_value(site.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}
