//! The suite `protocol`: requests that no SDK sends, and unusual ways to write valid ones.

mod body;
pub(crate) mod checks;
mod envelope;
mod variant;

use futures_util::stream::{self, StreamExt};
use ivs_client::{BoxFuture, Request, Signing, encode};
use ivs_generators::{Expectation, ExpectedError};
use ivs_judge::{CheckInfo, ControlRole, Evidence, Expected, Property, PropertySet, Verdict};
use ivs_model::{Authority, CaseId, Operation, SuiteName};
use ivs_runner::{
    Assignment, NotSent, OperationUnderTest, Planning, RequestSpec, Schedule, Suite, SuitePlan, confirmed,
    control_evidence, not_found,
};
use serde_json::Value;

use crate::controls::{UNUSUAL_BODY, UNUSUAL_ENVELOPE};
use checks::{ACCEPTS_EQUIVALENT, REJECTS_MALFORMED};
use variant::Variant;

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("protocol");

/// Sends every variant of one valid request of the operation: first those that must be rejected, whose rejections
/// are evidence for the others.
async fn run(under_test: &OperationUnderTest, base: &Value, variants: &[Variant]) {
    let (mut rejected, taken): (Vec<&Variant>, Vec<&Variant>) = variants.iter().partition(|it| it.is_rejected());
    // Where only a few are sent as evidence, they are about body and envelope in turn.
    let (mut bodies, mut envelopes) = (0, 0);
    rejected.sort_by_cached_key(|it| {
        let count = if it.property == Property::Body { &mut bodies } else { &mut envelopes };
        *count += 1;
        *count
    });
    let width = under_test.width();
    for (variants, are_rejected) in [(rejected, true), (taken, false)] {
        let (selected, others) = under_test.selected(variants, |variant| under_test.case_id(SUITE, variant.name));
        stream::iter(selected)
            .for_each_concurrent(width, async |variant| run_variant(under_test, base, variant).await)
            .await;
        for rejected in others.into_iter().filter(|_| are_rejected) {
            // Any one of them may be about the body or about the envelope, and it is not known which is needed.
            if !(under_test.has_shown(UNUSUAL_BODY) && under_test.has_shown(UNUSUAL_ENVELOPE)) {
                run_variant(under_test, base, rejected).await;
            }
        }
    }
}

async fn run_variant(under_test: &OperationUnderTest, base: &Value, variant: &Variant) {
    let case = under_test.case_id(SUITE, variant.name);
    let verdict = confirmed!(under_test, judge(under_test, base, variant, &case));
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

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        let mut variants = body::variants(planning.model, planning.operation);
        let envelope = envelope::variants(planning.model, planning.operation, planning.base);
        variants.extend(envelope.into_iter().map(Variant::of_envelope));
        if !planning.knowledge.describes(&planning.model.service.id) {
            variants.iter_mut().for_each(Variant::cite_elsewhere);
        }
        let declared = declared_rejections(planning);
        variants.iter_mut().for_each(|variant| variant.allow(&declared));
        // What a path without the operation names is not there.
        let absent: Vec<ExpectedError> = not_found(planning.model, planning.operation).into_iter().collect();
        variants.iter_mut().filter(|variant| !variant.routed).for_each(|variant| variant.allow(&absent));
        let filled = planning.samples.fill(planning.base);
        if let Ok(usual) = encode(planning.model, planning.operation, &filled) {
            variants.retain(|variant| is_wrong_as_planned(planning, variant, &usual));
        }
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

/// The errors of status 400 that the operation declares. One about validation is expected anyway; then the others are about
/// states and limits.
fn declared_rejections(planning: &Planning<'_>) -> Vec<ExpectedError> {
    let shapes = planning.operation.errors.iter().map(|error| planning.model.shape(*error));
    let declared: Vec<ExpectedError> = shapes
        .filter(|shape| shape.error_status == Some(400))
        .map(|shape| ExpectedError { code: shape.name.clone(), status: 400 })
        .collect();
    if declared.iter().any(|error| error.code.contains("Validation")) { Vec::new() } else { declared }
}

/// Whether a variant departs from the usual request where it has to be rejected, and no other operation answers it.
fn is_wrong_as_planned(planning: &Planning<'_>, variant: &Variant, usual: &Request) -> bool {
    if variant.routed && !variant.is_rejected() {
        // Nothing depends on the request, and one of these has 11 megabytes.
        return true;
    }
    let mut request = usual.clone();
    (variant.edit)(&mut request);
    // Many routers ignore a slash at the end.
    let shorter = request.path.strip_suffix('/').unwrap_or(&request.path);
    let is_route = |operation: &&Operation| {
        operation.method.as_str() == request.method
            && (operation.uri.matches(&request.path) || operation.uri.matches(shorter))
    };
    let mut others = planning.model.operations.iter().filter(|operation| operation.id != planning.operation.id);
    let is_usual = variant.is_rejected() && request == *usual;
    let is_of_another = !variant.routed && others.any(|operation| is_route(&operation));
    !is_usual && !is_of_another
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
    let evaluation = match &variant.expectation {
        Some(rejected @ Expectation::Rejected { .. }) => {
            let expected = Expected::of(rejected).at(variant.name, "");
            under_test.evaluate_rejection(&expected, &call, false, base, variant.property).await
        }
        Some(Expectation::Accepted { authority, .. }) => {
            let expected = Expected::like_control().because(*authority).at(variant.name, "");
            let control = under_test.control(base, true).await;
            let missing = control.as_ref().ok().and_then(|control| call.missing_unlike(control));
            let control = control_evidence(&control, ControlRole::Valid, "the request in its usual form");
            expected
                .evaluate(&call.answer, &Evidence { missing, ..under_test.evidence(&call, control, variant.needed()) })
        }
        None => {
            let expected = Expected::answered(variant.routed).at(variant.name, "");
            let control = under_test.control(base, true).await;
            let control = control_evidence(&control, ControlRole::Valid, "the request in its usual form");
            expected.evaluate(&call.answer, &under_test.evidence(&call, control, variant.needed()))
        }
    };
    evaluation.verdict(|departure| {
        let departure = departure.from_source(variant.source);
        Verdict::Fail(vec![under_test.finding(variant.rule(), &departure, &call, &context)])
    })
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

    /// The properties of which one must be known to be checked, if the variant is to pass because it is accepted.
    fn needed(&self) -> PropertySet {
        match self.property {
            Property::Body => UNUSUAL_BODY,
            _ => UNUSUAL_ENVELOPE,
        }
    }

    fn rule(&self) -> &'static CheckInfo {
        if self.is_rejected() { &REJECTS_MALFORMED } else { &ACCEPTS_EQUIVALENT }
    }
}
