//! Distinguishes an unreachable endpoint from one with wrong responses.

use std::sync::{Arc, Mutex, PoisonError};

use ivs_client::{BoxFuture, Caller, Endpoint, Endpoints, Exchange, Failure, FailureKind, Request, Signing};
use ivs_model::OperationId;

/// The known state of the connections of a run.
#[derive(Debug, Default)]
enum Seen {
    #[default]
    Nothing,
    /// Every connection failed so far; this is the first failure.
    Failed { service: &'static str, failure: Failure },
    /// A connection worked.
    Connected,
}

/// The reachability of the endpoints of a run.
#[derive(Debug, Clone)]
pub(crate) struct Connectivity {
    endpoints: Endpoints,
    seen: Arc<Mutex<Seen>>,
}

impl Connectivity {
    pub(crate) fn new(endpoints: Endpoints) -> Self {
        Self { endpoints, seen: Arc::default() }
    }

    /// Watches the exchanges of another caller.
    pub(crate) fn watch<C: Caller>(&self, inner: C) -> ConnectivityLayer<C> {
        ConnectivityLayer { inner, seen: Arc::clone(&self.seen) }
    }

    /// Returns the error message if every connection failed.
    pub(crate) fn error(&self) -> Option<String> {
        match &*self.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            Seen::Failed { service, failure } => {
                self.endpoints.of(service).ok().map(|endpoint| describe(endpoint, failure))
            }
            Seen::Nothing | Seen::Connected => None,
        }
    }
}

/// A layer that records whether connections work.
pub(crate) struct ConnectivityLayer<C> {
    inner: C,
    seen: Arc<Mutex<Seen>>,
}

impl<C: Caller> Caller for ConnectivityLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.send(operation, request, signing).await;
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            match &exchange.outcome {
                Err(failure) if !matches!(failure.kind, FailureKind::Connect | FailureKind::Tls) => {
                    if failure.kind.is_transport() {
                        *seen = Seen::Connected;
                    }
                }
                Err(failure) => {
                    if matches!(*seen, Seen::Nothing) {
                        *seen = Seen::Failed { service: operation.service(), failure: failure.clone() };
                    }
                }
                Ok(_) => *seen = Seen::Connected,
            }
            drop(seen);
            exchange
        })
    }
}

/// Describes an unreachable endpoint: the error, its cause, and what to check.
pub(crate) fn describe(endpoint: &Endpoint, failure: &Failure) -> String {
    let refused = failure.detail.to_ascii_lowercase().contains("connection refused");
    let (reason, advice) = match failure.kind {
        FailureKind::Tls if failure.detail.contains("invalid peer certificate") => {
            (failure.detail.as_str(), " Name the authority of its certificate with --ca-bundle.")
        }
        FailureKind::Tls => ("TLS handshake failed", " Is it an http:// endpoint?"),
        _ if refused && endpoint.is_loopback() => ("connection refused", " Is the emulator running?"),
        _ if refused => ("connection refused", " Is the port right?"),
        _ => (failure.detail.as_str(), ""),
    };
    format!("Cannot connect to {endpoint}: {reason}.{advice}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A caller that returns these outcomes, one per call.
    struct Scripted(Mutex<Vec<Result<ivs_client::Response, Failure>>>);

    impl Caller for Scripted {
        fn send<'a>(&'a self, operation: OperationId, request: Request, _: &'a Signing) -> BoxFuture<'a, Exchange> {
            let outcome = self.0.lock().unwrap().remove(0);
            let duration = std::time::Duration::ZERO;
            Box::pin(async move { Exchange { operation, request, outcome, duration } })
        }
    }

    fn error_after(outcomes: Vec<Result<ivs_client::Response, Failure>>) -> Option<String> {
        let connectivity = Connectivity::new(Endpoints::one("http://127.0.0.1:1").unwrap());
        let calls = outcomes.len();
        let caller = connectivity.watch(Scripted(Mutex::new(outcomes)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for _ in 0..calls {
            let request = Request {
                method: "POST".to_owned(),
                path: "/ListChannels".to_owned(),
                query: String::new(),
                headers: Vec::new(),
                body: Vec::new().into(),
            };
            runtime.block_on(caller.send(OperationId::new("ivs", "ListChannels"), request, &Signing::Unsigned));
        }
        connectivity.error()
    }

    fn refused() -> Result<ivs_client::Response, Failure> {
        Err(Failure::new(FailureKind::Connect, "tcp connect error: Connection refused (os error 111)"))
    }

    #[test]
    fn an_endpoint_that_refuses_every_connection_is_named_with_advice() {
        let expected = "Cannot connect to http://127.0.0.1:1: connection refused. Is the emulator running?";
        assert_eq!(error_after(vec![refused(), refused()]).as_deref(), Some(expected));
    }

    #[test]
    fn an_endpoint_that_connected_once_was_reached() {
        let answer = ivs_client::Response { status: 500, headers: Vec::new(), body: Vec::new().into() };
        assert_eq!(error_after(vec![refused(), Ok(answer)]), None);
        let closed = Failure::new(FailureKind::Closed, "connection closed");
        assert_eq!(error_after(vec![Err(closed), refused()]), None);
        assert_eq!(error_after(Vec::new()), None);
    }

    #[test]
    fn an_unknown_certificate_suggests_a_bundle() {
        let failure = Failure::new(FailureKind::Tls, "invalid peer certificate: UnknownIssuer");
        let error = error_after(vec![Err(failure)]).unwrap();
        let expected = "Cannot connect to http://127.0.0.1:1: invalid peer certificate: UnknownIssuer. Name the authority of \
                        its certificate with --ca-bundle.";
        assert_eq!(error, expected);
    }

    #[test]
    fn a_failed_handshake_suggests_http() {
        let failure = Failure::new(FailureKind::Tls, "received corrupt message");
        let error = error_after(vec![Err(failure)]).unwrap();
        assert_eq!(error, "Cannot connect to http://127.0.0.1:1: TLS handshake failed. Is it an http:// endpoint?");
    }
}
