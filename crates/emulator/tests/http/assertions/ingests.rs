//! R: ingest configurations.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{Bench, text};

#[tokio::test]
async fn r05_rtmp_needs_insecure_ingest_and_a_new_ingest_is_inactive() {
    let bench = Bench::start().await;
    let create = "CreateIngestConfiguration";
    bench.ivs(create, json!({"ingestProtocol": "RTMP"})).await.is_error(400, "ValidationException");
    let plain = json!({"ingestProtocol": "RTMP", "insecureIngest": false});
    bench.ivs(create, plain).await.is_error(400, "ValidationException");
    bench.ivs(create, json!({"ingestProtocol": "RTMP", "insecureIngest": true})).await.ok();
    let made = bench.ivs(create, json!({"ingestProtocol": "RTMPS"})).await.ok()["ingestConfiguration"].clone();
    assert_eq!((&made["state"], &made["stageArn"]), (&json!("INACTIVE"), &json!("")));
    let key = text(&made["streamKey"]);
    assert!(key.starts_with("rt_123456789012_us-east-1_"), "{}", key.len());
    assert_eq!(made.get("redundantIngestCredentials"), None);
    assert!(!text(&made["participantId"]).is_empty());
}

#[tokio::test]
async fn d13_redundant_ingest_has_two_credentials_while_it_is_on() {
    let bench = Bench::start().await;
    let wanted = json!({"ingestProtocol": "RTMPS", "redundantIngest": true});
    let made = bench.ivs("CreateIngestConfiguration", wanted).await.ok()["ingestConfiguration"].clone();
    let credentials = made["redundantIngestCredentials"].as_array().unwrap();
    assert_eq!(credentials.len(), 2);
    for member in ["streamKey", "participantId"] {
        let values: BTreeSet<String> = credentials.iter().chain([&made]).map(|of| text(&of[member])).collect();
        assert_eq!(values.len(), 3, "{member}");
    }
    let off = json!({"arn": made["arn"], "redundantIngest": false});
    let updated = bench.ivs("UpdateIngestConfiguration", off).await;
    assert!(updated.header("x-frame-options").is_some());
    assert_eq!(updated.ok()["ingestConfiguration"].get("redundantIngestCredentials"), None);
}

#[tokio::test]
async fn d13_each_redundant_stream_is_a_participant_and_that_of_the_configuration_is_virtual() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let wanted = json!({"ingestProtocol": "RTMPS", "redundantIngest": true, "stageArn": stage});
    let made = bench.ivs("CreateIngestConfiguration", wanted).await.ok()["ingestConfiguration"].clone();
    let arn = &made["arn"];
    let state = || async { bench_state(&bench, text(arn)).await.1 };
    let credentials = &made["redundantIngestCredentials"];
    let mut session = json!(null);
    for stream in 0..2 {
        let publish = json!({"arn": arn, "stream": stream});
        let started = bench.control("ingest-configuration/publish", publish).await.ok();
        assert_eq!(started["participantId"], credentials[stream]["participantId"]);
        session = started["sessionId"].clone();
    }
    let list = json!({"stageArn": stage, "sessionId": session});
    let listed = bench.ivs("ListParticipants", list).await.ok()["participants"].clone();
    let listed: BTreeSet<String> = listed.as_array().unwrap().iter().map(|it| text(&it["participantId"])).collect();
    assert_eq!(listed, (0..2).map(|stream| text(&credentials[stream]["participantId"])).collect());
    assert_eq!(bench.control("ingest-configuration/publish", json!({"arn": arn, "stream": 2})).await.status, 400);
    bench.control("ingest-configuration/stop", json!({"arn": arn, "stream": 0})).await.ok();
    assert_eq!(state().await, "ACTIVE");
    bench.control("ingest-configuration/stop", json!({"arn": arn})).await.ok();
    assert_eq!(state().await, "INACTIVE");
}

#[tokio::test]
async fn an_idle_ingest_can_change_its_stage() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let wanted = json!({"ingestProtocol": "RTMPS", "userId": "anna", "attributes": {"a": "b"}, "name": "n"});
    let made = bench.ivs("CreateIngestConfiguration", wanted).await.ok()["ingestConfiguration"].clone();
    let arn = &made["arn"];
    let publish = json!({"arn": arn});
    assert_eq!(bench.control("ingest-configuration/publish", publish.clone()).await.status, 400);
    let attach = json!({"arn": arn, "stageArn": stage});
    let updated = bench.ivs("UpdateIngestConfiguration", attach).await.ok();
    let mut expected = made.clone();
    expected["stageArn"] = json!(stage);
    assert_eq!(updated["ingestConfiguration"], expected);

    let published = bench.control("ingest-configuration/publish", publish.clone()).await.ok();
    assert_eq!(published["participantId"], made["participantId"]);
    let got = bench.ivs("GetIngestConfiguration", json!({"arn": arn})).await.ok();
    assert_eq!(got["ingestConfiguration"]["state"], "ACTIVE");
    let detach = json!({"arn": arn, "stageArn": ""});
    bench.ivs("UpdateIngestConfiguration", detach.clone()).await.is_error(409, "ConflictException");
    let input = json!({
        "stageArn": stage,
        "sessionId": published["sessionId"],
        "participantId": published["participantId"],
    });
    let participant = bench.ivs("GetParticipant", input.clone()).await.ok()["participant"].clone();
    assert_eq!((&participant["protocol"], &participant["userId"]), (&json!("RTMPS"), &json!("anna")));
    assert_eq!((&participant["ingestConfigurationArn"], &participant["published"]), (arn, &json!(true)));

    bench.control("ingest-configuration/stop", publish).await.ok();
    assert_eq!(bench.ivs("GetParticipant", input).await.ok()["participant"]["state"], "DISCONNECTED");
    let updated = bench.ivs("UpdateIngestConfiguration", detach).await.ok();
    let mut expected = made.clone();
    expected["stageArn"] = json!("");
    assert_eq!(updated["ingestConfiguration"], expected);
}

#[tokio::test]
async fn a_publishing_ingest_can_be_deleted_only_with_force() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let wanted = json!({"ingestProtocol": "RTMPS", "stageArn": stage});
    let made = bench.ivs("CreateIngestConfiguration", wanted).await.ok();
    let arn = &made["ingestConfiguration"]["arn"];
    bench.control("ingest-configuration/publish", json!({"arn": arn})).await.ok();
    let delete = "DeleteIngestConfiguration";
    bench.ivs(delete, json!({"arn": arn})).await.is_error(409, "ConflictException");
    bench.ivs(delete, json!({"arn": arn, "force": false})).await.is_error(409, "ConflictException");
    bench.ivs(delete, json!({"arn": arn, "force": true})).await.ok();
    let got = bench.ivs("GetStage", json!({"arn": stage})).await.ok();
    assert_eq!(got["stage"].get("activeSessionId"), None);
    bench.ivs(delete, json!({"arn": arn})).await.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_disconnected_or_deleted_stage_detaches_its_ingests() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let mut arns = Vec::new();
    for _ in 0..2 {
        let wanted = json!({"ingestProtocol": "RTMPS", "stageArn": stage});
        let made = bench.ivs("CreateIngestConfiguration", wanted).await.ok()["ingestConfiguration"].clone();
        bench.control("ingest-configuration/publish", json!({"arn": made["arn"]})).await.ok();
        arns.push(made);
    }
    let disconnect = json!({"stageArn": stage, "participantId": arns[0]["participantId"]});
    bench.ivs("DisconnectParticipant", disconnect).await.ok();
    let state = |arn: &serde_json::Value| bench_state(&bench, text(arn));
    assert_eq!(state(&arns[0]["arn"]).await, (String::new(), "INACTIVE".to_owned()));
    assert_eq!(state(&arns[1]["arn"]).await, (stage.clone(), "ACTIVE".to_owned()));
    bench.ivs("DeleteStage", json!({"arn": stage})).await.ok();
    assert_eq!(state(&arns[1]["arn"]).await, (String::new(), "INACTIVE".to_owned()));
}

async fn bench_state(bench: &Bench, arn: String) -> (String, String) {
    let got = bench.ivs("GetIngestConfiguration", json!({"arn": arn})).await.ok()["ingestConfiguration"].clone();
    (text(&got["stageArn"]), text(&got["state"]))
}

#[tokio::test]
async fn two_filters_of_ingests_are_invalid() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    for stage in ["", &stage, &stage] {
        bench.ivs("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS", "stageArn": stage})).await.ok();
    }
    let listed = bench.ivs("ListIngestConfigurations", json!({})).await.ok();
    let second = &listed["ingestConfigurations"][1];
    assert_eq!(second.get("streamKey"), None);
    bench.control("ingest-configuration/publish", json!({"arn": second["arn"]})).await.ok();
    for (filter, count) in [
        (json!({"filterByStageArn": stage}), 2),
        (json!({"filterByState": "ACTIVE"}), 1),
        (json!({"filterByState": "INACTIVE"}), 2),
    ] {
        let listed = bench.ivs("ListIngestConfigurations", filter).await.ok();
        assert_eq!(listed["ingestConfigurations"].as_array().unwrap().len(), count);
    }
    let both = json!({"filterByStageArn": stage, "filterByState": "ACTIVE"});
    bench.ivs("ListIngestConfigurations", both).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn an_ingest_of_an_unknown_stage_is_invalid_and_updated_not_found() {
    let bench = Bench::start().await;
    let absent = "arn:aws:ivs:us-east-1:123456789012:stage/none";
    let wanted = json!({"ingestProtocol": "RTMPS", "stageArn": absent});
    bench.ivs("CreateIngestConfiguration", wanted).await.is_error(400, "ValidationException");
    let made = bench.ivs("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS"})).await.ok();
    let update = json!({"arn": made["ingestConfiguration"]["arn"], "stageArn": absent});
    bench.ivs("UpdateIngestConfiguration", update).await.is_error(404, "ResourceNotFoundException");
}
