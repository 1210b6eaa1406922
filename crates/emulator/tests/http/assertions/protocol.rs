//! P: the protocol.

use serde_json::{Value, json};

use super::errors::empty;
use crate::support::{Bench, Signer};

/// The operations that return 204, except PutMetadata (fact `response-no-body`): each with the operation that creates
/// its resource, and the pointer to the ARN in that output.
const DELETES_WITHOUT_CONTENT: [(&str, &str, &str); 6] = [
    ("CreateChannel", "/streamKey/arn", "DeleteStreamKey"),
    ("CreateChannel", "/channel/arn", "DeleteChannel"),
    ("CreateRecordingConfiguration", "/recordingConfiguration/arn", "DeleteRecordingConfiguration"),
    ("CreatePlaybackRestrictionPolicy", "/playbackRestrictionPolicy/arn", "DeletePlaybackRestrictionPolicy"),
    ("CreateAdConfiguration", "/adConfiguration/arn", "DeleteAdConfiguration"),
    ("CreateFailoverSlateConfiguration", "/failoverSlateConfiguration/arn", "DeleteFailoverSlateConfiguration"),
];

/// The same for deletes that return 200.
const DELETES_WITH_AN_EMPTY_OBJECT: [(&str, &str, &str); 6] = [
    ("ImportPlaybackKeyPair", "/keyPair/arn", "DeletePlaybackKeyPair"),
    ("CreateStage", "/stage/arn", "DeleteStage"),
    ("CreateEncoderConfiguration", "/encoderConfiguration/arn", "DeleteEncoderConfiguration"),
    ("CreateStorageConfiguration", "/storageConfiguration/arn", "DeleteStorageConfiguration"),
    ("CreateIngestConfiguration", "/ingestConfiguration/arn", "DeleteIngestConfiguration"),
    ("ImportPublicKey", "/publicKey/arn", "DeletePublicKey"),
];

/// Returns the smallest valid input of a create operation.
fn least(create: &str) -> Value {
    let playback = "arn:aws:mediatailor:us-east-1:123456789012:playbackConfiguration/a";
    match create {
        "CreateRecordingConfiguration" => json!({"destinationConfiguration": {"s3": {"bucketName": "recordings"}}}),
        "CreateAdConfiguration" => {
            json!({"mediaTailorPlaybackConfigurations": [{"playbackConfigurationArn": playback}]})
        }
        "CreateStorageConfiguration" => json!({"s3": {"bucketName": "recordings"}}),
        "CreateIngestConfiguration" => json!({"ingestProtocol": "RTMPS"}),
        "ImportPlaybackKeyPair" | "ImportPublicKey" => {
            json!({"publicKeyMaterial": ivs_model::bundled::keys().p384[0]})
        }
        _ => json!({}),
    }
}

/// Creates and deletes a resource, and returns the status and the body of the delete.
async fn deleted(bench: &Bench, (create, at, delete): (&str, &str, &str)) -> (u16, Vec<u8>) {
    let made = bench.ivs(create, least(create)).await.ok();
    bench.settle().await;
    let arn = made.pointer(at).unwrap_or_else(|| panic!("{create} has no {at}"));
    let answer = bench.ivs(delete, json!({"arn": arn})).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn p01_every_operation_is_served_only_at_its_method_and_path() {
    let bench = Bench::start().await;
    for model in ivs_model::bundled::models() {
        let signer = Signer::of(&model.service.signing_name);
        for operation in &model.operations {
            let answer = bench.signed(&signer, empty(operation)).await;
            assert_ne!(answer.header("x-amzn-errortype"), Some("UnknownOperationException"), "{}", operation.name);
            if answer.status < 400 {
                assert_eq!(answer.status, operation.success_status, "{}", operation.name);
            }
            let mut elsewhere = empty(operation);
            elsewhere.method = "PATCH".to_owned();
            bench.signed(&signer, elsewhere).await.is_error(404, "UnknownOperationException");
        }
    }
}

#[tokio::test]
async fn p02_a_204_response_has_no_body() {
    let bench = Bench::start().await;
    for delete in DELETES_WITHOUT_CONTENT {
        assert_eq!(deleted(&bench, delete).await, (204, Vec::new()), "{}", delete.2);
    }
    let channel = bench.channel().await;
    bench.control("channel/on-air", json!({"arn": channel})).await.ok();
    let metadata = bench.ivs("PutMetadata", json!({"channelArn": channel, "metadata": "m"})).await;
    assert_eq!((metadata.status, metadata.body.len()), (204, 0));
    let room = bench.chat("DeleteRoom", json!({"identifier": bench.room().await})).await;
    assert_eq!((room.status, room.body.len()), (204, 0));
    let bucket = json!({"destinationConfiguration": {"s3": {"bucketName": "chat-logs"}}});
    let logging = bench.chat("CreateLoggingConfiguration", bucket).await.ok();
    bench.settle().await;
    let logging = bench.chat("DeleteLoggingConfiguration", json!({"identifier": logging["arn"]})).await;
    assert_eq!((logging.status, logging.body.len()), (204, 0));
}

#[tokio::test]
async fn p03_deletes_of_key_pairs_and_of_real_time_return_200() {
    let bench = Bench::start().await;
    for delete in DELETES_WITH_AN_EMPTY_OBJECT {
        assert_eq!(deleted(&bench, delete).await, (200, b"{}".to_vec()), "{}", delete.2);
    }
}

#[tokio::test]
async fn p11_each_service_has_its_signing_name() {
    let bench = Bench::start().await;
    for (path, right, wrong) in [
        ("ListChannels", "ivs", "ivschat"),
        ("ListStages", "ivs", "ivsrealtime"),
        ("ListStages", "ivs", "ivs-realtime"),
        ("ListRooms", "ivschat", "ivs"),
    ] {
        let request = crate::support::post(path, &json!({}));
        bench.signed(&Signer::of(right), request.clone()).await.ok();
        bench.signed(&Signer::of(wrong), request).await.is_error(403, "InvalidSignatureException");
    }
}

#[tokio::test]
async fn p15_the_arn_of_a_tag_operation_is_one_segment() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    bench.tags("POST", &arn, "", Some(json!({"tags": {"a": "b"}}))).await.ok();
    let encoded = crate::support::tags("GET", &arn, "", None);
    assert!(!encoded.target["/tags/".len()..].contains('/'), "{}", encoded.target);
    let listed = bench.signed(&Signer::default(), encoded).await.ok();
    assert_eq!(listed, json!({"tags": {"a": "b"}}));
}

#[tokio::test]
async fn p10_timestamps_are_iso_strings_in_utc() {
    let bench = Bench::start().await;
    let room = bench.chat("CreateRoom", json!({})).await.ok();
    assert_eq!(room["createTime"], "2026-01-02T03:04:05.000Z");
}

#[tokio::test]
async fn p13_request_ids_are_uuids_and_differ() {
    let bench = Bench::start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let answer = bench.ivs("ListChannels", json!({})).await;
        ids.push(answer.header("x-amzn-requestid").unwrap().to_owned());
    }
    assert!(ids.iter().all(|id| id.len() == 36));
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn p14_required_lists_are_present_when_empty() {
    let bench = Bench::start().await;
    assert_eq!(bench.ivs("ListChannels", json!({})).await.ok(), json!({"channels": []}));
    assert_eq!(bench.ivs("ListStages", json!({})).await.ok(), json!({"stages": []}));
    assert_eq!(bench.chat("ListRooms", json!({})).await.ok(), json!({"rooms": []}));
}
