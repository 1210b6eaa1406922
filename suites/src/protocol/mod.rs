//! The suite `protocol`: requests that no SDK sends, and unusual ways to write valid ones.

mod body;
mod envelope;
mod variant;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_client::Signing;
use ivs_generators::Expectation;
use ivs_judge::{Answer, CheckInfo, Mismatch, Verdict};
use ivs_model::{Authority, CaseId, Model, Operation};
use serde_json::Value;

use crate::SuiteName;
use crate::answer::{is_of_the_account, tells_nothing};
use crate::rejection::{Owed, Weighed};
use crate::rules::{ACCEPTS_EQUIVALENT, REJECTS_MALFORMED};
use crate::session::Unsent;
use crate::subject::{Attempt, Call, Subject};
use variant::Variant;

const SUITE: SuiteName = SuiteName::Protocol;

/// Sends every variant of one valid request of the operation: first those that must be rejected, whose rejections
/// are evidence for the others.
pub(crate) async fn run(subject: &Arc<Subject>, base: &Value) {
    let mut variants = body::variants(subject.model, subject.operation);
    variants.extend(envelope::variants(subject.model, subject.operation));
    let (rejected, taken): (Vec<Variant>, Vec<Variant>) = variants.into_iter().partition(Variant::is_rejected);
    let width = subject.session.config.concurrency.max(1);
    for variants in [rejected, taken] {
        stream::iter(&variants)
            .for_each_concurrent(width, async |variant| {
                let case = subject.case_id(SUITE, variant.name);
                let verdict = judge(subject, base, variant, &case).await;
                let tried = vec![(variant.rule().check, variant.name.to_owned())];
                subject.conclude(case, tried, Vec::new(), verdict);
            })
            .await;
    }
}

/// The names of all cases of an operation.
pub(crate) fn names(model: &Model, operation: &Operation) -> Vec<&'static str> {
    let mut variants = body::variants(model, operation);
    variants.extend(envelope::variants(model, operation));
    variants.iter().map(|variant| variant.name).collect()
}

async fn judge(subject: &Subject, base: &Value, variant: &Variant, case: &CaseId) -> Verdict {
    let mut context = subject.context(case).with_input(base);
    context.routed = variant.routed;
    // Where nothing is settled, or by our reading only, the universal checks must not take it for settled.
    context.well_formed = variant.is_settled_as_valid();
    let attempt = Attempt { input: base, signing: &Signing::Valid, edit: Some(&*variant.edit) };
    let call = match subject.call(attempt, &context).await {
        Ok(call) => call,
        Err(Unsent(reason)) => return Verdict::Indeterminate(reason),
    };
    let departure = match &variant.expectation {
        Some(Expectation::Rejected { errors, authority, code_authority }) => {
            let owed = Owed {
                errors,
                authority: *authority,
                code_authority: *code_authority,
                site: variant.name,
                pointer: "",
            };
            match owed.weigh(&call.answer) {
                Weighed::Right => return subject.pass_if_twin_differs(base, &call.answer).await,
                Weighed::Undecided(reason) => return Verdict::Indeterminate(reason),
                Weighed::Departs(departure) => departure,
            }
        }
        Some(Expectation::Accepted { authority, .. }) => match as_the_valid_one(subject, base, variant, &call).await {
            Ok(departure) => departure.because(*authority),
            Err(verdict) => return verdict,
        },
        None => match well_answered(subject, variant, &call) {
            Ok(departure) => departure,
            Err(verdict) => return verdict,
        },
    };
    let departure = departure.from_source(variant.source);
    Verdict::Fail(vec![subject.finding(variant.rule(), &departure, &call, &context)])
}

/// A departure if the answer is not that to the valid request, else the verdict.
async fn as_the_valid_one(
    subject: &Subject,
    base: &Value,
    variant: &Variant,
    call: &Call,
) -> Result<Mismatch, Verdict> {
    if matches!(call.answer, Answer::None(_)) || is_of_the_account(&call.answer) {
        return Err(Verdict::Indeterminate(format!("answered by {}", call.answer)));
    }
    match subject.control(base, true).await {
        Err(Unsent(reason)) => Err(Verdict::Indeterminate(reason)),
        Ok(control) if tells_nothing(&control.answer) => {
            Err(Verdict::Indeterminate(format!("the request in its usual form got {}", control.answer)))
        }
        Ok(control) if control.answer == call.answer => Err(if subject.tells_apart() {
            Verdict::Pass
        } else {
            Verdict::Indeterminate("no malformed request of the operation was rejected".into())
        }),
        Ok(control) if let Some(reason) = call.unlike(&control) => Err(Verdict::Indeterminate(reason)),
        Ok(control) => Ok(Mismatch::new(
            variant.name,
            format!("{}, as for the request in its usual form", control.answer),
            call.answer.to_string(),
        )),
    }
}

/// A departure if the answer is neither a success nor an error that names itself, else the verdict.
fn well_answered(subject: &Subject, variant: &Variant, call: &Call) -> Result<Mismatch, Verdict> {
    let answer = &call.answer;
    match answer {
        Answer::None(_) => Err(Verdict::Indeterminate(answer.to_string())),
        Answer::Success { .. }
        | Answer::Throttled { .. }
        | Answer::Error { status: 400..=499, .. }
        | Answer::Absent { name: Some(_), status: 400..=499 } => Err(if subject.tells_apart() {
            Verdict::Pass
        } else {
            Verdict::Indeterminate("no malformed request of the operation was rejected".into())
        }),
        // By a path that may be nobody's, a bare 404 is a fair answer.
        Answer::Absent { status: 400..=499, .. } if !variant.routed => {
            Err(Verdict::Indeterminate(format!("answered by {answer}, which may come from a gateway")))
        }
        _ => Ok(Mismatch::new(variant.name, "success, or a 4xx that names its error", answer.to_string())
            .because(Authority::Inferred)),
    }
}

impl Variant {
    fn is_rejected(&self) -> bool {
        matches!(self.expectation, Some(Expectation::Rejected { .. }))
    }

    fn is_settled_as_valid(&self) -> bool {
        match &self.expectation {
            Some(Expectation::Accepted { authority, .. }) => *authority != Authority::Inferred,
            Some(Expectation::Rejected { .. }) | None => false,
        }
    }

    fn rule(&self) -> &'static CheckInfo {
        if self.is_rejected() { &REJECTS_MALFORMED } else { &ACCEPTS_EQUIVALENT }
    }
}
