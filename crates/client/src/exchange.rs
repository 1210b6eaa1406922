//! One request as sent and one response as received: bytes, not parsed objects.

use std::time::Duration;

use bytes::Bytes;
use ivs_model::OperationId;

/// One request/response pair.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The operation called. Requests that match no operation carry the id of the one they were made from.
    pub operation: OperationId,
    /// The request as it went out, signature included.
    pub request: Request,
    /// The answer, or why there is none.
    pub outcome: Result<Response, Failure>,
    /// From the first byte sent to the last received.
    pub duration: Duration,
}

/// An HTTP request as data. Edit it freely: nothing checks it before it is sent.
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
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
    /// The answer came whole, and its body cannot be read.
    BrokenBody,
    /// The answer is larger than the client takes.
    TooLarge,
    /// Nothing was sent: HTTP has no way to write the request (a space in the path, a line break in a header).
    Unsendable,
    /// Nothing was sent: there are no credentials to sign with, or they could not be read.
    Credentials,
    /// It failed once, and what the same request got when it was sent again says nothing of the first time.
    Unsteady,
    /// Nothing was sent: a layer around the client withheld the request, since a budget is spent or a circuit is open.
    NotSent,
}

impl FailureKind {
    /// Whether a connection failed, or what came over it; if not, nothing was sent, or it was answered in the end.
    #[must_use]
    pub fn is_transport(self) -> bool {
        !matches!(self, Self::BrokenBody | Self::Unsendable | Self::Credentials | Self::Unsteady | Self::NotSent)
    }
}

impl Failure {
    /// A failure of that kind.
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}

impl Exchange {
    /// The status of the answer, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(|response| response.status)
    }
}

impl Request {
    /// Path and query as the request line names them.
    #[must_use]
    pub fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The first value of a header, if present and UTF-8. `name` is lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// Puts one value in the place of all values of a header. `name` is lower case.
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

    /// Takes all values of a header away. `name` is lower case.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(key, _)| key != name);
    }
}

impl Response {
    /// The first value of a header, if present and UTF-8. `name` is lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        first_header(&self.headers, name)
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn first_header<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).and_then(|(_, value)| std::str::from_utf8(value).ok())
}

impl std::fmt::Debug for Request {
    // Headers hold signatures and tokens, bodies may hold keys: neither is for logs. A presigned query is a signature too.
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
