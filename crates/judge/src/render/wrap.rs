//! Lines of a width.

use crate::plain;

/// Breaks a text that may be printed between words into lines of at most `width` characters. Lines after the first one are indented. A longer
/// word is broken itself.
#[must_use]
pub fn wrapped(text: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let start = text.len() - text.trim_start().len();
    let mut line = text[..start].to_owned();
    let mut is_empty = true;
    for word in text[start..].split(' ') {
        let mut word = word;
        loop {
            let used = line.chars().count() + usize::from(!is_empty);
            if used + word.chars().count() <= width {
                if !is_empty {
                    line.push(' ');
                }
                line.push_str(word);
                is_empty = false;
                break;
            }
            if is_empty {
                let room = width.saturating_sub(line.chars().count()).max(1);
                let end = word.char_indices().nth(room).map_or(word.len(), |(at, _)| at);
                line.push_str(&word[..end]);
                word = &word[end..];
            }
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
            is_empty = true;
        }
    }
    if !is_empty || lines.is_empty() {
        lines.push(line);
    }
    // A CI log takes some words for commands, but only at the start of a line.
    lines.iter().map(|line| plain(line)).collect()
}

/// Returns a text of at most `width` characters: the end of a longer one is `…`.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_line_is_longer_and_no_word_is_lost(text in "[a-zé ]{0,200}", width in 10_usize..90) {
            let lines = wrapped(&text, width, "  ");
            prop_assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:?}");
            let letters = |text: &str| text.chars().filter(|it| *it != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(cut(&text, width).chars().count() <= width);
        }
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("one two three", 8, "  "), ["one two", "  three"]);
        assert_eq!(wrapped("  one two", 6, "  "), ["  one", "  two"]);
        assert_eq!(wrapped("abcdefgh", 4, ""), ["abcd", "efgh"]);
        assert_eq!(wrapped("", 4, ""), [""]);
        assert_eq!(cut("one two", 5), "one…");
    }
}
