//! G: pagination.

use serde_json::json;

use crate::support::{Bench, text};

#[tokio::test]
async fn g01_tokens_keep_their_pattern() {
    let bench = Bench::start().await;
    for _ in 0..2 {
        bench.stage().await;
    }
    let page = bench.ivs("ListStages", json!({"maxResults": 1})).await.ok();
    let token = text(&page["nextToken"]);
    assert!(token.len() <= 1024);
    assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)));
}

#[tokio::test]
async fn g02_an_empty_token_returns_the_first_page() {
    let bench = Bench::start().await;
    bench.channel().await;
    let plain = bench.ivs("ListChannels", json!({})).await.ok();
    let empty = bench.ivs("ListChannels", json!({"nextToken": ""})).await.ok();
    assert_eq!(plain, empty);
}

#[tokio::test]
async fn g03_an_unreadable_token_is_invalid() {
    let bench = Bench::start().await;
    for token in ["garbage", "AAAA", "not a token"] {
        let answer = bench.ivs("ListChannels", json!({"nextToken": token})).await;
        answer.is_error(400, "ValidationException");
        let answer = bench.chat("ListRooms", json!({"nextToken": token})).await;
        answer.is_error(400, "ValidationException");
    }
}

#[tokio::test]
async fn g04_stream_keys_and_policies_have_one_item_per_page_by_default() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let listed = bench.ivs("ListStreamKeys", json!({"channelArn": arn})).await.ok();
    assert_eq!(listed["streamKeys"].as_array().unwrap().len(), 1);
    for _ in 0..2 {
        bench.ivs("CreatePlaybackRestrictionPolicy", json!({})).await.ok();
    }
    for (input, length) in [(json!({}), 1), (json!({"maxResults": 2}), 2)] {
        let listed = bench.ivs("ListPlaybackRestrictionPolicies", input).await.ok();
        assert_eq!(listed["playbackRestrictionPolicies"].as_array().unwrap().len(), length);
    }
    let absent = json!({"channelArn": "arn:aws:ivs:us-east-1:123456789012:channel/none"});
    let answer = bench.ivs("ListStreamKeys", absent).await;
    answer.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn g05_the_last_updated_room_is_listed_first() {
    let bench = Bench::start().await;
    let mut rooms = Vec::new();
    for _ in 0..3 {
        rooms.push(bench.room().await);
        bench.control("clock", json!({"seconds": 1})).await.ok();
    }
    let update = json!({"identifier": rooms[0], "name": "new"});
    bench.chat("UpdateRoom", update).await.ok();
    let listed = bench.chat("ListRooms", json!({})).await.ok();
    let order: Vec<String> = listed["rooms"].as_array().unwrap().iter().map(|room| text(&room["arn"])).collect();
    assert_eq!(order, [&*rooms[0], &*rooms[2], &*rooms[1]]);
}
