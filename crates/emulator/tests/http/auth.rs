//! The defects of a signature and their errors (fact `auth-failures`).

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use ivs_emulator::{AccessKey, Options};
use serde_json::json;

use crate::support::{Answer, Bench, NOW, Request, Signer, post};

async fn listing(signer: Signer) -> Answer {
    Bench::start().await.signed(&signer, post("ListChannels", &json!({}))).await
}

/// Sends a signed list request that is altered after signing.
async fn altered(alter: impl Fn(&mut Request)) -> Answer {
    let bench = Bench::start().await;
    let request = post("ListChannels", &json!({"filterByName": "a"}));
    let mut request = Signer::default().sign(&bench.host(), request);
    alter(&mut request);
    bench.raw(&request).await
}

fn authorization(request: &mut Request) -> &mut String {
    let header = request.headers.iter_mut();
    &mut header.into_iter().find(|(name, _)| name == "authorization").unwrap().1
}

#[tokio::test]
async fn a_correct_signature_is_accepted() {
    listing(Signer::default()).await.ok();
}

#[tokio::test]
async fn an_unsigned_request_has_no_authentication_token() {
    let answer = altered(|request| request.headers.retain(|(name, _)| name != "authorization")).await;
    answer.is_error(403, "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn a_partial_authorization_is_an_incomplete_signature() {
    for cut in ["Credential=", "SignedHeaders=", "Signature="] {
        let answer = altered(|request| {
            let header = authorization(request);
            *header = header.replace(cut, "Nothing=");
        })
        .await;
        answer.is_error(403, "IncompleteSignatureException");
    }
    let answer = altered(|request| *authorization(request) = "Bearer abc".to_owned()).await;
    answer.is_error(403, "IncompleteSignatureException");
}

#[tokio::test]
async fn an_unsigned_host_is_incomplete() {
    let answer = altered(|request| {
        let header = authorization(request);
        *header = header.replace(";host", "").replace("host;", "");
    })
    .await;
    answer.is_error(403, "IncompleteSignatureException");
}

#[tokio::test]
async fn an_unsigned_amz_header_is_incomplete() {
    let answer = altered(|request| {
        request.headers.push(("x-amz-meta".to_owned(), "new".to_owned()));
    })
    .await;
    answer.is_error(403, "IncompleteSignatureException");
}

#[tokio::test]
async fn an_unknown_access_key_is_an_unrecognized_client() {
    let access_key = "AKIAIOSFODNN7UNKNOWN".to_owned();
    let answer = listing(Signer { access_key, ..Signer::default() }).await;
    answer.is_error(403, "UnrecognizedClientException");
}

#[tokio::test]
async fn a_wrong_secret_is_an_invalid_signature() {
    let secret = "tess".to_owned();
    let answer = listing(Signer { secret, ..Signer::default() }).await;
    answer.is_error(403, "InvalidSignatureException");
}

#[tokio::test]
async fn a_request_altered_after_signing_has_an_invalid_signature() {
    altered(|request| request.body = br#"{"filterByName":"b"}"#.to_vec())
        .await
        .is_error(403, "InvalidSignatureException");
    altered(|request| request.target = "/ListStreams".to_owned()).await.is_error(403, "InvalidSignatureException");
    altered(|request| request.target.push_str("?a=b")).await.is_error(403, "InvalidSignatureException");
    altered(|request| request.headers[0].1 = "elsewhere".to_owned()).await.is_error(403, "InvalidSignatureException");
}

#[tokio::test]
async fn a_wrong_credential_scope_is_an_invalid_signature() {
    for (from, to) in [
        ("/20260102/", "/20260101/"),
        ("/us-east-1/", "/eu-west-1/"),
        ("/ivs/", "/ivschat/"),
        ("/aws4_request", "/aws5_request"),
    ] {
        let answer = altered(|request| {
            let header = authorization(request);
            *header = header.replace(from, to);
        })
        .await;
        answer.is_error(403, "InvalidSignatureException");
    }
}

#[tokio::test]
async fn a_signature_for_another_service_is_invalid() {
    listing(Signer::of("ivschat")).await.is_error(403, "InvalidSignatureException");
    listing(Signer::of("s3")).await.is_error(403, "InvalidSignatureException");
}

#[tokio::test]
async fn clocks_may_differ_by_at_most_five_minutes() {
    for off in [-300, 300] {
        listing(Signer { at: NOW + off, ..Signer::default() }).await.ok();
    }
    for off in [-301, 301, -1200, 1200, -86_400] {
        let answer = listing(Signer { at: NOW + off, ..Signer::default() }).await;
        answer.is_error(403, "InvalidSignatureException");
    }
}

#[tokio::test]
async fn an_unknown_session_token_is_expired() {
    let session_token = Some("unissued".to_owned());
    let answer = listing(Signer { session_token, ..Signer::default() }).await;
    answer.is_error(403, "ExpiredTokenException");
    let session_token = Some("test-session".to_owned());
    listing(Signer { session_token, ..Signer::default() }).await.ok();
}

#[tokio::test]
async fn only_the_given_keys_are_accepted() {
    let key = AccessKey { id: "MINE".to_owned(), secret: "hush".to_owned(), session_token: None };
    let bench = Bench::with(Options { keys: vec![key], ..Options::default() }).await;
    let mine = Signer { access_key: "MINE".to_owned(), secret: "hush".to_owned(), ..Signer::default() };
    bench.signed(&mine, post("ListChannels", &json!({}))).await.ok();
    let answer = bench.ivs("ListChannels", json!({})).await;
    answer.is_error(403, "UnrecognizedClientException");
}

#[tokio::test]
async fn chat_is_signed_as_ivschat_and_real_time_as_ivs() {
    let bench = Bench::start().await;
    bench.chat("ListRooms", json!({})).await.ok();
    bench.ivs("ListStages", json!({})).await.ok();
    let wrong = bench.ivs("ListRooms", json!({})).await;
    wrong.is_error(403, "InvalidSignatureException");
}

#[tokio::test]
async fn accounts_and_regions_are_isolated() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let get = || post("GetChannel", &json!({"arn": arn}));
    let region = "eu-west-1".to_owned();
    let elsewhere = Signer { region, ..Signer::default() };
    let answer = bench.signed(&elsewhere, get()).await;
    answer.is_error(404, "ResourceNotFoundException");
    let access_key = "210987654321".to_owned();
    let other = Signer { access_key, ..Signer::default() };
    let answer = bench.signed(&other, get()).await;
    answer.is_error(404, "ResourceNotFoundException");
    let made = bench.signed(&other, post("CreateChannel", &json!({}))).await.ok();
    assert!(made["channel"]["arn"].as_str().unwrap().contains(":210987654321:"));
}

/// Presigns a request in its query.
fn presigned(bench: &Bench, expires_in: u64) -> Request {
    let settings = {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(expires_in));
        settings
    };
    let mut request = post("ListChannels", &json!({}));
    request.headers.push(("host".to_owned(), bench.host()));
    let identity = Credentials::new("test", "test", None, None, "test").into();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(NOW).unwrap());
    let params = v4::SigningParams::builder().identity(&identity).region("us-east-1").name("ivs").time(at);
    let params = params.settings(settings).build().unwrap().into();
    let url = format!("http://{}{}", bench.host(), request.target);
    let headers = request.headers.iter().map(|(name, value)| (&**name, &**value));
    let signable = SignableRequest::new(&request.method, &url, headers, SignableBody::Bytes(&request.body)).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let (_, query) = instructions.into_parts();
    let encode = |text: &str| text.replace('%', "%25").replace('/', "%2F").replace(';', "%3B").replace(':', "%3A");
    let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    request.target = format!("{}?{}", request.target, query.join("&"));
    request
}

#[tokio::test]
async fn a_presigned_query_is_accepted_during_its_lifetime() {
    let bench = Bench::start().await;
    let request = presigned(&bench, 600);
    bench.raw(&request).await.ok();
    let mut other = request.clone();
    other.target = other.target.replace("X-Amz-Expires=600", "X-Amz-Expires=601");
    bench.raw(&other).await.is_error(403, "InvalidSignatureException");
    let mut half = request.clone();
    half.target = half.target.replace("X-Amz-Date", "X-Amz-Day");
    bench.raw(&half).await.is_error(403, "IncompleteSignatureException");
    let mut body = request;
    body.body = json!({"maxResults": 1}).to_string().into_bytes();
    bench.raw(&body).await.is_error(403, "InvalidSignatureException");
}
