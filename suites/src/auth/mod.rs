//! The suite `auth`: the SigV4 matrix of fact `auth-failures` on every operation.

pub(crate) mod checks;

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use ivs_client::{BoxFuture, Signing, Skew};
use ivs_generators::ExpectedError;
use ivs_judge::{CheckInfo, ControlRole, Evaluation, Evidence, Expected, Mismatch, Property, PropertySet, Verdict};
use ivs_model::knowledge::AuthFault;
use ivs_model::{Authority, CaseId, SuiteName};
use ivs_runner::{
    Assignment, CaseSpec, NotSent, OperationUnderTest, Planning, RequestSpec, Schedule, SentCall, Suite, SuitePlan,
    confirmed, control_evidence,
};
use serde_json::Value;

use crate::controls::UNUSUAL_SIGNATURE;
use checks::{SIGNATURE_ERROR_CODE, TAKES_SIGNATURE, VERIFIES_SIGNATURE};

/// The name of the suite.
pub(crate) const SUITE: SuiteName = SuiteName::from_static("auth");

/// A clock this far off is wrong, and one that is `NEAR` off is right; nothing in between is tested
/// (fact `auth-clock-skew`).
const FAR: Duration = Duration::from_secs(20 * 60);
const NEAR: Duration = Duration::from_secs(2 * 60);

/// The wrong ways to sign, each with its row in `auth.toml`.
fn wrong() -> Vec<(Signing, &'static str)> {
    let far = [Signing::Skewed(Skew::Behind(FAR)), Signing::Skewed(Skew::Ahead(FAR))];
    Signing::negative_matrix()
        .into_iter()
        .filter(|signing| !matches!(signing, Signing::Skewed(_)))
        .chain(far)
        .filter_map(|signing| fault_id(&signing).map(|id| (signing, id)))
        .collect()
}

/// The right ways to sign that are less common.
fn right() -> Vec<Signing> {
    vec![Signing::Skewed(Skew::Behind(NEAR)), Signing::Skewed(Skew::Ahead(NEAR))]
}

/// The row of `auth.toml` for a wrong way to sign; none for the right ones.
fn fault_id(signing: &Signing) -> Option<&'static str> {
    Some(match signing {
        Signing::Valid | Signing::AsIs => return None,
        Signing::Unsigned => "unsigned",
        Signing::Malformed(_) | Signing::UnsignedHost | Signing::UnsignedAmzHeader => "incomplete",
        Signing::UnknownAccessKey => "unknown-key",
        Signing::WrongSecret | Signing::Tampered(_) => "wrong-signature",
        Signing::WrongRegion | Signing::WrongService | Signing::WrongScopeDate | Signing::WrongTerminator => {
            "wrong-scope"
        }
        Signing::Skewed(_) | Signing::Presigned { .. } => "skewed-clock",
        Signing::UnknownSessionToken => "session-token",
    })
}

/// The SigV4 matrix.
pub(crate) struct Auth;

/// One way to sign.
enum Signed {
    /// In a wrong way; the row of `auth.toml` says what is right to answer.
    Wrongly(Signing, &'static str),
    /// In a right way that is less common.
    Rightly(Signing),
}

/// The cases, the same for every operation: every wrong way to sign, then the less common right ones.
fn cases() -> Vec<CaseSpec<Signed>> {
    let wrongly = |(signing, fault): (Signing, &'static str)| {
        CaseSpec::computed(signing.name(), VERIFIES_SIGNATURE.check, Signed::Wrongly(signing, fault))
    };
    let rightly =
        |signing: Signing| CaseSpec::computed(signing.name(), TAKES_SIGNATURE.check, Signed::Rightly(signing));
    wrong().into_iter().map(wrongly).chain(right().into_iter().map(rightly)).collect()
}

impl Suite for Auth {
    fn name(&self) -> SuiteName {
        SUITE
    }

    fn description(&self) -> &'static str {
        "Requests that are signed wrongly are rejected with a right error; requests that are signed rightly are not."
    }

    fn checks(&self) -> &'static [CheckInfo] {
        checks::ALL
    }

    fn check_texts(&self) -> &'static str {
        include_str!("checks.toml")
    }

    fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
        planning.table(SUITE, cases())
    }

    fn run<'a>(&'a self, _: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (assignment, cases) in Assignment::with_details::<Vec<CaseSpec<Signed>>>(assignments) {
                if assignment.under_test.run_context.config.sign_requests {
                    run(&assignment.under_test, &assignment.under_test.base, cases).await;
                } else {
                    assignment.skip("requests are not signed in this run");
                }
            }
        })
    }
}

/// Signs one valid request in every way: first the wrong ones, whose rejections are evidence for the others.
async fn run(under_test: &OperationUnderTest, base: &Value, cases: &[CaseSpec<Signed>]) {
    let width = under_test.width();
    let (wrongly, rightly): (Vec<_>, Vec<_>) = cases.iter().partition(|spec| matches!(spec.run, Signed::Wrongly(..)));
    for (cases, are_rejected) in [(wrongly, true), (rightly, false)] {
        let (selected, others) = under_test.selected(cases, |spec| under_test.case_id(SUITE, &spec.name));
        stream::iter(selected).for_each_concurrent(width, async |spec| run_case(under_test, base, spec).await).await;
        for rejected in others.into_iter().filter(|_| are_rejected) {
            if !under_test.has_shown(UNUSUAL_SIGNATURE) {
                run_case(under_test, base, rejected).await;
            }
        }
    }
}

async fn run_case(under_test: &OperationUnderTest, base: &Value, spec: &CaseSpec<Signed>) {
    let case = under_test.case_id(SUITE, &spec.name);
    let name = spec.name.to_string();
    let mut tried = vec![(spec.check, name.clone())];
    if matches!(spec.run, Signed::Wrongly(..)) {
        tried.push((SIGNATURE_ERROR_CODE.check, name));
    }
    let verdict = confirmed!(under_test, judge(under_test, base, spec, &case));
    under_test.conclude(case, tried, Vec::new(), verdict);
}

async fn judge(under_test: &OperationUnderTest, base: &Value, spec: &CaseSpec<Signed>, case: &CaseId) -> Verdict {
    match &spec.run {
        Signed::Wrongly(signing, fault) => match under_test.run_context.knowledge.auth_fault(fault) {
            _ if *signing == Signing::WrongRegion && !under_test.run_context.config.is_single_region => {
                Verdict::Skipped("wrong-region signatures not tested: the endpoint may serve several regions".into())
            }
            Some(fault) => wrongly_signed(under_test, base, signing, fault, case).await,
            None => Verdict::Indeterminate(format!("the knowledge has no fault `{fault}`")),
        },
        Signed::Rightly(signing) => rightly_signed(under_test, base, signing, case).await,
    }
}

async fn wrongly_signed(
    under_test: &OperationUnderTest,
    base: &Value,
    signing: &Signing,
    fault: &AuthFault,
    case: &CaseId,
) -> Verdict {
    let call = match send(under_test, base, signing, false, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    let right: Vec<ExpectedError> =
        fault.rejection.errors().map(|error| ExpectedError { code: error.code, status: error.status }).collect();
    let name = signing.name();
    let expected = Expected::rejected(&right, fault.authority, Authority::Inferred).at(&name, "").before_all_else();
    let control = under_test.control(base, true).await;
    let control = control_evidence(&control, ControlRole::Valid, "the rightly signed request");
    // A signature is verified before any resource is looked up, so that none that is missing excuses an answer.
    let evidence = Evidence { missing: None, ..under_test.evidence(&call, control, PropertySet::NONE) };
    let evaluation = expected.evaluate(&call.answer, &evidence);
    if evaluation == Evaluation::Match {
        under_test.note_shown(Property::Signature);
    }
    evaluation.verdict(|departure| {
        // Served, or answered as if rightly signed: nobody looked at the signature.
        let is_refused = expected.is_refused(&call.answer, &evidence);
        let rule = if is_refused { &SIGNATURE_ERROR_CODE } else { &VERIFIES_SIGNATURE };
        fail(under_test, rule, &departure.from_source(fault.source.clone()), &call, case, base)
    })
}

async fn rightly_signed(under_test: &OperationUnderTest, base: &Value, signing: &Signing, case: &CaseId) -> Verdict {
    let call = match send(under_test, base, signing, true, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    let control = under_test.control(base, true).await;
    let missing = control.as_ref().ok().and_then(|control| call.missing_unlike(control));
    let control = control_evidence(&control, ControlRole::Valid, "the request signed as usual");
    let evidence = under_test.evidence(&call, control, UNUSUAL_SIGNATURE);
    let name = signing.name();
    let evaluation = Expected::like_control().at(&name, "").evaluate(&call.answer, &Evidence { missing, ..evidence });
    evaluation.verdict(|departure| fail(under_test, &TAKES_SIGNATURE, &departure, &call, case, base))
}

async fn send(
    under_test: &OperationUnderTest,
    base: &Value,
    signing: &Signing,
    signed: bool,
    case: &CaseId,
) -> Result<SentCall, Verdict> {
    let mut context = under_test.context(case).with_input(base);
    context.signed = signed;
    let attempt = RequestSpec { input: base, signing, edit: None };
    under_test.call(attempt, &context).await.map_err(|NotSent(reason)| Verdict::Indeterminate(reason))
}

fn fail(
    under_test: &OperationUnderTest,
    rule: &CheckInfo,
    departure: &Mismatch,
    call: &SentCall,
    case: &CaseId,
    base: &Value,
) -> Verdict {
    let mut context = under_test.context(case).with_input(base);
    context.signed = *rule == TAKES_SIGNATURE;
    Verdict::Fail(vec![under_test.finding(rule, departure, call, &context)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_way_to_sign_has_its_row_in_the_knowledge() {
        let knowledge = ivs_model::bundled::knowledge();
        let wrong = wrong();
        assert!(wrong.len() >= 20);
        for (signing, id) in wrong {
            assert!(knowledge.auth_fault(id).is_some(), "{}: no fault `{id}`", signing.name());
        }
    }
}
