//! One request as sent and one response as received: bytes, not parsed objects.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use bytes::Bytes;
use ivs_model::OperationId;

use crate::percent::decode_text;

/// One request/response pair.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The called operation. A request that matches no operation has the id of the one it was derived from.
    pub operation: OperationId,
    /// The request as sent, including the signature.
    pub request: Request,
    /// The response, or the reason why there is none.
    pub outcome: Result<Response, Failure>,
    /// The time from the first byte sent to the last byte received.
    pub duration: Duration,
}

/// An HTTP request as data. It may be edited freely, since it is not checked before it is sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Request {
    /// The method, which may be any token.
    pub method: String,
    /// The raw path, percent-encoded as on the wire.
    pub path: String,
    /// The raw query, without `?`; empty if there is none.
    pub query: String,
    /// Header names (lower case) and values, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Bytes,
}

/// An HTTP response as data.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names (lower case) and values, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, at most as long as the client's limit.
    pub body: Bytes,
}

/// The reason why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// The description of the failure, without secrets.
    pub detail: String,
}

/// The kinds of transport failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// The connection failed: refused, unreachable or unknown host.
    Connect,
    /// The TLS handshake failed, or a certificate is not trusted.
    Tls,
    /// The connect or read timeout elapsed.
    Timeout,
    /// The connection closed or broke before the response was complete.
    Closed,
    /// The response is not HTTP.
    Malformed,
    /// The response is complete, but its body cannot be read.
    BrokenBody,
    /// The response exceeds the client's size limit.
    TooLarge,
    /// Not sent: HTTP cannot express the request (a space in the path, a line break in a header).
    Unsendable,
    /// Not sent: credentials are missing or could not be read.
    Credentials,
    /// The first attempt failed. The response to its retry is no evidence about it.
    Unsteady,
    /// Not sent: a layer around the client refused the request, because a budget is exhausted or a circuit is open.
    NotSent,
}

impl FailureKind {
    /// Returns whether the connection or the received bytes failed. Otherwise the request was not sent, or a retry got
    /// a response.
    #[must_use]
    pub fn is_transport(self) -> bool {
        !matches!(self, Self::BrokenBody | Self::Unsendable | Self::Credentials | Self::Unsteady | Self::NotSent)
    }
}

impl Failure {
    /// Creates a failure.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl Exchange {
    /// Returns the status of the response, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|response| response.status)
    }

    /// Whether no answer came in time.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Timeout)
    }
}

impl Request {
    /// Returns a number that differs between requests that differ in anything, except by a rare chance. It is the same within one
    /// process only.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Returns path and query, as in the request line.
    #[must_use]
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// Returns the decoded values of a query parameter, in order.
    pub fn query_values(&self, name: &str) -> impl Iterator<Item = String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(move |(key, _)| decode_text(key) == name).map(|(_, value)| decode_text(value))
    }

    /// Returns the first value of a header, if present and UTF-8. `name` is lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// Replaces all values of a header by one value. `name` is lower case.
    pub fn set_header(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.headers.iter().position(|(key, _)| key == name) {
            Some(first) => {
                self.headers[first].1 = value;
                let mut index = 0;
                self.headers.retain(|(key, _)| {
                    index += 1;
                    key != name || index == first + 1
                });
            }
            None => self.headers.push((name.to_owned(), value)),
        }
    }

    /// Removes all values of a header. `name` is lower case.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(key, _)| key != name);
    }
}

impl Response {
    /// Returns the first value of a header, if present and UTF-8. `name` is lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// Returns whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn first_header<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).and_then(|(_, value)| std::str::from_utf8(value).ok())
}

impl std::fmt::Debug for Request {
    // Logs must not show headers, bodies or queries: they may contain signatures, tokens or keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {}, {} bytes)", self.method, self.path, self.body.len())
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        Request {
            method: "POST".into(),
            path: "/A".into(),
            query: String::new(),
            headers: vec![header("a", "1"), header("b", "2"), header("a", "3"), header("c", "4")],
            body: Bytes::from_static(b"sk_us-west-2_secret"),
        }
    }

    #[test]
    fn setting_a_header_leaves_one_value_in_the_first_place() {
        let mut request = request();
        request.set_header("a", "5");
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, request.header("a")), (vec!["a", "b", "c"], Some("5")));
    }

    #[test]
    fn debug_shows_neither_headers_nor_body() {
        let mut request = request();
        request.set_header("authorization", "Signature=abc");
        let shown = format!("{request:?}");
        assert!(!shown.contains("Signature") && !shown.contains("sk_us"), "{shown}");
    }
}
