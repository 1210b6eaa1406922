//! The entry points of the fuzz targets in `fuzz/`: one before and one after the verification of the signature.

use std::sync::LazyLock;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request};

use crate::auth::VerifiedCaller;
use crate::contract::CONTRACT;
use crate::endpoint::EmulatorEndpoint;
use crate::options::Options;

/// One endpoint for a whole run, so that later inputs find the resources of earlier ones.
static ENDPOINT: LazyLock<EmulatorEndpoint> = LazyLock::new(|| EmulatorEndpoint::new(Options::default()));

/// Sends `METHOD target`, lines of `name: value`, an empty line and a body to the router and the signature check.
///
/// # Panics
/// If the endpoint panics or returns a 5xx, which the fuzz target must detect.
pub fn route(bytes: &[u8]) {
    let split = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = split.map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 2..]));
    let Some(parts) = parts_of(head) else { return };
    let outcome = ENDPOINT.respond(&parts, Ok(Bytes::copy_from_slice(body)));
    assert!(!outcome.response.status().is_server_error(), "{}", outcome.response.status());
}

/// Passes a body to the parser, the evaluator and the handler of an operation, as if correctly signed.
///
/// The first byte selects the operation.
///
/// # Panics
/// If one of them panics or fails with a 5xx, which the fuzz target must detect.
pub fn body(bytes: &[u8]) {
    let Some((pick, body)) = bytes.split_first() else { return };
    let operation = &CONTRACT.operations[usize::from(*pick) % CONTRACT.operations.len()];
    // Operations with labels or a query take the first line as their target.
    let (target, body) = match body.iter().position(|byte| *byte == b'\n') {
        Some(end) if operation.has_unbodied_input => (&body[..end], &body[end + 1..]),
        _ => (&b"/"[..], body),
    };
    let line = [operation.method.as_str().as_bytes(), b" ", target, b"\ncontent-type: application/json"].concat();
    let Some(parts) = parts_of(&line) else { return };
    let caller = VerifiedCaller { account: "123456789012", region: "us-east-1" };
    if let Err(error) =
        ENDPOINT.perform(operation, &caller, ENDPOINT.clock.now(), &parts, &Bytes::copy_from_slice(body))
    {
        assert!(error.code.status() < 500, "{}", error.code.name());
    }
}

/// Parses the head of a request; `None` where hyper would reject it.
fn parts_of(head: &[u8]) -> Option<Parts> {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let space = first.iter().position(|byte| *byte == b' ')?;
    let method = Method::from_bytes(&first[..space]).ok()?;
    let mut request = Request::builder().method(method).uri(&first[space + 1..]).body(()).ok()?;
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    Some(request.into_parts().0)
}
