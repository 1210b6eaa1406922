//! The parts of a request that do not change between two sends, and the headers that sign each of them.

use http::header::InvalidHeaderValue;
use http::{HeaderMap, HeaderValue, Method, Uri};

use super::signer::PreparedRequest;

/// The method, target and headers of a request, and their part of the signature.
pub struct Route {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    /// All headers but date, token and signature.
    pub(crate) headers: HeaderMap,
    /// The request line and the headers as bytes.
    pub(super) head: Vec<u8>,
    pub(crate) prepared: PreparedRequest,
}

impl Route {
    /// Renders the head and keeps it with its parts.
    pub(crate) fn new(method: Method, uri: Uri, headers: HeaderMap, prepared: PreparedRequest) -> Self {
        let head = head(&method, &uri, &headers);
        Self { method, uri, headers, head, prepared }
    }
}

/// Renders a whole request.
pub(super) fn render(route: &Route, auth_headers: &AuthHeaders, body: &[u8]) -> Vec<u8> {
    let mut request = Vec::with_capacity(route.head.len() + body.len() + 512);
    request.extend_from_slice(&route.head);
    for (name, value) in auth_headers.fields() {
        push_field(&mut request, name, value.as_bytes());
    }
    // RFC 9110 section 8.6: a method that expects no body announces none.
    if !body.is_empty() || route.method == Method::POST || route.method == Method::PUT {
        push_field(&mut request, "content-length", body.len().to_string().as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

fn head(method: &Method, target: &Uri, headers: &HeaderMap) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        push_field(&mut head, name.as_str(), value.as_bytes());
    }
    head
}

fn push_field(head: &mut Vec<u8>, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        head.extend_from_slice(part);
    }
}

/// The headers that sign a request. Their values are credentials for five minutes and are never shown.
pub(crate) struct AuthHeaders {
    date: HeaderValue,
    authorization: HeaderValue,
    token: Option<HeaderValue>,
}

impl AuthHeaders {
    pub(crate) fn new(date: &str, authorization: &str, token: Option<&str>) -> Result<Self, InvalidHeaderValue> {
        Ok(Self {
            date: HeaderValue::from_str(date)?,
            authorization: HeaderValue::from_str(authorization)?,
            token: token.map(HeaderValue::from_str).transpose()?,
        })
    }

    /// Iterates over names and values in the order they are sent.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, &HeaderValue)> {
        let token = self.token.as_ref().map(|token| ("x-amz-security-token", token));
        [("x-amz-date", &self.date), ("authorization", &self.authorization)].into_iter().chain(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_announced_where_the_method_allows_one() {
        let auth_headers = AuthHeaders::new("d", "a", None).unwrap();
        let route = |method: Method| {
            let headers = HeaderMap::from_iter([(http::header::HOST, HeaderValue::from_static("h"))]);
            Route::new(method, Uri::from_static("/x?y=z"), headers, PreparedRequest::new("", "", "", &[], false))
        };
        let text = |method, body| String::from_utf8(render(&route(method), &auth_headers, body)).unwrap();
        let head = "/x?y=z HTTP/1.1\r\nhost: h\r\nx-amz-date: d\r\nauthorization: a\r\n";
        assert_eq!(text(Method::POST, b"{}"), format!("POST {head}content-length: 2\r\n\r\n{{}}"));
        assert_eq!(text(Method::POST, b""), format!("POST {head}content-length: 0\r\n\r\n"));
        assert_eq!(text(Method::GET, b""), format!("GET {head}\r\n"));
    }
}
