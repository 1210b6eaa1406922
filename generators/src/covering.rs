//! Texts that cover a pattern: together they hold every class, both ends of every range, and every alternative.

use std::collections::HashMap;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

use crate::pattern_generator::{PatternGenerator, Span, holds};

/// The most texts for one pattern. What they do not cover is left to random Cases.
const MOST_TEXTS: usize = 4;

/// A class with more ranges than this has a category of Unicode in it.
const FEW_RANGES: usize = 16;

/// A range of more characters than this is no range that somebody enumerated.
const WIDE_RANGE: u32 = 0x400;

/// Returns printable characters that break an endpoint which encodes, escapes, splits, trims or folds text wrongly.
///
/// Those of ASCII come first: the ends of the ranges of letters and digits, and all others. The rest are of every category that texts
/// are restricted to, of two, three and four bytes in UTF-8. All of them have been assigned since Unicode 4.
pub fn telling_characters() -> impl Iterator<Item = char> {
    const BEYOND_ASCII: &str = "éßΩжאعกअ字あ한ǅʰªⅠ½²٣Å\u{a0}\u{3000}\u{10400}\u{20000}\u{1F600}\u{301}";
    let ascii = (' '..='~').filter(|it| !it.is_ascii_alphanumeric());
    "aAzZ09".chars().chain(ascii).chain(BEYOND_ASCII.chars())
}

/// Returns texts within the length bounds that match a pattern and cover it, as far as [`MOST_TEXTS`] can.
pub(crate) fn covering(generator: &PatternGenerator, min: usize, max: usize) -> Vec<String> {
    let hir = generator.hir();
    let mut cover = Cover { is_ascii: generator.is_of_perl(), ..Cover::default() };
    let mut texts: Vec<String> = Vec::new();
    while texts.len() < MOST_TEXTS && (texts.is_empty() || cover.pending(hir) > 0) {
        let mut text = String::new();
        let whole = Span::of(hir);
        let most = whole.max.map_or(max, |longest| longest.min(max));
        if !cover.emit(hir, min.max(whole.min), most, &mut text) {
            break;
        }
        let length = text.chars().count();
        if !generator.is_match(&text) || length < min || length > max || texts.contains(&text) {
            break;
        }
        texts.push(text);
    }
    texts
}

/// Returns texts of at most `max` characters that hold every telling character, for a string without a pattern.
pub(crate) fn covering_any(min: usize, max: usize) -> Vec<String> {
    let characters: Vec<char> = telling_characters().collect();
    let chunks = characters.chunks(max.clamp(1, characters.len()));
    let filled = chunks.map(|chunk| chunk.iter().copied().cycle().take(chunk.len().max(min)).collect());
    filled.take(MOST_TEXTS).collect()
}

/// What of a pattern the texts have covered so far, by the address of each part.
#[derive(Default)]
struct Cover {
    /// Whether classes are shown as far as ASCII goes.
    is_ascii: bool,
    /// Of a class: the characters to show, and how many were shown.
    classes: HashMap<*const ClassUnicode, (Vec<char>, usize)>,
    /// Of an alternation or an optional part: the branches taken.
    taken: HashMap<*const Hir, Vec<usize>>,
}

impl Cover {
    /// How many more times a part has to occur.
    fn pending(&mut self, hir: &Hir) -> usize {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(Class::Bytes(_)) => 0,
            HirKind::Class(Class::Unicode(class)) => {
                let (characters, shown) = self.class(class);
                characters.len().saturating_sub(*shown)
            }
            HirKind::Capture(capture) => self.pending(&capture.sub),
            HirKind::Repetition(repetition) => {
                let is_new = repetition.min == 0 && !self.taken.contains_key(&std::ptr::from_ref(hir));
                self.pending(&repetition.sub).max(usize::from(is_new))
            }
            HirKind::Concat(parts) => parts.iter().map(|part| self.pending(part)).max().unwrap_or(0),
            HirKind::Alternation(branches) => {
                let taken = self.taken.get(&std::ptr::from_ref(hir)).cloned().unwrap_or_default();
                let wanted = |(at, branch)| self.pending(branch).max(usize::from(!taken.contains(&at)));
                branches.iter().enumerate().map(wanted).sum()
            }
        }
    }

    fn class(&mut self, class: &ClassUnicode) -> &mut (Vec<char>, usize) {
        let is_ascii = self.is_ascii;
        self.classes.entry(std::ptr::from_ref(class)).or_insert_with(|| {
            let mut characters = telling(class);
            characters.retain(|character| !is_ascii || character.is_ascii());
            (characters, 0)
        })
    }

    /// Appends a text of `least` to `most` characters, with as much in it as is pending.
    fn emit(&mut self, hir: &Hir, least: usize, most: usize, out: &mut String) -> bool {
        let span = Span::of(hir);
        if span.min > most || span.max.is_some_and(|longest| longest < least) {
            return false;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                out.push_str(&String::from_utf8_lossy(&literal.0));
                true
            }
            HirKind::Class(Class::Unicode(class)) => {
                let (characters, shown) = self.class(class);
                let Some(character) = characters.get(*shown % characters.len().max(1)) else { return false };
                out.push(*character);
                *shown += 1;
                true
            }
            HirKind::Class(Class::Bytes(_)) => false,
            HirKind::Capture(capture) => self.emit(&capture.sub, least, most, out),
            HirKind::Alternation(branches) => {
                let taken = self.taken.entry(std::ptr::from_ref(hir)).or_default().clone();
                let fits = |branch: &Hir| {
                    let span = Span::of(branch);
                    span.min <= most && span.max.is_none_or(|longest| longest >= least)
                };
                let fitting: Vec<usize> = (0..branches.len()).filter(|at| fits(&branches[*at])).collect();
                let new = fitting.iter().find(|at| !taken.contains(at)).copied();
                let open = new.or_else(|| fitting.iter().find(|at| self.pending(&branches[**at]) > 0).copied());
                let Some(at) = open.or_else(|| fitting.first().copied()) else { return false };
                self.taken.entry(std::ptr::from_ref(hir)).or_default().push(at);
                self.emit(&branches[at], least, most, out)
            }
            HirKind::Concat(parts) => {
                let mut left = (least, most);
                parts.iter().enumerate().all(|(at, part)| {
                    let rest = Span::sum(&parts[at + 1..]);
                    let Some(room) = left.1.checked_sub(rest.min) else { return false };
                    let owed = rest.max.map_or(0, |longest| left.0.saturating_sub(longest));
                    let before = out.chars().count();
                    let is_done = self.emit(part, owed, room, out);
                    let used = out.chars().count() - before;
                    left = (left.0.saturating_sub(used), left.1.saturating_sub(used));
                    is_done
                })
            }
            HirKind::Repetition(repetition) => {
                let one = Span::of(&repetition.sub);
                let longest_count = repetition.max.map_or(usize::MAX, |max| max as usize);
                let (start, fewest) = (out.chars().count(), repetition.min as usize);
                let mut count = 0;
                loop {
                    let used = out.chars().count() - start;
                    let room = most.saturating_sub(used + fewest.saturating_sub(count + 1) * one.min);
                    let is_wanted = count < fewest || used < least || self.pending(hir) > 0;
                    if count >= longest_count || !is_wanted || room < one.min.max(1) {
                        break;
                    }
                    self.taken.entry(std::ptr::from_ref(hir)).or_default();
                    let later = one.max.map_or(usize::MAX, |one| one.saturating_mul(longest_count - count - 1));
                    if !self.emit(&repetition.sub, least.saturating_sub(used).saturating_sub(later), room, out) {
                        return false;
                    }
                    count += 1;
                }
                count >= fewest || one.min == 0
            }
        }
    }
}

/// The characters of a class that tell whether an endpoint has the same class.
fn telling(class: &ClassUnicode) -> Vec<char> {
    let is_wide =
        |range: &regex_syntax::hir::ClassUnicodeRange| u32::from(range.end()) - u32::from(range.start()) > WIDE_RANGE;
    if class.iter().count() > FEW_RANGES || class.iter().any(is_wide) {
        return telling_characters().filter(|character| holds(class, *character)).collect();
    }
    let mut ends: Vec<char> = class.iter().flat_map(|range| [range.start(), range.end()]).collect();
    ends.dedup();
    ends.retain(|it| it.is_ascii() || !it.is_control());
    // Space stands in between: whether it is kept at the ends of a text is another question.
    ends.sort_by_key(|it| (!it.is_alphanumeric(), !it.is_whitespace(), *it));
    ends
}

#[cfg(test)]
mod tests {
    use ivs_model::{Pattern, bundled};

    use super::*;

    fn texts(source: &str, min: usize, max: usize) -> Vec<String> {
        let pattern = Pattern::new(source).expect("it compiles");
        let texts = covering(&PatternGenerator::new(&pattern).expect("it parses"), min, max);
        for text in &texts {
            assert!(pattern.matches(text), "{source} {text:?}");
            let length = text.chars().count();
            assert!(min <= length && length <= max, "{source} {text:?}");
        }
        texts
    }

    #[test]
    fn ends_of_all_ranges_occur() {
        assert_eq!(texts("[a-zA-Z0-9-_]*", 0, 128), ["09AZaz-_"]);
        assert_eq!(texts("[a-z0-9-.]+", 1, 3).concat(), "09az-.");
        assert_eq!(texts("[a-zA-Z0-9]+", 12, 12), ["09AZaz09AZaz"]);
    }

    #[test]
    fn alternatives_and_optional_parts_occur() {
        let all = texts("(ab|c[0-4])x?", 1, 10);
        for part in ["ab", "c0", "c4", "x"] {
            assert!(all.iter().any(|text| text.contains(part)), "{part} {all:?}");
        }
        assert_eq!(texts("^$|^a[bc]$", 0, 10), ["", "ab", "ac"]);
    }

    #[test]
    fn literals_of_an_arn_stand_around_covered_classes() {
        let all = texts("arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+", 1, 128);
        assert_eq!(all, ["arn:aws:ivs:09az-:09:channel/09AZaz-"]);
    }

    #[test]
    fn category_is_covered_by_characters_of_several_lengths() {
        let all = texts(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)", 1, 128);
        for character in [':', '/', '+', '=', '@', '.', '_', '-', ' ', 'é', '字', '\u{10400}', '²', '\u{3000}'] {
            assert!(all.iter().any(|text| text.contains(character)), "{character} {all:?}");
        }
        assert!(all.iter().all(|text| !text.contains(',')));
    }

    #[test]
    fn classes_of_perl_are_those_of_ascii() {
        let all = texts(r"[a-z,\s]*", 0, 20);
        assert!(all.iter().all(|text| text.is_ascii()), "{all:?}");
        assert!(all[0].contains('\t') && all[0].contains(' '), "{all:?}");
    }

    #[test]
    fn string_without_a_pattern_is_covered_within_its_length() {
        assert_eq!(covering_any(0, 1000).len(), 1);
        assert!(covering_any(1, 8).iter().all(|text| text.chars().count() <= 8));
    }

    #[test]
    fn every_pattern_of_the_models_is_covered_by_few_texts() {
        for shape in bundled::models().iter().flat_map(|model| &model.shapes) {
            let Some(pattern) = &shape.pattern else { continue };
            let max = shape.max_length.map_or(256, |max| usize::try_from(max).expect("a length"));
            let all = texts(pattern, usize::try_from(shape.min_length.unwrap_or(0)).expect("a length"), max);
            assert!(!all.is_empty() && all.len() <= MOST_TEXTS, "{} {all:?}", shape.name);
        }
    }
}
