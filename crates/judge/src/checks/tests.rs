//! What the universal checks find, and what they must not blame.

use ivs_client::{Exchange, FailureKind};
use ivs_model::FindingId;
use serde_json::json;

use super::checks;
use crate::test_exchange::{
    ARN, answer, answered, call, case, channel, chat_error, create, error, get, judge, list, room, unanswered,
    with_body, with_header,
};
use crate::{
    Answer, Finding, RequestContext, ResponseKind, Severity, UniversalCheck, is_evidence, is_of_successes, is_universal,
};

fn found(exchange: &Exchange) -> Vec<Finding> {
    judge().universal(exchange, &RequestContext::valid(&case("ivs.GetChannel/validation/case"))).findings
}

fn named(exchange: &Exchange) -> Vec<(String, String)> {
    found(exchange).into_iter().map(|finding| (finding.check, finding.site)).collect()
}

/// What each check finds in its own exchanges.
fn mismatches() -> impl Iterator<Item = (&'static dyn UniversalCheck, &'static str, Exchange)> {
    checks().iter().flat_map(|&check| check.found_in().into_iter().map(move |(site, exchange)| (check, site, exchange)))
}

#[test]
fn each_departure_is_found_by_the_check_meant_for_it_and_by_no_other() {
    for (check, site, exchange) in mismatches() {
        let check = check.rule().check;
        assert_eq!(named(&exchange), vec![(check.to_owned(), site.to_owned())], "{check} {site}");
    }
}

#[test]
fn every_check_is_tripped_by_some_departure() {
    for check in checks() {
        assert!(!check.found_in().is_empty(), "{}", check.rule().check);
    }
}

#[test]
fn every_check_says_which_responses_it_looks_at() {
    for (check, site, exchange) in mismatches() {
        let status = exchange.outcome.as_ref().expect("a response").status;
        let is_looked_at = match check.looks_at() {
            ResponseKind::Any => true,
            ResponseKind::Success => status < 300,
            ResponseKind::Error => status >= 400,
        };
        assert!(is_looked_at, "{} {site} {status}", check.rule().check);
    }
}

#[test]
fn a_refusal_or_an_output_without_the_place_is_no_evidence_that_a_value_is_right() {
    let is_shown = |finding: &str, exchange: &Exchange| {
        let finding: FindingId = finding.parse().expect("a finding id");
        assert!(is_universal(&finding) && is_of_successes(&finding), "{finding}");
        is_evidence(&finding, exchange, &judge().answer(exchange))
    };
    let refusal = answered(call("ivs.CreateChannel", &json!({"name": "a"})), error(400, "ValidationException"));
    for finding in
        ["promised-member:ivs.CreateChannel:/streamKey/value", "value-form:ivs.CreateChannel:/streamKey/value"]
    {
        assert!(is_shown(finding, &create(answer(200, channel()))), "{finding}");
        assert!(!is_shown(finding, &create(answer(200, json!({})))), "{finding}");
        assert!(!is_shown(finding, &refusal), "{finding}");
    }
    assert!(!is_shown("time-stays:ivs.CreateChannel:/createTime", &refusal));
}

#[test]
fn right_answers_are_not_blamed() {
    let right = [
        create(answer(200, channel())),
        create(with_header(answer(200, channel()), "content-type", "application/json; charset=utf-8")),
        list(json!({"channels": []})),
        list(json!({"channels": [], "nextToken": ""})),
        answered(call("ivs.DeleteChannel", &json!({"arn": ARN})), answer(204, json!({}))),
        // An empty output structure may come without a body (fact `response-no-body`).
        answered(
            call("ivs.StopStream", &json!({"channelArn": ARN})),
            with_header(with_body(answer(200, json!({})), b""), "content-type", ""),
        ),
        get(error(404, "ResourceNotFoundException")),
        get(error(404, "ResourceNotFoundException:http://internal.amazon.com/coral/")),
        // Throttling is under-declared, signatures and permissions are checked before the operation.
        answered(call("ivs-realtime.GetStage", &json!({})), error(429, "ThrottlingException")),
        get(error(403, "UnrecognizedClientException")),
        // A gateway keys its text by `message` (fact `gateway-answers`).
        get(with_body(error(403, "ExpiredTokenException"), br#"{"message":"a"}"#)),
        room(chat_error(400, "ValidationException", json!({"message": "a", "reason": "OTHER"}))),
        // What chat puts in resourceType for other resources is unknown (fact `errors-of-chat`).
        room(chat_error(
            404,
            "ResourceNotFoundException",
            json!({"message": "a", "resourceId": "abcdABCDefgh", "resourceType": "LOGGING_CONFIGURATION"}),
        )),
        // Errors and their arns may be absent from a batch; the pattern of ResourceArn matches no real ARN.
        answered(
            call("ivs.BatchGetChannel", &json!({"arns": [ARN]})),
            answer(200, json!({"errors": [{"arn": ARN, "code": "404", "message": "a"}]})),
        ),
        answered(
            call("ivs-realtime.CreateIngestConfiguration", &json!({"ingestProtocol": "RTMPS"})),
            with_header(
                answer(
                    200,
                    json!({"ingestConfiguration": {
                        "name": "", "arn": "arn:aws:ivs:us-west-2:123456789012:ingest-configuration/abcdABCDefgh",
                        "ingestProtocol": "RTMPS", "streamKey": "rt_123456789012_us-west-2_abcdABCDefgh_abcd1234efgh5678",
                        "stageArn": "", "participantId": "xyZ654abc321", "state": "INACTIVE", "userId": ""
                    }}),
                ),
                "access-control-allow-origin",
                "*",
            ),
        ),
    ];
    for exchange in right {
        assert_eq!(named(&exchange), vec![], "{}", exchange.operation);
    }
}

#[test]
fn an_unknown_name_is_an_error_and_a_neighbours_name_a_warning() {
    let severity =
        |name| found(&get(error(400, name))).into_iter().find(|it| it.check == "error-declared").map(|it| it.severity);
    assert_eq!(severity("InvalidToken"), Some(Severity::Error));
    assert_eq!(severity("ConflictException"), Some(Severity::Warning));
}

#[test]
fn a_member_of_a_newer_service_is_a_warning() {
    let of = |name: &str| found(&list(json!({"channels": [{"arn": ARN, name: "x"}]}))).remove(0).severity;
    assert_eq!(of("ingestEndpoint"), Severity::Error);
    assert_eq!(of("neverHeardOf"), Severity::Warning);
}

#[test]
fn texts_only_in_message_are_a_warning() {
    let finding = found(&get(with_body(error(404, "ResourceNotFoundException"), br#"{"message":"a"}"#))).remove(0);
    assert_eq!((finding.check.as_str(), finding.severity), ("error-text", Severity::Warning));
}

#[test]
fn an_operation_that_is_not_there_is_no_divergence() {
    let judge = judge();
    let case = case("ivs.GetChannel/validation/case");
    let probe = RequestContext::probe(&case);
    let html = || with_header(with_body(answer(404, json!({})), b"<html>"), "content-type", "text/html");
    for response in [html(), answer(501, json!({})), error(400, "UnknownOperationException"), error(404, "NotFound")] {
        let judgement = judge.universal(&get(response), &probe);
        assert!(judgement.answer.is_absent() && judgement.findings.is_empty(), "{:?}", judgement.findings);
    }
    // Once the operation has answered, the same page is a divergence; a known name never is coverage.
    assert!(!found(&get(html())).is_empty());
    assert!(!judge.answer(&get(error(404, "ResourceNotFoundException"))).is_absent());
}

#[test]
fn a_malformed_request_may_be_answered_by_a_protocol_error() {
    let judge = judge();
    let case = case("ivs.GetChannel/protocol/case");
    let invalid = RequestContext::invalid(&case);
    let exchange = get(error(400, "SerializationException"));
    assert!(judge.universal(&exchange, &invalid).findings.is_empty());
    assert!(!found(&exchange).is_empty());
    // That it crashes the server is for the suite to tell, which owes a rejection.
    let checks = |context| -> Vec<String> {
        judge
            .universal(&get(error(500, "InternalServerException")), context)
            .findings
            .into_iter()
            .map(|it| it.check)
            .collect()
    };
    assert_eq!(checks(&invalid), Vec::<String>::new());
}

#[test]
fn unsigned_and_unrouted_requests_are_judged_for_secrets_only() {
    let judge = judge();
    let html = with_header(with_body(answer(500, json!({})), b"<html>"), "content-type", "text/html");
    let case = case("ivs.GetChannel/auth/c");
    for context in [RequestContext::unsigned(&case), RequestContext::unrouted(&case)] {
        assert!(judge.universal(&get(html.clone()), &context).findings.is_empty());
    }
}

#[test]
fn a_wrongly_taken_value_is_not_told_again_by_each_listing() {
    let judge = judge();
    let case = case("ivs.ListChannels/validation/case");
    let context = RequestContext::valid(&case);
    let listing = list(json!({"channels": [{"arn": ARN, "name": "a b"}]}));
    assert_eq!(judge.universal(&listing, &context).findings.len(), 1);
    judge.announce_invalid(&json!({"name": "a b"}));
    assert!(judge.universal(&listing, &context).findings.is_empty());
}

#[test]
fn a_stream_key_in_an_error_is_found_after_it_was_seen() {
    let judge = judge();
    let case = case("ivs.GetChannel/validation/case");
    let context = RequestContext::valid(&case);
    let text = br#"{"exceptionMessage":"no channel has the key sk_us-west-2_abcdABCDefgh_567890abcdef."}"#;
    let leaking = get(with_body(error(404, "ResourceNotFoundException"), text));
    assert!(judge.universal(&leaking, &context).findings.is_empty());
    assert!(judge.universal(&create(answer(200, channel())), &context).findings.is_empty());
    let findings = judge.universal(&leaking, &context).findings;
    assert_eq!(findings.iter().map(|it| it.check.as_str()).collect::<Vec<_>>(), vec!["secret-echoed"]);
    assert!(!format!("{findings:?}").contains("567890abcdef"));
}

#[test]
fn a_request_id_that_comes_twice_is_one_finding_of_each_operation_that_bore_it() {
    let judge = judge();
    let case = case("ivs.GetChannel/validation/case");
    let context = RequestContext::valid(&case);
    let with_id = |id: &str| create(with_header(answer(200, channel()), "x-amzn-requestid", id));
    for id in ["a", "b", "c"] {
        assert!(judge.universal(&with_id(id), &context).findings.is_empty());
    }
    assert!(judge.conclude().is_empty());
    let _ = judge.universal(&with_id("b"), &context);
    let told = || -> Vec<(String, u64)> {
        judge.conclude().into_iter().map(|finding| (finding.identity.to_string(), finding.count)).collect()
    };
    assert_eq!(told(), [("request-id-distinct:ivs.CreateChannel:".to_owned(), 2)]);
    let other = get(with_header(answer(200, channel()), "x-amzn-requestid", "a"));
    let _ = judge.universal(&other, &context);
    let both = [("request-id-distinct:ivs.CreateChannel:", 3), ("request-id-distinct:ivs.GetChannel:", 1)];
    assert_eq!(told(), both.map(|(identity, count)| (identity.to_owned(), count)));
}

#[test]
fn no_answer_is_no_divergence() {
    let judgement = judge().universal(
        &unanswered(get(answer(200, json!({}))), FailureKind::Timeout),
        &RequestContext::valid(&case("ivs.GetChannel/s/c")),
    );
    assert_eq!((judgement.answer, judgement.findings), (Answer::None(FailureKind::Timeout), vec![]));
}

#[test]
fn the_errors_that_a_run_has_seen_are_remembered_with_their_right_status_only() {
    let judge = judge();
    let case = case("ivs.GetChannel/errors/c");
    let context = RequestContext::valid(&case);
    let _ = judge.universal(&get(error(404, "ResourceNotFoundException")), &context);
    let _ = judge.universal(&get(error(409, "ValidationException")), &context);
    let seen: Vec<String> = judge.errors_seen().into_iter().map(|pair| pair.error.to_owned()).collect();
    assert_eq!(seen, vec!["ResourceNotFoundException"]);
}
