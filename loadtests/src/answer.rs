//! An answer as it came, and the class it falls into.

use bytes::Bytes;
use http::HeaderMap;
use ivs_client::Response;
use serde::Serialize;

/// An HTTP answer, read to its end.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// The classes that results count apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The answer that the step wanted: success, or the rejection it provoked.
    Expected,
    /// 429, or an error named ThrottlingException: load beyond a limit, not a failure.
    Throttled,
    /// An error that the operation declares (or any may answer), where none was wanted.
    Declared,
    /// Any other answer.
    Undeclared,
    /// No answer: refused, reset, timed out, no HTTP.
    Transport,
}

impl Class {
    /// All classes, in the order of their counts.
    pub const ALL: [Self; 5] = [Self::Expected, Self::Throttled, Self::Declared, Self::Undeclared, Self::Transport];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Throttled => "throttled",
            Self::Declared => "declared",
            Self::Undeclared => "undeclared",
            Self::Transport => "transport",
        }
    }

    /// Whether it counts into the error rate.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Expected | Self::Throttled)
    }
}

impl Answer {
    /// The error that the answer names, by the restJson1 rule; looked for in the header first, which costs nothing.
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

    /// The answer as the judge reads it.
    #[must_use]
    pub fn to_response(&self) -> Response {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        Response { status: self.status, headers: self.headers.iter().map(header).collect(), body: self.body.clone() }
    }

    /// The body as JSON, if it is.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl std::fmt::Debug for Answer {
    // Headers and body may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}
