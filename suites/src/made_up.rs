//! Exchanges that never happened, for the tests of what takes note of how exchanges went.

use std::time::Duration;

use bytes::Bytes;
use ivs_client::{Exchange, Failure, FailureKind, Request, Response};
use ivs_model::OperationId;

/// One that broke.
pub(crate) fn failed(kind: FailureKind) -> Exchange {
    exchange(Err(Failure::new(kind, "test")))
}

/// One that was answered by nothing but a status.
pub(crate) fn answered(status: u16) -> Exchange {
    exchange(Ok(Response { status, headers: Vec::new(), body: Bytes::new() }))
}

fn exchange(outcome: Result<Response, Failure>) -> Exchange {
    let request = Request {
        method: "POST".into(),
        path: "/X".into(),
        query: String::new(),
        headers: Vec::new(),
        body: Bytes::new(),
    };
    Exchange { operation: OperationId::new("ivs", "X"), request, outcome, duration: Duration::ZERO }
}
