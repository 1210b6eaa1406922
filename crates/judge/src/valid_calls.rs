//! What became of the valid calls of each operation, over the whole run.

use std::collections::BTreeMap;

use ivs_client::{Exchange, FailureKind};
use ivs_model::{Authority, CaseId, OperationId};

use crate::{Answer, CheckInfo, Grouping, Mismatch, RequestContext};

/// An operation answers at least one valid, correctly signed call, if another operation of its service accepts the same key.
///
/// An operation that refuses every valid call in the same way has one finding, and not one for each call. A refused signature says
/// nothing about one call, since the account may be at fault. Nor does a lost answer, since the network may be. An operation that
/// never does anything else is at fault itself.
pub(crate) static ANSWERS_VALID_CALL: CheckInfo = CheckInfo {
    check: "answers-valid-call",
    authority: Authority::Protocol,
    source: "all operations of a service accept the same signing key, and answer over HTTP",
    grouping: Grouping::Never,
};

/// The refused calls that a finding needs: one during the run, and one when the operation is asked again at its end. A circuit
/// that opens early leaves no more.
const LEAST_CALLS: u64 = 2;

/// Errors that refuse the signature or the key of a request.
const SIGNATURE_ERRORS: [&str; 8] = [
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// The valid calls of a run by operation.
#[derive(Default)]
pub(crate) struct ValidCalls(BTreeMap<OperationId, Calls>);

/// The valid calls of one operation.
#[derive(Default)]
struct Calls {
    has_succeeded: bool,
    /// Whether any call was answered by something that tells of the operation.
    is_answered: bool,
    refused: u64,
    /// The refused call of the least case id, and its answer.
    sample: Option<(CaseId, Exchange, Answer)>,
    /// The call of the least case id that was refused as the usual valid call is, its answer, and why it is expected to succeed.
    declined: Option<(CaseId, Exchange, Answer, Authority)>,
}

/// An operation that refused every valid call.
pub(crate) struct Unanswered<'c> {
    pub(crate) operation: OperationId,
    pub(crate) case: &'c CaseId,
    pub(crate) exchange: &'c Exchange,
    pub(crate) mismatch: Mismatch,
}

impl ValidCalls {
    /// Takes note of a call, if it is valid and was sent.
    pub(crate) fn note(&mut self, exchange: &Exchange, answer: &Answer, context: &RequestContext<'_>) {
        if !(context.routed && context.well_formed && context.signed) {
            return;
        }
        let calls = self.0.entry(exchange.operation).or_default();
        match answer {
            Answer::Success { .. } => (calls.has_succeeded, calls.is_answered) = (true, true),
            Answer::None(FailureKind::Timeout | FailureKind::Closed | FailureKind::Malformed) => {}
            // Throttling and failures of the connection as such tell nothing of the operation.
            Answer::None(_) | Answer::Throttled { .. } => return,
            Answer::Error { name, .. } if SIGNATURE_ERRORS.contains(&name.as_str()) => {}
            _ => calls.is_answered = true,
        }
        if calls.is_answered {
            calls.sample = None;
            return;
        }
        calls.refused += 1;
        if calls.sample.as_ref().is_none_or(|(case, ..)| context.case < case) {
            calls.sample = Some((context.case.clone(), exchange.clone(), answer.clone()));
        }
    }

    /// Takes note of a valid call that was refused as the usual valid call of the operation is.
    pub(crate) fn note_declined(
        &mut self,
        exchange: &Exchange,
        answer: &Answer,
        context: &RequestContext<'_>,
        authority: Authority,
    ) {
        let calls = self.0.entry(exchange.operation).or_default();
        if calls.declined.as_ref().is_none_or(|(case, ..)| context.case < case) {
            calls.declined = Some((context.case.clone(), exchange.clone(), answer.clone(), authority));
        }
    }

    /// Whether any valid call succeeded.
    pub(crate) fn have_succeeded(&self) -> bool {
        self.0.values().any(|calls| calls.has_succeeded)
    }

    /// Whether a valid call of this operation succeeded.
    pub(crate) fn has_succeeded(&self, operation: OperationId) -> bool {
        self.0.get(&operation).is_some_and(|calls| calls.has_succeeded)
    }

    /// Returns the operations that [`ValidCalls::unanswered`] returns if they refuse another valid call.
    pub(crate) fn suspects(&self) -> impl Iterator<Item = OperationId> {
        self.refusing(1).map(|unanswered| unanswered.operation)
    }

    /// Returns the operations that refused every valid call, while another operation of their service accepted one.
    pub(crate) fn unanswered(&self) -> impl Iterator<Item = Unanswered<'_>> {
        let declining = self.0.iter().filter_map(|(operation, calls)| {
            let (case, exchange, answer, authority) = calls.declined.as_ref()?;
            if calls.has_succeeded || !self.serves(operation.service()) {
                return None;
            }
            let mismatch = Mismatch::new("input", "success of a valid call", format!("every valid call got {answer}"))
                .because(*authority)
                .from_source("the constraints of the service model");
            Some(Unanswered { operation: *operation, case, exchange, mismatch })
        });
        self.refusing(LEAST_CALLS).chain(declining)
    }

    /// Returns the operations that refused the usual valid call and calls like it, while they accepted another valid call.
    pub(crate) fn declined(&self) -> impl Iterator<Item = Unanswered<'_>> {
        self.0.iter().filter_map(|(operation, calls)| {
            let (case, exchange, answer, authority) = calls.declined.as_ref().filter(|_| calls.has_succeeded)?;
            let mismatch = Mismatch::new("", "success", answer.to_string()).because(*authority);
            Some(Unanswered { operation: *operation, case, exchange, mismatch })
        })
    }

    fn serves(&self, service: &str) -> bool {
        self.0.iter().any(|(other, calls)| other.service() == service && calls.has_succeeded)
    }

    fn refusing(&self, least: u64) -> impl Iterator<Item = Unanswered<'_>> {
        self.0.iter().filter_map(move |(operation, calls)| {
            let (case, exchange, answer) = calls.sample.as_ref()?;
            if calls.is_answered || calls.refused < least || !self.serves(operation.service()) {
                return None;
            }
            let expected = "an answer to a valid call, as from other operations with the same key";
            let site = if matches!(answer, Answer::None(_)) { "response" } else { "signature" };
            let mismatch = Mismatch::new(site, expected, format!("every valid call got {answer}"));
            Some(Unanswered { operation: *operation, case, exchange, mismatch })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::Request;
    use ivs_client::{Failure, Response};

    use super::*;

    fn note(calls: &mut ValidCalls, operation: &'static str, answer: &Answer, times: u64) {
        let (exchange, case) = exchange(operation, answer);
        (0..times).for_each(|_| calls.note(&exchange, answer, &RequestContext::valid(&case)));
        calls.note(&exchange, &Answer::Success { status: 200 }, &RequestContext::unsigned(&case));
    }

    fn exchange(operation: &'static str, answer: &Answer) -> (Exchange, CaseId) {
        let operation = OperationId::new("ivs", operation);
        let outcome = match answer {
            Answer::None(kind) => Err(Failure::new(*kind, "")),
            _ => Ok(Response {
                status: answer.status().unwrap_or_default(),
                headers: Vec::new(),
                body: Vec::new().into(),
            }),
        };
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new().into(),
        };
        let exchange = Exchange { operation, request, outcome, duration: Duration::ZERO };
        (exchange, CaseId::control(operation))
    }

    fn unanswered(calls: &ValidCalls) -> Vec<(String, String)> {
        calls.unanswered().map(|it| (it.operation.name().to_owned(), it.mismatch.site)).collect()
    }

    fn refusal() -> Answer {
        Answer::Error { name: "InvalidSignatureException".to_owned(), status: 403 }
    }

    #[test]
    fn an_operation_that_refuses_all_is_named_if_another_one_does_not() {
        let mut calls = ValidCalls::default();
        note(&mut calls, "TagResource", &refusal(), LEAST_CALLS);
        note(&mut calls, "GetChannel", &Answer::None(FailureKind::Closed), LEAST_CALLS);
        assert_eq!(unanswered(&calls), []);
        assert!(!calls.have_succeeded());
        note(&mut calls, "ListChannels", &Answer::Success { status: 200 }, 1);
        let named = [("GetChannel", "response"), ("TagResource", "signature")];
        assert_eq!(unanswered(&calls), named.map(|(operation, site)| (operation.to_owned(), site.to_owned())));
        assert!(calls.have_succeeded());
    }

    #[test]
    fn an_operation_whose_usual_call_is_refused_is_named_once_and_by_what_else_it_takes() {
        let declined = |also_succeeds: bool, serves: bool| {
            let mut calls = ValidCalls::default();
            let answer = Answer::Error { name: "ConflictException".to_owned(), status: 409 };
            for name in ["CreateChannel", "GetChannel"] {
                note(&mut calls, name, &answer, 2);
            }
            let (exchange, case) = exchange("CreateChannel", &answer);
            (0..3).for_each(|_| {
                calls.note_declined(&exchange, &answer, &RequestContext::valid(&case), Authority::Model);
            });
            if serves {
                note(&mut calls, "ListChannels", &Answer::Success { status: 200 }, 1);
            }
            if also_succeeds {
                note(&mut calls, "CreateChannel", &Answer::Success { status: 200 }, 1);
            }
            let of = |it: Unanswered<'_>| (it.operation.name(), it.mismatch.site, it.mismatch.actual);
            (calls.unanswered().map(of).collect::<Vec<_>>(), calls.declined().map(of).collect::<Vec<_>>())
        };
        let text = "409 ConflictException";
        let all = ("CreateChannel", "input".to_owned(), format!("every valid call got {text}"));
        assert_eq!(declined(false, true), (vec![all], vec![]));
        assert_eq!(declined(true, true), (vec![], vec![("CreateChannel", String::new(), text.to_owned())]));
        assert_eq!(declined(false, false), (vec![], vec![]), "the service serves nobody");
    }

    #[test]
    fn few_calls_and_other_answers_show_no_refusal() {
        let mut calls = ValidCalls::default();
        note(&mut calls, "ListChannels", &Answer::Success { status: 200 }, 1);
        note(&mut calls, "GetStream", &refusal(), LEAST_CALLS - 1);
        note(&mut calls, "GetChannel", &Answer::None(FailureKind::Connect), LEAST_CALLS);
        note(&mut calls, "StopStream", &refusal(), LEAST_CALLS);
        note(&mut calls, "StopStream", &Answer::Error { name: "ResourceNotFoundException".to_owned(), status: 404 }, 1);
        let denied = Answer::Error { name: "AccessDeniedException".to_owned(), status: 403 };
        note(&mut calls, "PutMetadata", &denied, LEAST_CALLS);
        assert_eq!(unanswered(&calls), []);
        assert_eq!(calls.suspects().map(OperationId::name).collect::<Vec<_>>(), ["GetStream"]);
    }
}
