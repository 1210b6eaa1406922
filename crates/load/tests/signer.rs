//! The signer with a cached key produces the bytes of `aws-sigv4`.

#![allow(clippy::unwrap_used, reason = "a test may unwrap outside its functions as well")]

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use ivs_load::{PreparedRequest, Signer};
use proptest::prelude::*;

/// The oracle: the headers that `aws-sigv4` adds, as (date, authorization).
fn oracle(
    credentials: &Credentials,
    (region, service): (&str, &str),
    (method, path, query): (&str, &str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
    seconds: i64,
) -> (String, String) {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let separator = if query.is_empty() { "" } else { "?" };
    let uri = format!("https://example.amazonaws.com{path}{separator}{query}");
    let request = SignableRequest::new(method, uri, headers.iter().copied(), SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
    let value = |wanted: &str| {
        instructions.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned()).unwrap()
    };
    (value("x-amz-date"), value("authorization"))
}

fn credentials() -> impl Strategy<Value = Credentials> {
    ("[A-Z0-9]{16,20}", "[A-Za-z0-9/+]{1,60}", proptest::option::of("[A-Za-z0-9/+=]{1,80}"))
        .prop_map(|(id, secret, token)| Credentials::new(id, secret, token, None, "test"))
}

/// Paths as they may appear on the wire: literal, percent-encoded, with dots, doubled slashes and sub-delimiters.
fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        "[A-Za-z0-9]{1,12}",
        "(%[0-9A-F]{2}|[a-z0-9]){1,8}",
        "[A-Za-z0-9!$&'()*+,;=:@._~-]{1,10}",
        Just(String::new()),
        Just(".".to_owned()),
        Just("..".to_owned()),
    ];
    proptest::collection::vec(segment, 0..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn query() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z]{1,5}=[A-Za-z0-9%+._~/:-]{0,10}"
            .prop_filter("a percent sign opens two digits", |part| whole_percents(part)),
        "[a-z]{1,3}=(%[0-9A-F]{2}|[a-z+]){0,6}",
        "[a-z]{1,5}",
        Just(String::new()),
    ];
    proptest::collection::vec(part, 0..4).prop_map(|parts| parts.join("&"))
}

fn whole_percents(part: &str) -> bool {
    part.match_indices('%').all(|(at, _)| {
        part.get(at + 1..at + 3).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    })
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        Just("content-type".to_owned()),
        Just("Host".to_owned()),
        Just("user-agent".to_owned()),
        Just("x-amz-content-sha256".to_owned()),
        Just("x-amz-date".to_owned()),
        Just("x-amz-meta-a".to_owned()),
        Just("x-amz-z".to_owned()),
        "[A-Za-z][A-Za-z0-9-]{0,8}",
    ];
    proptest::collection::vec((name, "[ -~]{0,20}"), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn signature_is_that_of_aws_sigv4(
        credentials in credentials(),
        region in "[a-z]{2}-[a-z]{4,9}-[1-3]",
        service in prop_oneof![Just("ivs"), Just("ivschat")],
        method in prop_oneof![Just("GET"), Just("POST"), Just("DELETE"), Just("PUT")],
        path in path(),
        query in query(),
        mut headers in headers(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
        seconds in 1_000_000_000_i64..4_000_000_000,
    ) {
        // The oracle takes the host from the URI if it is not among the headers. On the wire it always is.
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            headers.push(("host".to_owned(), "example.amazonaws.com".to_owned()));
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected =
            oracle(&credentials, (&region, service), (method, &path, &query), &headers, &body, seconds);
        let prepared = PreparedRequest::new(method, &path, &query, &headers, credentials.session_token().is_some());
        let mut signer = Signer::new(credentials, &region, service);
        let signature = signer.sign(&prepared, &body, seconds);
        prop_assert_eq!((signature.date, signature.authorization), expected);
    }

    #[test]
    fn cached_key_never_outlives_its_day_or_credentials(
        first in credentials(),
        second in credentials(),
        times in proptest::collection::vec((1_700_000_000_i64..1_700_400_000, any::<bool>()), 1..6),
    ) {
        let route = ("POST", "/GetChannel", "");
        let headers = [("host", "example.amazonaws.com")];
        let mut signer = Signer::new(first.clone(), "us-west-2", "ivs");
        let mut current = first;
        for (seconds, renewed) in times {
            if renewed {
                current = second.clone();
                signer.renew(current.clone());
            }
            let expected = oracle(&current, ("us-west-2", "ivs"), route, &headers, b"{}", seconds);
            let prepared = PreparedRequest::new(route.0, route.1, route.2, &headers, current.session_token().is_some());
            let signature = signer.sign(&prepared, b"{}", seconds);
            prop_assert_eq!((signature.date, signature.authorization), expected);
        }
    }
}

#[test]
fn debug_shows_no_secret() {
    let mut signer =
        Signer::new(Credentials::new("AKIDEXAMPLE", "SECRETVALUE", Some("TOKENVALUE".into()), None, "test"), "r", "s");
    let prepared = PreparedRequest::new("POST", "/", "", &[("host", "h")], true);
    let signature = signer.sign(&prepared, b"", 1_700_000_000);
    let shown = format!("{signer:?} {signature:?}");
    for secret in ["SECRETVALUE", "TOKENVALUE", "Signature="] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
