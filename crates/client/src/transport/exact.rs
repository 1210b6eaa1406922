//! The second route: a separate connection for a request whose target the pool would alter or refuse.
//!
//! The pool sends the path and the query of an absolute URI, so a target that does not begin with a slash would change.
//! hyper's plain connection writes the bytes unchanged.

use http::uri::InvalidUri;
use http_body_util::Full;

use super::connector::Connector;
use super::{Limits, Received, failure};
use crate::endpoint::Endpoint;
use crate::{Failure, FailureKind, Response};

/// Sends a request over a new connection and reads the response.
pub(super) async fn send(
    endpoint: &Endpoint,
    connector: &Connector,
    limits: &Limits,
    mut request: http::Request<Full<bytes::Bytes>>,
) -> Result<Response, Failure> {
    if endpoint.is_forwarded() {
        // A proxy needs the origin in the first line.
        let absolute = format!("{}{}", endpoint.origin(), request.uri());
        *request.uri_mut() =
            absolute.parse().map_err(|error: InvalidUri| Failure::new(FailureKind::Unsendable, error.to_string()))?;
    }
    let stream = connector.connect(endpoint).await?;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .handshake(stream)
        .await
        .map_err(|error| failure::of(&error, false))?;
    let exchange = async {
        let response =
            limits.within_read(sender.send_request(request)).await?.map_err(|error| failure::of(&error, false))?;
        Received::read(response, limits).await
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
