//! C: playback key pairs and restriction policies.

use serde_json::{Value, json};

use crate::support::{Bench, text};

const KEYS: [&str; 4] = [
    ivs_fixtures::keys::P384[0],
    ivs_fixtures::keys::P384[1],
    ivs_fixtures::keys::P384[2],
    ivs_fixtures::keys::P384[3],
];

/// The fingerprint of the first key: `openssl pkey -pubin -outform DER | md5sum`.
const FIRST_FINGERPRINT: &str = "72:b4:a2:be:46:23:64:be:7a:5d:b3:dc:5f:ca:ed:50";

fn key(material: &str) -> Value {
    json!({"publicKeyMaterial": material})
}

#[tokio::test]
async fn c14_a_fingerprint_is_the_md5_of_the_der_key() {
    let bench = Bench::start().await;
    let made = bench.ivs("ImportPlaybackKeyPair", key(KEYS[0])).await.ok();
    assert_eq!(made["keyPair"]["fingerprint"], FIRST_FINGERPRINT);
    let got = bench.ivs("GetPlaybackKeyPair", json!({"arn": made["keyPair"]["arn"]})).await.ok();
    assert_eq!(got, made);
    let listed = bench.ivs("ListPlaybackKeyPairs", json!({})).await.ok();
    assert_eq!(listed["keyPairs"][0].get("fingerprint"), None);
}

#[tokio::test]
async fn c15_the_same_key_twice_is_a_conflict() {
    let bench = Bench::start().await;
    let made = bench.ivs("ImportPlaybackKeyPair", key(KEYS[0])).await.ok();
    let again = bench.ivs("ImportPlaybackKeyPair", key(&KEYS[0].replace('\n', "\r\n"))).await;
    again.is_error(409, "ConflictException");
    bench.ivs("DeletePlaybackKeyPair", json!({"arn": made["keyPair"]["arn"]})).await.ok();
    bench.ivs("ImportPlaybackKeyPair", key(KEYS[0])).await.ok();
}

#[tokio::test]
async fn c16_keys_have_their_own_arn_type_and_a_fourth_is_402() {
    let bench = Bench::start().await;
    for material in &KEYS[..3] {
        let made = bench.ivs("ImportPlaybackKeyPair", key(material)).await.ok();
        assert!(text(&made["keyPair"]["arn"]).contains(":playback-key/"));
    }
    let fourth = bench.ivs("ImportPlaybackKeyPair", key(KEYS[3])).await;
    fourth.is_error(402, "ServiceQuotaExceededException");
}

#[tokio::test]
async fn a_key_that_is_not_p384_is_invalid() {
    let bench = Bench::start().await;
    for wrong in [
        ivs_fixtures::keys::WRONG_P256,
        ivs_fixtures::keys::WRONG_RSA,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "no key",
        "",
    ] {
        bench.ivs("ImportPlaybackKeyPair", key(wrong)).await.is_error(400, "ValidationException");
    }
}

#[tokio::test]
async fn an_update_of_a_policy_changes_only_the_members_in_the_request() {
    let bench = Bench::start().await;
    let made = bench.ivs("CreatePlaybackRestrictionPolicy", json!({})).await.ok();
    let mut policy = made["playbackRestrictionPolicy"].clone();
    assert_eq!((&policy["allowedCountries"], &policy["allowedOrigins"]), (&json!([]), &json!([])));
    assert_eq!(policy["enableStrictOriginEnforcement"], false);
    let update = json!({"arn": policy["arn"], "allowedCountries": ["DE", "FR"]});
    let updated = bench.ivs("UpdatePlaybackRestrictionPolicy", update).await.ok();
    policy["allowedCountries"] = json!(["DE", "FR"]);
    assert_eq!(updated["playbackRestrictionPolicy"], policy);
    let arn = json!({"arn": policy["arn"]});
    assert_eq!(bench.ivs("DeletePlaybackRestrictionPolicy", arn.clone()).await.status, 204);
    bench.ivs("GetPlaybackRestrictionPolicy", arn).await.is_error(404, "ResourceNotFoundException");
}
