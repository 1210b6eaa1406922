//! An HTTP response.

use bytes::Bytes;
use http::HeaderMap;
use ivs_client::Response;

/// A complete HTTP response.
#[derive(Clone)]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl HttpAnswer {
    /// The error name, by the restJson1 rule. The header comes first since it is cheap to read.
    #[must_use]
    pub fn error_name(&self) -> Option<String> {
        if let Some(raw) = self.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()) {
            let name = raw.split(':').next().unwrap_or(raw);
            let name = name.rsplit('#').next().unwrap_or(name).trim();
            if !name.is_empty() {
                return Some(name.to_owned());
            }
        }
        ivs_client::error_name(&self.to_response()).map(|found| found.name)
    }

    /// Converts the response for the judge.
    #[must_use]
    pub fn to_response(&self) -> Response {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        Response { status: self.status, headers: self.headers.iter().map(header).collect(), body: self.body.clone() }
    }

    /// The body as JSON, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The string at a JSON pointer of the body.
    #[must_use]
    pub fn text_at(&self, pointer: &str) -> Option<String> {
        self.json()?.pointer(pointer)?.as_str().map(str::to_owned)
    }
}

impl std::fmt::Debug for HttpAnswer {
    // Headers and body may contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HttpAnswer({}, {} bytes)", self.status, self.body.len())
    }
}
