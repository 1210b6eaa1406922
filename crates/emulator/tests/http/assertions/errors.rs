//! P: the names and members of errors.

use ivs_model::{Model, Operation, UriSegment};
use serde_json::{Map, Value, json};

use crate::support::{Answer, Bench, Request, Signer, post};

const ABSENT: &str = "arn:aws:ivs:us-east-1:123456789012:channel/none";
const ABSENT_ROOM: &str = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456";

/// Makes a request with an empty input. The labels of its path are not ARNs.
pub(super) fn empty(operation: &Operation) -> Request {
    let segments = operation.uri.segments.iter().map(|segment| match segment {
        UriSegment::Literal(text) => text.as_str(),
        UriSegment::Label(_) | UriSegment::GreedyLabel(_) => "none",
    });
    let target = segments.fold(String::new(), |path, segment| path + "/" + segment);
    let method = operation.method.as_str().to_owned();
    Request { method, target, ..post("", &json!({})) }
}

/// A refused call: its model, its operation and the response.
type Refused = (&'static Model, &'static Operation, Answer);

/// Calls every operation with an empty input, and some operations in ways that are refused for other reasons.
async fn refusals(bench: &Bench) -> Vec<Refused> {
    let mut refused = Vec::new();
    for model in ivs_model::bundled::models() {
        for operation in &model.operations {
            let answer = bench.signed(&Signer::of(&model.service.signing_name), empty(operation)).await;
            refused.push((model, operation, answer));
        }
    }
    let channel = bench.channel().await;
    let policy = "arn:aws:ivs:us-east-1:123456789012:recording-configuration/a";
    for (service, name, input) in [
        ("ivs", "GetChannel", json!({"arn": ABSENT})),
        ("ivs", "CreateStreamKey", json!({"channelArn": channel})),
        ("ivs", "ListChannels", json!({"filterByName": "a", "filterByRecordingConfigurationArn": policy})),
        ("ivs", "GetStream", json!({"channelArn": channel})),
        ("ivs", "CreateChannel", json!({"type": "none"})),
        ("ivs-realtime", "GetStage", json!({"arn": ABSENT.replace("channel", "stage")})),
        ("ivs-realtime", "ImportPublicKey", json!({"publicKeyMaterial": "none"})),
        ("ivschat", "GetRoom", json!({"identifier": ABSENT_ROOM})),
        ("ivschat", "CreateRoom", json!({"maximumMessageLength": 501})),
    ] {
        let model = ivs_model::bundled::model(service).unwrap();
        let answer = bench.signed(&Signer::of(&model.service.signing_name), post(name, &input)).await;
        refused.push((model, model.operation(name).unwrap(), answer));
    }
    refused.retain(|(_, _, answer)| answer.status >= 400);
    assert!(refused.len() > 70, "{} calls are refused", refused.len());
    refused
}

#[tokio::test]
async fn p04_every_error_is_named_in_its_header() {
    let bench = Bench::start().await;
    for (model, operation, answer) in refusals(&bench).await {
        let name = answer.header("x-amzn-errortype").unwrap();
        let shape = model.shape_named(name).unwrap_or_else(|| panic!("{}: {name} is not modeled", operation.name));
        assert_eq!(shape.error_status, Some(answer.status), "{}: {name}", operation.name);
    }
}

#[tokio::test]
async fn p05_the_message_of_an_error_is_in_its_modeled_member() {
    let bench = Bench::start().await;
    for (model, operation, answer) in refusals(&bench).await {
        let member = if model.service.id == "ivschat" { "message" } else { "exceptionMessage" };
        let text = answer.json()[member].as_str().map(str::is_empty);
        assert_eq!(text, Some(false), "{}", operation.name);
    }
}

#[tokio::test]
async fn p06_operations_return_declared_errors_only() {
    let bench = Bench::start().await;
    for (model, operation, answer) in refusals(&bench).await {
        let name = answer.header("x-amzn-errortype").unwrap();
        let declared = operation.errors.iter().any(|error| model.shape(*error).name == name);
        assert!(declared, "{} does not declare {name}", operation.name);
    }
}

#[tokio::test]
async fn p07_an_exceeded_quota_is_402_in_every_service() {
    let bench = Bench::start().await;
    for kind in ["channel", "stage", "room"] {
        bench.control("quota", json!({"kind": kind, "limit": 0})).await.ok();
    }
    bench.ivs("CreateChannel", json!({})).await.is_error(402, "ServiceQuotaExceededException");
    bench.ivs("CreateStage", json!({})).await.is_error(402, "ServiceQuotaExceededException");
    bench.chat("CreateRoom", json!({})).await.is_error(402, "ServiceQuotaExceededException");
}

#[tokio::test]
async fn p08_errors_with_the_same_status_have_different_names() {
    let bench = Bench::start().await;
    let idle = bench.channel().await;
    bench.ivs("GetStream", json!({"channelArn": idle})).await.is_error(404, "ChannelNotBroadcasting");
    bench.ivs("GetStream", json!({"channelArn": ABSENT})).await.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn p09_chat_errors_carry_their_members() {
    let bench = Bench::start().await;
    let invalid = bench.chat("GetRoom", json!({})).await.json();
    assert_eq!(invalid["reason"], "FIELD_VALIDATION_FAILED");
    assert_eq!(invalid["fieldList"][0]["name"], "identifier");
    let missing = bench.chat("GetRoom", json!({"identifier": ABSENT_ROOM})).await;
    missing.is_error(404, "ResourceNotFoundException");
    assert_eq!(missing.json()["resourceId"], "AbCdEf123456");
    assert!(missing.json()["resourceType"].is_string());
    bench.control("quota", json!({"kind": "room", "limit": 0})).await.ok();
    let exceeded = bench.chat("CreateRoom", json!({})).await.json();
    assert_eq!(exceeded["limit"], 0);
    assert!(exceeded["resourceId"].is_string() && exceeded["resourceType"].is_string());
}

#[tokio::test]
async fn p12_header_bound_members_are_in_no_body() {
    let bench = Bench::start().await;
    let channel = bench.channel().await;
    let mut answers: Vec<Answer> = refusals(&bench).await.into_iter().map(|(_, _, answer)| answer).collect();
    answers.push(bench.ivs("BatchGetChannel", json!({"arns": [channel]})).await);
    answers.push(bench.ivs("BatchGetStreamKey", json!({"arns": [ABSENT.replace("channel", "stream-key")]})).await);
    let sessions = json!({"viewerSessions": [{"channelArn": channel, "viewerId": "v"}]});
    answers.push(bench.ivs("BatchStartViewerSessionRevocation", sessions).await);
    answers.push(bench.ivs("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS"})).await);
    let bound = |name: &str| {
        let models = ivs_model::bundled::models().iter();
        let mut members = models.flat_map(|model| &model.shapes).filter_map(|shape| match &shape.kind {
            ivs_model::ShapeKind::Structure { members } => Some(members),
            _ => None,
        });
        members.any(|members| {
            members.iter().any(|member| member.location == ivs_model::Location::Header && member.name == name)
        })
    };
    assert!(bound("xAmznErrorType") && bound("cacheControl"));
    for answer in answers {
        let body: Map<String, Value> = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body.keys().find(|name| bound(name)), None);
    }
}
