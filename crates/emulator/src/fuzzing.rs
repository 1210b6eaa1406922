//! Where the fuzz targets in `fuzz/` come in: behind the socket, and behind the signature.

use std::sync::LazyLock;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request};

use crate::auth::Caller;
use crate::contract::CONTRACT;
use crate::endpoint::Endpoint;
use crate::options::Options;

/// One endpoint for a whole run, so that what earlier inputs have made is there for later ones.
static ENDPOINT: LazyLock<Endpoint> = LazyLock::new(|| Endpoint::new(Options::default()));

/// Sends `METHOD target`, lines of `name: value`, an empty line and a body to the router and the signature check.
///
/// # Panics
/// When the endpoint panics or answers 5xx: that is what a target looks for.
pub fn route(bytes: &[u8]) {
    let split = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = split.map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + 2..]));
    let Some(parts) = parts_of(head) else { return };
    let outcome = ENDPOINT.respond(&parts, Ok(Bytes::copy_from_slice(body)));
    assert!(!outcome.wire.status().is_server_error(), "{}", outcome.wire.status());
}

/// Hands a body to the parser, the evaluator and the handler of an operation, as if rightly signed. The first
/// byte picks the operation.
///
/// # Panics
/// When one of them panics or fails with a 5xx: that is what a target looks for.
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
    let caller = Caller { account: "123456789012", region: "us-east-1" };
    if let Err(failure) =
        ENDPOINT.perform(operation, &caller, ENDPOINT.clock.now(), &parts, &Bytes::copy_from_slice(body))
    {
        assert!(failure.code.status() < 500, "{}", failure.code.name());
    }
}

/// The head of a request; `None` where hyper would not let it through.
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
