//! Several exchanges as lines for a POSIX shell: what one call answers and a later one says again goes through a variable,
//! so that the lines can be pasted and run anywhere.

use std::collections::BTreeMap;

use ivs_client::Exchange;
use ivs_model::Model;
use serde_json::Value;

use crate::curl;
use crate::mask::{Mask, percent_encoded};
use crate::printable::printable_body;
use crate::{Reproducer, RequestContext};

/// Marks of a variable within a text; no byte of a request is one of them.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';
/// The mark of a variable that stands percent-encoded.
const ENCODED: char = '\u{e002}';

/// The start of a line that shows headers, and of one whose answer is read.
const SHOWING: &str = "curl -sS -i ";
const READING: &str = "curl -sS ";

/// One value that an answer holds and a later request says again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Capture {
    value: String,
    variable: String,
    /// Where jq finds it.
    path: String,
}

impl Reproducer {
    /// The lines that send these exchanges again, one after the other. `seen` are secrets
    /// that answers held.
    pub(crate) fn script<'m>(
        &self,
        exchanges: &[Exchange],
        context: &RequestContext<'_>,
        model: impl Fn(&str) -> Option<&'m Model>,
        seen: &[String],
    ) -> String {
        let mut known: Vec<Capture> = Vec::new();
        let mut counts = BTreeMap::new();
        let mut lines = Vec::new();
        for (index, exchange) in exchanges.iter().enumerate() {
            let model = model(exchange.operation.service());
            let operation = model.and_then(|model| model.operation(exchange.operation.name()));
            let secrets = self.secrets_of(exchange, context, model, operation);
            let mask = Mask::new(
                secrets.iter().map(String::as_str).chain(self.secrets()).chain(seen.iter().map(String::as_str)),
            );
            let mut text = |text: &str| marked(&mask.apply(text), &known);
            let body = printable_body(exchange, context, model, operation).map(|body| text(&body));
            let origin = self.origin(exchange.operation.service());
            let line = curl::line(&exchange.request, &origin, context.signed, body.as_deref(), &mut text);
            let line = opened(&line);
            let captures = captures(exchange, &exchanges[index + 1..], &known, &mut counts);
            match captures.as_slice() {
                [] => lines.push(line),
                [one] => {
                    let line = line.replacen(SHOWING, READING, 1);
                    lines.push(format!("{}=$({line} | jq -r {})", one.variable, one.path));
                }
                several => {
                    let line = line.replacen(SHOWING, READING, 1);
                    lines.push(format!("ANSWER=$({line})"));
                    lines.extend(several.iter().map(|capture| {
                        format!("{}=$(printf %s \"$ANSWER\" | jq -r {})", capture.variable, capture.path)
                    }));
                }
            }
            known.extend(captures);
        }
        lines.join("\n")
    }
}

/// The ARNs of an answer that later requests name, each once.
fn captures(
    exchange: &Exchange,
    later: &[Exchange],
    known: &[Capture],
    counts: &mut BTreeMap<String, u32>,
) -> Vec<Capture> {
    let answer = exchange.outcome.as_ref().ok().filter(|response| response.is_success());
    let Some(answer) = answer.and_then(|response| response.json().ok()) else { return Vec::new() };
    let mut arns = Vec::new();
    gather(&answer, String::new(), &mut arns);
    let mut found: Vec<Capture> = Vec::new();
    for (value, path) in arns {
        let is_known = known.iter().chain(&found).any(|capture| capture.value == value);
        if is_known || !later.iter().any(|exchange| says(exchange, &value)) {
            continue;
        }
        let kind = value.split(':').nth(5).and_then(|last| last.split('/').next()).unwrap_or("resource");
        let kind = kind.to_uppercase().replace('-', "_");
        let count = counts.entry(kind.clone()).or_insert(0);
        *count += 1;
        let variable = if *count == 1 { format!("{kind}_ARN") } else { format!("{kind}_ARN_{count}") };
        found.push(Capture { value, variable, path });
    }
    found
}

/// The ARNs in the places that name what an answer is about, with the way jq takes there.
fn gather(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    if let Value::Object(members) = value {
        for (name, member) in members {
            let is_plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
            if !is_plain {
                continue;
            }
            let path = format!("{path}.{name}");
            match member {
                Value::String(text) if text.starts_with("arn:aws:ivs") => found.push((text.clone(), path)),
                other => gather(other, path, found),
            }
        }
    }
}

/// Whether a request says the value, plain or percent-encoded.
fn says(exchange: &Exchange, value: &str) -> bool {
    let request = &exchange.request;
    let encoded = percent_encoded(value);
    String::from_utf8_lossy(&request.body).contains(value)
        || [&request.path, &request.query].into_iter().any(|text| text.contains(value) || text.contains(&encoded))
}

/// The text with the values of variables marked.
fn marked(text: &str, known: &[Capture]) -> String {
    known.iter().fold(text.to_owned(), |text, capture| {
        text.replace(&capture.value, &format!("{OPEN}{}{CLOSE}", capture.variable))
            .replace(&percent_encoded(&capture.value), &format!("{ENCODED}{}{CLOSE}", capture.variable))
    })
}

/// The line with every mark as what a shell expands. A mark stands within single quotes, since it is no plain character.
fn opened(line: &str) -> String {
    let mut opened = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find([OPEN, ENCODED]) {
        let (before, marked) = rest.split_at(start);
        opened.push_str(before);
        let encoded = marked.starts_with(ENCODED);
        let inner = &marked[OPEN.len_utf8()..];
        let Some(end) = inner.find(CLOSE) else { break };
        let variable = &inner[..end];
        if encoded {
            opened.push_str(&format!("'\"$(jq -rn --arg v \"${variable}\" '$v|@uri')\"'"));
        } else {
            opened.push_str(&format!("'\"${variable}\"'"));
        }
        rest = &inner[end + CLOSE.len_utf8()..];
    }
    opened.push_str(rest);
    opened
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ivs_client::{Request, Response};
    use ivs_model::{CaseId, OperationId};

    use super::*;

    const ARN: &str = "arn:aws:ivs:us-west-2:123456789012:channel/abc";

    fn exchange(method: &str, path: &str, body: &str, answer: &str) -> Exchange {
        Exchange {
            operation: OperationId::new("ivs", "X"),
            request: Request {
                method: method.to_owned(),
                path: path.to_owned(),
                query: String::new(),
                headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
                body: body.to_owned().into(),
            },
            outcome: Ok(Response { status: 200, headers: Vec::new(), body: answer.to_owned().into() }),
            duration: Duration::ZERO,
        }
    }

    fn script(exchanges: &[Exchange]) -> Vec<String> {
        let case = CaseId::control(OperationId::new("ivs", "X"));
        let context = RequestContext::unsigned(&case);
        let script = Reproducer::new(7).script(exchanges, &context, |_| None, &[]);
        script.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_an_answer_names_goes_through_a_variable() {
        let lines = script(&[
            exchange("POST", "/CreateChannel", "{}", &format!("{{\"channel\":{{\"arn\":\"{ARN}\"}}}}")),
            exchange("POST", "/GetChannel", &format!("{{\"arn\":\"{ARN}\"}}"), "{}"),
        ]);
        assert_eq!(
            lines[0],
            "CHANNEL_ARN=$(curl -sS -g --path-as-is -X POST \"$AWS_ENDPOINT_URL\"/CreateChannel \
             -H 'content-type: application/json' --data-raw '{}' | jq -r .channel.arn)"
        );
        assert!(lines[1].ends_with("--data-raw '{\"arn\":\"'\"$CHANNEL_ARN\"'\"}'"), "{}", lines[1]);
        assert!(!lines[1].contains("arn:aws"), "{}", lines[1]);
    }

    #[test]
    fn a_label_takes_the_variable_percent_encoded() {
        let lines = script(&[
            exchange("POST", "/CreateChannel", "{}", &format!("{{\"channel\":{{\"arn\":\"{ARN}\"}}}}")),
            exchange("GET", &format!("/tags/{}", percent_encoded(ARN)), "", "{}"),
        ]);
        let wanted = "\"$AWS_ENDPOINT_URL\"'/tags/'\"$(jq -rn --arg v \"$CHANNEL_ARN\" '$v|@uri')\"''";
        assert!(lines[1].contains(wanted), "{}", lines[1]);
    }

    #[test]
    fn an_answer_that_names_several_is_kept_whole() {
        let key = "arn:aws:ivs:us-west-2:123456789012:stream-key/k";
        let answer = format!("{{\"channel\":{{\"arn\":\"{ARN}\"}},\"streamKey\":{{\"arn\":\"{key}\"}}}}");
        let lines = script(&[
            exchange("POST", "/CreateChannel", "{}", &answer),
            exchange("POST", "/DeleteStreamKey", &format!("{{\"arn\":\"{key}\"}}"), ""),
            exchange("POST", "/DeleteChannel", &format!("{{\"arn\":\"{ARN}\"}}"), ""),
        ]);
        assert!(lines[0].starts_with("ANSWER=$(curl -sS -g "), "{}", lines[0]);
        assert_eq!(lines[1], "CHANNEL_ARN=$(printf %s \"$ANSWER\" | jq -r .channel.arn)");
        assert_eq!(lines[2], "STREAM_KEY_ARN=$(printf %s \"$ANSWER\" | jq -r .streamKey.arn)");
        assert!(lines[4].contains("$CHANNEL_ARN") && !lines[4].contains("jq"), "{}", lines[4]);
    }
}
