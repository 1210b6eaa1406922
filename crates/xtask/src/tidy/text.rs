//! Reading of texts: lines, the comments of a source, headings of Markdown.

use std::collections::BTreeSet;

/// The line, counted from 1, that first holds a text; 1 if none does.
pub(super) fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).map_or(1, |index| index + 1)
}

/// The comments of a Rust source, line by line: each with its number, without the marks `//` and `/*`.
pub(super) fn comments(source: &str) -> Vec<(usize, &str)> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let end = match &bytes[at..] {
            [b'/', b'/', ..] => {
                let end = source[at..].find('\n').map_or(bytes.len(), |length| at + length);
                found.push((line, source[at..end].trim_start_matches(['/', '!']).trim()));
                end
            }
            [b'/', b'*', ..] => {
                let end = block_comment_end(bytes, at);
                for (offset, text) in source[at..end].lines().enumerate() {
                    found.push((line + offset, text.trim_matches(['/', '*', ' '])));
                }
                end
            }
            [b'"', ..] => string_end(bytes, at),
            [b'r', b'"' | b'#', ..] if at == 0 || !is_word(bytes[at - 1]) => raw_string_end(source, at),
            [b'b', b'r', b'"' | b'#', ..] if at == 0 || !is_word(bytes[at - 1]) => raw_string_end(source, at + 1),
            [b'\'', ..] => char_end(bytes, at),
            _ => at + 1,
        };
        line += bytes[at..end].iter().filter(|byte| **byte == b'\n').count();
        at = end;
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of `r"…"` or `r#"…"#` whose `r` stands at `start`; of one byte if it is a raw identifier.
fn raw_string_end(source: &str, start: usize) -> usize {
    let rest = &source[start + 1..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    if !rest[hashes..].starts_with('"') {
        return start + 1;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let body = start + 1 + hashes + 1;
    source[body..].find(&close).map_or(source.len(), |length| body + length + close.len())
}

/// The end of a character; of one byte if it is a lifetime.
fn char_end(bytes: &[u8], start: usize) -> usize {
    match &bytes[start + 1..] {
        [b'\\', ..] => {
            let close = bytes[start + 3..].iter().position(|byte| *byte == b'\'');
            close.map_or(start + 1, |length| start + 3 + length + 1)
        }
        // One character of up to four bytes.
        rest => (1..=4).find(|length| rest.get(*length) == Some(&b'\'')).map_or(start + 1, |length| start + length + 2),
    }
}

/// The lines of a Markdown text outside of fenced code, each with its number.
pub(super) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        (!fenced && !is_fence).then_some((index + 1, line))
    })
}

/// The headings of a Markdown text.
pub(super) fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (line.starts_with('#') && title.starts_with(' ')).then(|| title.trim())
    })
}

/// The names that a page defines: a heading that is or begins with `` `name` ``.
pub(super) fn defined_names(text: &str) -> BTreeSet<String> {
    headings(text).filter_map(|title| Some(title.strip_prefix('`')?.split_once('`')?.0.to_owned())).collect()
}

/// The anchors of a page: those of its headings as GitHub makes them, and explicit ones.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for title in headings(text) {
        let base = slug(title);
        let mut anchor = base.clone();
        for number in 1.. {
            if found.insert(anchor) {
                break;
            }
            anchor = format!("{base}-{number}");
        }
    }
    let explicit = text.split("id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    found.extend(explicit.map(|(anchor, _)| anchor.to_owned()));
    found
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_told_from_strings_characters_and_lifetimes() {
        let source = "fn f<'a>(x: &'a str) { // one\n  let _ = \"// no\"; let _ = r#\"// \" no\"#;\n  let _ = '\"'; /* two\n three */ let _ = '\\''; // four\n}";
        assert_eq!(comments(source), [(1, "one"), (3, "two"), (4, "three"), (4, "four")]);
    }

    #[test]
    fn anchors_are_those_of_github() {
        let text = "# The `fact-id` of P01, told\n\n## Twice\n## Twice\n```\n# no\n```\n<a id=\"own\"></a>";
        let expected = ["own", "the-fact-id-of-p01-told", "twice", "twice-1"];
        assert_eq!(anchors(text), expected.map(str::to_owned).into());
    }

    #[test]
    fn a_heading_defines_the_name_it_begins_with() {
        assert_eq!(defined_names("### `one`\n### `two` and more\n### three"), ["one", "two"].map(str::to_owned).into());
    }
}
