//! Public keys of Real-Time, and the tokens that customers sign.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::support::{Bench, NOW, text};

const KEY: &str = ivs_fixtures::keys::P384[0];

/// The bytes before the point in the SubjectPublicKeyInfo of a P-384 key.
const SPKI_HEAD: [u8; 23] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00,
    0x22, 0x03, 0x62, 0x00,
];

#[tokio::test]
async fn get_shows_the_material_of_a_key_and_list_does_not() {
    let bench = Bench::start().await;
    let wanted = json!({"publicKeyMaterial": KEY, "name": "n", "tags": {"a": "b"}});
    let made = bench.ivs("ImportPublicKey", wanted).await.ok();
    let key = &made["publicKey"];
    assert_eq!((&key["publicKeyMaterial"], &key["name"]), (&json!(KEY), &json!("n")));
    // `openssl pkey -pubin -outform DER | md5sum`
    assert_eq!(key["fingerprint"], "72:b4:a2:be:46:23:64:be:7a:5d:b3:dc:5f:ca:ed:50");
    assert_eq!(bench.ivs("GetPublicKey", json!({"arn": key["arn"]})).await.ok(), made);
    let listed = bench.ivs("ListPublicKeys", json!({})).await.ok();
    assert_eq!(listed, json!({"publicKeys": [{"arn": key["arn"], "name": "n", "tags": {"a": "b"}}]}));
}

#[tokio::test]
async fn a_key_can_be_imported_again_only_after_its_deletion() {
    let bench = Bench::start().await;
    let key = json!({"publicKeyMaterial": KEY});
    let made = bench.ivs("ImportPublicKey", key.clone()).await.ok();
    bench.ivs("ImportPublicKey", key.clone()).await.is_error(409, "ConflictException");
    let arn = json!({"arn": made["publicKey"]["arn"]});
    let deleted = bench.ivs("DeletePublicKey", arn.clone()).await;
    assert_eq!((deleted.status, deleted.json()), (200, json!({})));
    for operation in ["GetPublicKey", "DeletePublicKey"] {
        bench.ivs(operation, arn.clone()).await.is_error(404, "ResourceNotFoundException");
    }
    bench.ivs("ImportPublicKey", key).await.ok();
}

#[tokio::test]
async fn a_key_that_is_not_p384_is_invalid() {
    let bench = Bench::start().await;
    for wrong in [ivs_fixtures::keys::WRONG_P256, ivs_fixtures::keys::WRONG_RSA, "no key"] {
        let answer = bench.ivs("ImportPublicKey", json!({"publicKeyMaterial": wrong})).await;
        answer.is_error(400, "ValidationException");
    }
}

/// A key pair of a customer whose public key is imported.
pub(super) struct Pair {
    pair: EcdsaKeyPair,
    /// The ARN of the public key.
    pub(super) arn: Value,
}

impl Pair {
    pub(super) async fn imported(bench: &Bench) -> Self {
        let random = SystemRandom::new();
        let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, private.as_ref(), &random).unwrap();
        let der = [&SPKI_HEAD[..], pair.public_key().as_ref()].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        let made = bench.ivs("ImportPublicKey", json!({"publicKeyMaterial": pem})).await.ok();
        Self { pair, arn: made["publicKey"]["arn"].clone() }
    }

    /// Signs a token that names a key.
    pub(super) fn sign(&self, kid: &Value, claims: &Value) -> String {
        let header = json!({"alg": "ES384", "typ": "JWT", "kid": kid});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Creates a stage and returns it.
pub(super) async fn stage(bench: &Bench) -> Value {
    bench.ivs("CreateStage", json!({})).await.ok()["stage"].clone()
}

/// Returns the claims of a participant with these capabilities.
pub(super) fn claims(stage: &Value, id: &str, seat: &str, publish: bool) -> Value {
    let arn = text(&stage["arn"]);
    json!({
        "jti": id,
        "resource": arn,
        "topic": arn.rsplit('/').next(),
        "version": "1.0",
        "events_url": stage["endpoints"]["events"],
        "whip_url": stage["endpoints"]["whip"],
        "iat": NOW,
        "exp": NOW + 60,
        "user_id": "anna",
        "attributes": {"seat": seat},
        "capabilities": {"allow_publish": publish, "allow_subscribe": true},
    })
}

#[tokio::test]
async fn a_connected_participant_can_exchange_its_token() {
    let bench = Bench::start().await;
    let shown = stage(&bench).await;
    let stage = &shown["arn"];
    let pair = Pair::imported(&bench).await;
    let token = |id: &str, seat: &str, publish: bool| pair.sign(&pair.arn, &claims(&shown, id, seat, publish));
    let joined = bench.control("stage/join", json!({"arn": stage, "token": token("anna-1", "1", true)})).await.ok();
    bench.control("stage/publish", json!({"arn": stage, "participantId": "anna-1"})).await.ok();
    let exchange = |token: String| json!({"arn": stage, "participantId": "anna-1", "token": token});
    assert_eq!(bench.control("stage/exchange-token", exchange(token("bert", "2", true))).await.status, 400);
    bench.control("stage/exchange-token", exchange(token("anna-1", "2", false))).await.ok();

    let about = json!({"stageArn": stage, "sessionId": joined["sessionId"], "participantId": "anna-1"});
    let participant = bench.ivs("GetParticipant", about.clone()).await.ok()["participant"].clone();
    assert_eq!((&participant["state"], &participant["attributes"]), (&json!("CONNECTED"), &json!({"seat": "2"})));
    let events = bench.ivs("ListParticipantEvents", about).await.ok()["events"].clone();
    let names: Vec<&Value> = events.as_array().unwrap().iter().map(|event| &event["name"]).collect();
    assert_eq!(names, ["PUBLISH_STOPPED", "TOKEN_EXCHANGED", "PUBLISH_STARTED", "JOINED"]);
    let token = |seat: &str, capabilities: &[&str]| {
        let expires = "2026-01-02T03:05:05.000Z";
        json!({"capabilities": capabilities, "attributes": {"seat": seat}, "userId": "anna", "expirationTime": expires})
    };
    assert_eq!(events[1]["previousToken"], token("1", &["PUBLISH", "SUBSCRIBE"]));
    assert_eq!(events[1]["newToken"], token("2", &["SUBSCRIBE"]));
}

#[tokio::test]
async fn a_token_signed_with_an_imported_key_admits_its_holder() {
    let bench = Bench::start().await;
    let shown = stage(&bench).await;
    let stage = &shown["arn"];
    let pair = Pair::imported(&bench).await;
    let arn = &pair.arn;
    let token = |kid: &Value| pair.sign(kid, &claims(&shown, "anna-1", "1", true));
    let join = |token: String| json!({"arn": stage, "token": token});
    let joined = bench.control("stage/join", join(token(arn))).await.ok();
    assert_eq!(joined["participantId"], "anna-1");
    // The key was never imported, or was deleted.
    assert_eq!(bench.control("stage/join", join(token(&Value::Null))).await.status, 400);
    bench.ivs("DeletePublicKey", json!({"arn": arn})).await.ok();
    assert_eq!(bench.control("stage/join", join(token(arn))).await.status, 400);
}
