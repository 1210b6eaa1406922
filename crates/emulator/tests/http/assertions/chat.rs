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
async fn h03_moderation_succeeds_for_unknown_messages_and_users() {
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
async fn a_deleted_room_is_not_found() {
    let bench = Bench::start().await;
    let room = bench.room().await;
    assert_eq!(bench.chat("DeleteRoom", json!({"identifier": room})).await.status, 204);
    let answer = bench.chat("GetRoom", json!({"identifier": room})).await;
    answer.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn h04_a_logging_configuration_has_exactly_one_destination() {
    let bench = Bench::start().await;
    let bucket = json!({"bucketName": "chat-logs"});
    for wrong in [json!({}), json!({"s3": bucket, "cloudWatchLogs": {"logGroupName": "g"}}), json!(null)] {
        let answer = bench.chat("CreateLoggingConfiguration", json!({"destinationConfiguration": wrong})).await;
        answer.is_error(400, "ValidationException");
    }
    for right in [
        json!({"s3": bucket}),
        json!({"cloudWatchLogs": {"logGroupName": "g"}}),
        json!({"firehose": {"deliveryStreamName": "f"}}),
    ] {
        let input = json!({"destinationConfiguration": right});
        let made = bench.chat("CreateLoggingConfiguration", input).await.ok();
        assert_eq!(made["destinationConfiguration"], right);
        assert_eq!(text(&made["id"]).len(), 12);
    }
}

#[tokio::test]
async fn h05_a_logging_configuration_in_a_transitional_state_cannot_be_updated() {
    let bench = Bench::start().await;
    let input = json!({"destinationConfiguration": {"s3": {"bucketName": "chat-logs"}}});
    let made = bench.chat("CreateLoggingConfiguration", input).await.ok();
    // The model allows only one state in create and update outputs.
    assert_eq!(made["state"], "ACTIVE");
    let identifier = json!({"identifier": made["arn"]});
    let state = |answer: serde_json::Value| answer["state"].clone();
    let got = bench.chat("GetLoggingConfiguration", identifier.clone()).await.ok();
    assert_eq!(state(got), "CREATING");
    let rename = json!({"identifier": made["arn"], "name": "n"});
    for (operation, input) in [("UpdateLoggingConfiguration", &rename), ("DeleteLoggingConfiguration", &identifier)] {
        let answer = bench.chat(operation, input.clone()).await;
        answer.is_error(409, "ConflictException");
        assert_eq!(answer.json()["resourceId"], made["id"]);
    }
    bench.settle().await;
    assert_eq!(state(bench.chat("UpdateLoggingConfiguration", rename.clone()).await.ok()), "ACTIVE");
    bench.chat("UpdateLoggingConfiguration", rename).await.is_error(409, "ConflictException");
    let listed = bench.chat("ListLoggingConfigurations", json!({})).await.ok();
    assert_eq!(listed["loggingConfigurations"][0]["state"], "UPDATING");
    bench.settle().await;
    assert_eq!(bench.chat("DeleteLoggingConfiguration", identifier.clone()).await.status, 204);
    let got = bench.chat("GetLoggingConfiguration", identifier.clone()).await.ok();
    assert_eq!(state(got), "DELETING");
    let room = bench.chat("CreateRoom", json!({"loggingConfigurationIdentifiers": [made["arn"]]})).await;
    room.is_error(404, "ResourceNotFoundException");
    bench.settle().await;
    bench.chat("GetLoggingConfiguration", identifier).await.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_logging_configuration_stays_while_a_room_uses_it() {
    let bench = Bench::start().await;
    let input = json!({"destinationConfiguration": {"s3": {"bucketName": "chat-logs"}}});
    let made = bench.chat("CreateLoggingConfiguration", input).await.ok();
    bench.settle().await;
    let room = bench.chat("CreateRoom", json!({"loggingConfigurationIdentifiers": [made["arn"]]})).await.ok();
    let delete = json!({"identifier": made["arn"]});
    bench.chat("DeleteLoggingConfiguration", delete.clone()).await.is_error(409, "ConflictException");
    bench.chat("DeleteRoom", json!({"identifier": room["arn"]})).await.ok();
    bench.chat("DeleteLoggingConfiguration", delete).await.ok();
}
