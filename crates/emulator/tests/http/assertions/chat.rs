//! H: rooms, chat tokens and messages.

use serde_json::json;

use crate::support::{Bench, text};

#[tokio::test]
async fn h01_rooms_are_flat_and_have_defaults() {
    let bench = Bench::start().await;
    let room = bench.chat("CreateRoom", json!({})).await.ok();
    assert_eq!(room["maximumMessageRatePerSecond"], 10);
    assert_eq!(room["maximumMessageLength"], 500);
    assert_eq!(text(&room["id"]).len(), 12);
    let got = bench.chat("GetRoom", json!({"identifier": room["arn"]})).await.ok();
    assert_eq!(got, room);
}

#[tokio::test]
async fn h01_an_empty_uri_detaches_the_handler_and_an_empty_list_clears_logging() {
    let bench = Bench::start().await;
    let uri = "arn:aws:lambda:us-east-1:123456789012:function:review";
    let handler = json!({"messageReviewHandler": {"uri": uri, "fallbackResult": "DENY"}});
    let room = bench.chat("CreateRoom", handler).await.ok();
    assert_eq!(room["messageReviewHandler"], json!({"uri": uri, "fallbackResult": "DENY"}));
    let detach = json!({
        "identifier": room["arn"],
        "messageReviewHandler": {"uri": ""},
        "loggingConfigurationIdentifiers": [],
    });
    let room = bench.chat("UpdateRoom", detach).await.ok();
    assert_eq!(room["messageReviewHandler"]["uri"], "");
    assert_eq!(room["loggingConfigurationIdentifiers"], json!([]));
}

#[tokio::test]
async fn h02_a_token_ends_before_its_session() {
    let bench = Bench::start().await;
    let room = bench.room().await;
    let input = json!({"roomIdentifier": room, "userId": "u"});
    let token = bench.chat("CreateChatToken", input).await.ok();
    assert_eq!(token["tokenExpirationTime"], "2026-01-02T03:05:05.000Z");
    assert_eq!(token["sessionExpirationTime"], "2026-01-02T04:04:05.000Z");
    let input = json!({"roomIdentifier": room, "userId": "u", "sessionDurationInMinutes": 30});
    let token = bench.chat("CreateChatToken", input).await.ok();
    assert_eq!(token["sessionExpirationTime"], "2026-01-02T03:34:05.000Z");
}

#[tokio::test]
async fn h03_moderation_succeeds_whoever_it_concerns() {
    let bench = Bench::start().await;
    let room = bench.room().await;
    let message = json!({"roomIdentifier": room, "id": "AbCdEf123456"});
    let deleted = bench.chat("DeleteMessage", message).await.ok();
    assert_eq!(text(&deleted["id"]).len(), 12);
    bench.chat("DisconnectUser", json!({"roomIdentifier": room, "userId": "u"})).await.ok();
    bench.chat("SendEvent", json!({"roomIdentifier": room, "eventName": "e"})).await.ok();
    let short = json!({"roomIdentifier": room, "id": "AbCdEf12345"});
    bench.chat("DeleteMessage", short).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn a_deleted_room_is_gone() {
    let bench = Bench::start().await;
    let room = bench.room().await;
    assert_eq!(bench.chat("DeleteRoom", json!({"identifier": room})).await.status, 204);
    let answer = bench.chat("GetRoom", json!({"identifier": room})).await;
    answer.is_error(404, "ResourceNotFoundException");
}
