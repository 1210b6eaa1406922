//! An exchange as reports show it: without secrets, without what differs between two equal runs.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use ivs_client::{Exchange, Request, Response, error_name};
use ivs_model::{Model, Operation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::failure_text;
use crate::printable::{LONGEST_BODY, clipped, cut_at, plain};
use crate::wire;

/// Headers of requests that hold credentials, or that the client writes anew with each request.
const NOT_SHOWN_OF_REQUESTS: [&str; 12] = [
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "host",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];

/// Headers of responses that tell of the connection or of the moment.
const NOT_SHOWN_OF_RESPONSES: [&str; 7] =
    ["age", "connection", "content-length", "date", "keep-alive", "set-cookie", "transfer-encoding"];

/// Headers of responses that name the one request, whatever their form.
const IDS: [&str; 5] = ["x-amz-apigw-id", "x-amz-cf-id", "x-amzn-requestid", "x-amzn-trace-id", "x-request-id"];

/// Headers of responses that stand in a list of findings.
const TELLING: [&str; 3] = ["content-type", "location", "x-amzn-errortype"];

/// One request and its response, fit to print.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShownExchange {
    /// What was sent.
    pub request: ShownRequest,
    /// What came of it.
    pub response: ShownResponse,
}

/// A request, fit to print.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShownRequest {
    /// The method.
    pub method: String,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query without `?`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Headers by name; those that hold credentials are left out.
    pub headers: BTreeMap<String, String>,
    /// The body, cut where it is long.
    pub body: String,
}

/// A response, or the reason why there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ShownResponse {
    /// The kind of failure where no response came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The status code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The error that the response names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Headers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body, cut where it is long.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

impl ShownExchange {
    /// Shows an exchange. `text` makes any part of it fit to print; `keep` tells texts that are no secrets.
    pub(crate) fn new(
        exchange: &Exchange,
        request_body: Option<String>,
        described: Option<(&Model, &Operation)>,
        keep: &dyn Fn(&str) -> bool,
        text: &mut dyn FnMut(&str) -> String,
    ) -> Self {
        // Whether two times are the same one depends on how fast an endpoint is.
        let mut text = |part: &str| without_numbers(&text(part));
        let Request { method, path, query, headers, body } = &exchange.request;
        let shown = |(name, _): &&(String, Vec<u8>)| !NOT_SHOWN_OF_REQUESTS.contains(&name.as_str());
        let request = ShownRequest {
            method: text(method),
            path: text(path),
            query: text(query),
            headers: joined(headers.iter().filter(shown), &mut text),
            body: shown_body(request_body, body.len(), &mut text),
        };
        let response = match &exchange.outcome {
            Ok(response) => ShownResponse::new(response, described, keep, &mut text),
            Err(failure) => {
                ShownResponse { failure: Some(failure_text(failure.kind).to_owned()), ..ShownResponse::default() }
            }
        };
        Self { request, response }
    }
}

impl ShownResponse {
    fn new(
        response: &Response,
        described: Option<(&Model, &Operation)>,
        keep: &dyn Fn(&str) -> bool,
        text: &mut dyn FnMut(&str) -> String,
    ) -> Self {
        let shown = |(name, _): &&(String, Vec<u8>)| !NOT_SHOWN_OF_RESPONSES.contains(&name.as_str());
        let mut headers = joined(response.headers.iter().filter(shown), text);
        for id in IDS {
            if let Some(value) = headers.get_mut(id).filter(|value| !value.starts_with('<') && !value.is_empty()) {
                "<id>".clone_into(value);
            }
        }
        let body = std::str::from_utf8(&response.body).ok().map(|body| {
            let masked = described.filter(|_| response.is_success()).and_then(|(model, operation)| {
                let value: Value = serde_json::from_str(body).ok()?;
                let masked = wire::masked(model, operation.output, &value, keep);
                (masked != value).then(|| masked.to_string())
            });
            masked.unwrap_or_else(|| body.to_owned())
        });
        let error = if response.status >= 400 { error_name(response).map(|error| text(&error.name)) } else { None };
        Self {
            failure: None,
            status: Some(response.status),
            error,
            headers,
            body: shown_body(body, response.body.len(), text),
        }
    }

    /// Status, telling headers and body on one line, for a list of findings.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.headline();
        for (name, value) in &self.headers {
            let is_usual = name == "content-type" && value == "application/json";
            if TELLING.contains(&name.as_str()) && !is_usual {
                let _ = write!(line, ", {name}: {value}");
            }
        }
        if !self.body.is_empty() {
            line.push_str(", body ");
            line.push_str(&self.body);
        }
        plain(&clipped(&line))
    }

    /// Status and error name, or the kind of failure.
    #[must_use]
    pub fn headline(&self) -> String {
        match (&self.failure, self.status, &self.error) {
            (Some(failure), _, _) => failure.clone(),
            (None, Some(status), Some(error)) => format!("{status} {error}"),
            (None, Some(status), None) => status.to_string(),
            (None, None, _) => "no answer".to_owned(),
        }
    }
}

/// The exchange as text: the request, an arrow, the response.
impl fmt::Display for ShownExchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ShownRequest { method, path, query, headers, body } = &self.request;
        let question = if query.is_empty() { "" } else { "?" };
        write!(formatter, "{} {}{question}{}", plain(method), plain(path), plain(query))?;
        rest(headers, body, formatter)?;
        write!(formatter, "\n-> {}", plain(&self.response.headline()))?;
        rest(&self.response.headers, &self.response.body, formatter)
    }
}

fn rest(headers: &BTreeMap<String, String>, body: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (name, value) in headers {
        write!(formatter, "\n   {}: {}", plain(name), plain(value))?;
    }
    if body.is_empty() { Ok(()) } else { write!(formatter, "\n   {}", plain(body)) }
}

fn joined<'h>(
    headers: impl Iterator<Item = &'h (String, Vec<u8>)>,
    text: &mut dyn FnMut(&str) -> String,
) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = text(&String::from_utf8_lossy(value));
        joined
            .entry(name.clone())
            .and_modify(|known| {
                known.push_str(", ");
                known.push_str(&value);
            })
            .or_insert(value);
    }
    joined
}

/// A body that is already masked by its shape, if it is text; `length` is that of the bytes.
fn shown_body(body: Option<String>, length: usize, text: &mut dyn FnMut(&str) -> String) -> String {
    let Some(body) = body else { return format!("({length} bytes that are no text)") };
    let shown = text(&body);
    let cut = cut_at(&shown, LONGEST_BODY);
    if cut.len() < shown.len() { format!("{cut}… ({length} bytes)") } else { shown }
}

/// References to times without their numbers.
fn without_numbers(text: &str) -> String {
    const TIME: &str = "<time:";
    let mut parts = text.split(TIME);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("<time");
        plain.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    plain
}
