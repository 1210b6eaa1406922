//! B: batches.

use serde_json::json;

use crate::support::Bench;

#[tokio::test]
async fn b01_an_absent_item_is_an_error_beside_the_present_ones() {
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
