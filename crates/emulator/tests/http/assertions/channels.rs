//! C: channels and stream keys.

use serde_json::json;

use crate::support::{Bench, text};

#[tokio::test]
async fn c01_a_channel_is_created_from_an_empty_input_with_a_key() {
    let made = Bench::start().await.ivs("CreateChannel", json!({})).await.ok();
    assert_eq!(made["streamKey"]["channelArn"], made["channel"]["arn"]);
    assert!(text(&made["streamKey"]["value"]).starts_with("sk_"));
}

#[tokio::test]
async fn c02_a_new_channel_has_the_documented_defaults() {
    let bench = Bench::start().await;
    let channel = bench.ivs("CreateChannel", json!({})).await.ok()["channel"].clone();
    for (member, value) in [
        ("latencyMode", json!("LOW")),
        ("type", json!("STANDARD")),
        ("authorized", json!(false)),
        ("insecureIngest", json!(false)),
        ("preset", json!("")),
        ("containerFormat", json!("TS")),
        ("recordingConfigurationArn", json!("")),
        ("tags", json!({})),
        ("multitrackInputConfiguration", json!({"enabled": false, "policy": "ALLOW", "maximumResolution": "FULL_HD"})),
    ] {
        assert_eq!(channel[member], value, "{member}");
    }
    let made = bench.ivs("CreateChannel", json!({"type": "ADVANCED_HD"})).await.ok();
    assert_eq!(made["channel"]["preset"], "HIGHER_BANDWIDTH_DELIVERY");
}

#[tokio::test]
async fn c03_a_second_stream_key_exceeds_the_quota() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateChannel", json!({})).await.ok();
    let channel = &made["channel"]["arn"];
    let answer = bench.ivs("CreateStreamKey", json!({"channelArn": channel})).await;
    answer.is_error(402, "ServiceQuotaExceededException");
    let arn = &made["streamKey"]["arn"];
    assert_eq!(bench.ivs("DeleteStreamKey", json!({"arn": arn})).await.status, 204);
    let fresh = bench.ivs("CreateStreamKey", json!({"channelArn": channel})).await.ok();
    assert_ne!(&fresh["streamKey"]["arn"], arn);
    assert_ne!(fresh["streamKey"]["value"], made["streamKey"]["value"]);
    bench.ivs("GetStreamKey", json!({"arn": arn})).await.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn c04_the_tags_of_a_channel_are_not_on_its_key() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateChannel", json!({"tags": {"a": "b"}})).await.ok();
    assert_eq!(made["channel"]["tags"], json!({"a": "b"}));
    assert_eq!(made["streamKey"]["tags"], json!({}));
}

#[tokio::test]
async fn c05_names_need_not_be_unique() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        bench.ivs("CreateChannel", json!({"name": "same"})).await.ok();
    }
}

#[tokio::test]
async fn c06_a_deleted_channel_and_its_key_are_not_found() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateChannel", json!({})).await.ok();
    let channel = json!({"arn": made["channel"]["arn"]});
    let deleted = bench.ivs("DeleteChannel", channel.clone()).await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    for operation in ["GetChannel", "DeleteChannel", "UpdateChannel"] {
        let answer = bench.ivs(operation, channel.clone()).await;
        answer.is_error(404, "ResourceNotFoundException");
    }
    let key = bench.ivs("GetStreamKey", json!({"arn": made["streamKey"]["arn"]})).await;
    key.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn c06_a_live_channel_cannot_be_deleted() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    bench.control("channel/on-air", json!({"arn": arn})).await.ok();
    let answer = bench.ivs("DeleteChannel", json!({"arn": arn})).await;
    answer.is_error(409, "ConflictException");
    bench.control("channel/off-air", json!({"arn": arn})).await.ok();
    bench.ivs("DeleteChannel", json!({"arn": arn})).await.ok();
}

#[tokio::test]
async fn c07_two_filters_are_a_conflict() {
    let bench = Bench::start().await;
    let arn = "arn:aws:ivs:us-east-1:123456789012:recording-configuration/a";
    let both = json!({"filterByName": "a", "filterByRecordingConfigurationArn": arn});
    let answer = bench.ivs("ListChannels", both).await;
    answer.is_error(409, "ConflictException");
}

#[tokio::test]
async fn c07_a_filter_selects_matching_channels() {
    let bench = Bench::start().await;
    for name in ["a", "b", "a"] {
        bench.ivs("CreateChannel", json!({"name": name})).await.ok();
    }
    let listed = bench.ivs("ListChannels", json!({"filterByName": "a"})).await.ok();
    assert_eq!(listed["channels"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn c08_summaries_leave_out_endpoints_and_key_values() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let listed = bench.ivs("ListChannels", json!({})).await.ok();
    for member in ["ingestEndpoint", "playbackUrl", "srt", "multitrackInputConfiguration", "containerFormat"] {
        assert_eq!(listed["channels"][0].get(member), None, "{member}");
    }
    let keys = bench.ivs("ListStreamKeys", json!({"channelArn": arn})).await.ok();
    assert_eq!(keys["streamKeys"][0].get("value"), None);
    assert_eq!(keys["streamKeys"][0]["channelArn"], arn.as_str());
}

#[tokio::test]
async fn c09_an_update_changes_only_the_members_in_the_request() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateChannel", json!({"name": "a", "authorized": true})).await.ok();
    let mut wanted = made["channel"].clone();
    wanted["name"] = json!("b");
    let arn = &made["channel"]["arn"];
    let detach = json!({"arn": arn, "name": "b", "recordingConfigurationArn": ""});
    let updated = bench.ivs("UpdateChannel", detach).await.ok();
    assert_eq!(updated["channel"], wanted);
    let got = bench.ivs("GetChannel", json!({"arn": arn})).await.ok();
    assert_eq!(got["channel"], wanted);
}

#[tokio::test]
async fn c09_a_preset_follows_the_type() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let advanced = json!({"arn": arn, "type": "ADVANCED_SD"});
    let updated = bench.ivs("UpdateChannel", advanced).await.ok();
    assert_eq!(updated["channel"]["preset"], "HIGHER_BANDWIDTH_DELIVERY");
    let basic = bench.ivs("UpdateChannel", json!({"arn": arn, "type": "BASIC"})).await.ok();
    assert_eq!(basic["channel"]["preset"], "");
    let wrong = json!({"arn": arn, "preset": "CONSTRAINED_BANDWIDTH_DELIVERY"});
    bench.ivs("UpdateChannel", wrong).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn a_channel_that_refers_to_an_unknown_resource_is_not_created() {
    let bench = Bench::start().await;
    let arn = "arn:aws:ivs:us-east-1:123456789012:playback-restriction-policy/a";
    let answer = bench.ivs("CreateChannel", json!({"playbackRestrictionPolicyArn": arn})).await;
    answer.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn multitrack_needs_its_other_settings() {
    let bench = Bench::start().await;
    let multitrack = json!({"enabled": true, "policy": "ALLOW", "maximumResolution": "HD"});
    let right = json!({"multitrackInputConfiguration": multitrack, "containerFormat": "FRAGMENTED_MP4"});
    bench.ivs("CreateChannel", right.clone()).await.ok();
    for (member, value) in [
        ("type", json!("BASIC")),
        ("containerFormat", json!("TS")),
        ("multitrackInputConfiguration", json!({"enabled": true, "policy": "ALLOW"})),
    ] {
        let mut wrong = right.clone();
        wrong[member] = value;
        bench.ivs("CreateChannel", wrong).await.is_error(400, "ValidationException");
    }
}
