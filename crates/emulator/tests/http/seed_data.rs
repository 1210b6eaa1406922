//! Seed data: resources from the start.

use ivs_emulator::{Emulator, Options, StartError};
use serde_json::{Value, json};

use crate::support::{Bench, text};

#[tokio::test]
async fn seed_data_makes_resources_in_the_order_of_their_references() {
    let recording = "arn:aws:ivs:us-east-1:123456789012:recording-configuration/recording001";
    let seed_data = json!({
        "channel": [
            {"id": "lobby0000001", "name": "lobby", "recordingConfigurationArn": recording, "tags": {"team": "video"}},
            {"name": "other"},
        ],
        "recording-configuration": [{"id": "recording001", "destinationConfiguration": {"s3": {"bucketName": "vods"}}}],
        "room": [{"id": "room00000001"}],
    });
    let bench = Bench::with(Options { seed_data: Some(seed_data), ..Options::default() }).await;
    let arn = "arn:aws:ivs:us-east-1:123456789012:channel/lobby0000001";
    let got = bench.ivs("GetChannel", json!({"arn": arn})).await.ok();
    assert_eq!(
        (&got["channel"]["name"], &got["channel"]["recordingConfigurationArn"]),
        (&json!("lobby"), &json!(recording))
    );
    let listed = bench.ivs("ListChannels", json!({})).await.ok();
    assert_eq!(listed["channels"].as_array().unwrap().len(), 2);
    let room = "arn:aws:ivschat:us-east-1:123456789012:room/room00000001";
    assert_eq!(text(&bench.chat("GetRoom", json!({"identifier": room})).await.ok()["id"]), "room00000001");
    // The next ID is random again.
    assert_ne!(bench.channel().await, arn);
}

#[tokio::test]
async fn wrong_seed_data_is_refused_by_name() {
    let twice = json!({"id": "lobby0000001"});
    let wrong: [(Value, &str, &str); 9] = [
        (json!([]), "", "object"),
        (json!({"chanel": []}), "/chanel", "channel"),
        (json!({"region": 1}), "/region", "text"),
        (json!({"channel": {}}), "/channel", "list"),
        (json!({"channel": [1]}), "/channel/0", "CreateChannel"),
        (json!({"channel": [{"nam": "lobby"}]}), "/channel/0/nam", "CreateChannel"),
        (
            json!({"channel": [{"multitrackInputConfiguration": {"enable": true}}]}),
            "/channel/0/multitrackInputConfiguration/enable",
            "unknown",
        ),
        (json!({"channel": [{"id": "lobby"}]}), "/channel/0/id", "12 letters"),
        (json!({"channel": [twice, twice]}), "/channel/1", "exists already"),
    ];
    for (seed_data, pointer, says) in wrong {
        let options = Options { seed_data: Some(seed_data), ..Options::default() };
        let StartError::Seed(error) = Emulator::start(options).await.unwrap_err() else { panic!("another error") };
        assert_eq!(error.pointer, pointer);
        assert!(error.reason.contains(says), "{error}");
    }
}
