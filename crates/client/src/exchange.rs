//! One request as sent and one response as received: bytes, not parsed objects.

use std::time::Duration;

use bytes::Bytes;

/// One request/response pair.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// [`ivs_model::Service::id`] of the service called.
    pub service: String,
    /// The operation called; requests that match no operation name the one they were made from.
    pub operation: String,
    /// The request as it went out, signature included.
    pub request: Request,
    /// The answer, or why there is none.
    pub outcome: Result<Response, Failure>,
    /// From the first byte sent to the last received.
    pub duration: Duration,
}

/// An HTTP request as data.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, any token.
    pub method: String,
    /// The raw path, percent-encoded as it stands on the wire.
    pub path: String,
    /// The raw query, without `?`; empty if none.
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
    /// The body, at most the client's cap.
    pub body: Bytes,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure.
    pub kind: FailureKind,
    /// What happened, for a person; free of secrets.
    pub detail: String,
}

/// The kinds of transport failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureKind {
    /// No connection: refused, unreachable, unknown host.
    Connect,
    /// TLS was not agreed or a certificate not trusted.
    Tls,
    /// The connect or read time-out passed.
    Timeout,
    /// The connection closed or broke before the response was whole.
    Closed,
    /// The answer is no HTTP.
    Malformed,
    /// The answer is larger than the client takes.
    TooLarge,
}

impl Response {
    /// The first value of a header, if present and UTF-8. `name` is lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }
}

impl std::fmt::Debug for Request {
    // Headers hold signatures and tokens, bodies may hold keys: neither is for logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {}, {} bytes)", self.method, self.path, self.body.len())
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}
