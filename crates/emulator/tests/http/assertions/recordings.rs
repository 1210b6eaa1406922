//! C: recording configurations and failover slates, which have transitional states.

use serde_json::{Value, json};

use crate::support::{Bench, text};

async fn recording(bench: &Bench) -> String {
    let input = json!({"destinationConfiguration": {"s3": {"bucketName": "recordings"}}});
    let made = bench.ivs("CreateRecordingConfiguration", input).await.ok();
    assert_eq!(made["recordingConfiguration"]["state"], "CREATING");
    text(&made["recordingConfiguration"]["arn"])
}

async fn state(bench: &Bench, arn: &str) -> Value {
    let got = bench.ivs("GetRecordingConfiguration", json!({"arn": arn})).await.ok();
    got["recordingConfiguration"]["state"].clone()
}

#[tokio::test]
async fn c12_an_attached_recording_configuration_cannot_be_deleted() {
    let bench = Bench::start().await;
    let arn = recording(&bench).await;
    bench.settle().await;
    let channel = bench.ivs("CreateChannel", json!({"recordingConfigurationArn": arn})).await.ok();
    let answer = bench.ivs("DeleteRecordingConfiguration", json!({"arn": arn})).await;
    answer.is_error(409, "ConflictException");
    let detach = json!({"arn": channel["channel"]["arn"], "recordingConfigurationArn": ""});
    bench.ivs("UpdateChannel", detach).await.ok();
    assert_eq!(bench.ivs("DeleteRecordingConfiguration", json!({"arn": arn})).await.status, 204);
    let answer = bench.ivs("GetRecordingConfiguration", json!({"arn": arn})).await;
    answer.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn c13_a_recording_configuration_is_creating_and_then_active() {
    let bench = Bench::start().await;
    let arn = recording(&bench).await;
    assert_eq!(state(&bench, &arn).await, "CREATING");
    let answer = bench.ivs("DeleteRecordingConfiguration", json!({"arn": arn})).await;
    answer.is_error(409, "ConflictException");
    bench.settle().await;
    assert_eq!(state(&bench, &arn).await, "ACTIVE");
    let listed = bench.ivs("ListRecordingConfigurations", json!({})).await.ok();
    assert_eq!(listed["recordingConfigurations"][0]["state"], "ACTIVE");
}

#[tokio::test]
async fn recordings_have_the_documented_defaults() {
    let bench = Bench::start().await;
    let got = bench.ivs("GetRecordingConfiguration", json!({"arn": recording(&bench).await})).await.ok();
    let thumbnails = json!({"recordingMode": "INTERVAL", "storage": ["SEQUENTIAL"], "targetIntervalSeconds": 60});
    assert_eq!(got["recordingConfiguration"]["thumbnailConfiguration"], thumbnails);
    assert_eq!(got["recordingConfiguration"]["renditionConfiguration"], json!({"renditionSelection": "ALL"}));
    assert_eq!(got["recordingConfiguration"]["recordingReconnectWindowSeconds"], 0);
}

#[tokio::test]
async fn custom_renditions_need_a_list_and_a_destination_needs_a_bucket() {
    let bench = Bench::start().await;
    let bucket = json!({"s3": {"bucketName": "recordings"}});
    for wrong in [
        json!({"destinationConfiguration": {}}),
        json!({"destinationConfiguration": bucket, "renditionConfiguration": {"renditionSelection": "CUSTOM"}}),
    ] {
        bench.ivs("CreateRecordingConfiguration", wrong).await.is_error(400, "ValidationException");
    }
    let custom = json!({"renditionSelection": "CUSTOM", "renditions": ["HD"]});
    let input = json!({"destinationConfiguration": bucket, "renditionConfiguration": custom});
    let made = bench.ivs("CreateRecordingConfiguration", input).await.ok();
    assert_eq!(made["recordingConfiguration"]["renditionConfiguration"], custom);
}

#[tokio::test]
async fn a_slate_in_a_transitional_state_can_be_neither_updated_nor_deleted() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateFailoverSlateConfiguration", json!({})).await.ok();
    let slate = &made["failoverSlateConfiguration"];
    assert_eq!(slate["state"], "CREATING");
    let arn = json!({"arn": slate["arn"]});
    let change = json!({"arn": slate["arn"], "maxSlateDisplaySeconds": 90});
    for (operation, input) in
        [("UpdateFailoverSlateConfiguration", &change), ("DeleteFailoverSlateConfiguration", &arn)]
    {
        bench.ivs(operation, input.clone()).await.is_error(409, "ConflictException");
    }
    bench.settle().await;
    let updated = bench.ivs("UpdateFailoverSlateConfiguration", change.clone()).await.ok();
    assert_eq!(updated["failoverSlateConfiguration"]["state"], "UPDATING");
    bench.ivs("UpdateFailoverSlateConfiguration", change).await.is_error(409, "ConflictException");
    bench.settle().await;
    let got = bench.ivs("GetFailoverSlateConfiguration", arn.clone()).await.ok();
    let mut wanted = updated["failoverSlateConfiguration"].clone();
    wanted["state"] = json!("CREATED");
    assert_eq!(got["failoverSlateConfiguration"], wanted);
    assert_eq!(wanted["maxSlateDisplaySeconds"], 90);
    assert_eq!(wanted["minSlateDisplaySeconds"], 3);
    bench.ivs("DeleteFailoverSlateConfiguration", arn).await.ok();
}

#[tokio::test]
async fn a_resource_attached_to_a_channel_cannot_be_deleted() {
    let bench = Bench::start().await;
    let playback = "arn:aws:mediatailor:us-east-1:123456789012:playbackConfiguration/a";
    for (noun, reference, input) in [
        (
            "AdConfiguration",
            "adConfigurationArn",
            json!({"mediaTailorPlaybackConfigurations": [{"playbackConfigurationArn": playback}]}),
        ),
        ("FailoverSlateConfiguration", "failoverSlateConfigurationArn", json!({})),
        ("PlaybackRestrictionPolicy", "playbackRestrictionPolicyArn", json!({})),
    ] {
        let made = bench.ivs(&format!("Create{noun}"), input).await.ok();
        let member = noun[..1].to_lowercase() + &noun[1..];
        let arn = text(&made[&member]["arn"]);
        bench.settle().await;
        let channel = bench.ivs("CreateChannel", json!({reference: arn})).await.ok();
        let delete = format!("Delete{noun}");
        bench.ivs(&delete, json!({"arn": arn})).await.is_error(409, "ConflictException");
        bench.ivs("UpdateChannel", json!({"arn": channel["channel"]["arn"], reference: ""})).await.ok();
        assert_eq!(bench.ivs(&delete, json!({"arn": arn})).await.status, 204, "{delete}");
    }
}
