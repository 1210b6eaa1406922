//! An exchange as reports show it: without secrets, without what differs between two equal runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use ivs_client::{Exchange, Request, Response, error_name};
use ivs_model::{Model, Operation};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::failure_text;
use crate::mask::Mask;
use crate::reference::References;
use crate::reproducer::{clipped, printable_body};
use crate::{Reproducer, RequestContext, wire};

/// Bodies beyond this many bytes are cut.
const LONGEST_BODY: usize = 2 * 1024;

/// Of a body beyond this many bytes nothing is read for references: it is cut far before.
const LONGEST_READ: usize = 4 * LONGEST_BODY;

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
        clipped(&plain(&line))
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

/// The text with control characters written out, so that none of them reaches a terminal or ends a line.
pub(crate) fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut plain, character| {
        if character.is_control() {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
        plain
    })
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

/// The longest start of a text of at most so many bytes.
fn cut_at(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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

/// The text without secrets, then with references; what lies far behind the cut is left out.
pub(crate) fn printable(text: &str, mask: &Mask, references: &mut References) -> String {
    let masked = mask.apply(text);
    let start = cut_at(&masked, LONGEST_READ);
    let mut printable = references.replace(start);
    if start.len() < masked.len() && printable.len() <= LONGEST_BODY {
        printable.push('…');
    }
    printable
}

/// Shows the exchanges of a run one after the other, with the same reference for the same value throughout. What one answer
/// told in confidence stays out of those that follow.
pub struct ExchangePrinter<'m> {
    models: &'m [Model],
    reproducer: Reproducer,
    known: Mutex<(BTreeSet<String>, References)>,
}

impl fmt::Debug for ExchangePrinter<'_> {
    // The secrets stay out of every log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ExchangePrinter").field("reproducer", &self.reproducer).finish_non_exhaustive()
    }
}

impl<'m> ExchangePrinter<'m> {
    /// A printer that has seen nothing. The reproducer knows the credentials to keep out.
    #[must_use]
    pub fn new(models: &'m [Model], reproducer: Reproducer) -> Self {
        Self { models, reproducer, known: Mutex::new((BTreeSet::new(), References::new(None))) }
    }

    /// Shows one exchange.
    #[must_use]
    pub fn show(&self, exchange: &Exchange) -> ShownExchange {
        let case = ivs_model::CaseId::control(exchange.operation);
        let context = RequestContext::valid(&case);
        let model = self.models.iter().find(|model| model.service.id == exchange.operation.service());
        let operation = model.and_then(|model| model.operation(exchange.operation.name()));
        // What another thread left when it panicked is still true.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (secrets, references) = &mut *known;
        secrets.extend(self.reproducer.secrets_of(exchange, &context, model, operation));
        let mask = Mask::new(secrets.iter().map(String::as_str).chain(self.reproducer.secrets()));
        let body = printable_body(exchange, &context, model, operation);
        let mut text = |text: &str| printable(text, &mask, references);
        ShownExchange::new(exchange, body, model.zip(operation), &|_| false, &mut text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::{Failure, FailureKind};
    use ivs_model::{OperationId, bundled};

    use super::*;

    fn exchange(outcome: Result<Response, Failure>) -> Exchange {
        let headers = vec![
            ("authorization".to_owned(), b"AWS4-HMAC-SHA256 Credential=x".to_vec()),
            ("content-type".to_owned(), b"application/json".to_vec()),
            ("x-amz-date".to_owned(), b"20261122T051803Z".to_vec()),
        ];
        Exchange {
            operation: OperationId::new("ivs", "GetStreamKey"),
            request: Request {
                method: "POST".to_owned(),
                path: "/GetStreamKey".to_owned(),
                query: String::new(),
                headers,
                body: b"{\"arn\":\"arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh\"}".to_vec().into(),
            },
            outcome,
            duration: Duration::ZERO,
        }
    }

    fn answer(status: u16, body: &str) -> Exchange {
        let headers =
            [("date", "Sun, 22 Nov 2026 05:18:03 GMT"), ("x-amzn-requestid", "4711"), ("x-a", "1"), ("x-a", "2")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
        exchange(Ok(Response { status, headers, body: body.as_bytes().to_vec().into() }))
    }

    fn shown(exchange: &Exchange) -> ShownExchange {
        ExchangePrinter::new(bundled::models(), Reproducer::new(7)).show(exchange)
    }

    #[test]
    fn credentials_and_what_changes_by_itself_are_left_out() {
        let text = shown(&answer(200, "{}")).to_string();
        assert_eq!(
            text,
            "POST /GetStreamKey\n   content-type: application/json\n   {\"arn\":\"<stream-key-arn:1>\"}\n\
             -> 200\n   x-a: 1, 2\n   x-amzn-requestid: <id>\n   {}"
        );
    }

    #[test]
    fn a_secret_is_masked_where_it_stands_and_in_what_comes_after() {
        let printer = ExchangePrinter::new(bundled::models(), Reproducer::new(7));
        let key = "sk_us-west-2_abcdABCDefgh_0123456789";
        let first = printer.show(&answer(200, &format!("{{\"streamKey\":{{\"value\":\"{key}\"}}}}")));
        assert_eq!(first.response.body, "{\"streamKey\":{\"value\":\"<masked>\"}}");
        let second = printer.show(&answer(400, &format!("no key {key}")));
        assert_eq!(second.response.body, "no key <masked>");
    }

    #[test]
    fn a_long_body_is_cut_with_its_length_and_never_within_a_character() {
        let body = "ä ".repeat(3000);
        let shown = shown(&answer(500, &body)).response.body;
        assert!(shown.ends_with("… (9000 bytes)"), "{shown}");
        assert!(shown.len() < LONGEST_BODY + 20);
        let huge = answer(500, &"word ".repeat(100_000));
        assert!(
            super::ExchangePrinter::new(bundled::models(), Reproducer::new(7)).show(&huge).response.body.len() < 2100
        );
    }

    #[test]
    fn a_failure_shows_its_kind_and_times_have_no_number() {
        let lost = shown(&exchange(Err(Failure::new(FailureKind::Timeout, "after 30 s"))));
        assert!(lost.to_string().ends_with("-> no answer in time"), "{lost}");
        let times = shown(&answer(200, "{\"a\":\"2026-11-22T05:18:03Z\",\"b\":\"2026-11-22T05:18:04Z\"}"));
        assert_eq!(times.response.body, "{\"a\":\"<time>\",\"b\":\"<time>\"}");
    }

    #[test]
    fn control_characters_are_written_out() {
        let text = shown(&answer(200, "a\u{1b}[31m\nb")).to_string();
        assert!(text.ends_with("a\\u{1b}[31m\\nb"), "{text}");
    }
}
