//! Exchanges that never happened, for the tests of the layers.

use std::time::Duration;

use bytes::Bytes;
use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Response, Signing};
use ivs_model::OperationId;

/// A caller that answers every request with this status.
pub(crate) struct Always(pub(crate) u16);

impl Caller for Always {
    fn send<'a>(&'a self, operation: OperationId, _request: Request, _signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move { Exchange { operation, ..answered(self.0) } })
    }
}

/// An exchange that broke.
pub(crate) fn failed(kind: FailureKind) -> Exchange {
    exchange(Err(Failure::new(kind, "test")))
}

/// An exchange that was answered with a status and nothing else.
pub(crate) fn answered(status: u16) -> Exchange {
    exchange(Ok(Response { status, headers: Vec::new(), body: Bytes::new() }))
}

/// A request of no consequence.
pub(crate) fn request() -> Request {
    Request { method: "POST".into(), path: "/X".into(), query: String::new(), headers: Vec::new(), body: Bytes::new() }
}

fn exchange(outcome: Result<Response, Failure>) -> Exchange {
    Exchange { operation: OperationId::new("ivs", "GetChannel"), request: request(), outcome, duration: Duration::ZERO }
}
