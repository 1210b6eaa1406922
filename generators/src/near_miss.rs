//! Strings that almost match a pattern, derived from the pattern.

use crate::pattern_generator::{Alphabet, PatternGenerator, holds};

/// The lengths that a near miss may have, so that it violates only the pattern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) min: usize,
    pub(crate) max: usize,
}

impl Bounds {
    pub(crate) fn hold(self, text: &str) -> bool {
        let length = text.chars().count();
        self.min <= length && length <= self.max
    }
}

/// Returns strings within the bounds that differ from the pattern in one step each, with the name of the step.
pub(crate) fn near_misses(pattern_generator: &PatternGenerator, boundaries: Bounds) -> Vec<(&'static str, String)> {
    let span = pattern_generator.span();
    let most = span.max.map_or(boundaries.max, |max| max.min(boundaries.max));
    let least = span.min.max(boundaries.min);
    // Uses a few more characters than the minimum, so that every part of the pattern occurs.
    let Some(pieces) = (least + 7..=most)
        .take(200)
        .chain((least..=most.min(least + 6)).rev())
        .find_map(|length| pattern_generator.pieces(length, Alphabet::Plain, 1).filter(|pieces| !pieces.is_empty()))
    else {
        return Vec::new();
    };
    let text: String = pieces.iter().map(|piece| piece.character).collect();
    let mut misses: Vec<(&'static str, String)> = Vec::new();
    let mut offer = |name: &'static str, miss: String| {
        if boundaries.hold(&miss) && pattern_generator.rejects(&miss) && misses.iter().all(|(_, known)| *known != miss)
        {
            misses.push((name, miss));
        }
    };
    let with = |position: usize, character: char| -> String {
        pieces
            .iter()
            .enumerate()
            .map(|(index, piece)| if index == position { character } else { piece.character })
            .collect()
    };

    // A character outside its class, in the middle of the last run of classes.
    let of_class: Vec<usize> = (0..pieces.len()).filter(|index| pieces[*index].class.is_some()).collect();
    if let Some(position) = of_class.get(of_class.len() * 2 / 3).copied() {
        offer("space", with(position, ' '));
        offer("non-ascii", with(position, 'é'));
        offer("control", with(position, '\u{1}'));
        if let Some(class) = pieces[position].class
            && let Some(beside) = beside(class)
        {
            offer("outside-class", with(position, beside));
        }
    }
    // A misspelled literal.
    if let Some(position) = (0..pieces.len()).find(|index| pieces[*index].class.is_none()) {
        offer("wrong-literal", with(position, if pieces[position].character == 'z' { 'y' } else { 'z' }));
    }
    if let Some(position) = (0..pieces.len()).rev().find(|index| pieces[*index].class.is_none()) {
        offer("last-literal", with(position, ';'));
    }
    // A character before or after a whole match, which an unanchored search would accept.
    for junk in ['!', ' '] {
        let name = if junk == '!' { "prefix" } else { "leading-space" };
        offer(name, format!("{junk}{text}"));
        let name = if junk == '!' { "suffix" } else { "trailing-space" };
        offer(name, format!("{text}{junk}"));
    }
    offer("trailing-newline", format!("{text}\n"));
    // The last part is missing, such as the id of an ARN.
    let tail = pieces.iter().rev().take_while(|piece| piece.class.is_some()).count();
    offer("truncated", pieces[..pieces.len() - tail].iter().map(|piece| piece.character).collect());
    offer("empty", String::new());
    misses
}

/// Returns a printable ASCII character just outside one of the class's ranges.
fn beside(class: &regex_syntax::hir::ClassUnicode) -> Option<char> {
    class
        .iter()
        .flat_map(|range| {
            let before = u32::from(range.start()).checked_sub(1).and_then(char::from_u32);
            let after = u32::from(range.end()).checked_add(1).and_then(char::from_u32);
            [after, before].into_iter().flatten()
        })
        .find(|character| character.is_ascii_graphic() && !holds(class, *character))
}

#[cfg(test)]
mod tests {
    use ivs_model::Pattern;

    use super::*;

    fn pattern_generator(source: &str) -> PatternGenerator {
        PatternGenerator::new(&Pattern::new(source).expect("it compiles")).expect("it parses")
    }

    fn names(source: &str, min: usize, max: usize) -> Vec<&'static str> {
        let pattern_generator = pattern_generator(source);
        let misses = near_misses(&pattern_generator, Bounds { min, max });
        for (name, miss) in &misses {
            assert!(!pattern_generator.is_match(miss), "{name}: {miss:?}");
        }
        misses.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn near_misses_of_an_arn_change_literals_classes_and_ends() {
        let names = names("arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+", 1, 128);
        for expected in ["space", "wrong-literal", "prefix", "suffix", "trailing-newline", "truncated"] {
            assert!(names.contains(&expected), "{names:?}");
        }
        assert!(!names.contains(&"empty"), "it would break the length too");
    }

    #[test]
    fn misses_of_a_fixed_length_keep_that_length() {
        let pattern_generator = pattern_generator("[a-zA-Z0-9]+");
        let misses = near_misses(&pattern_generator, Bounds { min: 12, max: 12 });
        assert!(!misses.is_empty());
        assert!(misses.iter().all(|(_, miss)| miss.chars().count() == 12));
    }

    #[test]
    fn pattern_that_matches_everything_has_no_near_miss() {
        assert_eq!(names("(?s:.)*", 0, 64), Vec::<&str>::new());
    }
}
