//! Text that may be printed: without secrets, without control characters, cut where it is long.

use ivs_client::Exchange;
use ivs_model::{Model, Operation};
use serde_json::Value;

use crate::mask::Mask;
use crate::reference::References;
use crate::{RequestContext, wire};

/// Texts beyond this many characters are cut in findings.
const LONGEST_TEXT: usize = 300;

/// Bodies beyond this many bytes are cut.
pub(crate) const LONGEST_BODY: usize = 2 * 1024;

/// Of a body beyond this many bytes nothing is read for references: it is cut far before.
const LONGEST_READ: usize = 4 * LONGEST_BODY;

/// Whether a text stands in the input as the generator wrote it: the same in every run, so no secret.
pub(crate) fn is_literal(context: &RequestContext<'_>, text: &str) -> bool {
    fn holds(value: &Value, text: &str) -> bool {
        match value {
            Value::String(own) => own == text,
            Value::Array(items) => items.iter().any(|item| holds(item, text)),
            Value::Object(object) => object.values().any(|value| holds(value, text)),
            _ => false,
        }
    }
    context.input.is_some_and(|input| holds(input, text))
}

/// The request body as text, sensitive places masked where it is JSON.
pub(crate) fn printable_body(
    exchange: &Exchange,
    context: &RequestContext<'_>,
    model: Option<&Model>,
    operation: Option<&Operation>,
) -> Option<String> {
    let text = std::str::from_utf8(&exchange.request.body).ok()?;
    let masked = model.zip(operation).and_then(|(model, operation)| {
        let body: Value = serde_json::from_str(text).ok()?;
        let masked = wire::masked(model, operation.input, &body, &|text| is_literal(context, text));
        (masked != body).then(|| masked.to_string())
    });
    Some(masked.unwrap_or_else(|| text.to_owned()))
}

/// The text, cut where it is long.
pub(crate) fn clipped(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST_TEXT {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST_TEXT).collect();
    format!("{head}… ({length} characters)")
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

/// The longest start of a text of at most so many bytes.
pub(crate) fn cut_at(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
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
