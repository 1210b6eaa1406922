//! C: streams, stream sessions and viewer sessions.

use ivs_emulator::Options;
use serde_json::{Value, json};

use crate::support::{Bench, text};

/// Starts a stream and returns the ARN of its channel and its ID.
async fn live(bench: &Bench) -> (String, String) {
    let arn = bench.channel().await;
    let id = on_air(bench, &arn).await;
    (arn, id)
}

async fn on_air(bench: &Bench, arn: &str) -> String {
    text(&bench.control("channel/on-air", json!({"arn": arn})).await.ok()["streamId"])
}

async fn viewers(bench: &Bench, arn: &str) -> Value {
    bench.ivs("GetStream", json!({"channelArn": arn})).await.ok()["stream"]["viewerCount"].clone()
}

#[tokio::test]
async fn c10_an_idle_channel_is_not_broadcasting_and_an_unknown_one_is_not_found() {
    let bench = Bench::start().await;
    let idle = bench.channel().await;
    let unknown = "arn:aws:ivs:us-east-1:123456789012:channel/none";
    for operation in ["GetStream", "PutMetadata", "StopStream"] {
        let input = |arn: &str| json!({"channelArn": arn, "metadata": "m"});
        bench.ivs(operation, input(&idle)).await.is_error(404, "ChannelNotBroadcasting");
        bench.ivs(operation, input(unknown)).await.is_error(404, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn c11_a_channel_that_was_never_live_has_no_session() {
    let bench = Bench::start().await;
    let channel = json!({"channelArn": bench.channel().await});
    let answer = bench.ivs("GetStreamSession", channel.clone()).await;
    answer.is_error(404, "ResourceNotFoundException");
    let listed = bench.ivs("ListStreamSessions", channel).await.ok();
    assert_eq!(listed, json!({"streamSessions": []}));
    let unknown = json!({"channelArn": "arn:aws:ivs:us-east-1:123456789012:channel/none"});
    for operation in ["GetStreamSession", "ListStreamSessions"] {
        bench.ivs(operation, unknown.clone()).await.is_error(404, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn c17_metadata_of_more_than_1_kb_is_invalid() {
    let bench = Bench::start().await;
    let (arn, _) = live(&bench).await;
    let put = |metadata: String| bench.ivs("PutMetadata", json!({"channelArn": arn, "metadata": metadata}));
    let answer = put("m".repeat(1000)).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    put("m".repeat(1025)).await.is_error(400, "ValidationException");
    // The limit counts bytes, not characters.
    put("é".repeat(513)).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn c17_the_sixth_metadata_in_a_second_is_429_on_its_channel_only() {
    let bench = Bench::with(Options { rates: true, ..Options::default() }).await;
    let (arn, _) = live(&bench).await;
    let (other, _) = live(&bench).await;
    let put = |arn: &str| bench.ivs("PutMetadata", json!({"channelArn": arn, "metadata": "m"}));
    for _ in 0..5 {
        put(&arn).await.ok();
    }
    put(&arn).await.is_error(429, "ThrottlingException");
    put(&other).await.ok();
    bench.control("clock", json!({"seconds": 1})).await.ok();
    put(&arn).await.ok();
}

#[tokio::test]
async fn rates_count_for_an_operation_of_an_account_in_a_region() {
    let bench = Bench::with(Options { rates: true, ..Options::default() }).await;
    for _ in 0..5 {
        bench.ivs("ListChannels", json!({})).await.ok();
    }
    bench.ivs("ListChannels", json!({})).await.is_error(429, "ThrottlingException");
    bench.ivs("CreateChannel", json!({})).await.ok();
    let elsewhere = crate::support::Signer { region: "eu-west-1".to_owned(), ..Default::default() };
    bench.signed(&elsewhere, crate::support::post("ListChannels", &json!({}))).await.ok();
    // Errors of chat contain the limit.
    for _ in 0..5 {
        bench.chat("ListRooms", json!({})).await.ok();
    }
    let answer = bench.chat("ListRooms", json!({})).await;
    answer.is_error(429, "ThrottlingException");
    assert_eq!(answer.json()["limit"], 5);
}

#[tokio::test]
async fn a_live_channel_has_a_stream_and_an_open_session() {
    let bench = Bench::start().await;
    let (arn, id) = live(&bench).await;
    assert_eq!(id.len(), 26);
    assert_eq!(on_air(&bench, &arn).await, id, "it is the same stream");
    let stream = bench.ivs("GetStream", json!({"channelArn": arn})).await.ok()["stream"].clone();
    assert_eq!(stream["streamId"], id);
    assert_eq!((&stream["state"], &stream["health"]), (&json!("LIVE"), &json!("HEALTHY")));
    assert_eq!(stream["startTime"], "2026-01-02T03:04:05.000Z");
    let session = bench.ivs("GetStreamSession", json!({"channelArn": arn})).await.ok()["streamSession"].clone();
    assert_eq!(session["channel"]["arn"], arn);
    assert_eq!(session.get("endTime"), None);
    assert_eq!(session["truncatedEvents"][0]["name"], "Stream Start");
    let channel = bench.ivs("UpdateChannel", json!({"arn": arn, "name": "n"})).await;
    channel.is_error(409, "ConflictException");
}

#[tokio::test]
async fn every_stream_of_a_channel_has_its_own_session() {
    let bench = Bench::start().await;
    let (arn, first) = live(&bench).await;
    bench.control("clock", json!({"seconds": 60})).await.ok();
    bench.ivs("StopStream", json!({"channelArn": arn})).await.ok();
    bench.ivs("StopStream", json!({"channelArn": arn})).await.is_error(404, "ChannelNotBroadcasting");
    let second = on_air(&bench, &arn).await;
    assert_ne!(first, second);
    let listed = bench.ivs("ListStreamSessions", json!({"channelArn": arn})).await.ok();
    let ids: Vec<_> = listed["streamSessions"].as_array().unwrap().iter().map(|row| &row["streamId"]).collect();
    assert_eq!(ids, [&second, &first]);
    let got = bench.ivs("GetStreamSession", json!({"channelArn": arn, "streamId": first})).await.ok();
    assert_eq!(got["streamSession"]["endTime"], "2026-01-02T03:05:05.000Z");
    let latest = bench.ivs("GetStreamSession", json!({"channelArn": arn})).await.ok();
    assert_eq!(latest["streamSession"]["streamId"], second);
    let other = json!({"channelArn": arn, "streamId": format!("st-{}", "a".repeat(23))});
    bench.ivs("GetStreamSession", other).await.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_session_keeps_the_configurations_attached_at_its_start() {
    let bench = Bench::start().await;
    let input = json!({"name": "r", "destinationConfiguration": {"s3": {"bucketName": "recordings"}}});
    let made = bench.ivs("CreateRecordingConfiguration", input).await.ok();
    let slate = bench.ivs("CreateFailoverSlateConfiguration", json!({"name": "s"})).await.ok();
    bench.settle().await;
    let input = json!({
        "recordingConfigurationArn": made["recordingConfiguration"]["arn"],
        "failoverSlateConfigurationArn": slate["failoverSlateConfiguration"]["arn"],
    });
    let arn = bench.ivs("CreateChannel", input).await.ok()["channel"]["arn"].clone();
    on_air(&bench, arn.as_str().unwrap()).await;
    let got = bench.ivs("GetStreamSession", json!({"channelArn": arn})).await.ok();
    assert_eq!(got["streamSession"]["recordingConfiguration"]["name"], "r");
    assert_eq!(got["streamSession"]["failoverSlateConfiguration"]["state"], "CREATED");
    assert_eq!(got["streamSession"]["truncatedEvents"][0]["name"], "Recording Start");
}

#[tokio::test]
async fn streams_are_listed_by_health() {
    let bench = Bench::start().await;
    let (first, _) = live(&bench).await;
    let (second, _) = live(&bench).await;
    bench.channel().await;
    bench.control("channel/health", json!({"arn": second, "health": "STARVING"})).await.ok();
    let arns = |listed: Value| -> Vec<String> {
        listed["streams"].as_array().unwrap().iter().map(|row| text(&row["channelArn"])).collect()
    };
    assert_eq!(arns(bench.ivs("ListStreams", json!({})).await.ok()), [first.as_str(), &second]);
    let starving = json!({"filterBy": {"health": "STARVING"}});
    assert_eq!(arns(bench.ivs("ListStreams", starving).await.ok()), [second.as_str()]);
    let page = bench.ivs("ListStreams", json!({"maxResults": 1})).await.ok();
    assert_eq!(arns(page.clone()), [first]);
    let rest = bench.ivs("ListStreams", json!({"maxResults": 1, "nextToken": page["nextToken"]})).await.ok();
    assert_eq!((arns(rest.clone()), rest.get("nextToken")), (vec![second.clone()], None));
    let session = bench.ivs("GetStreamSession", json!({"channelArn": second})).await.ok();
    assert_eq!(session["streamSession"]["truncatedEvents"][0]["name"], "Starvation Start");
}

#[tokio::test]
async fn a_revoked_viewer_is_disconnected() {
    let bench = Bench::start().await;
    let (arn, _) = live(&bench).await;
    for version in [1, 2] {
        let view = json!({"arn": arn, "viewerId": "v", "viewerSessionVersion": version});
        bench.control("channel/view", view).await.ok();
    }
    bench.control("channel/view", json!({"arn": arn})).await.ok();
    assert_eq!(viewers(&bench, &arn).await, 3);
    let revoke = json!({"channelArn": arn, "viewerId": "v", "viewerSessionVersionsLessThanOrEqualTo": 1});
    bench.ivs("StartViewerSessionRevocation", revoke).await.ok();
    assert_eq!(viewers(&bench, &arn).await, 2);
    let left = bench.control("channel/leave", json!({"arn": arn})).await.ok();
    assert_eq!(left["viewerCount"], 1);
    let idle = bench.channel().await;
    assert_eq!(bench.control("channel/view", json!({"arn": idle})).await.status, 404);
}

#[tokio::test]
async fn an_ad_break_needs_a_live_channel_with_ads() {
    let bench = Bench::start().await;
    let playback = "arn:aws:mediatailor:us-east-1:123456789012:playbackConfiguration/a";
    let ads = json!({"mediaTailorPlaybackConfigurations": [{"playbackConfigurationArn": playback}]});
    let made = bench.ivs("CreateAdConfiguration", ads).await.ok();
    let post_roll = json!({"durationSeconds": 15, "enabled": false});
    assert_eq!(made["adConfiguration"]["postRollConfiguration"], post_roll);
    let input = json!({"adConfigurationArn": made["adConfiguration"]["arn"]});
    let arn = text(&bench.ivs("CreateChannel", input).await.ok()["channel"]["arn"]);
    let insert = |arn: &str| bench.ivs("InsertAdBreak", json!({"channelArn": arn, "durationSeconds": 30}));
    insert(&arn).await.is_error(404, "ChannelNotBroadcasting");
    on_air(&bench, &arn).await;
    let inserted = insert(&arn).await.ok();
    assert_eq!(text(&inserted["adBreakId"]).len(), 12);
    assert_eq!(inserted["targetStartAt"], "2026-01-02T03:04:05.000Z");
    let (plain, _) = live(&bench).await;
    insert(&plain).await.is_error(409, "ConflictException");
    let nothing = json!({"mediaTailorPlaybackConfigurations": [{}]});
    bench.ivs("CreateAdConfiguration", nothing).await.is_error(400, "ValidationException");
}
