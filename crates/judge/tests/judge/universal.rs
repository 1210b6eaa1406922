//! What the universal checks find, and what they must not blame.

use std::collections::BTreeSet;

use ivs_client::{Exchange, FailureKind, Response};
use ivs_judge::{
    Answer, Finding, RequestContext, ResponseKind, Severity, checks, is_evidence, is_of_successes, is_universal,
};
use ivs_model::FindingId;
use serde_json::{Value, json};

use crate::exchange::{
    ARN, ROOM, answer, answered, call, case, channel, chat_error, chat_room, error, judge, unanswered, with_body,
    with_header,
};

fn found(exchange: &Exchange) -> Vec<Finding> {
    judge().universal(exchange, &RequestContext::valid(&case("ivs.GetChannel/validation/case"))).findings
}

fn named(exchange: &Exchange) -> Vec<(String, String)> {
    found(exchange).into_iter().map(|finding| (finding.check, finding.site)).collect()
}

fn create(response: Response) -> Exchange {
    answered(call("ivs.CreateChannel", &json!({"name": "a"})), response)
}

fn get(response: Response) -> Exchange {
    answered(call("ivs.GetChannel", &json!({"arn": ARN})), response)
}

fn list(body: Value) -> Exchange {
    answered(call("ivs.ListChannels", &json!({})), answer(200, body))
}

fn room(response: Response) -> Exchange {
    answered(call("ivschat.GetRoom", &json!({"identifier": ROOM})), response)
}

fn create_room(response: Response) -> Exchange {
    answered(call("ivschat.CreateRoom", &json!({"name": "a"})), response)
}

/// The text of a body with a number written in another way.
fn decimals(body: &Value, number: &str, other: &str) -> Vec<u8> {
    body.to_string().replace(&format!(":{number}"), &format!(":{other}")).into_bytes()
}

fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").insert(key.to_owned(), value);
    body
}

/// Each departure with the check that is meant for it, alone.
fn mismatches() -> Vec<(&'static str, &'static str, Exchange)> {
    let missing = |name| json!({"message": "a", "resourceId": "abcdABCDefgh", "resourceType": name});
    vec![
        ("answer-agrees", "/streamKey/channelArn", {
            create(answer(200, with(channel(), "/streamKey/channelArn", json!(format!("{ARN}x")))))
        }),
        ("arn-of-caller", "region", {
            let arn = "arn:aws:ivs:eu-west-1:123456789012:playback-key/abcdABCDefgh";
            let list = call("ivs.ListPlaybackKeyPairs", &json!({}));
            answered(list, answer(200, json!({"keyPairs": [{"arn": arn}]})))
        }),
        ("body-json", "success", create(with_body(answer(200, json!({})), b"<html></html>"))),
        ("body-json", "error", get(with_body(error(404, "ResourceNotFoundException"), b"[1]"))),
        ("content-type", "success", create(with_header(answer(200, channel()), "content-type", "text/html"))),
        ("content-type", "error", get(with_header(error(404, "ResourceNotFoundException"), "content-type", ""))),
        (
            "empty-204",
            "",
            answered(call("ivs.DeleteChannel", &json!({"arn": ARN})), with_body(answer(204, json!({})), b"{}")),
        ),
        ("error-declared", "InvalidToken", get(error(400, "InvalidToken"))),
        ("error-declared", "ConflictException", get(error(409, "ConflictException"))),
        (
            "error-names-agree",
            "/__type",
            get(with_body(error(404, "ResourceNotFoundException"), br#"{"__type":"NotFound","exceptionMessage":"a"}"#)),
        ),
        ("error-shape", "ResourceNotFoundException/resourceId#required", {
            let body = json!({"message": "a", "resourceType": "ROOM"});
            room(chat_error(404, "ResourceNotFoundException", body))
        }),
        ("error-shape", "ValidationException/reason#enum", {
            room(chat_error(400, "ValidationException", json!({"message": "a", "reason": "BAD"})))
        }),
        ("error-status", "ResourceNotFoundException", get(error(400, "ResourceNotFoundException"))),
        ("error-text", "elsewhere", { get(with_body(error(404, "ResourceNotFoundException"), br#"{"message":"a"}"#)) }),
        ("error-text", "absent", get(with_body(error(404, "ResourceNotFoundException"), b"{}"))),
        ("error-type-header", "header", {
            let body = br#"{"__type":"ResourceNotFoundException","exceptionMessage":"a"}"#;
            get(with_header(with_body(error(404, ""), body), "x-amzn-errortype", ""))
        }),
        ("error-type-header", "nameless", get(answer(400, json!({"message": "a"})))),
        (
            "header-member-in-body",
            "/accessControlAllowOrigin",
            answered(
                call("ivs.BatchGetChannel", &json!({"arns": [ARN]})),
                answer(200, json!({"accessControlAllowOrigin": "*"})),
            ),
        ),
        ("null-member", "/nextToken", list(json!({"channels": [], "nextToken": null}))),
        ("number-notation", "/maximumMessageLength", {
            create_room(with_body(answer(200, chat_room()), &decimals(&chat_room(), "500", "500.0")))
        }),
        ("output-bound", "/channel/name#pattern", create(answer(200, with(channel(), "/channel/name", json!("a b"))))),
        ("output-enum", "/channel/type#enum", create(answer(200, with(channel(), "/channel/type", json!("HUGE"))))),
        ("output-required", "/channels#required", list(json!({}))),
        ("output-timestamp", "/stream/startTime#timestamp-format", {
            let stream = json!({"channelArn": ARN, "state": "LIVE", "startTime": "2026-01-02T03:04:05+02:00"});
            let body = json!({ "stream": stream });
            answered(call("ivs.GetStream", &json!({"channelArn": ARN})), answer(200, body))
        }),
        ("output-type", "/channel/authorized#type", {
            create(answer(200, with(channel(), "/channel/authorized", json!("false"))))
        }),
        ("promised-member", "/streamKey", create(answer(200, json!({"channel": channel()["channel"]})))),
        ("request-id", "", create(with_header(answer(200, channel()), "x-amzn-requestid", ""))),
        ("secret-echoed", "credentials", {
            let body = with(channel(), "/channel/name", json!("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"));
            create(answer(200, body))
        }),
        ("server-error", "500", get(error(500, "InternalServerException"))),
        ("success-status", "", answered(call("ivs.DeleteChannel", &json!({"arn": ARN})), answer(200, json!({})))),
        ("time-follows", "/createTime", {
            create_room(answer(200, with(chat_room(), "/createTime", json!("1970-01-01T00:00:00Z"))))
        }),
        ("times-in-order", "/updateTime", {
            room(answer(200, with(chat_room(), "/updateTime", json!("2026-01-01T03:04:05Z"))))
        }),
        ("unmodeled-member", "/channels/*/playbackUrl", {
            list(json!({"channels": [{"arn": ARN, "playbackUrl": "https://example.net"}]}))
        }),
        ("unmodeled-status", "", get(with_header(answer(302, json!({})), "location", "http://example.net"))),
        ("unmodeled-status", "", room(chat_error(302, "", missing("ROOM")))),
        ("value-form", "/channel/ingestEndpoint", {
            create(answer(200, with(channel(), "/channel/ingestEndpoint", json!("ingest.example.com"))))
        }),
    ]
}

#[test]
fn each_departure_is_found_by_the_check_meant_for_it_and_by_no_other() {
    for (check, site, exchange) in mismatches() {
        assert_eq!(named(&exchange), vec![(check.to_owned(), site.to_owned())], "{check} {site}");
    }
}

#[test]
fn every_check_is_tripped_by_some_departure() {
    let tripped: BTreeSet<&str> = mismatches().into_iter().map(|(check, _, _)| check).collect();
    let all: BTreeSet<&str> = checks().iter().map(|check| check.rule().check).collect();
    assert_eq!(tripped, all);
}

#[test]
fn every_check_says_which_responses_it_looks_at() {
    for (check, site, exchange) in mismatches() {
        let found = checks().iter().find(|it| it.rule().check == check).expect("a check");
        let status = exchange.outcome.as_ref().expect("a response").status;
        let is_looked_at = match found.looks_at() {
            ResponseKind::Any => true,
            ResponseKind::Success => status < 300,
            ResponseKind::Error => status >= 400,
        };
        assert!(is_looked_at, "{check} {site} {status}");
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
