//! What the checks of values find, and what they must not blame.

use ivs_client::{Exchange, Response};
use ivs_judge::{Finding, RequestContext, Severity};
use ivs_model::Authority;
use serde_json::{Value, json};

use crate::exchange::{ARN, ROOM, answer, answered, call, case, channel, chat_room, judge, with_body, with_header};

const STAGE: &str = "arn:aws:ivs:us-west-2:123456789012:stage/abcdABCDefgh";

fn found(exchange: &Exchange) -> Vec<Finding> {
    judge().universal(exchange, &RequestContext::valid(&case("ivs.GetChannel/validation/case"))).findings
}

fn named(exchange: &Exchange) -> Vec<(String, String)> {
    found(exchange).into_iter().map(|finding| (finding.check, finding.site)).collect()
}

fn create(body: &Value) -> Exchange {
    answered(call("ivs.CreateChannel", &json!({"name": "a"})), answer(200, body.clone()))
}

fn token(input: &Value, expires: &str) -> Exchange {
    let token = json!({"participantId": "abcdABCDefgh", "token": "a.b.c", "expirationTime": expires});
    answered(call("ivs-realtime.CreateParticipantToken", input), answer(200, json!({ "participantToken": token })))
}

fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    body.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(key);
    body
}

fn changed(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).expect("a member") = value;
    body
}

fn room(operation: &str, input: &Value, body: &Value) -> Exchange {
    answered(call(&format!("ivschat.{operation}"), input), answer(200, body.clone()))
}

#[test]
fn members_that_a_caller_needs_are_owed_at_every_depth() {
    for site in ["/channel/srt", "/channel/srt/passphrase", "/channel/playbackUrl", "/channel/arn", "/streamKey/value"]
    {
        let exchange = create(&without(channel(), site));
        assert!(named(&exchange).contains(&("promised-member".to_owned(), site.to_owned())), "{site}");
    }
    // An empty text is an unset one.
    let empty = create(&changed(channel(), "/channel/ingestEndpoint", json!("")));
    assert_eq!(named(&empty), vec![("promised-member".to_owned(), "/channel/ingestEndpoint".to_owned())]);
    // Each place is told once, however many items lack it.
    let listing = answered(
        call("ivs.BatchGetStreamKey", &json!({"arns": []})),
        answer(
            200,
            json!({"streamKeys": [{"channelArn": ARN, "value": "sk_us-west-2_a"}, {"channelArn": ARN, "value": "sk_us-west-2_b"}]}),
        ),
    );
    assert_eq!(named(&listing), vec![("promised-member".to_owned(), "/streamKeys/*/arn".to_owned())]);
}

#[test]
fn nothing_is_promised_of_an_answer_to_an_invalid_input() {
    let case = case("ivs.CreateChannel/validation/case");
    let findings = judge().universal(&create(&json!({})), &RequestContext::invalid(&case)).findings;
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn both_known_forms_of_hosts_are_right() {
    for label in ["abcdABCDefgh", "a1b2c3d4e5f6"] {
        let body =
            changed(channel(), "/channel/ingestEndpoint", json!(format!("{label}.global-contribute.live-video.net")));
        let url = format!(
            "https://{label}.us-west-2.playback.live-video.net/api/video/v1/us-west-2.123456789012.channel.abcdABCDefgh.m3u8"
        );
        assert_eq!(named(&create(&changed(body, "/channel/playbackUrl", json!(url)))), vec![]);
    }
    let other = channel()["channel"]["playbackUrl"].as_str().expect("a text").replace("123456789012", "210987654321");
    let wrong = create(&changed(channel(), "/channel/playbackUrl", json!(other)));
    assert_eq!(named(&wrong), vec![("value-form".to_owned(), "/channel/playbackUrl".to_owned())]);
}

#[test]
fn a_key_names_the_region_that_its_caller_signs_for() {
    let body = changed(channel(), "/streamKey/value", json!("sk_eu-west-1_abcd_efgh"));
    let finding = found(&create(&body)).remove(0);
    assert_eq!((finding.check.as_str(), finding.site.as_str()), ("value-form", "/streamKey/value"));
    assert!(!finding.actual.contains("abcd_efgh"), "{}", finding.actual);
}

#[test]
fn fingerprints_are_sixteen_pairs() {
    let get = |fingerprint: &str| {
        let pair = json!({"arn": "arn:aws:ivs:us-west-2:123456789012:playback-key/a", "fingerprint": fingerprint});
        let input = json!({"arn": "arn:aws:ivs:us-west-2:123456789012:playback-key/a"});
        answered(call("ivs.GetPlaybackKeyPair", &input), answer(200, json!({ "keyPair": pair })))
    };
    assert_eq!(named(&get("98:0d:1a:a0:19:96:1e:ea:0a:0a:2c:9a:42:19:2b:e7")), vec![]);
    for wrong in
        ["12345678:9abcdef0", "98:0D:1A:A0:19:96:1E:EA:0A:0A:2C:9A:42:19:2B:E7", "980d1aa019961eea0a0a2c9a42192be7"]
    {
        assert_eq!(named(&get(wrong)), vec![("value-form".to_owned(), "/keyPair/fingerprint".to_owned())], "{wrong}");
    }
}

#[test]
fn an_arn_that_the_request_names_is_an_echo() {
    let arn = "arn:aws:ivs:eu-west-1:123456789012:playback-key/abcdABCDefgh";
    let pair = json!({"arn": arn, "fingerprint": "98:0d:1a:a0:19:96:1e:ea:0a:0a:2c:9a:42:19:2b:e7"});
    let get = |input: &Value| {
        answered(call("ivs.GetPlaybackKeyPair", input), answer(200, json!({ "keyPair": pair.clone() })))
    };
    assert_eq!(named(&get(&json!({ "arn": arn }))), vec![]);
    let other = json!({"arn": arn.replace("eu-west-1", "us-west-2")});
    assert_eq!(named(&get(&other)), vec![("arn-of-caller".to_owned(), "region".to_owned())]);
}

#[test]
fn arns_of_another_account_are_told_at_the_end_of_the_run() {
    let judge = judge();
    let (create_case, list_case) =
        (case("ivs.CreateChannel/validation/c"), case("ivs.ListPlaybackKeyPairs/pagination/c"));
    let list = |account: &str| {
        let arn = format!("arn:aws:ivs:us-west-2:{account}:playback-key/abcdABCDefgh");
        answered(call("ivs.ListPlaybackKeyPairs", &json!({})), answer(200, json!({"keyPairs": [{ "arn": arn }]})))
    };
    let _ = judge.universal(&list("123456789012"), &RequestContext::valid(&list_case));
    let _ = judge.universal(&create(&channel()), &RequestContext::valid(&create_case));
    // The answers of these tests all have one request id, which is another finding.
    let conclude = || -> Vec<Finding> {
        judge.conclude().into_iter().filter(|finding| finding.check == "arn-of-caller").collect()
    };
    assert_eq!(conclude(), vec![]);
    let _ = judge.universal(&list("210987654321"), &RequestContext::valid(&list_case));
    let findings = conclude();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].scope.operation_name(), "ListPlaybackKeyPairs");
    assert!(findings[0].expected.contains("123456789012"), "{}", findings[0].expected);
}

#[test]
fn a_token_expires_when_the_input_says() {
    let half = json!({"stageArn": STAGE, "duration": 30});
    assert_eq!(named(&token(&half, "2026-01-02T03:34:05Z")), vec![]);
    assert_eq!(named(&token(&json!({ "stageArn": STAGE }), "2026-01-02T15:04:05.5Z")), vec![]);
    let finding = found(&token(&half, "2026-01-02T15:04:05Z")).remove(0);
    assert_eq!((finding.check.as_str(), finding.site.as_str()), ("time-follows", "/participantToken/expirationTime"));
    assert_eq!(finding.expected, "30 minutes after the call, as the input says");
    assert_eq!(finding.actual, "about 12 hours later");
}

#[test]
fn the_clock_of_the_endpoint_decides_where_it_says_its_time() {
    let at = |date: &str| {
        let exchange = token(&json!({"stageArn": STAGE, "duration": 30}), "2026-01-02T05:34:05Z");
        let Ok(response) = exchange.outcome.clone() else { panic!("an answer") };
        named(&answered(exchange, with_header(response, "date", date)))
    };
    assert_eq!(at("Fri, 02 Jan 2026 05:04:05 GMT"), vec![]);
    assert_eq!(at("Fri, 02 Jan 2026 03:04:05 GMT").len(), 1);
    // A date that cannot be read is no clock.
    assert_eq!(at("today").len(), 1);
}

#[test]
fn tokens_of_a_stage_follow_their_configurations() {
    let create = |expires: [&str; 2], count: usize| {
        let input = json!({"participantTokenConfigurations": [{"duration": 60}, {}]});
        let tokens: Vec<Value> = expires
            .iter()
            .take(count)
            .map(|expires| json!({"participantId": "a", "token": "a.b.c", "expirationTime": expires}))
            .collect();
        let host = "https://a1b2c3d4e5f6.global-bm.whip.live-video.net";
        let rtmp = "rtmp://a1b2c3d4e5f6.global-contribute.live-video.net/app/";
        let rtmps = "rtmps://a1b2c3d4e5f6.global-contribute.live-video.net:443/app/";
        let endpoints =
            json!({"events": "wss://global.events.live-video.net", "whip": host, "rtmp": rtmp, "rtmps": rtmps});
        let body = json!({"stage": {"arn": STAGE, "endpoints": endpoints}, "participantTokens": tokens});
        named(&answered(call("ivs-realtime.CreateStage", &input), answer(200, body)))
    };
    let (hour, day) = ("2026-01-02T04:04:05Z", "2026-01-02T15:04:05Z");
    assert_eq!(create([hour, day], 2), vec![]);
    let site = "/participantTokens/*/expirationTime".to_owned();
    assert_eq!(create([hour, hour], 2), vec![("time-follows".to_owned(), site)]);
    assert_eq!(create([hour, day], 1), vec![("answer-agrees".to_owned(), "/participantTokens".to_owned())]);
}

#[test]
fn a_time_of_creation_stays_whoever_shows_it() {
    let judge = judge();
    let case = case("ivschat.GetRoom/validation/case");
    let context = RequestContext::valid(&case);
    let get = |created: &str| {
        let body =
            changed(changed(chat_room(), "/createTime", json!(created)), "/updateTime", json!("2026-01-03T00:00:00Z"));
        room("GetRoom", &json!({ "identifier": ROOM }), &body)
    };
    let checks = |exchange: &Exchange| -> Vec<String> {
        judge.universal(exchange, &context).findings.into_iter().map(|finding| finding.check).collect()
    };
    assert!(checks(&room("CreateRoom", &json!({}), &chat_room())).is_empty());
    assert!(checks(&get("2026-01-02T03:04:05.123Z")).is_empty());
    // Another writing of the same second is no other time.
    assert!(checks(&get("2026-01-02T03:04:05Z")).is_empty());
    assert_eq!(checks(&get("2026-01-02T03:05:05Z")), vec!["time-stays"]);
}

#[test]
fn a_timestamp_in_utc_with_a_numeric_offset_is_no_finding() {
    let get = |created: &str| {
        room("GetRoom", &json!({ "identifier": ROOM }), &changed(chat_room(), "/createTime", json!(created)))
    };
    assert_eq!(named(&get("2026-01-02T03:04:05.850267+00:00")), vec![]);
    let finding = found(&get("2026-01-02T03:04:05+02:00")).remove(0);
    assert_eq!((finding.check.as_str(), finding.authority), ("output-timestamp", Authority::Protocol));
    assert!(finding.actual.contains("2026-01-02T03:04:05+02:00"), "the value is shown: {}", finding.actual);
    let text = found(&get("yesterday")).remove(0);
    assert_eq!(
        (text.check.as_str(), text.authority, text.severity),
        ("output-timestamp", Authority::Protocol, Severity::Error)
    );
}

#[test]
fn equal_numbers_are_told_apart_by_their_writing() {
    let get = |number: &str| {
        let text = chat_room().to_string().replace(":500", &format!(":{number}"));
        let response: Response = with_body(answer(200, json!({})), text.as_bytes());
        named(&answered(call("ivschat.GetRoom", &json!({ "identifier": ROOM })), response))
    };
    assert_eq!(get("500"), vec![]);
    for number in ["500.0", "5e2", "5.0E+2", "50000e-2"] {
        let site = "/maximumMessageLength".to_owned();
        assert_eq!(get(number), vec![("number-notation".to_owned(), site)], "{number}");
    }
    // A true fraction is a wrong type.
    assert_eq!(get("499.5"), vec![("output-type".to_owned(), "/maximumMessageLength#type".to_owned())]);
}

#[test]
fn floating_point_members_may_be_written_in_any_way() {
    let arn = "arn:aws:ivs:us-west-2:123456789012:encoder-configuration/abcd";
    let body = json!({"encoderConfiguration": {"arn": arn, "video": {"framerate": 30.0, "width": 1280}}});
    let get = answered(call("ivs-realtime.GetEncoderConfiguration", &json!({ "arn": arn })), answer(200, body));
    assert_eq!(named(&get), vec![]);
}
