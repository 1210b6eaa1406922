//! G01 for every list operation of Real-Time: with every page size, each item is listed once.

use serde_json::{Value, json};

use crate::support::{Bench, text};

const KEYS: [&str; ITEMS] = [ivs_fixtures::keys::P384[0], ivs_fixtures::keys::P384[1], ivs_fixtures::keys::P384[2]];

const ITEMS: usize = 3;

/// Walks a list operation with every page size and asserts that each walk returns the same items in the same order.
async fn assert_pages(bench: &Bench, operation: &str, items: &str, input: Value) {
    let whole = bench.ivs(operation, input.clone()).await.ok();
    assert_eq!(whole[items].as_array().unwrap().len(), ITEMS, "{operation}");
    for size in 1..=ITEMS {
        let mut walked = Vec::new();
        let mut token = json!("");
        loop {
            let mut page = input.clone();
            page["maxResults"] = json!(size);
            page["nextToken"] = token;
            let page = bench.ivs(operation, page).await.ok();
            let found = page[items].as_array().unwrap();
            assert!(found.len() <= size, "{operation}");
            walked.extend(found.iter().cloned());
            match page.get("nextToken") {
                Some(next) => token = next.clone(),
                None => break,
            }
        }
        assert_eq!(Value::from(walked), whole[items], "{operation} by {size}");
    }
}

#[tokio::test]
async fn g01_a_walk_over_resources_lists_each_once() {
    let bench = Bench::start().await;
    let mut stage = String::new();
    for key in KEYS {
        stage = bench.stage().await;
        let encoder = bench.ivs("CreateEncoderConfiguration", json!({})).await.ok();
        let bucket = json!({"s3": {"bucketName": "bucket"}});
        let storage = bench.ivs("CreateStorageConfiguration", bucket).await.ok();
        bench.ivs("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS"})).await.ok();
        bench.ivs("ImportPublicKey", json!({"publicKeyMaterial": key})).await.ok();
        let s3 = json!({
            "storageConfigurationArn": storage["storageConfiguration"]["arn"],
            "encoderConfigurationArns": [encoder["encoderConfiguration"]["arn"]],
        });
        bench.ivs("StartComposition", json!({"stageArn": stage, "destinations": [{"s3": s3}]})).await.ok();
    }
    for (operation, items) in [
        ("ListStages", "stages"),
        ("ListEncoderConfigurations", "encoderConfigurations"),
        ("ListStorageConfigurations", "storageConfigurations"),
        ("ListIngestConfigurations", "ingestConfigurations"),
        ("ListPublicKeys", "publicKeys"),
        ("ListCompositions", "compositions"),
    ] {
        assert_pages(&bench, operation, items, json!({})).await;
    }
    assert_pages(&bench, "ListIngestConfigurations", "ingestConfigurations", json!({"filterByState": "INACTIVE"}))
        .await;
    let listed = bench.ivs("ListCompositions", json!({"filterByStageArn": stage})).await.ok();
    assert_eq!(listed["compositions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn g01_a_walk_over_sessions_and_events_lists_each_once() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let mut session = String::new();
    let mut last = String::new();
    for number in 0..ITEMS {
        let joined = bench.control("stage/join", json!({"arn": stage})).await.ok();
        (session, last) = (text(&joined["sessionId"]), text(&joined["participantId"]));
        // Every session except the last ends, so there are three.
        if number + 1 < ITEMS {
            bench.control("stage/leave", json!({"arn": stage, "participantId": last})).await.ok();
        }
    }
    assert_pages(&bench, "ListStageSessions", "stageSessions", json!({"stageArn": stage})).await;

    for _ in 1..ITEMS {
        bench.control("stage/join", json!({"arn": stage})).await.ok();
    }
    let within = json!({"stageArn": stage, "sessionId": session});
    assert_pages(&bench, "ListParticipants", "participants", within.clone()).await;

    for action in ["stage/publish", "stage/unpublish"] {
        bench.control(action, json!({"arn": stage, "participantId": last})).await.ok();
    }
    let mut of_last = within;
    of_last["participantId"] = json!(last);
    assert_pages(&bench, "ListParticipantEvents", "events", of_last).await;

    bench.control("stage/publish", json!({"arn": stage, "participantId": last})).await.ok();
    for _ in 0..ITEMS {
        let other = bench.stage().await;
        let pair = json!({"sourceStageArn": stage, "destinationStageArn": other, "participantId": last});
        bench.ivs("StartParticipantReplication", pair).await.ok();
    }
    let replicas = json!({"sourceStageArn": stage, "participantId": last});
    assert_pages(&bench, "ListParticipantReplicas", "replicas", replicas).await;
}

#[tokio::test]
async fn a_page_token_stays_valid_while_a_participant_joins() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let mut made = Vec::new();
    let mut session = String::new();
    for _ in 0..3 {
        let joined = bench.control("stage/join", json!({"arn": stage})).await.ok();
        session = text(&joined["sessionId"]);
        made.push(joined["participantId"].clone());
    }
    let input = json!({"stageArn": stage, "sessionId": session, "maxResults": 2});
    let first = bench.ivs("ListParticipants", input.clone()).await.ok();
    bench.control("stage/leave", json!({"arn": stage, "participantId": made[0]})).await.ok();
    bench.control("stage/join", json!({"arn": stage})).await.ok();
    let mut next = input;
    next["nextToken"] = first["nextToken"].clone();
    let second = bench.ivs("ListParticipants", next.clone()).await.ok();
    assert_eq!(second["participants"][0]["participantId"], made[2]);
    next["filterByState"] = json!("CONNECTED");
    bench.ivs("ListParticipants", next).await.is_error(400, "ValidationException");
}
