//! Connections go through the proxy of an endpoint, or to its pinned addresses.

use ivs_client::{Client, ClientConfig, Exchange, FailureKind, Proxy, Signing, Trust};
use ivs_model::OperationId;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::server::{Behaviour, Server, ok, read_request};
use crate::tls::{AUTHORITY, tls_server};
use crate::{config, request};

/// Sends a plain request, and one whose bytes need the second route.
async fn exchanges(config: ClientConfig) -> [Exchange; 2] {
    let client = Client::new(config).unwrap();
    let mut odd = request();
    odd.path = "/a/../CreateChannel".into();
    [
        client.send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await,
        client.send(OperationId::new("ivs", "CreateChannel"), odd, &Signing::Valid).await,
    ]
}

fn through(url: &str, proxy: &str) -> ClientConfig {
    let mut config = config(url);
    let proxy = Proxy::parse(proxy).unwrap();
    let set = config.endpoints.try_change(|endpoint| {
        endpoint.proxy = Some(proxy.clone()).filter(|_| !endpoint.is_loopback());
        Ok::<(), ()>(())
    });
    set.unwrap();
    config
}

/// Starts a proxy that opens every tunnel to this port, and returns its port.
async fn tunnels_to(port: u16, status: &'static str) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some(head) = read_request(&mut stream, &mut Vec::new()).await else { continue };
            assert!(head.starts_with(b"CONNECT localhost.example:8443 HTTP/1.1\r\n"), "{head:?}");
            stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap();
            if status.starts_with('2') {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut stream, &mut server).await });
            }
        }
    });
    own
}

#[tokio::test]
async fn plain_requests_name_the_origin_to_the_proxy() {
    let proxy = Server::start(Behaviour::Answer(ok("{}"))).await;
    let url = proxy.url().replace("http://", "http://user:hush@");
    for exchange in exchanges(through("http://ivs.invalid:8080", &url)).await {
        assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    }
    let requests = proxy.requests();
    assert!(requests[0].starts_with("POST http://ivs.invalid:8080/CreateChannel HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[1].starts_with("POST http://ivs.invalid:8080/a/../CreateChannel HTTP/1.1\r\n"), "{}", requests[1]);
    for request in requests {
        let head = request.to_lowercase();
        assert!(head.contains("\r\nhost: ivs.invalid:8080\r\n"), "{request}");
        assert!(head.contains("\r\nproxy-authorization: basic dxnlcjpodxno\r\n"), "{request}");
    }
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let proxy = format!("http://127.0.0.1:{}", tunnels_to(tls_server().await, "200 OK").await);
    let trust = Trust::Bundle(AUTHORITY.to_vec());
    // The certificate is for `localhost`: the handshake reached the server through the tunnel.
    for exchange in exchanges(ClientConfig { trust, ..through("https://localhost.example:8443", &proxy) }).await {
        assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Tls);
    }
    let trust = Trust::Anything;
    for exchange in exchanges(ClientConfig { trust, ..through("https://localhost.example:8443", &proxy) }).await {
        assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    let proxy = format!("http://127.0.0.1:{}", tunnels_to(1, "403 Forbidden").await);
    let [_, odd] = exchanges(through("https://localhost.example:8443", &proxy)).await;
    let failure = odd.outcome.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connect);
    assert!(failure.detail.contains(&format!("the proxy {proxy} refused the connection")), "{}", failure.detail);
}

#[tokio::test]
async fn loopback_addresses_are_reached_without_the_proxy() {
    let (server, proxy) =
        (Server::start(Behaviour::Answer(ok("{}"))).await, Server::start(Behaviour::Answer(ok("{}"))).await);
    for exchange in exchanges(through(&server.url(), &proxy.url())).await {
        assert_eq!(exchange.status(), Some(200));
    }
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn pinned_addresses_take_the_place_of_the_name() {
    let server = Server::start(Behaviour::Answer(ok("{}"))).await;
    let mut config = config(&server.url().replace("127.0.0.1", "emulator.invalid"));
    let pin = config.endpoints.try_change(|endpoint| {
        endpoint.addresses = vec!["127.0.0.1".parse().unwrap()];
        Ok::<(), ()>(())
    });
    pin.unwrap();
    for exchange in exchanges(config).await {
        assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    }
    assert!(server.requests().iter().all(|request| request.contains("emulator.invalid:")));
}

#[tokio::test]
async fn a_compressed_body_is_kept_as_it_came() {
    // The cap counts the bytes that are kept, so a small body cannot become a large one.
    let answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00".to_vec();
    let server = Server::start(Behaviour::Answer(answer)).await;
    for exchange in exchanges(config(&server.url())).await {
        assert_eq!(&exchange.outcome.unwrap().body[..], b"\x1f\x8b\x08\x00");
    }
}
