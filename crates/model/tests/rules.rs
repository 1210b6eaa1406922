//! Rules that only the prose states, at their bounds.

use ivs_model::{OperationId, bundled};
use serde_json::{Value, json};

/// Returns the ids of the rules that an input violates.
fn broken(operation: &str, input: Value) -> Vec<&'static str> {
    let operation: OperationId = operation.parse().expect("an operation id");
    let rules = bundled::knowledge().broken_rules(operation, &input);
    rules.into_iter().map(|broken| broken.rule.id.as_str()).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn an_empty_input_breaks_no_rule_of_any_operation() {
    for model in bundled::models() {
        for operation in &model.operations {
            assert_eq!(
                broken(&format!("{}.{}", model.service.id, operation.name), json!({})),
                NONE,
                "{}",
                operation.name
            );
        }
    }
}

#[test]
fn multitrack_input_needs_its_settings_container_and_type() {
    let multitrack = json!({"enabled": true, "policy": "ALLOW", "maximumResolution": "HD"});
    let channel = |extra: Value| {
        let mut input = json!({"multitrackInputConfiguration": multitrack, "containerFormat": "FRAGMENTED_MP4"});
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        broken("ivs.CreateChannel", input)
    };
    assert_eq!(channel(json!({})), NONE);
    assert_eq!(channel(json!({"type": "STANDARD"})), NONE);
    assert_eq!(channel(json!({"type": "BASIC"})), ["multitrack-needs-standard-type"]);
    assert_eq!(channel(json!({"containerFormat": "TS"})), ["multitrack-needs-fragmented-mp4"]);
    assert_eq!(channel(json!({"containerFormat": null})), ["multitrack-needs-settings"]);
    assert_eq!(channel(json!({"multitrackInputConfiguration": {"enabled": true}})), ["multitrack-needs-settings"]);
    assert_eq!(channel(json!({"multitrackInputConfiguration": {"enabled": false}, "containerFormat": "TS"})), NONE);
}

#[test]
fn a_preset_belongs_to_advanced_types() {
    let preset = "CONSTRAINED_BANDWIDTH_DELIVERY";
    assert_eq!(broken("ivs.CreateChannel", json!({"preset": preset, "type": "ADVANCED_HD"})), NONE);
    assert_eq!(broken("ivs.CreateChannel", json!({"preset": preset})), ["preset-needs-advanced-type"]);
    assert_eq!(broken("ivs.CreateChannel", json!({"preset": preset, "type": "BASIC"})), ["preset-needs-advanced-type"]);
}

#[test]
fn encoder_sizes_are_even_and_within_full_hd() {
    let video = |video: Value| broken("ivs-realtime.CreateEncoderConfiguration", json!({"video": video}));
    assert_eq!(video(json!({"width": 1920, "height": 1080})), NONE);
    assert_eq!(video(json!({"width": 1920, "height": 1082})), ["encoder-pixels"]);
    assert_eq!(video(json!({"width": 1919})), ["encoder-size-is-even"]);
    // The omitted member counts with its default.
    assert_eq!(video(json!({"height": 1620})), NONE);
    assert_eq!(video(json!({"height": 1622})), ["encoder-pixels"]);
}

#[test]
fn rtmp_needs_insecure_ingest() {
    let ingest = |input: Value| broken("ivs-realtime.CreateIngestConfiguration", input);
    assert_eq!(ingest(json!({"ingestProtocol": "RTMPS"})), NONE);
    assert_eq!(ingest(json!({"ingestProtocol": "RTMP", "insecureIngest": true})), NONE);
    assert_eq!(ingest(json!({"ingestProtocol": "RTMP", "insecureIngest": false})), ["rtmp-is-insecure-ingest"]);
    assert_eq!(ingest(json!({"ingestProtocol": "RTMP"})), ["rtmp-is-insecure-ingest"]);
}

#[test]
fn attributes_count_the_bytes_of_keys_and_values_together() {
    let token = |value: String| broken("ivs-realtime.CreateParticipantToken", json!({"attributes": {"key": value}}));
    assert_eq!(token("a".repeat(997)), NONE);
    assert_eq!(token("a".repeat(998)), ["token-attributes-within-1000-bytes"]);
    assert_eq!(token("é".repeat(498)), NONE);
    assert_eq!(token("é".repeat(499)), ["token-attributes-within-1000-bytes"]);
    assert_eq!(token("a".repeat(4094)), ["token-attributes-within-1000-bytes", "token-attributes-within-1-kb"]);
    let stage = json!({"participantTokenConfigurations": [{}, {"attributes": {"key": "a".repeat(998)}}]});
    assert_eq!(broken("ivs-realtime.CreateStage", stage), ["stage-tokens-attributes-within-1000-bytes"]);
}

#[test]
fn every_destination_has_one_target_and_no_two_the_same_kind() {
    let start = |destinations: Value| broken("ivs-realtime.StartComposition", json!({"destinations": destinations}));
    assert_eq!(start(json!([{"channel": {}}])), NONE);
    assert_eq!(start(json!([{"channel": {}}, {"s3": {}}])), NONE);
    assert_eq!(
        start(json!([{"channel": {}}, {"name": "a"}])),
        ["destination-has-a-target", "destination-has-one-target"]
    );
    assert_eq!(start(json!([{"channel": {}, "s3": {}}])), ["destination-has-one-target"]);
    assert_eq!(start(json!([{"channel": {}}, {"channel": {}}])), ["one-channel-destination"]);
    assert_eq!(start(json!([{"s3": {}}, {"s3": {}}])), ["one-s3-destination"]);
}

#[test]
fn custom_renditions_are_named_and_not_empty() {
    let record =
        |renditions: Value| broken("ivs.CreateRecordingConfiguration", json!({"renditionConfiguration": renditions}));
    assert_eq!(record(json!({"renditionSelection": "CUSTOM", "renditions": ["HD"]})), NONE);
    assert_eq!(record(json!({"renditionSelection": "CUSTOM", "renditions": []})), ["custom-renditions-are-named"]);
    assert_eq!(record(json!({"renditionSelection": "CUSTOM"})), ["custom-renditions-are-named"]);
    assert_eq!(record(json!({"renditionSelection": "ALL"})), NONE);
}

#[test]
fn thumbnail_intervals_go_with_their_mode() {
    let record =
        |thumbnails: Value| broken("ivs.CreateRecordingConfiguration", json!({"thumbnailConfiguration": thumbnails}));
    assert_eq!(record(json!({"recordingMode": "INTERVAL", "targetIntervalSeconds": 5})), NONE);
    assert_eq!(record(json!({"targetIntervalSeconds": 5})), NONE);
    assert_eq!(record(json!({"recordingMode": "INTERVAL"})), ["thumbnail-interval-with-interval-mode"]);
    assert_eq!(
        record(json!({"recordingMode": "DISABLED", "targetIntervalSeconds": 5})),
        ["no-thumbnail-interval-when-disabled"]
    );
}

#[test]
fn countries_and_origins_are_real_ones() {
    let policy = |input: Value| broken("ivs.CreatePlaybackRestrictionPolicy", input);
    assert_eq!(policy(json!({"allowedCountries": ["DE", "US"], "allowedOrigins": ["https://example.com:8443"]})), NONE);
    assert_eq!(policy(json!({"allowedCountries": ["DE", "ZZ"]})), ["countries-are-iso-3166"]);
    for origin in ["example.com", "https://", "https://example.com/", "ftp://example.com"] {
        assert_eq!(policy(json!({"allowedOrigins": [origin]})), ["origins-have-the-form-of-the-header"], "{origin}");
    }
}

#[test]
fn keys_of_another_kind_are_refused_in_both_services() {
    for (operation, rule) in
        [("ivs.ImportPlaybackKeyPair", "playback-key-is-p384"), ("ivs-realtime.ImportPublicKey", "public-key-is-p384")]
    {
        for pem in bundled::keys().p384 {
            assert_eq!(broken(operation, json!({"publicKeyMaterial": pem})), NONE);
        }
        for (kind, pem) in bundled::keys().wrong {
            assert_eq!(broken(operation, json!({"publicKeyMaterial": pem})), [rule], "{kind}");
        }
    }
}

#[test]
fn tag_keys_of_aws_are_reserved_wherever_tags_are_taken() {
    for model in bundled::models() {
        for operation in &model.operations {
            if model.members(operation.input).iter().any(|member| member.name == "tags") {
                let id = format!("{}.{}", model.service.id, operation.name);
                let found = broken(&id, json!({"tags": {"aws:x": "y"}}));
                assert_eq!(found, [format!("{}-tags-of-aws-are-reserved", model.service.id)], "{}", operation.name);
            }
        }
    }
}

#[test]
fn repeated_items_violate_a_rule() {
    let arn = "arn:aws:ivs:us-west-2:123456789012:channel/a";
    assert_eq!(broken("ivs.BatchGetChannel", json!({"arns": [arn, arn]})), ["batch-items-differ"]);
    let replicate = json!({"sourceStageArn": arn, "destinationStageArn": arn});
    assert_eq!(broken("ivs-realtime.StartParticipantReplication", replicate), ["replication-goes-elsewhere"]);
}
