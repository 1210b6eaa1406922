//! T: tags.

use serde_json::{Map, Value, json};

use crate::support::Bench;

#[tokio::test]
async fn t01_tags_are_merged_overwritten_and_the_same_on_the_resource() {
    let bench = Bench::start().await;
    let (channel, stage, room) = (bench.channel().await, bench.stage().await, bench.room().await);
    for arn in [&channel, &stage, &room] {
        for tags in [json!({"a": "1", "b": "1"}), json!({"b": "2", "c/d e": "3"})] {
            bench.tags("POST", arn, "", Some(json!({"tags": tags}))).await.ok();
        }
        let query = "?tagKeys=a&tagKeys=c%2Fd%20e&tagKeys=absent";
        bench.tags("DELETE", arn, query, None).await.ok();
        let listed = bench.tags("GET", arn, "", None).await.ok();
        assert_eq!(listed, json!({"tags": {"b": "2"}}), "{arn}");
    }
    let got = bench.ivs("GetChannel", json!({"arn": channel})).await.ok();
    assert_eq!(got["channel"]["tags"], json!({"b": "2"}));
    let got = bench.ivs("GetStage", json!({"arn": stage})).await.ok();
    assert_eq!(got["stage"]["tags"], json!({"b": "2"}));
    let got = bench.chat("GetRoom", json!({"identifier": room})).await.ok();
    assert_eq!(got["tags"], json!({"b": "2"}));
}

#[tokio::test]
async fn t02_tags_beyond_their_bounds_are_invalid() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let numbered =
        |count: usize| -> Map<String, Value> { (0..count).map(|number| (number.to_string(), json!("v"))).collect() };
    for tags in [
        json!(numbered(51)),
        json!({"k".repeat(129): "v"}),
        json!({"k": "v".repeat(257)}),
        json!({"": "v"}),
        json!({"k": null}),
        json!({"aws:k": "v"}),
    ] {
        let answer = bench.tags("POST", &arn, "", Some(json!({"tags": tags}))).await;
        answer.is_error(400, "ValidationException");
    }
    bench.tags("POST", &arn, "", Some(json!({"tags": numbered(50)}))).await.ok();
    let one_more = bench.tags("POST", &arn, "", Some(json!({"tags": {"x": ""}}))).await;
    one_more.is_error(400, "ValidationException");
}

#[tokio::test]
async fn v09_the_pattern_of_resource_arns_is_not_enforced_as_written() {
    let bench = Bench::start().await;
    let as_written = regex::Regex::new("^(?:arn:aws:(?:ivs|ivschat):[a-z0-9-]+:[0-9]+:[a-z-]/[a-zA-Z0-9-]+)$").unwrap();
    for arn in [bench.channel().await, bench.stage().await, bench.room().await] {
        assert!(!as_written.is_match(&arn), "{arn}");
        bench.tags("POST", &arn, "", Some(json!({"tags": {"a": "b"}}))).await.ok();
        bench.tags("GET", &arn, "", None).await.ok();
        bench.tags("DELETE", &arn, "?tagKeys=a", None).await.ok();
    }
}

#[tokio::test]
async fn t03_tags_of_an_unknown_resource_are_not_found() {
    let bench = Bench::start().await;
    for arn in [
        "arn:aws:ivs:us-east-1:123456789012:channel/none",
        "arn:aws:ivs:us-east-1:123456789012:stage/none",
        "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456",
    ] {
        let answer = bench.tags("GET", arn, "", None).await;
        answer.is_error(404, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn untagging_without_keys_is_invalid() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let answer = bench.tags("DELETE", &arn, "", None).await;
    answer.is_error(400, "ValidationException");
}
