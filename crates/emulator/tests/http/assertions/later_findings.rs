//! D: what clients, guides and captures showed in November 2026. Findings about compositions, participants, ingests and
//! replication are with these.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::public_keys::{Pair, claims, stage};
use crate::support::{Bench, NOW, text};

#[tokio::test]
async fn d1_a_new_room_has_neither_handler_nor_logging_and_a_detached_handler_stays() {
    let bench = Bench::start().await;
    let room = bench.chat("CreateRoom", json!({})).await.ok();
    let identifier = json!({"identifier": room["arn"]});
    let got = bench.chat("GetRoom", identifier.clone()).await.ok();
    let listed = bench.chat("ListRooms", json!({})).await.ok();
    for shown in [&room, &got, &listed["rooms"][0]] {
        for member in ["messageReviewHandler", "loggingConfigurationIdentifiers"] {
            assert_eq!(shown.get(member), None, "{shown}");
        }
    }
    let update = |uri: &str| json!({"identifier": room["arn"], "messageReviewHandler": {"uri": uri}});
    bench.chat("UpdateRoom", update("arn:aws:lambda:us-east-1:123456789012:function:review")).await.ok();
    bench.chat("UpdateRoom", update("")).await.ok();
    let got = bench.chat("GetRoom", identifier).await.ok();
    assert_eq!(got["messageReviewHandler"]["uri"], "");
}

/// Returns the claims of a connection token.
fn connection_claims(events: &Value) -> Value {
    json!({
        "jti": "connection-1",
        "iat": NOW,
        "exp": NOW + 28 * 24 * 3600,
        "account_id": "123456789012",
        "region": "us-east-1",
        "events_url": events,
        "version": "1.0",
    })
}

#[tokio::test]
async fn d2_a_connection_token_opens_connections_to_many_stages_until_it_is_revoked() {
    let bench = Bench::start().await;
    let pair = Pair::imported(&bench).await;
    let stages = [stage(&bench).await, stage(&bench).await];
    let token = pair.sign(&pair.arn, &connection_claims(&stages[0]["endpoints"]["events"]));
    let mut joined = Vec::new();
    for stage in &stages {
        let made = bench.ivs("CreateParticipantToken", json!({"stageArn": stage["arn"]})).await.ok();
        let input = json!({"arn": stage["arn"], "token": made["participantToken"]["token"], "connectionToken": token});
        joined.push((input.clone(), bench.control("stage/join", input).await.ok()));
    }
    // The id of a participant is not that of a connection.
    bench.ivs("RevokeConnectionToken", json!({"tokenId": joined[0].1["participantId"]})).await.ok();
    let state = |index: usize| {
        let (input, joined): &(Value, Value) = &joined[index];
        let about = json!({
            "stageArn": input["arn"], "sessionId": joined["sessionId"], "participantId": joined["participantId"],
        });
        let bench = &bench;
        async move { text(&bench.ivs("GetParticipant", about).await.ok()["participant"]["state"]) }
    };
    assert_eq!((state(0).await, state(1).await), ("CONNECTED".to_owned(), "CONNECTED".to_owned()));
    bench.ivs("RevokeConnectionToken", json!({"tokenId": "connection-1"})).await.ok();
    assert_eq!((state(0).await, state(1).await), ("DISCONNECTED".to_owned(), "DISCONNECTED".to_owned()));
    // The participant tokens are valid still, over another connection.
    let mut input = joined[0].0.clone();
    assert_eq!(bench.control("stage/join", input.clone()).await.status, 400);
    input.as_object_mut().unwrap().remove("connectionToken");
    bench.control("stage/join", input).await.ok();
    let unknown = bench.ivs("RevokeConnectionToken", json!({"tokenId": "nobodys"})).await;
    assert_eq!((unknown.status, unknown.json()), (200, json!({})));
}

#[tokio::test]
async fn d2_a_connection_token_without_its_claims_is_refused() {
    let bench = Bench::start().await;
    let pair = Pair::imported(&bench).await;
    let stage = stage(&bench).await;
    let right = connection_claims(&stage["endpoints"]["events"]);
    let join = |token: String| bench.control("stage/join", json!({"arn": stage["arn"], "connectionToken": token}));
    join(pair.sign(&pair.arn, &right)).await.ok();
    for (claim, wrong) in [
        ("jti", json!("a b")),
        ("jti", json!("x".repeat(65))),
        ("exp", json!(NOW)),
        ("exp", json!(NOW + 28 * 24 * 3600 + 1)),
        ("iat", Value::Null),
        ("account_id", json!("210987654321")),
        ("region", json!("eu-west-1")),
        ("events_url", json!("wss://example.com")),
        ("version", json!("0.0")),
    ] {
        let mut claims = right.clone();
        claims[claim] = wrong;
        assert_eq!(join(pair.sign(&pair.arn, &claims)).await.status, 400, "{claims}");
    }
    let own = bench.ivs("CreateParticipantToken", json!({"stageArn": stage["arn"]})).await.ok();
    assert_eq!(join(text(&own["participantToken"]["token"])).await.status, 400);
}

#[tokio::test]
async fn d5_real_time_resources_have_quotas() {
    let bench = Bench::start().await;
    for key in &ivs_fixtures::keys::P384[..3] {
        bench.ivs("ImportPublicKey", json!({"publicKeyMaterial": key})).await.ok();
    }
    let key = json!({"publicKeyMaterial": ivs_fixtures::keys::P384[3]});
    let mut many = vec![("ImportPublicKey", key)];
    for (operation, input, quota) in [
        ("CreateStorageConfiguration", json!({"s3": {"bucketName": "bucket"}}), 5),
        ("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS"}), 100),
        ("CreateStage", json!({}), 1000),
    ] {
        for _ in 0..quota {
            bench.ivs(operation, input.clone()).await.ok();
        }
        many.push((operation, input));
    }
    for (operation, input) in many {
        bench.ivs(operation, input).await.is_error(402, "ServiceQuotaExceededException");
    }
}

#[tokio::test]
async fn d5_a_stage_has_at_most_twelve_publishers() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    for count in 1..=13 {
        let joined = bench.control("stage/join", json!({"arn": stage})).await.ok();
        let about = json!({"arn": stage, "participantId": joined["participantId"]});
        let published = bench.control("stage/publish", about).await.ok();
        assert_eq!(published["publishing"], count <= 12);
        if count == 13 {
            let about = json!({
                "stageArn": stage, "sessionId": joined["sessionId"], "participantId": joined["participantId"],
            });
            let events = bench.ivs("ListParticipantEvents", about).await.ok();
            assert_eq!(events["events"][0]["errorCode"], "QUOTA_EXCEEDED");
        }
    }
}

#[tokio::test]
async fn d6_host_names_share_one_label_of_account_and_region() {
    let bench = Bench::start().await;
    let mut labels = BTreeSet::new();
    for _ in 0..2 {
        let channel = bench.ivs("CreateChannel", json!({})).await.ok()["channel"].clone();
        let endpoints = stage(&bench).await["endpoints"].clone();
        assert_eq!(endpoints["events"], "wss://global.events.live-video.net");
        let hosts = [
            &channel["ingestEndpoint"],
            &channel["playbackUrl"],
            &channel["srt"]["endpoint"],
            &endpoints["whip"],
            &endpoints["rtmp"],
            &endpoints["rtmps"],
        ];
        for host in hosts {
            let host = text(host);
            let host = host.split_once("://").map_or(&*host, |(_, host)| host);
            labels.insert(host.split('.').next().unwrap().to_owned());
        }
    }
    assert_eq!(labels.len(), 1, "{labels:?}");
    let label = labels.first().unwrap();
    assert!(label.len() == 12 && label.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{label}");
}

#[tokio::test]
async fn d7_a_participant_token_of_a_customer_needs_its_claims() {
    let bench = Bench::start().await;
    let pair = Pair::imported(&bench).await;
    let stage = stage(&bench).await;
    let right = claims(&stage, "anna", "1", true);
    let join = |claims: &Value| {
        bench.control("stage/join", json!({"arn": stage["arn"], "token": pair.sign(&pair.arn, claims)}))
    };
    let with = |claim: &str, value: Value| {
        let mut claims = right.clone();
        claims[claim] = value;
        claims
    };
    join(&with("exp", json!(NOW + 14 * 24 * 3600))).await.ok();
    for (claim, wrong) in [
        ("version", json!("0.0")),
        ("version", Value::Null),
        ("whip_url", json!("https://example.com")),
        ("events_url", Value::Null),
        ("topic", json!("other")),
        ("iat", Value::Null),
        ("exp", json!(NOW + 14 * 24 * 3600 + 1)),
        ("jti", json!("")),
    ] {
        assert_eq!(join(&with(claim, wrong.clone())).await.status, 400, "{claim} {wrong}");
    }
}

#[tokio::test]
async fn d8_a_participant_token_has_a_der_signature_and_only_what_is_granted() {
    let bench = Bench::start().await;
    let stage = bench.stage().await;
    let wanted = json!({"stageArn": stage, "capabilities": ["SUBSCRIBE"]});
    let made = bench.ivs("CreateParticipantToken", wanted).await.ok();
    let token = text(&made["participantToken"]["token"]);
    let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    assert_eq!(parts[0], br#"{"alg":"KMS","typ":"JWT"}"#);
    let claims: Value = serde_json::from_slice(&parts[1]).unwrap();
    assert_eq!(claims["capabilities"], json!({"allow_subscribe": true}));
    assert_eq!(claims.get("attributes"), None);
    // A DER sequence of two integers.
    assert_eq!((parts[2][0], usize::from(parts[2][1])), (0x30, parts[2].len() - 2));
}

#[tokio::test]
async fn d9_header_bound_members_have_the_values_of_the_samples() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS"})).await;
    assert_eq!(made.header("x-frame-options"), Some("DENY"));
    let exposed = made.header("access-control-expose-headers").unwrap();
    assert_eq!(exposed.split(',').count(), 15, "{exposed}");
    assert!(!exposed.contains(' '), "{exposed}");
    for name in ["Content-Length", "Strict-Transport-Security", "x-amzn-errortype", "X-Frame-Options"] {
        assert!(exposed.split(',').any(|listed| listed == name), "{name}");
    }
}

#[tokio::test]
async fn d12_the_value_of_a_stream_key_has_the_id_of_the_key() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreateChannel", json!({})).await.ok();
    let id = text(&made["streamKey"]["arn"]).rsplit('/').next().unwrap().to_owned();
    let value = text(&made["streamKey"]["value"]);
    assert!(value.starts_with(&format!("sk_us-east-1_{id}_")), "{value} {id}");
}

#[tokio::test]
async fn d15_every_resource_of_cloudformation_takes_tags() {
    let bench = Bench::start().await;
    let channel = bench.channel().await;
    let key = ivs_fixtures::keys::P384[0];
    let bucket = json!({"s3": {"bucketName": "bucket"}});
    let made = [
        ("CreateChannel", json!({}), "/channel/arn"),
        ("CreateChannel", json!({}), "/streamKey/arn"),
        ("ImportPlaybackKeyPair", json!({"publicKeyMaterial": key}), "/keyPair/arn"),
        ("CreateRecordingConfiguration", json!({"destinationConfiguration": bucket}), "/recordingConfiguration/arn"),
        ("CreatePlaybackRestrictionPolicy", json!({}), "/playbackRestrictionPolicy/arn"),
        (
            "CreateAdConfiguration",
            json!({"mediaTailorPlaybackConfigurations": [{
                "playbackConfigurationArn": "arn:aws:mediatailor:us-east-1:123456789012:playbackConfiguration/a",
            }]}),
            "/adConfiguration/arn",
        ),
        ("CreateStage", json!({}), "/stage/arn"),
        ("ImportPublicKey", json!({"publicKeyMaterial": key}), "/publicKey/arn"),
        ("CreateEncoderConfiguration", json!({}), "/encoderConfiguration/arn"),
        ("CreateStorageConfiguration", bucket.clone(), "/storageConfiguration/arn"),
        ("CreateIngestConfiguration", json!({"ingestProtocol": "RTMPS"}), "/ingestConfiguration/arn"),
        ("CreateRoom", json!({}), "/arn"),
        ("CreateLoggingConfiguration", json!({"destinationConfiguration": bucket}), "/arn"),
    ];
    let mut arns = vec![channel];
    for (operation, input, pointer) in made {
        let chat = operation.contains("Room") || operation.contains("Logging");
        let answer = if chat { bench.chat(operation, input).await } else { bench.ivs(operation, input).await };
        let answer = answer.ok();
        arns.push(text(answer.pointer(pointer).unwrap_or_else(|| panic!("{operation}: {answer}"))));
    }
    for arn in arns {
        bench.tags("POST", &arn, "", Some(json!({"tags": {"team": "video", "stage": "test"}}))).await.ok();
        bench.tags("DELETE", &arn, "?tagKeys=team", None).await.ok();
        assert_eq!(bench.tags("GET", &arn, "", None).await.ok(), json!({"tags": {"stage": "test"}}), "{arn}");
    }
}

/// The emulator answers by ValidationException, which the fact leaves open.
#[tokio::test]
async fn d17_a_wrong_json_type_is_a_client_error() {
    let bench = Bench::start().await;
    for wrong in [json!({"name": 1}), json!({"authorized": "yes"}), json!({"tags": []})] {
        let answer = bench.ivs("CreateChannel", wrong).await;
        answer.is_error(400, "ValidationException");
    }
}
