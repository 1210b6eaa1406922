//! The bytes of a request arrive unchanged.

use bytes::Bytes;
use ivs_client::{FailureKind, Request, Signing};
use ivs_model::OperationId;

use crate::server::{Behaviour, Server, ok};
use crate::{client, request};

/// Returns the request line and the headers of the received request.
fn head(sent: &str) -> (String, Vec<(String, String)>) {
    let mut lines = sent.split("\r\n\r\n").next().unwrap().split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    });
    (line, headers.collect())
}

async fn sent_as_is(request: Request) -> String {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let exchange = client(&server.url()).send(OperationId::new("ivs", "CreateChannel"), request, &Signing::AsIs).await;
    assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    server.requests().pop().unwrap()
}

#[tokio::test]
async fn every_path_is_sent_unchanged() {
    // Some URL library alters each of these.
    for path in [
        "/CreateChannel",
        "/tags/arn%3Aaws%3Aivs%3Aus-west-2%3A123456789012%3Achannel%2Fabc",
        "/tags/arn:aws:ivs:us-west-2:123456789012:channel/abc",
        "/tags/%2F%253A%2f",
        "//CreateChannel",
        "/CreateChannel/",
        "/a/../CreateChannel",
        "/./CreateChannel",
        "/%2e%2e/CreateChannel",
        "/a/%2E/CreateChannel",
        "/create|channel\"{}",
        "/a\\b",
        "/%zz",
        "/caf\u{e9}",
        "http://127.0.0.1/CreateChannel",
        "http://example.com/../a",
        "*",
    ] {
        let mut request = request();
        request.path = path.into();
        request.set_header("host", "127.0.0.1");
        let (line, _) = head(&sent_as_is(request).await);
        assert_eq!(line, format!("POST {path} HTTP/1.1"));
    }
}

#[tokio::test]
async fn every_query_is_sent_unchanged() {
    for query in ["tagKeys=a%20b&tagKeys=c%2Fd", "a=1&a=1&b", "=", "&&", "a='", "a=+%2B", "a=%zz", "a?b?"] {
        let mut request = request();
        request.query = query.into();
        request.set_header("host", "127.0.0.1");
        let (line, _) = head(&sent_as_is(request).await);
        assert_eq!(line, format!("POST /CreateChannel?{query} HTTP/1.1"));
    }
}

#[tokio::test]
async fn only_the_length_is_added() {
    for missing in ["host", "accept", "content-type", ""] {
        let mut request = request();
        request.set_header("host", "h");
        request.set_header("x-twice", "1");
        request.headers.push(("x-twice".into(), b"2".to_vec()));
        request.remove_header(missing);
        let mut expected: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), String::from_utf8(value.clone()).unwrap()))
            .collect();
        expected.push(("content-length".into(), "2".into()));
        let (_, mut headers) = head(&sent_as_is(request).await);
        expected.sort();
        headers.sort();
        assert_eq!(headers, expected, "without {missing}");
    }
}

#[tokio::test]
async fn the_body_need_not_be_json() {
    let mut request = request();
    request.body = Bytes::from_static(b"{\"name\":");
    assert!(sent_as_is(request).await.ends_with("\r\n\r\n{\"name\":"));
}

#[tokio::test]
async fn a_get_without_input_has_no_body() {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let mut request = request();
    request.method = "GET".into();
    request.body = Bytes::new();
    request.remove_header("content-type");
    client(&server.url()).send(OperationId::new("ivs", "ListTagsForResource"), request, &Signing::Valid).await;
    let (_, headers) = head(&server.requests()[0]);
    assert!(!headers.iter().any(|(name, _)| name == "content-length" || name == "content-type"), "{headers:?}");
}

#[tokio::test]
async fn the_exchange_has_the_request_as_sent() {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let url = format!("{}/base/", server.url());
    let exchange = client(&url).send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await;
    let (line, headers) = head(&server.requests()[0]);
    assert_eq!(line, format!("POST {} HTTP/1.1", exchange.request.target()));
    assert_eq!(exchange.request.path, "/base/CreateChannel");
    for (name, value) in &exchange.request.headers {
        assert!(headers.contains(&(name.clone(), String::from_utf8(value.clone()).unwrap())), "{name}");
    }
    assert!(exchange.request.header("authorization").is_some());
}

#[tokio::test]
async fn connections_are_reused() {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let client = client(&server.url());
    for _ in 0..5 {
        assert_eq!(
            client.send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await.status(),
            Some(200)
        );
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 5));
}

#[tokio::test]
async fn requests_that_http_cannot_express_are_not_sent() {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let client = client(&server.url());
    let edits: [fn(&mut Request); 8] = [
        |request| request.path = "/a b".into(),
        |request| request.path = "/a\r\nx: y".into(),
        |request| request.path = "/a#b".into(),
        |request| request.method = "PO ST".into(),
        |request| request.method = String::new(),
        |request| request.set_header("x-a", "b\r\nc"),
        |request| request.set_header("x a", "b"),
        |request| request.set_header("content-length", "1"),
    ];
    for edit in edits {
        let mut request = request();
        edit(&mut request);
        let exchange = client.send(OperationId::new("ivs", "CreateChannel"), request, &Signing::Unsigned).await;
        assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Unsendable);
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_service_that_is_not_configured_is_not_sent_to() {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let exchange = client(&server.url()).send(OperationId::new("s3", "GetObject"), request(), &Signing::Valid).await;
    assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Unsendable);
}
