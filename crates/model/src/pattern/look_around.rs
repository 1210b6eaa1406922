//! Look-around in the text of a pattern.

/// The openings of groups that look ahead or behind.
const LOOKS: [&str; 4] = ["(?=", "(?!", "(?<=", "(?<!"];

/// Escapes and groups that the backtracking engine has, but with another meaning than the dialects of services.
#[cfg(feature = "look-around")]
const OTHER_MEANING: [&str; 8] = [r"\h", r"\H", r"\K", r"\G", r"\R", r"\X", r"\e", "(?("];

/// A pattern that needs the backtracking engine: it has look-around, back references or possessive quantifiers.
#[cfg(feature = "look-around")]
pub(super) struct LookAround(fancy_regex::Regex);

#[cfg(feature = "look-around")]
impl LookAround {
    /// Compiles a pattern, given with its anchors, if the engine reads it as services do.
    pub(super) fn new(source: &str) -> Option<Self> {
        if OTHER_MEANING.iter().any(|other| source.contains(other)) {
            return None;
        }
        fancy_regex::Regex::new(source).ok().map(Self)
    }

    /// Returns whether a text matches, and nothing if the engine gives up on it.
    pub(super) fn is_match(&self, text: &str) -> Option<bool> {
        self.0.is_match(text).ok()
    }
}

/// Without the engine there is no such pattern: each is a gap of its model.
#[cfg(not(feature = "look-around"))]
pub(super) enum LookAround {}

#[cfg(not(feature = "look-around"))]
impl LookAround {
    pub(super) const fn new(_source: &str) -> Option<Self> {
        None
    }

    pub(super) const fn is_match(&self, _text: &str) -> Option<bool> {
        match *self {}
    }
}

/// Returns the pattern without its groups that look ahead or behind.
pub(super) fn removed(source: &str) -> String {
    let mut kept = String::new();
    let mut rest = source;
    while let Some(character) = rest.chars().next() {
        let taken = if LOOKS.iter().any(|look| rest.starts_with(look)) {
            group_length(rest)
        } else {
            let length = unit_length(rest, character);
            kept.push_str(&rest[..length]);
            length
        };
        rest = &rest[taken..];
    }
    kept
}

/// Returns the length of the group at the start of a text, in bytes.
fn group_length(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        at += unit_length(&text[at..], character);
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the length of a character, an escape or a class at the start of a text, in bytes.
fn unit_length(text: &str, first: char) -> usize {
    match first {
        '\\' => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
        '[' => class_length(text),
        _ => first.len_utf8(),
    }
}

fn class_length(text: &str) -> usize {
    let mut is_escaped = false;
    // A bracket that comes first is a member of the class.
    let members = text[1..].strip_prefix('^').unwrap_or(&text[1..]);
    let start = text.len() - members.len() + usize::from(members.starts_with(']'));
    for (at, character) in text[start..].char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ']' => return start + at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::removed;

    #[test]
    fn only_looks_are_removed() {
        for (source, expected) in [
            ("(?!aws:)[a-z(?=]+", "[a-z(?=]+"),
            (r"(?=.{1,5}$)a(?:b|c)(?<!x(y)z)", "a(?:b|c)"),
            (r"a\(?=b", r"a\(?=b"),
            (r"(?!([)]|\)))é+", "é+"),
            ("[]a](?=b)", "[]a]"),
            ("(?=open", ""),
        ] {
            assert_eq!(removed(source), expected, "{source}");
        }
    }
}
