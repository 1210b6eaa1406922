//! Planted faults have the effects that their summaries state. The suites test every fault with its check; these tests
//! cover the layers.

use ivs_emulator::{Fault, Options};
use serde_json::{Value, json};

use crate::support::{Bench, NOW, Signer, post, tags, text};

async fn faulty(fault: Fault) -> Bench {
    Bench::with(Options { fault: Some(fault), ..Options::default() }).await
}

#[tokio::test]
async fn a_constraint_can_be_overridden() {
    let bench = faulty(Fault::NAME_BOUND_OFF_BY_ONE).await;
    bench.ivs("CreateChannel", json!({"name": "a".repeat(129)})).await.ok();
    let answer = bench.ivs("CreateChannel", json!({"name": "a".repeat(130)})).await;
    answer.is_error(400, "ValidationException");
}

#[tokio::test]
async fn the_status_of_a_response_can_be_changed() {
    let bench = faulty(Fault::DELETE_CHANNEL_ANSWERS_200).await;
    let arn = bench.channel().await;
    assert_eq!(bench.ivs("DeleteChannel", json!({"arn": arn})).await.status, 200);
}

#[tokio::test]
async fn a_header_of_a_response_can_be_removed() {
    let bench = faulty(Fault::ERROR_TYPE_HEADER_MISSING).await;
    let answer = bench.ivs("GetChannel", json!({})).await;
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (400, None));
}

#[tokio::test]
async fn the_hash_of_a_body_can_be_unchecked() {
    let bench = faulty(Fault::BODY_HASH_UNCHECKED).await;
    let mut request = post("ListChannels", &json!({}));
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    request.headers.push(("x-amz-content-sha256".to_owned(), hash.to_owned()));
    let mut request = Signer::default().sign(&bench.host(), request);
    request.body = b"{ }".to_vec();
    bench.raw(&request).await.ok();
}

#[tokio::test]
async fn a_page_can_leave_out_an_item() {
    let bench = faulty(Fault::LIST_SKIPS_AFTER_TOKEN).await;
    for _ in 0..3 {
        bench.channel().await;
    }
    let first = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    let rest = json!({"nextToken": first["nextToken"]});
    let rest = bench.ivs("ListChannels", rest).await.ok();
    assert_eq!(rest["channels"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_can_ignore_the_filter() {
    let bench = faulty(Fault::TOKEN_IGNORES_FILTER).await;
    for _ in 0..2 {
        bench.channel().await;
    }
    let first = bench.ivs("ListChannels", json!({"maxResults": 1})).await.ok();
    let other = json!({"nextToken": first["nextToken"], "filterByName": "x"});
    bench.ivs("ListChannels", other).await.ok();
}

#[tokio::test]
async fn tagging_can_replace_the_existing_tags() {
    let bench = faulty(Fault::TAG_LOST_ON_SECOND_UPDATE).await;
    let arn = bench.channel().await;
    for key in ["a", "b"] {
        bench.tags("POST", &arn, "", Some(json!({"tags": {key: "1"}}))).await.ok();
    }
    let tags = bench.tags("GET", &arn, "", None).await.ok();
    assert_eq!(tags, json!({"tags": {"b": "1"}}));
}

const POLICY: &str = "arn:aws:ivs:us-east-1:123456789012:playback-restriction-policy/none";

impl Bench {
    /// Creates a resource and returns its ARN.
    async fn create(&self, resource: &str, input: Value) -> String {
        let operation = format!("Create{}{}", resource[..1].to_uppercase(), &resource[1..]);
        text(&self.ivs(&operation, input).await.ok()[resource]["arn"])
    }
}

#[tokio::test]
async fn a_part_of_the_signature_can_be_unchecked() {
    let unknown = Signer { access_key: "UNKNOWN".to_owned(), ..Signer::default() };
    let wrong_secret = Signer { secret: "wrong".to_owned(), ..Signer::default() };
    let wrong_token = Signer { session_token: Some("wrong".to_owned()), ..Signer::default() };
    let old = Signer { at: NOW - 100_000, ..Signer::default() };
    for (fault, signer) in [
        (Fault::UNKNOWN_KEY_TAKEN, unknown),
        (Fault::SIGNATURE_UNCHECKED, wrong_secret),
        (Fault::SESSION_TOKEN_UNCHECKED, wrong_token),
        (Fault::SCOPE_SERVICE_UNCHECKED, Signer::of("ivschat")),
        (Fault::SKEW_UNCHECKED, old),
    ] {
        let sound = Bench::start().await.signed(&signer, post("ListChannels", &json!({}))).await;
        assert_eq!(sound.status, 403, "{fault:?}");
        faulty(fault).await.signed(&signer, post("ListChannels", &json!({}))).await.ok();
    }
    let bench = faulty(Fault::UNSIGNED_TAKEN).await;
    let mut unsigned = post("ListChannels", &json!({}));
    unsigned.headers.push(("host".to_owned(), bench.host()));
    bench.raw(&unsigned).await.ok();
    let late = Signer { at: NOW - 120, ..Signer::default() };
    let answer = faulty(Fault::SKEW_OF_AMINUTE).await.signed(&late, post("ListChannels", &json!({}))).await;
    answer.is_error(403, "InvalidSignatureException");
}

#[tokio::test]
async fn a_deleted_policy_can_still_exist() {
    let bench = faulty(Fault::DELETE_KEEPS).await;
    let arn = bench.create("playbackRestrictionPolicy", json!({})).await;
    bench.ivs("DeletePlaybackRestrictionPolicy", json!({"arn": arn})).await.ok();
    bench.ivs("GetPlaybackRestrictionPolicy", json!({"arn": arn})).await.ok();
    let absent = bench.ivs("DeletePlaybackRestrictionPolicy", json!({"arn": POLICY})).await;
    absent.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_created_policy_can_be_lost() {
    let bench = faulty(Fault::MADE_IS_LOST).await;
    for (strict, status) in [(false, 200), (true, 404)] {
        let arn = bench.create("playbackRestrictionPolicy", json!({"enableStrictOriginEnforcement": strict})).await;
        assert_eq!(bench.ivs("GetPlaybackRestrictionPolicy", json!({"arn": arn})).await.status, status);
    }
}

#[tokio::test]
async fn an_update_can_be_returned_but_not_stored() {
    let bench = faulty(Fault::UPDATE_NOT_KEPT).await;
    let arn = bench.create("stage", json!({"name": "old"})).await;
    let updated = bench.ivs("UpdateStage", json!({"arn": arn, "name": "new"})).await.ok();
    assert_eq!(updated["stage"]["name"], "new");
    let stored = bench.ivs("GetStage", json!({"arn": arn})).await.ok();
    assert_eq!(stored["stage"]["name"], "old");
}

#[tokio::test]
async fn a_stream_key_can_outlive_its_channel() {
    let bench = faulty(Fault::STREAM_KEY_OUTLIVES_CHANNEL).await;
    let created = bench.ivs("CreateChannel", json!({})).await.ok();
    bench.ivs("DeleteChannel", json!({"arn": created["channel"]["arn"]})).await.ok();
    bench.ivs("GetStreamKey", json!({"arn": created["streamKey"]["arn"]})).await.ok();
}

#[tokio::test]
async fn an_update_can_drop_the_tags() {
    let bench = faulty(Fault::UPDATE_DROPS_TAGS).await;
    let configuration = "arn:aws:mediatailor:us-east-1:123456789012:playbackConfiguration/a";
    let playback = json!([{"playbackConfigurationArn": configuration}]);
    let input = json!({"mediaTailorPlaybackConfigurations": playback, "tags": {"a": "1"}});
    let arn = bench.create("adConfiguration", input).await;
    bench.ivs("UpdateAdConfiguration", json!({"arn": arn, "mediaTailorPlaybackConfigurations": [{}]})).await;
    let kept = bench.ivs("GetAdConfiguration", json!({"arn": arn})).await.ok();
    assert_eq!(kept["adConfiguration"]["tags"], json!({"a": "1"}), "a refused update changes nothing");
    let updated = bench.ivs("UpdateAdConfiguration", json!({"arn": arn, "name": "b"})).await.ok();
    assert_eq!(updated["adConfiguration"]["tags"], json!({}));
}

#[tokio::test]
async fn an_update_can_reset_other_members() {
    let bench = faulty(Fault::UPDATE_RESETS_OTHERS).await;
    let created = bench.chat("CreateRoom", json!({"maximumMessageLength": 100})).await.ok();
    let updated = bench.chat("UpdateRoom", json!({"identifier": created["arn"], "name": "b"})).await.ok();
    assert_eq!(updated["maximumMessageLength"], 500);
}

#[tokio::test]
async fn a_default_can_differ() {
    let bench = faulty(Fault::DEFAULT_IS_ANOTHER).await;
    assert_eq!(bench.chat("CreateRoom", json!({})).await.ok()["maximumMessageLength"], 499);
    let given = bench.chat("CreateRoom", json!({"maximumMessageLength": 500})).await.ok();
    assert_eq!(given["maximumMessageLength"], 500);
}

#[tokio::test]
async fn untagging_can_remove_all_tags() {
    let bench = faulty(Fault::UNTAG_REMOVES_ALL).await;
    let created = bench.ivs("CreateChannel", json!({"tags": {"a": "1", "b": "2"}})).await.ok();
    let arn = text(&created["channel"]["arn"]);
    bench.tags("DELETE", &arn, "?tagKeys=a", None).await.ok();
    assert_eq!(bench.tags("GET", &arn, "", None).await.ok(), json!({"tags": {}}));
}

#[tokio::test]
async fn removing_an_absent_tag_can_be_an_error() {
    let bench = faulty(Fault::UNTAG_OF_ABSENT_REFUSED).await;
    let arn = bench.create("stage", json!({"tags": {"a": "1"}})).await;
    let refused = Signer::of("ivs");
    let absent = tags("DELETE", &arn, "?tagKeys=b", None);
    bench.signed(&refused, absent).await.is_error(400, "ValidationException");
    bench.tags("DELETE", &arn, "?tagKeys=a", None).await.ok();
}

#[tokio::test]
async fn calls_on_an_absent_resource_can_succeed() {
    let room = "arn:aws:ivschat:us-east-1:123456789012:room/AbCdEf123456";
    let bench = faulty(Fault::UNTAG_AFTER_DELETE).await;
    bench.tags("DELETE", room, "?tagKeys=a", None).await.ok();
    let bench = faulty(Fault::DELETE_AGAIN_SUCCEEDS).await;
    bench.chat("DeleteRoom", json!({"identifier": room})).await.ok();
}

#[tokio::test]
async fn an_error_can_show_a_secret() {
    let bench = faulty(Fault::SECRET_IN_ERROR).await;
    let created = bench.ivs("CreateChannel", json!({})).await.ok();
    let second = bench.ivs("CreateStreamKey", json!({"channelArn": created["channel"]["arn"]})).await;
    second.is_error(402, "ServiceQuotaExceededException");
    let secret = text(&created["streamKey"]["value"]);
    assert!(text(&second.json()["message"]).contains(&secret));
}

#[tokio::test]
async fn exclusive_filters_can_be_accepted_together() {
    let bench = faulty(Fault::FILTERS_TAKEN_TOGETHER).await;
    bench.ivs("CreateChannel", json!({"name": "a"})).await.ok();
    let filters = json!({"filterByName": "a", "filterByPlaybackRestrictionPolicyArn": POLICY});
    let listed = bench.ivs("ListChannels", filters).await.ok();
    assert_eq!(listed["channels"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn rules_on_several_members_can_be_unchecked() {
    let bench = faulty(Fault::PLAIN_RTMP_TAKEN).await;
    bench.ivs("CreateIngestConfiguration", json!({"ingestProtocol": "RTMP"})).await.ok();
    let bench = faulty(Fault::RESERVED_TAGS_TAKEN).await;
    let arn = bench.stage().await;
    bench.tags("POST", &arn, "", Some(json!({"tags": {"aws:a": "1"}}))).await.ok();
}

#[tokio::test]
async fn an_unreadable_token_can_return_the_first_page() {
    let bench = faulty(Fault::ANY_TOKEN_TAKEN).await;
    bench.create("encoderConfiguration", json!({})).await;
    let listed = bench.ivs("ListEncoderConfigurations", json!({"nextToken": "none"})).await.ok();
    assert_eq!(listed["encoderConfigurations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_detached_policy_can_be_held() {
    let bench = faulty(Fault::DETACHED_IS_HELD).await;
    let policy = bench.create("playbackRestrictionPolicy", json!({})).await;
    let channel = bench.create("channel", json!({"playbackRestrictionPolicyArn": policy})).await;
    bench.ivs("UpdateChannel", json!({"arn": channel, "playbackRestrictionPolicyArn": ""})).await.ok();
    let held = bench.ivs("DeletePlaybackRestrictionPolicy", json!({"arn": policy})).await;
    held.is_error(409, "ConflictException");
    bench.ivs("DeleteChannel", json!({"arn": channel})).await.ok();
    bench.ivs("DeletePlaybackRestrictionPolicy", json!({"arn": policy})).await.ok();
}

#[tokio::test]
async fn an_attached_resource_can_be_deletable() {
    let bench = faulty(Fault::ATTACHED_DELETABLE).await;
    let destination = json!({"destinationConfiguration": {"s3": {"bucketName": "recordings"}}});
    let recording = bench.create("recordingConfiguration", destination).await;
    bench.create("channel", json!({"recordingConfigurationArn": recording})).await;
    bench.ivs("DeleteRecordingConfiguration", json!({"arn": recording})).await.ok();
    let deleted = bench.ivs("GetRecordingConfiguration", json!({"arn": recording})).await;
    deleted.is_error(404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_deleted_resource_can_still_be_read_or_listed() {
    let bench = faulty(Fault::GET_AFTER_DELETE).await;
    let encoder = bench.create("encoderConfiguration", json!({"name": "a"})).await;
    bench.ivs("DeleteEncoderConfiguration", json!({"arn": encoder})).await.ok();
    let read = bench.ivs("GetEncoderConfiguration", json!({"arn": encoder})).await.ok();
    assert_eq!(read["encoderConfiguration"]["name"], "a");
    let absent = bench.ivs("GetEncoderConfiguration", json!({"arn": format!("{encoder}b")})).await;
    absent.is_error(404, "ResourceNotFoundException");

    let bench = faulty(Fault::DELETED_IS_LISTED).await;
    let storage = bench.create("storageConfiguration", json!({"s3": {"bucketName": "bucket"}})).await;
    bench.ivs("DeleteStorageConfiguration", json!({"arn": storage})).await.ok();
    let listed = bench.ivs("ListStorageConfigurations", json!({})).await.ok();
    assert_eq!(listed["storageConfigurations"][0]["arn"], json!(storage));
}

#[tokio::test]
async fn deleting_a_resource_can_change_another() {
    let bench = faulty(Fault::DELETE_RENAMES_NEXT).await;
    let first = bench.create("encoderConfiguration", json!({"name": "a"})).await;
    let second = bench.create("encoderConfiguration", json!({"name": "b"})).await;
    bench.ivs("DeleteEncoderConfiguration", json!({"arn": first})).await.ok();
    let next = bench.ivs("GetEncoderConfiguration", json!({"arn": second})).await.ok();
    assert_eq!(next["encoderConfiguration"]["name"], "");
}

#[tokio::test]
async fn tags_can_spread_to_a_by_product() {
    let bench = faulty(Fault::TAGS_ON_BY_PRODUCT).await;
    let created = bench.ivs("CreateChannel", json!({"tags": {"a": "1"}})).await.ok();
    assert_eq!(created["streamKey"]["tags"], json!({"a": "1"}));
    let key = bench.ivs("GetStreamKey", json!({"arn": created["streamKey"]["arn"]})).await.ok();
    assert_eq!(key["streamKey"]["tags"], json!({"a": "1"}));
}

#[tokio::test]
async fn a_conflict_of_idempotency_tokens_can_be_unnoticed() {
    let bench = faulty(Fault::TOKEN_CONFLICT_UNNOTICED).await;
    let stage = bench.stage().await;
    let storage = bench.create("storageConfiguration", json!({"s3": {"bucketName": "bucket"}})).await;
    let encoder = bench.create("encoderConfiguration", json!({})).await;
    let s3 = json!({"storageConfigurationArn": storage, "encoderConfigurationArns": [encoder]});
    let mut input = json!({"stageArn": stage, "destinations": [{"s3": s3}], "idempotencyToken": "token"});
    let first = bench.ivs("StartComposition", input.clone()).await.ok();
    input["tags"] = json!({"a": "1"});
    let second = bench.ivs("StartComposition", input).await.ok();
    assert_eq!(first["composition"]["arn"], second["composition"]["arn"]);
}
