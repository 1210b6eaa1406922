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

/// Whether a character must not reach a terminal, a log or a page as it is: control characters, those that change the
/// direction of text or cannot be seen, and those that XML forbids.
pub(crate) fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(character) & 0xfffe == 0xfffe
}

/// The start of a workflow command that GitHub finds anywhere in a line.
pub(crate) const COMMAND_ANYWHERE: &str = "##[";

/// The start of a workflow command that GitHub finds at the start of a line, after spaces.
const COMMAND: &str = "::";

/// Whether a text may be printed as it is, within a line.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(is_unprintable) && !text.contains(COMMAND_ANYWHERE)
}

/// The text with everything written out that a terminal or a CI log takes for more than text: none of it ends a line, moves the
/// cursor, changes the direction of text, or starts a workflow command.
#[must_use]
pub fn plain(text: &str) -> String {
    if is_plain(text) && !text.trim_start().starts_with(COMMAND) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len() + 16);
    let is_command = |rest: &str, plain: &str| {
        rest.starts_with(COMMAND_ANYWHERE) || rest.starts_with(COMMAND) && plain.trim_start().is_empty()
    };
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if is_unprintable(character) {
            plain.extend(character.escape_default());
        } else if is_command(rest, &plain) {
            plain.extend(character.escape_unicode());
        } else {
            plain.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    plain
}

/// The same for a text of several lines, which stay lines.
pub(crate) fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
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

/// `1 error`, `2 errors`.
#[must_use]
pub fn counted(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_more_than_text_is_written_out() {
        for (text, written) in [
            ("a\u{1b}]0;title\u{7}b\r\n", "a\\u{1b}]0;title\\u{7}b\\r\\n"),
            ("\u{202e}x\u{fffe}\u{85}", "\\u{202e}x\\u{fffe}\\u{85}"),
            ("  ::error::no", "  \\u{3a}:error::no"),
            ("a ##[error]no", "a \\u{23}#[error]no"),
            ("###[", "#\\u{23}#["),
            ("std::fmt ## [x] \u{e9}\u{1f600}", "std::fmt ## [x] \u{e9}\u{1f600}"),
        ] {
            assert_eq!(plain(text), written);
        }
        assert_eq!(plain_lines("a\n::set-output"), "a\n\\u{3a}:set-output");
    }

    proptest! {
        #[test]
        fn a_plain_text_stays_as_it_is(text in any::<String>()) {
            let once = plain(&text);
            prop_assert!(is_plain(&once));
            prop_assert_eq!(plain(&once), once);
        }
    }
}
