//! The client's outcomes for good, unusual and broken responses.

use ivs_client::{Exchange, FailureKind, Signing};
use ivs_model::OperationId;
use tokio::net::TcpListener;

use crate::server::{Behaviour, Server, ok};
use crate::{client, request};

async fn exchange_with(behaviour: Behaviour) -> Exchange {
    let server = Server::start(behaviour).await;
    client(&server.url()).send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await
}

/// Sends the same over the second route, which targets with dot segments use.
async fn exact_exchange_with(behaviour: Behaviour) -> Exchange {
    let server = Server::start(behaviour).await;
    let mut request = request();
    request.path = "/a/../CreateChannel".into();
    client(&server.url()).send(OperationId::new("ivs", "CreateChannel"), request, &Signing::Valid).await
}

/// Asserts that both routes end in the same kind of failure.
async fn failure_of(behaviour: Behaviour) -> FailureKind {
    let pooled = exchange_with(behaviour.clone()).await.outcome.unwrap_err();
    let exact = exact_exchange_with(behaviour).await.outcome.unwrap_err();
    assert_eq!(pooled.kind, exact.kind, "pooled: {pooled}, exact: {exact}");
    pooled.kind
}

#[tokio::test]
async fn status_headers_and_body_come_as_bytes() {
    let answer = b"HTTP/1.1 418 Teapot\r\nX-Amzn-ErrorType: A\r\nx-raw: \xff\r\ncontent-length: 3\r\n\r\n\xff\x00{";
    for exchange in [
        exchange_with(Behaviour::Answer(answer.to_vec())).await,
        exact_exchange_with(Behaviour::Answer(answer.to_vec())).await,
    ] {
        let response = exchange.outcome.unwrap();
        assert_eq!((response.status, response.header("x-amzn-errortype")), (418, Some("A")));
        assert_eq!(response.headers[1], ("x-raw".to_owned(), vec![0xff]));
        assert_eq!(response.body.as_ref(), b"\xff\x00{");
    }
}

#[tokio::test]
async fn a_redirect_is_a_response() {
    let target = Server::start(Behaviour::Answer(ok("{}"))).await;
    let answer = format!("HTTP/1.1 307 Go\r\nlocation: {}/elsewhere\r\ncontent-length: 0\r\n\r\n", target.url());
    let exchange = exchange_with(Behaviour::Answer(answer.into_bytes())).await;
    assert_eq!(exchange.status(), Some(307));
    assert_eq!(target.requests().len(), 0);
}

#[tokio::test]
async fn an_unavailable_service_is_called_once() {
    for answer in [
        Behaviour::Answer(b"HTTP/1.1 503 No\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Behaviour::AnswerAndClose(Vec::new()),
    ] {
        let server = Server::start(answer).await;
        client(&server.url()).send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await;
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn chunked_and_unframed_bodies_are_read() {
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n".to_vec();
    let unframed = b"HTTP/1.0 200 OK\r\n\r\n{}".to_vec();
    for behaviour in [Behaviour::Answer(chunked), Behaviour::AnswerAndClose(unframed)] {
        assert_eq!(exchange_with(behaviour.clone()).await.outcome.unwrap().body.as_ref(), b"{}");
        assert_eq!(exact_exchange_with(behaviour).await.outcome.unwrap().body.as_ref(), b"{}");
    }
}

#[tokio::test]
async fn a_closed_connection_is_closed() {
    let cut_body = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}".to_vec();
    let cut_head = b"HTTP/1.1 200 OK\r\ncontent-le".to_vec();
    let cut_chunk = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}".to_vec();
    for bytes in [Vec::new(), cut_body, cut_head, cut_chunk] {
        assert_eq!(failure_of(Behaviour::AnswerAndClose(bytes)).await, FailureKind::Closed);
    }
}

#[tokio::test]
async fn a_response_that_is_not_http_is_malformed() {
    let no_http = b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec();
    let bad_status = b"HTTP/1.1 abc OK\r\n\r\n".to_vec();
    let bad_header = b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n".to_vec();
    let bad_chunk = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n".to_vec();
    let bad_length = b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}".to_vec();
    for bytes in [no_http, bad_status, bad_header, bad_chunk, bad_length] {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(failure_of(Behaviour::AnswerAndClose(bytes)).await, FailureKind::Malformed, "{text}");
    }
}

#[tokio::test]
async fn a_stalled_response_times_out() {
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}".to_vec();
    assert_eq!(failure_of(Behaviour::AnswerAndStall(half)).await, FailureKind::Timeout);
}

#[tokio::test]
async fn a_missing_response_times_out() {
    let server = Server::start(Behaviour::AnswerAndStall(Vec::new())).await;
    let mut config = crate::config(&server.url());
    config.limits.connect = std::time::Duration::from_millis(100);
    config.limits.read = std::time::Duration::from_millis(100);
    let client = ivs_client::Client::new(config).unwrap();
    let exchange = client.send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await;
    assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Timeout);
}

#[tokio::test]
async fn a_short_read_time_out_is_not_stretched_by_a_long_connect_time_out() {
    let server = Server::start(Behaviour::AnswerAndStall(Vec::new())).await;
    let mut config = crate::config(&server.url());
    config.limits.connect = std::time::Duration::from_secs(30);
    config.limits.read = std::time::Duration::from_millis(100);
    let client = ivs_client::Client::new(config).unwrap();
    let mut request = request();
    request.set_header("accept", "*/*");
    let begin = std::time::Instant::now();
    let exchange = client.send(OperationId::new("ivs", "CreateChannel"), request, &Signing::Valid).await;
    assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Timeout);
    assert!(begin.elapsed() < std::time::Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_response_above_the_limit_is_too_large() {
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n".to_vec();
    let unframed = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    for head in [announced, unframed] {
        assert_eq!(failure_of(Behaviour::Flood { head, piece: vec![b' '; 16 * 1024] }).await, FailureKind::TooLarge);
    }
}

#[tokio::test]
async fn endless_headers_end() {
    let head = b"HTTP/1.1 200 OK\r\n".to_vec();
    let kind = failure_of(Behaviour::Flood { head, piece: b"x-a: 0123456789\r\n".repeat(1000) }).await;
    assert!(matches!(kind, FailureKind::Malformed | FailureKind::TooLarge), "{kind:?}");
}

#[tokio::test]
async fn a_closed_port_is_a_failure_to_connect() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let exchange = client(&url).send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await;
    assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Connect);
}

#[tokio::test]
async fn an_unknown_host_is_a_failure_to_connect() {
    // `.invalid` is reserved for names that do not exist (RFC 2606).
    let exchange = client("http://endpoint.invalid")
        .send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid)
        .await;
    assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Connect);
}
