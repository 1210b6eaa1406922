//! Routing, bodies and the form of responses.

use serde_json::json;

use crate::support::{Bench, Request, Signer, post};

async fn body(bytes: &[u8]) -> crate::support::Answer {
    let bench = Bench::start().await;
    let mut request = post("CreateChannel", &json!({}));
    request.body = bytes.to_vec();
    bench.signed(&Signer::default(), request).await
}

#[tokio::test]
async fn an_absent_body_counts_as_an_empty_object() {
    body(b"").await.ok();
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_invalid() {
    for bytes in ["{", "[]", "null", "1", "{}x", "{'a':1}", "{\"name\":\"a\",}", "\u{feff}{}"] {
        body(bytes.as_bytes()).await.is_error(400, "ValidationException");
    }
    body(b"{\"name\":\"\xff\"}").await.is_error(400, "ValidationException");
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
    body(deep.as_bytes()).await.is_error(400, "ValidationException");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_too_large() {
    let bytes = vec![b' '; (1 << 20) + 1];
    body(&bytes).await.is_error(413, "RequestEntityTooLargeException");
}

#[tokio::test]
async fn unknown_members_are_ignored_and_null_counts_as_absent() {
    body(br#"{"unheardOf":{"a":[1]},"name":null}"#).await.ok();
}

#[tokio::test]
async fn a_body_with_another_content_type_is_refused() {
    let bench = Bench::start().await;
    let mut request = post("CreateChannel", &json!({}));
    request.headers[0].1 = "text/xml".to_owned();
    let answer = bench.signed(&Signer::default(), request.clone()).await;
    answer.is_error(415, "UnsupportedMediaTypeException");
    request.headers[0].1 = "application/json; charset=utf-8".to_owned();
    bench.signed(&Signer::default(), request.clone()).await.ok();
    request.headers.clear();
    let answer = bench.signed(&Signer::default(), request).await;
    answer.is_error(415, "UnsupportedMediaTypeException");
}

#[tokio::test]
async fn an_unknown_path_or_method_is_no_operation() {
    let bench = Bench::start().await;
    for (method, target) in
        [("POST", "/Nothing"), ("GET", "/GetChannel"), ("PUT", "/GetChannel"), ("POST", "/"), ("POST", "//GetChannel")]
    {
        let request =
            Request { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() };
        let answer = bench.signed(&Signer::default(), request).await;
        answer.is_error(404, "UnknownOperationException");
    }
}

#[tokio::test]
async fn an_unencoded_slash_ends_the_label() {
    let bench = Bench::start().await;
    let arn = bench.channel().await;
    let request =
        Request { method: "GET".to_owned(), target: format!("/tags/{arn}"), headers: Vec::new(), body: Vec::new() };
    let answer = bench.signed(&Signer::default(), request).await;
    answer.is_error(404, "UnknownOperationException");
}

#[tokio::test]
async fn a_browser_preflight_is_answered() {
    let bench = Bench::start().await;
    let request = Request {
        method: "OPTIONS".to_owned(),
        target: "/GetChannel".to_owned(),
        headers: vec![("host".to_owned(), bench.host()), ("origin".to_owned(), "http://a".to_owned())],
        body: Vec::new(),
    };
    let answer = bench.raw(&request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn errors_carry_the_headers_that_the_model_binds() {
    let bench = Bench::start().await;
    let ivs = bench.ivs("GetChannel", json!({})).await;
    assert!(ivs.header("x-frame-options").is_some());
    assert_eq!(ivs.json()["exceptionMessage"], ivs.json()["message"]);
    let chat = bench.chat("GetRoom", json!({})).await;
    assert_eq!(chat.header("x-frame-options"), None);
    assert_eq!(chat.json().get("exceptionMessage"), None);
    let batch = json!({"arns": ["arn:aws:ivs:us-east-1:123456789012:channel/none"]});
    let answer = bench.ivs("BatchGetChannel", batch).await;
    assert!(answer.header("x-frame-options").is_some());
    assert_eq!(answer.ok().get("xFrameOptions"), None);
}

/// hyper itself refuses such a head: the response has a status, but not the body of the service.
#[tokio::test]
async fn a_too_large_head_is_refused_without_side_effects() {
    let bench = Bench::start().await;
    let answered = async |head: String| String::from_utf8(bench.bytes(head.as_bytes()).await).unwrap();
    let many = "a: b\r\n".repeat(1000);
    let answer = answered(format!("POST /ListChannels HTTP/1.1\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let target = "a".repeat(70_000);
    let answer = answered(format!("POST /{target} HTTP/1.1\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 414 "), "{answer}");
    bench.channel().await;
}

#[tokio::test]
async fn a_stopped_emulator_accepts_no_connections() {
    let bench = Bench::start().await;
    let address = bench.running.local_addr();
    bench.running.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
