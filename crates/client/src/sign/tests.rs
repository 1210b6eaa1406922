//! Tests of signing, stage by stage, against the values that AWS publishes and against `aws-sigv4`.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use bytes::Bytes;
use proptest::prelude::*;

use super::{Scope, canonical, faulty, sign, standard};
use crate::{Malformation, Part, Request, Signing, Skew};

/// 2015-08-30T12:36:00Z, the time of AWS's signing test suite.
const TIME: Duration = Duration::from_secs(1_440_938_160);
const SCOPE: Scope<'static> = Scope { region: "us-east-1", service: "service" };

fn time() -> SystemTime {
    SystemTime::UNIX_EPOCH + TIME
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "test")
}

fn request(method: &str, path: &str, query: &str) -> Request {
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: vec![("host".into(), b"example.amazonaws.com".to_vec())],
        body: Bytes::new(),
    }
}

#[test]
fn get_vanilla_goes_through_every_stage() {
    let mut request = request("GET", "/", "");
    request.set_header("x-amz-date", "20150830T123600Z");
    let text = canonical::canonical_request(&request, &canonical::signable_headers(&request));
    assert_eq!(
        text,
        "GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let text = canonical::string_to_sign("20150830T123600Z", "20150830/us-east-1/service/aws4_request", &text);
    assert_eq!(
        text,
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n\
         bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63"
    );
    assert_eq!(
        canonical::signature(credentials().secret_access_key(), time(), &SCOPE, &text),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
}

#[test]
fn a_valid_signature_is_the_published_one() {
    let signed = sign(request("GET", "/", ""), &Signing::Valid, &credentials(), &SCOPE, time()).unwrap();
    assert_eq!(
        signed.header("authorization").unwrap(),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
}

#[test]
fn an_encoded_label_is_signed_with_double_encoding() {
    let request = request("GET", "/tags/arn%3Aaws%3Aivs%2Fa", "tagKeys=b%20c&tagKeys=a");
    let text = canonical::canonical_request(&request, &["host"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(&lines[1..3], ["/tags/arn%253Aaws%253Aivs%252Fa", "tagKeys=a&tagKeys=b%20c"]);
}

proptest! {
    // The two implementations are independent. Without a fault they must agree.
    #[test]
    fn the_hand_made_signature_is_that_of_aws_sigv4(
        path in "(/[a-zA-Z0-9._~-]{0,8}|/%[2-7][0-9A-F]|/\\.|/\\.\\.){1,6}",
        query in "([a-z]{1,4}(=(%[2-7][0-9A-F]|[a-zA-Z0-9~._-]){0,6})?(&|&&)){0,4}",
        value in "[a-zA-Z0-9/;=. ]{0,20}",
        body in prop::collection::vec(any::<u8>(), 0..64),
        token in prop::option::of("[A-Za-z0-9/+]{1,40}"),
    ) {
        let mut request = request("POST", &path, &query);
        request.set_header("content-type", "application/json");
        request.set_header("x-amz-meta-a", value.trim());
        request.body = body.into();
        let credentials = Credentials::new("AKID", "SECRET", token, None, "test");
        let standard = standard::in_headers(request.clone(), &credentials, &SCOPE, time()).unwrap();
        let by_hand = faulty::by_hand(request, faulty::SigningFault::Nothing, &credentials, &SCOPE, time());
        prop_assert_eq!(by_hand.header("authorization"), standard.header("authorization"));
    }
}

fn signed(signing: &Signing) -> Request {
    let mut request = request("POST", "/CreateChannel", "");
    request.set_header("content-type", "application/json");
    request.body = Bytes::from_static(b"{}");
    sign(request, signing, &credentials(), &SCOPE, time()).unwrap()
}

/// Returns whether a verifier accepts the signature: it recomputes it with the right secret, scope and clock.
fn verifies(request: &Request) -> bool {
    let Some(authorization) = request.header("authorization") else {
        return false;
    };
    let part = |name: &str| {
        let start = authorization.find(name)? + name.len();
        authorization[start..].split(',').next().map(str::trim)
    };
    let (Some(credential), Some(names), Some(signature)) =
        (part("Credential="), part("SignedHeaders="), part("Signature="))
    else {
        return false;
    };
    let Some(("AKIDEXAMPLE", scope)) = credential.split_once('/') else {
        return false;
    };
    let names: Vec<&str> = names.split(';').collect();
    let all_signed =
        request.headers.iter().all(|(name, _)| !name.starts_with("x-amz-") || names.contains(&name.as_str()));
    let stamp = request.header("x-amz-date").unwrap_or_default();
    let text = canonical::string_to_sign(stamp, scope, &canonical::canonical_request(request, &names));
    authorization.starts_with("AWS4-HMAC-SHA256 ")
        && scope == "20150830/us-east-1/service/aws4_request"
        && stamp == "20150830T123600Z"
        && names.contains(&"host")
        && all_signed
        && request.header("x-amz-security-token").is_none()
        && signature == canonical::signature(credentials().secret_access_key(), time(), &SCOPE, &text)
}

#[test]
fn only_the_valid_signature_verifies() {
    assert!(verifies(&signed(&Signing::Valid)));
    for signing in Signing::negative_matrix() {
        assert!(!verifies(&signed(&signing)), "{}", signing.name());
    }
}

#[test]
fn a_tampered_request_is_itself_unchanged() {
    let valid = signed(&Signing::Valid);
    for part in [Part::Method, Part::Path, Part::Query, Part::Body] {
        let tampered = signed(&Signing::Tampered(part));
        assert_eq!(
            (&tampered.method, &tampered.path, &tampered.query, &tampered.body),
            (&valid.method, &valid.path, &valid.query, &valid.body)
        );
        assert_ne!(tampered.header("authorization"), valid.header("authorization"), "{part:?}");
    }
}

#[test]
fn a_skewed_clock_signs_consistently_with_its_own_time() {
    let skewed = signed(&Signing::Skewed(Skew::Ahead(Duration::from_secs(86_400))));
    assert_eq!(skewed.header("x-amz-date"), Some("20150831T123600Z"));
    assert!(skewed.header("authorization").unwrap().contains("/20150831/"));
}

#[test]
fn a_presigned_request_has_its_signature_in_the_query() {
    let expires = Duration::from_secs(300);
    let presigned = signed(&Signing::Presigned { expires, age: Duration::ZERO });
    assert!(presigned.header("authorization").is_none());
    for part in
        ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Expires=300", "X-Amz-Date=20150830T123600Z", "X-Amz-Signature="]
    {
        assert!(presigned.query.contains(part), "{part}");
    }
}

#[test]
fn each_malformation_lacks_what_it_names() {
    let text = |malformation| {
        let request = signed(&Signing::Malformed(malformation));
        request.header("authorization").unwrap().to_owned()
    };
    assert!(!text(Malformation::NoCredential).contains("Credential="));
    assert!(!text(Malformation::NoSignedHeaders).contains("SignedHeaders="));
    assert!(!text(Malformation::NoSignature).contains("Signature="));
    assert!(!text(Malformation::ShortScope).contains("aws4_request"));
}
