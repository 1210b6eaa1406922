//! The suite `auth`: the SigV4 matrix of facts section 1.8 on every operation.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use ivs_client::{Signing, Skew};
use ivs_generators::ExpectedError;
use ivs_judge::{Answer, CheckInfo, Mismatch, Verdict};
use ivs_model::knowledge::AuthFault;
use ivs_model::{Authority, CaseId};
use serde_json::Value;

use crate::SuiteName;
use crate::answer::{is_of_the_account, is_one_of, is_success, listed, tells_nothing};
use crate::rules::{SIGNATURE_ERROR_CODE, TAKES_SIGNATURE, VERIFIES_SIGNATURE};
use crate::session::Unsent;
use crate::subject::{Attempt, Call, Subject};

const SUITE: SuiteName = SuiteName::Auth;

/// A clock this far off is wrong, and one that is `NEAR` off is right; nothing in between is tested (facts 1.8).
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

/// The names of all cases of an operation.
pub(crate) fn names() -> Vec<String> {
    wrong().iter().map(|(signing, _)| signing.name()).chain(right().iter().map(Signing::name)).collect()
}

/// Signs one valid request in every wrong way, then in the less common right ones.
pub(crate) async fn run(subject: &Arc<Subject>, base: &Value) {
    let width = subject.session.config.concurrency.max(1);
    stream::iter(wrong())
        .for_each_concurrent(width, async |(signing, id)| {
            let name = signing.name();
            let case = subject.case_id(SUITE, &name);
            let verdict = match subject.session.knowledge.auth_fault(id) {
                _ if signing == Signing::WrongRegion && !subject.session.config.regional => {
                    Verdict::Skipped("the endpoint is not known to be one region's alone".into())
                }
                Some(fault) => wrongly_signed(subject, base, &signing, fault, &case).await,
                None => Verdict::Indeterminate(format!("the knowledge has no fault `{id}`")),
            };
            let tried = vec![(VERIFIES_SIGNATURE.check, name.clone()), (SIGNATURE_ERROR_CODE.check, name)];
            subject.conclude(case, tried, Vec::new(), verdict);
        })
        .await;
    stream::iter(right())
        .for_each_concurrent(width, async |signing| {
            let name = signing.name();
            let case = subject.case_id(SUITE, &name);
            let verdict = rightly_signed(subject, base, &signing, &case).await;
            subject.conclude(case, vec![(TAKES_SIGNATURE.check, name)], Vec::new(), verdict);
        })
        .await;
}

async fn wrongly_signed(
    subject: &Subject,
    base: &Value,
    signing: &Signing,
    fault: &AuthFault,
    case: &CaseId,
) -> Verdict {
    let call = match send(subject, base, signing, false, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    let control = match subject.control(base, true).await {
        Ok(control) => control,
        Err(Unsent(reason)) => return Verdict::Indeterminate(reason),
    };
    let right: Vec<ExpectedError> =
        fault.rejection.errors().map(|error| ExpectedError { code: error.code, status: error.status }).collect();
    let answer = &call.answer;
    if matches!(answer, Answer::None(_)) {
        return Verdict::Indeterminate(answer.to_string());
    }
    if is_one_of(answer, &right) {
        return subject.pass_if_twin_differs(base, answer).await;
    }
    let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
    if refused && *answer == control.answer && is_of_the_account(answer) {
        return Verdict::Indeterminate(format!("every call is answered by {answer}"));
    }
    // Served, or answered as if rightly signed: nobody looked at the signature.
    let unnoticed = is_success(answer) || *answer == control.answer;
    let departure = Mismatch::new(signing.name(), listed(&right), answer.to_string()).from_source(fault.source.clone());
    if refused && !unnoticed {
        fail(subject, &SIGNATURE_ERROR_CODE, &departure.because(Authority::Inferred), &call, case, base)
    } else {
        fail(subject, &VERIFIES_SIGNATURE, &departure.because(fault.authority), &call, case, base)
    }
}

async fn rightly_signed(subject: &Subject, base: &Value, signing: &Signing, case: &CaseId) -> Verdict {
    let call = match send(subject, base, signing, true, case).await {
        Ok(call) => call,
        Err(verdict) => return verdict,
    };
    match subject.control(base, true).await {
        Err(Unsent(reason)) => Verdict::Indeterminate(reason),
        Ok(control) if tells_nothing(&control.answer) => {
            Verdict::Indeterminate(format!("the request signed as usual got {}", control.answer))
        }
        Ok(control) if control.answer == call.answer && subject.tells_apart() => Verdict::Pass,
        Ok(control) if control.answer == call.answer => {
            Verdict::Indeterminate("no wrongly signed request of the operation was rejected".into())
        }
        Ok(_) if matches!(call.answer, Answer::None(_)) || is_quota(&call.answer) => {
            Verdict::Indeterminate(call.answer.to_string())
        }
        Ok(control) if let Some(reason) = call.unlike(&control) => Verdict::Indeterminate(reason),
        Ok(control) => {
            let expected = format!("{}, as without the deviation", control.answer);
            let departure = Mismatch::new(signing.name(), expected, call.answer.to_string());
            fail(subject, &TAKES_SIGNATURE, &departure, &call, case, base)
        }
    }
}

async fn send(
    subject: &Subject,
    base: &Value,
    signing: &Signing,
    signed: bool,
    case: &CaseId,
) -> Result<Call, Verdict> {
    let mut context = subject.context(case).with_input(base);
    context.signed = signed;
    let attempt = Attempt { input: base, signing, edit: None };
    subject.call(attempt, &context).await.map_err(|Unsent(reason)| Verdict::Indeterminate(reason))
}

/// Whether the account has no room, whatever the signature.
fn is_quota(answer: &Answer) -> bool {
    matches!(answer, Answer::Throttled { .. }) || answer.status() == Some(402)
}

fn fail(
    subject: &Subject,
    rule: &CheckInfo,
    departure: &Mismatch,
    call: &Call,
    case: &CaseId,
    base: &Value,
) -> Verdict {
    let mut context = subject.context(case).with_input(base);
    context.signed = *rule == TAKES_SIGNATURE;
    Verdict::Fail(vec![subject.finding(rule, departure, call, &context)])
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
