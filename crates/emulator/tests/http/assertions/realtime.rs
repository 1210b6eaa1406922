//! R: stages and participant tokens.

use serde_json::json;

use crate::support::{Bench, text};

#[tokio::test]
async fn r01_a_token_lasts_720_minutes_or_the_requested_duration() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let made = bench.ivs("CreateParticipantToken", json!({"stageArn": stage})).await.ok();
    assert_eq!(made["participantToken"]["expirationTime"], "2026-01-02T15:04:05.000Z");
    let short = json!({"stageArn": stage, "duration": 30});
    let made = bench.ivs("CreateParticipantToken", short).await.ok();
    assert_eq!(made["participantToken"]["duration"], 30);
    assert_eq!(made["participantToken"]["expirationTime"], "2026-01-02T03:34:05.000Z");
    assert_eq!(text(&made["participantToken"]["token"]).split('.').count(), 3);
}

#[tokio::test]
async fn r02_tokens_correspond_to_their_configurations() {
    let bench = Bench::start().await;
    let wanted = json!({"participantTokenConfigurations": [{"userId": "a"}, {"userId": "b"}]});
    let made = bench.ivs("CreateStage", wanted).await.ok();
    let users: Vec<_> =
        made["participantTokens"].as_array().unwrap().iter().map(|token| text(&token["userId"])).collect();
    assert_eq!(users, ["a", "b"]);
    let many = json!({"participantTokenConfigurations": vec![json!({}); 13]});
    bench.ivs("CreateStage", many).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn a_token_needs_an_existing_stage() {
    let bench = Bench::start().await;
    let arn = "arn:aws:ivs:us-east-1:123456789012:stage/none";
    let answer = bench.ivs("CreateParticipantToken", json!({"stageArn": arn})).await;
    answer.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn attributes_of_more_than_1_kb_are_invalid() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let with = |length: usize| json!({"stageArn": stage, "attributes": {"a": "x".repeat(length)}});
    bench.ivs("CreateParticipantToken", with(1023)).await.ok();
    bench.ivs("CreateParticipantToken", with(1024)).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn disconnecting_any_participant_of_an_existing_stage_succeeds() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let someone = json!({"stageArn": stage, "participantId": "someone"});
    bench.ivs("DisconnectParticipant", someone).await.ok();
    let stage = "arn:aws:ivs:us-east-1:123456789012:stage/none";
    let unknown = json!({"stageArn": stage, "participantId": "someone"});
    let answer = bench.ivs("DisconnectParticipant", unknown).await;
    answer.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn renaming_a_stage_keeps_its_recording_defaults() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let updated = bench.ivs("UpdateStage", json!({"arn": stage, "name": "new"})).await.ok();
    assert_eq!(updated["stage"]["name"], "new");
    let recording = &updated["stage"]["autoParticipantRecordingConfiguration"];
    assert_eq!(recording["mediaTypes"], json!(["AUDIO_VIDEO"]));
    assert_eq!(recording["hlsConfiguration"]["targetSegmentDurationSeconds"], 6);
}
