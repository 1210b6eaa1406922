//! V: constraints of the model.

use serde_json::{Value, json};

use crate::support::{Bench, Signer, post};

async fn refused(bench: &Bench, operation: &str, input: Value) {
    let answer = bench.ivs(operation, input).await;
    answer.is_error(400, "ValidationException");
}

#[tokio::test]
async fn v01_a_missing_required_member_is_invalid() {
    let bench = Bench::start().await;
    refused(&bench, "GetChannel", json!({})).await;
    refused(&bench, "GetChannel", json!({"arn": null})).await;
    refused(&bench, "CreateParticipantToken", json!({})).await;
}

#[tokio::test]
async fn v02_a_value_outside_its_enum_is_invalid() {
    let bench = Bench::start().await;
    refused(&bench, "CreateChannel", json!({"type": "standard"})).await;
    refused(&bench, "CreateChannel", json!({"latencyMode": ""})).await;
}

#[tokio::test]
async fn v03_names_beyond_their_pattern_or_length_are_invalid() {
    let bench = Bench::start().await;
    refused(&bench, "CreateChannel", json!({"name": "a b"})).await;
    refused(&bench, "CreateChannel", json!({"name": "a\n"})).await;
    refused(&bench, "CreateChannel", json!({"name": "a".repeat(129)})).await;
    bench.ivs("CreateChannel", json!({"name": "a".repeat(128)})).await.ok();
}

#[tokio::test]
async fn v04_page_sizes_beyond_their_bounds_are_invalid() {
    let bench = Bench::start().await;
    for size in [json!(0), json!(101), json!(-1), json!(1.5), json!("1")] {
        refused(&bench, "ListChannels", json!({"maxResults": size})).await;
    }
    bench.ivs("ListChannels", json!({"maxResults": 100})).await.ok();
}

#[tokio::test]
async fn v05_batches_beyond_their_bounds_are_invalid() {
    let bench = Bench::start().await;
    let arns = |count: usize| -> Value {
        (0..count).map(|id| json!(format!("arn:aws:ivs:us-east-1:123456789012:channel/{id}"))).collect()
    };
    refused(&bench, "BatchGetChannel", json!({"arns": []})).await;
    refused(&bench, "BatchGetChannel", json!({"arns": arns(51)})).await;
    let full = bench.ivs("BatchGetChannel", json!({"arns": arns(50)})).await.ok();
    assert_eq!(full["errors"].as_array().unwrap().len(), 50);
    let sessions = |count: usize| -> Value {
        let session =
            |id| json!({"channelArn": format!("arn:aws:ivs:us-east-1:123456789012:channel/{id}"), "viewerId": "v"});
        json!({"viewerSessions": (0..count).map(session).collect::<Vec<_>>()})
    };
    refused(&bench, "BatchStartViewerSessionRevocation", sessions(0)).await;
    refused(&bench, "BatchStartViewerSessionRevocation", sessions(21)).await;
    let full = bench.ivs("BatchStartViewerSessionRevocation", sessions(20)).await.ok();
    assert_eq!(full["errors"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn v06_numbers_and_lengths_beyond_their_bounds_are_invalid() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    for duration in [0, 20161] {
        refused(&bench, "CreateParticipantToken", json!({"stageArn": stage, "duration": duration})).await;
    }
    let channel = bench.channel().await;
    let revoke = |viewer: String| json!({"channelArn": channel, "viewerId": viewer});
    refused(&bench, "StartViewerSessionRevocation", revoke("v".repeat(41))).await;
    bench.ivs("StartViewerSessionRevocation", revoke("v".repeat(40))).await.ok();
    let room = bench.room().await;
    let token = json!({"roomIdentifier": room, "userId": "u", "sessionDurationInMinutes": 181});
    bench.chat("CreateChatToken", token).await.is_error(400, "ValidationException");
    for input in [json!({"maximumMessageLength": 501}), json!({"maximumMessageRatePerSecond": 101})] {
        let answer = bench.chat("CreateRoom", input).await;
        answer.is_error(400, "ValidationException");
    }
}

#[tokio::test]
async fn v07_a_malformed_arn_is_invalid_and_not_unknown() {
    let bench = Bench::start().await;
    for arn in ["", "x", "arn:aws:ivs:us-east-1:123456789012:stage/a", "arn:aws:ivs:us-east-1:123456789012:channel/a b"]
    {
        refused(&bench, "GetChannel", json!({"arn": arn})).await;
        refused(&bench, "DeleteChannel", json!({"arn": arn})).await;
    }
}

#[tokio::test]
async fn v08_a_wrong_json_type_and_malformed_json_are_refused() {
    let bench = Bench::start().await;
    for input in [json!({"authorized": "true"}), json!({"name": 1}), json!({"tags": []}), json!({"tags": {"a": 1}})] {
        refused(&bench, "CreateChannel", input).await;
    }
    for body in ["{", "[]", "{\"name\":}"] {
        let mut request = post("CreateChannel", &json!({}));
        request.body = body.as_bytes().to_vec();
        let answer = bench.signed(&Signer::default(), request).await;
        answer.is_error(400, "ValidationException");
    }
}
