//! The second route: a separate connection for a request whose bytes reqwest would alter.
//!
//! reqwest passes every target through `url::Url`, which resolves dot segments and escapes characters, and adds
//! `accept` and `host`. hyper's plain connection writes the bytes unchanged.

use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

use super::{Limits, Received, dial, failure};
use crate::endpoint::Endpoint;
use crate::{Failure, FailureKind, Response};

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Sends a request over a new connection and reads the response.
pub(super) async fn send(
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
    limits: &Limits,
    request: http::Request<Full<bytes::Bytes>>,
) -> Result<Response, Failure> {
    let stream = limits.within_connect(connect(endpoint, tls)).await??;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failure::of(&error, false))?;
    let exchange = async {
        let response =
            limits.within_read(sender.send_request(request)).await?.map_err(|error| failure::of(&error, false))?;
        let (head, mut body) = response.into_parts();
        let mut received = Received::new(head.status, &head.headers, limits)?;
        while let Some(frame) = limits.within_read(body.frame()).await? {
            let frame = frame.map_err(|error| failure::of(&error, false))?;
            if let Ok(chunk) = frame.into_data() {
                received.push(&chunk)?;
            }
        }
        Ok(received.finish())
    };
    // The connection is polled concurrently with the exchange and dropped with it, so that nothing outlives this call.
    tokio::pin!(exchange);
    tokio::select! {
        biased;
        outcome = &mut exchange => outcome,
        driven = connection => match driven {
            // The peer has closed the connection. Its bytes are buffered, so the exchange can finish.
            Ok(()) => exchange.await,
            Err(error) => {
                let failure = failure::of(&error, false);
                // The exchange gets the same error, or a response that was complete before it.
                exchange.await.map_err(|own| if own.kind == FailureKind::Closed { failure } else { own })
            }
        },
    }
}

pub(super) async fn connect(endpoint: &Endpoint, tls: &Arc<ClientConfig>) -> Result<Box<dyn Stream>, Failure> {
    let tcp = dial(endpoint).await.map_err(|error| failure::of(&error, true))?;
    if !endpoint.tls {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(endpoint.host.clone())
        .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
    let stream = TlsConnector::from(Arc::clone(tls)).connect(name, tcp).await;
    // Any error here is a failure of the TLS handshake.
    stream
        .map(|stream| Box::new(stream) as Box<dyn Stream>)
        .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))
}
