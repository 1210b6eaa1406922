//! P: the protocol.

use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn p04_every_error_names_itself() {
    let bench = Bench::start().await;
    bench.ivs("GetChannel", json!({})).await.is_error(400, "ValidationException");
    bench.chat("GetRoom", json!({})).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn p09_chat_errors_carry_their_members() {
    let bench = Bench::start().await;
    let invalid = bench.chat("GetRoom", json!({})).await.json();
    assert_eq!(invalid["reason"], "FIELD_VALIDATION_FAILED");
    assert_eq!(invalid["fieldList"][0]["name"], "identifier");
    let arn = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456";
    let missing = bench.chat("GetRoom", json!({"identifier": arn})).await;
    missing.is_error(404, "ResourceNotFoundException");
    assert_eq!(missing.json()["resourceId"], "AbCdEf123456");
    assert!(missing.json()["resourceType"].is_string());
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
async fn p14_lists_are_there_even_when_empty() {
    let bench = Bench::start().await;
    assert_eq!(bench.ivs("ListChannels", json!({})).await.ok(), json!({"channels": []}));
    assert_eq!(bench.ivs("ListStages", json!({})).await.ok(), json!({"stages": []}));
    assert_eq!(bench.chat("ListRooms", json!({})).await.ok(), json!({"rooms": []}));
}

#[tokio::test]
async fn p02_an_empty_output_is_an_empty_object() {
    let bench = Bench::start().await;
    let arn = bench.stage().await;
    let answer = bench.ivs("DeleteStage", json!({"arn": arn})).await;
    assert_eq!((answer.status, answer.json()), (200, Value::Object(serde_json::Map::new())));
}
