//! Strings of a given length that match a pattern, generated from the pattern.

use ivs_model::Pattern;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// The maximum number of nodes that one search for a string visits.
const SEARCH_LIMIT: u32 = 20_000;

/// The characters to prefer within a class, so that strings are readable and distinct.
const PREFERRED: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Characters of four bytes in UTF-8: a letter, then a symbol.
const ASTRAL: [char; 2] = ['\u{10400}', '\u{1F600}'];

/// A generator of the strings that a pattern matches. It walks the pattern's syntax tree.
#[derive(Debug, Clone)]
pub(crate) struct PatternGenerator {
    hir: Hir,
    /// True if the tree lacks the look-around of the pattern, and may match more strings.
    has_look_around: bool,
    is_of_perl: bool,
    pattern: Pattern,
}

/// One character of a generated string, with its class in the pattern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'p> {
    /// The character.
    pub(crate) character: char,
    /// The class of the character; `None` if the pattern is literal there.
    pub(crate) class: Option<&'p ClassUnicode>,
}

/// The preference among the characters of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// Letters and digits first.
    Plain,
    /// Characters of four bytes, if the class has them.
    Astral,
    /// The ends of the class's ranges as well.
    Wide,
}

impl PatternGenerator {
    /// Creates the generator; `None` if nobody knows what the pattern matches. Look-around is left out of the tree: a
    /// generated string counts only if it matches the whole pattern.
    pub(crate) fn new(pattern: &Pattern) -> Option<Self> {
        if pattern.gap().is_some() {
            return None;
        }
        let whole = regex_syntax::parse(pattern.as_str()).ok();
        let has_look_around = whole.is_none();
        let hir = whole.or_else(|| regex_syntax::parse(&pattern.without_look_around()).ok())?;
        let is_of_perl = [r"\d", r"\w", r"\s"].iter().any(|class| pattern.contains(class));
        Some(Self { hir, has_look_around, is_of_perl, pattern: pattern.clone() })
    }

    /// Returns whether the pattern has classes such as `\d`. They hold ASCII alone in most dialects, so that other
    /// characters are not certain to be accepted.
    pub(crate) fn is_of_perl(&self) -> bool {
        self.is_of_perl
    }

    /// Returns the pattern as a tree.
    pub(crate) fn hir(&self) -> &Hir {
        &self.hir
    }

    /// Returns whether the whole string matches.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.pattern.matches(text)
    }

    /// Returns whether the whole string does not match for certain.
    pub(crate) fn rejects(&self, text: &str) -> bool {
        self.pattern.rejects(text)
    }

    /// Returns whether no string of that many code points matches, as far as one search can tell.
    pub(crate) fn has_no_match(&self, length: usize, alphabet: Alphabet) -> bool {
        // With look-around another string than the found one may match; of no characters there is only one.
        (!self.has_look_around || length == 0) && self.matching(length, alphabet, 0).is_none()
    }

    /// Returns the minimum and maximum length of a match, in code points.
    pub(crate) fn span(&self) -> Span {
        Span::of(&self.hir)
    }

    /// Returns a match of that many code points. Variants give different matches, as far as the pattern allows.
    pub(crate) fn matching(&self, length: usize, alphabet: Alphabet, variant: u64) -> Option<String> {
        let pieces = self.pieces(length, alphabet, variant)?;
        let text: String = pieces.iter().map(|piece| piece.character).collect();
        self.is_match(&text).then_some(text)
    }

    /// Returns the same match, character by character.
    pub(crate) fn pieces(&self, length: usize, alphabet: Alphabet, variant: u64) -> Option<Vec<Piece<'_>>> {
        let alphabet = if self.is_of_perl && alphabet == Alphabet::Astral { Alphabet::Plain } else { alphabet };
        let mut search = Search { alphabet, is_ascii: self.is_of_perl, variant, visits: 0, choices: Vec::new() };
        let mut reversed = Vec::with_capacity(length);
        search.fill(&self.hir, length, &mut reversed).then(|| {
            reversed.reverse();
            reversed
        })
    }
}

/// The possible lengths of a part of a pattern, in code points; `max` is `None` if unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
}

impl Span {
    const EMPTY: Self = Self { min: 0, max: Some(0) };

    pub(crate) fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::EMPTY,
            HirKind::Literal(literal) => {
                let count = String::from_utf8_lossy(&literal.0).chars().count();
                Self { min: count, max: Some(count) }
            }
            HirKind::Class(_) => Self { min: 1, max: Some(1) },
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Repetition(repetition) => {
                let one = Self::of(&repetition.sub);
                let max = match (one.max, repetition.max) {
                    (Some(0), _) => Some(0),
                    (Some(length), Some(count)) => Some(length.saturating_mul(count as usize)),
                    _ => None,
                };
                Self { min: one.min.saturating_mul(repetition.min as usize), max }
            }
            HirKind::Concat(parts) => Self::sum(parts),
            HirKind::Alternation(branches) => {
                let spans: Vec<Self> = branches.iter().map(Self::of).collect();
                Self {
                    min: spans.iter().map(|span| span.min).min().unwrap_or(0),
                    max: spans
                        .iter()
                        .map(|span| span.max)
                        .collect::<Option<Vec<_>>>()
                        .map(|all| all.into_iter().max().unwrap_or(0)),
                }
            }
        }
    }

    pub(crate) fn sum(parts: &[Hir]) -> Self {
        parts.iter().map(Self::of).fold(Self::EMPTY, |sum, span| Self {
            min: sum.min + span.min,
            max: sum.max.zip(span.max).map(|(left, right)| left.saturating_add(right)),
        })
    }

    fn holds(self, length: usize) -> bool {
        self.min <= length && self.max.is_none_or(|max| length <= max)
    }
}

/// One search for a string. It works from the end, so that the varying and longest part comes last: the id of an ARN
/// rather than its region.
struct Search<'p> {
    alphabet: Alphabet,
    /// Whether other characters are not certain to be accepted.
    is_ascii: bool,
    variant: u64,
    visits: u32,
    /// The preferred characters of each class so far, cached since `.` and `\p{L}` have many ranges.
    choices: Vec<(&'p ClassUnicode, Vec<char>)>,
}

impl<'p> Search<'p> {
    /// Appends `length` characters, last first. On failure `out` is unchanged.
    fn fill(&mut self, hir: &'p Hir, length: usize, out: &mut Vec<Piece<'p>>) -> bool {
        self.visits += 1;
        if self.visits > SEARCH_LIMIT || !Span::of(hir).holds(length) {
            return false;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                let text = String::from_utf8_lossy(&literal.0);
                out.extend(text.chars().rev().map(|character| Piece { character, class: None }));
                true
            }
            HirKind::Class(Class::Unicode(class)) => match self.choose(class) {
                Some(character) => {
                    out.push(Piece { character, class: Some(class) });
                    true
                }
                None => false,
            },
            HirKind::Class(Class::Bytes(_)) => false,
            HirKind::Capture(capture) => self.fill(&capture.sub, length, out),
            HirKind::Alternation(branches) => branches.iter().any(|branch| self.fill(branch, length, out)),
            HirKind::Concat(parts) => self.fill_parts(parts, length, out),
            HirKind::Repetition(repetition) => {
                let one = Span::of(&repetition.sub);
                let most = repetition.max.map_or(length.max(repetition.min as usize), |max| max as usize);
                (repetition.min as usize..=most).any(|count| {
                    let all =
                        Span { min: one.min.saturating_mul(count), max: one.max.map(|max| max.saturating_mul(count)) };
                    all.holds(length) && self.fill_copies(&repetition.sub, one, count, length, out)
                })
            }
        }
    }

    fn fill_parts(&mut self, parts: &'p [Hir], length: usize, out: &mut Vec<Piece<'p>>) -> bool {
        let Some((last, rest)) = parts.split_last() else {
            return length == 0;
        };
        let others = Span::sum(rest);
        let span = Span::of(last);
        self.split(span, others, length, out, |search, of_last, out| {
            search.fill(last, of_last, out) && search.fill_parts(rest, length - of_last, out)
        })
    }

    fn fill_copies(&mut self, sub: &'p Hir, one: Span, count: usize, length: usize, out: &mut Vec<Piece<'p>>) -> bool {
        if count == 0 {
            return length == 0;
        }
        if one.max == Some(one.min) {
            return (0..count).all(|_| self.fill(sub, one.min, out));
        }
        let others =
            Span { min: one.min.saturating_mul(count - 1), max: one.max.map(|max| max.saturating_mul(count - 1)) };
        self.split(one, others, length, out, |search, of_last, out| {
            search.fill(sub, of_last, out) && search.fill_copies(sub, one, count - 1, length - of_last, out)
        })
    }

    /// Tries the possible lengths of the last part, given those of the others, longest first.
    fn split(
        &mut self,
        last: Span,
        others: Span,
        length: usize,
        out: &mut Vec<Piece<'p>>,
        mut attempt: impl FnMut(&mut Self, usize, &mut Vec<Piece<'p>>) -> bool,
    ) -> bool {
        let Some(room) = length.checked_sub(others.min) else {
            return false;
        };
        let most = last.max.map_or(room, |max| max.min(room));
        let least = last.min.max(others.max.map_or(0, |max| length.saturating_sub(max)));
        let start = out.len();
        let variant = self.variant;
        (least..=most).rev().any(|of_last| {
            out.truncate(start);
            self.variant = variant;
            let found = attempt(self, of_last, out);
            if !found {
                out.truncate(start);
            }
            found
        })
    }

    /// Returns a character of the class and consumes one digit of the variant.
    fn choose(&mut self, class: &'p ClassUnicode) -> Option<char> {
        let index = match self.choices.iter().position(|(known, _)| std::ptr::eq(*known, class)) {
            Some(index) => index,
            None => {
                self.choices.push((class, preferred(class, self.alphabet, self.is_ascii)));
                self.choices.len() - 1
            }
        };
        let choices = &self.choices[index].1;
        let count = u64::try_from(choices.len()).ok().filter(|count| *count > 0)?;
        let digit = usize::try_from(self.variant % count).ok()?;
        self.variant /= count;
        choices.get(digit).copied()
    }
}

/// Returns whether the class contains the character.
pub(crate) fn holds(class: &ClassUnicode, character: char) -> bool {
    class.iter().any(|range| range.start() <= character && character <= range.end())
}

fn preferred(class: &ClassUnicode, alphabet: Alphabet, is_ascii: bool) -> Vec<char> {
    if alphabet == Alphabet::Astral
        && let Some(astral) = ASTRAL.into_iter().find(|astral| holds(class, *astral))
    {
        return vec![astral];
    }
    let plain: Vec<char> = PREFERRED.chars().filter(|character| holds(class, *character)).collect();
    if !plain.is_empty() {
        return plain;
    }
    let mut starts: Vec<char> = class.iter().take(8).map(regex_syntax::hir::ClassUnicodeRange::start).collect();
    if is_ascii && starts.iter().any(char::is_ascii) {
        starts.retain(char::is_ascii);
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+";

    fn pattern_generator(source: &str) -> PatternGenerator {
        PatternGenerator::new(&Pattern::new(source).expect("it compiles")).expect("it parses")
    }

    #[test]
    fn match_has_exactly_the_requested_length() {
        for source in [ARN, "[a-zA-Z0-9-_]*", "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)", "(ab|c)+", "rt_[0-9]+_.+"] {
            let pattern_generator = pattern_generator(source);
            for length in pattern_generator.span().min..200 {
                for variant in [0, 7, 12_345] {
                    let text = pattern_generator.matching(length, Alphabet::Plain, variant).expect("a match exists");
                    assert_eq!(text.chars().count(), length, "{source} {text}");
                }
            }
        }
    }

    #[test]
    fn length_outside_the_span_has_no_match() {
        let arn = pattern_generator(ARN);
        assert_eq!(arn.span(), Span { min: 25, max: None });
        assert_eq!(arn.matching(24, Alphabet::Plain, 0), None);
        let fixed = pattern_generator("[0-9]{12}");
        assert_eq!(fixed.matching(13, Alphabet::Plain, 0), None);
    }

    #[test]
    fn empty_branch_of_a_detachable_arn_is_reachable() {
        let pattern_generator = pattern_generator(&format!("^$|^{ARN}$"));
        assert_eq!(pattern_generator.matching(0, Alphabet::Plain, 0).as_deref(), Some(""));
        assert_eq!(pattern_generator.matching(1, Alphabet::Plain, 0), None);
        assert!(pattern_generator.matching(64, Alphabet::Plain, 0).is_some());
    }

    #[test]
    fn white_space_is_of_ascii() {
        let pattern_generator = pattern_generator(r"\s+");
        for variant in 0..50 {
            let text = pattern_generator.matching(9, Alphabet::Wide, variant).expect("a match exists");
            assert!(text.is_ascii(), "{text:?}");
        }
    }

    #[test]
    fn variants_differ() {
        let pattern_generator = pattern_generator(ARN);
        let strings: std::collections::HashSet<_> =
            (0..500).map(|variant| pattern_generator.matching(40, Alphabet::Plain, variant)).collect();
        assert_eq!(strings.len(), 500);
    }

    #[test]
    fn astral_match_counts_code_points_not_bytes() {
        let pattern_generator = pattern_generator(r"[\p{L}\p{N}]+");
        let text = pattern_generator.matching(5, Alphabet::Astral, 0).expect("a match exists");
        assert_eq!((text.chars().count(), text.len()), (5, 20));
    }
}
