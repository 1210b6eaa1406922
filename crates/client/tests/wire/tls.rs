//! Certificates are trusted as configured.

use std::sync::Arc;

use ivs_client::{Client, ClientError, Exchange, FailureKind, Signing, Trust};
use ivs_model::OperationId;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::{Behaviour, Server, ok, read_request};
use crate::{config, request};

pub(crate) const AUTHORITY: &[u8] = include_bytes!("../tls/authority.pem");

/// Starts a TLS server that returns 200 to every request, and returns its port.
pub(crate) async fn tls_server() -> u16 {
    tls_server_of(include_bytes!("../tls/localhost.pem"), include_bytes!("../tls/localhost.key.pem")).await
}

async fn tls_server_of(certificate: &[u8], key: &[u8]) -> u16 {
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            // A client that does not trust the certificate aborts the handshake.
            let Ok(mut stream) = acceptor.accept(tcp).await else { continue };
            if read_request(&mut stream, &mut Vec::new()).await.is_some() {
                stream.write_all(&ok("{}")).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    port
}

async fn exchanges(url: &str, trust: Trust) -> [Exchange; 2] {
    let client = Client::new(ivs_client::ClientConfig { trust, ..config(url) }).unwrap();
    let mut odd = request();
    odd.path = "/a/../CreateChannel".into();
    [
        client.send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await,
        client.send(OperationId::new("ivs", "CreateChannel"), odd, &Signing::Valid).await,
    ]
}

#[tokio::test]
async fn a_bundle_is_trusted() {
    let url = format!("https://localhost:{}", tls_server().await);
    for exchange in exchanges(&url, Trust::Bundle(AUTHORITY.to_vec())).await {
        assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_as_its_own_bundle_for_its_name_alone() {
    let certificate = include_bytes!("../tls/self-signed.pem");
    let port = tls_server_of(certificate, include_bytes!("../tls/self-signed.key.pem")).await;
    for exchange in exchanges(&format!("https://localhost:{port}"), Trust::Bundle(certificate.to_vec())).await {
        assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    }
    for (url, trust) in [
        (format!("https://127.0.0.1:{port}"), Trust::Bundle(certificate.to_vec())),
        (format!("https://localhost:{port}"), Trust::Bundle(AUTHORITY.to_vec())),
    ] {
        for exchange in exchanges(&url, trust).await {
            assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Tls, "{url}");
        }
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_not_trusted() {
    let url = format!("https://localhost:{}", tls_server().await);
    for exchange in exchanges(&url, Trust::System).await {
        assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Tls);
    }
}

#[tokio::test]
async fn any_certificate_is_trusted_if_configured() {
    let url = format!("https://127.0.0.1:{}", tls_server().await);
    for exchange in exchanges(&url, Trust::Anything).await {
        assert_eq!(exchange.status(), Some(200), "{:?}", exchange.outcome);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_a_tls_failure() {
    let server = Server::start(Behaviour::AnswerAndClose(ok("{}"))).await;
    let url = server.url().replace("http://", "https://");
    // The server waits for a request head that never ends; the peer's alert or the timeout ends the wait.
    let mut config = config(&url);
    config.trust = Trust::Anything;
    config.limits.connect = std::time::Duration::from_millis(200);
    let exchange =
        Client::new(config).unwrap().send(OperationId::new("ivs", "CreateChannel"), request(), &Signing::Valid).await;
    assert!(matches!(exchange.outcome.unwrap_err().kind, FailureKind::Tls | FailureKind::Timeout));
}

#[tokio::test]
async fn a_server_that_closes_the_connection_is_a_tls_failure() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut hello = [0; 5];
            tokio::io::AsyncReadExt::read_exact(&mut tcp, &mut hello).await.unwrap();
            tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    for exchange in exchanges(&url, Trust::Anything).await {
        assert_eq!(exchange.outcome.unwrap_err().kind, FailureKind::Tls);
    }
}

#[test]
fn a_bundle_without_certificates_is_refused() {
    for bundle in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let mut config = config("https://localhost:1");
        config.trust = Trust::Bundle(bundle.into());
        assert!(matches!(Client::new(config), Err(ClientError::Bundle { .. })), "{bundle}");
    }
}
