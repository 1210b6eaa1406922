//! B: batches.

use serde_json::{Value, json};

use crate::support::{Bench, text};

#[tokio::test]
async fn b01_an_absent_item_becomes_an_error_next_to_the_found_items() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let absent = "arn:aws:ivs:us-east-1:123456789012:channel/none";
    let batch = bench.ivs("BatchGetChannel", json!({"arns": [arn, absent]})).await.ok();
    let got = bench.ivs("GetChannel", json!({"arn": arn})).await.ok();
    assert_eq!(batch["channels"], json!([got["channel"]]));
    assert_eq!(batch["errors"].as_array().unwrap().len(), 1);
    assert_eq!(batch["errors"][0]["arn"], absent);
    assert!(!batch["errors"][0]["code"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn b01_stream_keys_come_with_their_values() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateChannel", json!({})).await.ok();
    let arns = json!({"arns": [made["streamKey"]["arn"]]});
    let batch = bench.ivs("BatchGetStreamKey", arns).await.ok();
    assert_eq!(batch["streamKeys"], json!([made["streamKey"]]));
}

#[tokio::test]
async fn b02_every_distinct_item_is_returned_once() {
    let bench = Bench::start().await;
    let (first, second) = (bench.channel().await, bench.channel().await);
    let absent = "arn:aws:ivs:us-east-1:123456789012:channel/none";
    let arns = [&first, absent, &second, &first, absent];
    let batch = bench.ivs("BatchGetChannel", json!({"arns": arns})).await.ok();
    let mut answered: Vec<String> = ["channels", "errors"]
        .iter()
        .flat_map(|list| batch[list].as_array().unwrap())
        .map(|item| text(&item["arn"]))
        .collect();
    answered.sort_unstable();
    let mut distinct = vec![first.clone(), second.clone(), absent.to_owned()];
    distinct.sort_unstable();
    assert_eq!(answered, distinct);
}

fn session(channel: &str, viewer: &str) -> Value {
    json!({"channelArn": channel, "viewerId": viewer})
}

#[tokio::test]
async fn b03_a_revocation_of_an_unknown_viewer_of_an_idle_channel_succeeds() {
    let bench = Bench::start().await;
    let channel = bench.channel().await;
    let input = json!({"viewerSessions": [session(&channel, "nobody")]});
    let batch = bench.ivs("BatchStartViewerSessionRevocation", input).await.ok();
    assert_eq!(batch["errors"], json!([]));
    bench.ivs("StartViewerSessionRevocation", session(&channel, "nobody")).await.ok();
}

#[tokio::test]
async fn b04_a_failed_revocation_names_its_channel_and_viewer() {
    let bench = Bench::start().await;
    let absent = "arn:aws:ivs:us-east-1:123456789012:channel/none";
    let channel = bench.channel().await;
    let pairs = [session(&channel, "a"), session(absent, "b"), session(absent, "b"), session(absent, "c")];
    let batch = bench.ivs("BatchStartViewerSessionRevocation", json!({"viewerSessions": pairs})).await.ok();
    let errors = batch["errors"].as_array().unwrap();
    let named: Vec<Value> =
        errors.iter().map(|error| session(&text(&error["channelArn"]), &text(&error["viewerId"]))).collect();
    assert_eq!(named, [session(absent, "b"), session(absent, "c")]);
    assert!(errors.iter().all(|error| !text(&error["code"]).is_empty()));
    let single = bench.ivs("StartViewerSessionRevocation", session(absent, "b")).await;
    single.is_error(404, "ResourceNotFoundException");
}
