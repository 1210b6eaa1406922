//! The suite `protocol`: requests that no SDK sends, and unusual ways to write valid ones.

mod body;
mod envelope;
mod variant;

use futures_util::stream::{self, StreamExt};
use ivs_client::{BoxFuture, Signing};
use ivs_generators::Expectation;
use ivs_judge::{Answer, CheckInfo, Mismatch, Verdict};
use ivs_model::{Authority, CaseId, SuiteName};
use ivs_runner::{
    Assignment, Evaluation, ExpectedRejection, NotSent, OperationUnderTest, Planning, RequestSpec, Schedule, SentCall,
    Suite, SuitePlan, is_account_error, is_inconclusive,
};
use serde_json::Value;

use crate::rules::{ACCEPTS_EQUIVALENT, REJECTS_MALFORMED};
use variant::Variant;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("protocol");

/// Sends every variant of one valid request of the operation: first those that must be rejected, whose rejections
/// are evidence for the others.
async fn run(under_test: &OperationUnderTest, base: &Value, variants: &[Variant]) {
    let (rejected, taken): (Vec<&Variant>, Vec<&Variant>) = variants.iter().partition(|it| it.is_rejected());
    let width = under_test.run_context.config.concurrency.max(1);
    for (variants, are_rejected) in [(rejected, true), (taken, false)] {
        let (selected, others) = under_test.selected(variants, |variant| under_test.case_id(SUITE, variant.name));
        stream::iter(selected)
            .for_each_concurrent(width, async |variant| run_variant(under_test, base, variant).await)
            .await;
        for rejected in others.into_iter().filter(|_| are_rejected) {
            if !under_test.discriminates() {
                run_variant(under_test, base, rejected).await;
            }
        }
    }
}

async fn run_variant(under_test: &OperationUnderTest, base: &Value, variant: &Variant) {
    let case = under_test.case_id(SUITE, variant.name);
    let verdict = judge(under_test, base, variant, &case).await;
    let tried = vec![(variant.rule().check, variant.name.to_owned())];
    under_test.conclude(case, tried, Vec::new(), verdict);
}

/// Requests that no SDK sends, and unusual ways to write valid ones.
pub(crate) struct Protocol;

impl Suite for Protocol {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Malformed bytes are rejected; unusual ways to write a valid request are accepted."
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let mut variants = body::variants(planning.model, planning.operation);
        variants.extend(envelope::variants(planning.model, planning.operation));
        let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
        planning.named(SUITE, names, variants)
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (Assignment { under_test, .. }, variants) in Assignment::with_details::<Vec<Variant>>(assignments) {
                run(under_test, &under_test.base, variants).await;
            }
        })
    }
}

async fn judge(under_test: &OperationUnderTest, base: &Value, variant: &Variant, case: &CaseId) -> Verdict {
    let mut context = under_test.context(case).with_input(base);
    context.routed = variant.routed;
    // Where nothing is settled, or by our reading only, the universal checks must not take it for settled.
    context.well_formed = variant.is_settled_as_valid();
    let attempt = RequestSpec { input: base, signing: &Signing::Valid, edit: Some(&*variant.edit) };
    let call = match under_test.call(attempt, &context).await {
        Ok(call) => call,
        Err(NotSent(reason)) => return Verdict::Indeterminate(reason),
    };
    let departure = match &variant.expectation {
        Some(Expectation::Rejected { errors, authority, code_authority }) => {
            let expected = ExpectedRejection {
                errors,
                authority: *authority,
                code_authority: *code_authority,
                site: variant.name,
                pointer: "",
            };
            match expected.evaluate(&call.answer) {
                Evaluation::Match => return under_test.pass_if_twin_differs(base, &call.answer).await,
                Evaluation::Inconclusive(reason) => return Verdict::Indeterminate(reason),
                Evaluation::Mismatch(departure) => departure,
            }
        }
        Some(Expectation::Accepted { authority, .. }) => match as_the_valid_one(under_test, base, variant, &call).await
        {
            Ok(departure) => departure.because(*authority),
            Err(verdict) => return verdict,
        },
        None => match well_answered(under_test, variant, &call) {
            Ok(departure) => departure,
            Err(verdict) => return verdict,
        },
    };
    let departure = departure.from_source(variant.source);
    Verdict::Fail(vec![under_test.finding(variant.rule(), &departure, &call, &context)])
}

/// A departure if the answer is not that to the valid request, else the verdict.
async fn as_the_valid_one(
    under_test: &OperationUnderTest,
    base: &Value,
    variant: &Variant,
    call: &SentCall,
) -> Result<Mismatch, Verdict> {
    if matches!(call.answer, Answer::None(_)) || is_account_error(&call.answer) {
        return Err(Verdict::Indeterminate(format!("answered by {}", call.answer)));
    }
    match under_test.control(base, true).await {
        Err(NotSent(reason)) => Err(Verdict::Indeterminate(reason)),
        Ok(control) if is_inconclusive(&control.answer) => {
            Err(Verdict::Indeterminate(format!("the request in its usual form got {}", control.answer)))
        }
        Ok(control) if control.answer == call.answer => Err(if under_test.discriminates() {
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
fn well_answered(under_test: &OperationUnderTest, variant: &Variant, call: &SentCall) -> Result<Mismatch, Verdict> {
    let answer = &call.answer;
    match answer {
        Answer::None(_) => Err(Verdict::Indeterminate(answer.to_string())),
        Answer::Success { .. }
        | Answer::Throttled { .. }
        | Answer::Error { status: 400..=499, .. }
        | Answer::Absent { name: Some(_), status: 400..=499 } => Err(if under_test.discriminates() {
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
