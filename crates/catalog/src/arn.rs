//! The form of the ARNs that a pattern matches.

use ivs_model::Pattern;
use regex_syntax::hir::{Class, Hir, HirKind};

/// The characters to prefer within a class.
const PREFERRED: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The form of the ARNs of one resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArnForm {
    /// The service, as written in the ARN.
    pub service: String,
    /// The resource type; `None` if the pattern matches any type.
    pub resource_type: Option<String>,
    /// The character between resource type and id.
    pub separator: char,
}

impl ArnForm {
    /// Derives the form from the shortest text that the pattern matches; `None` if the pattern does not describe ARNs.
    #[must_use]
    pub fn of(pattern: &Pattern) -> Option<Self> {
        let tree = regex_syntax::parse(pattern.as_str()).ok()?;
        let letters = shortest_nonempty(&tree)?;
        let text: String = letters.iter().map(|letter| letter.character).collect();
        let mut parts = text.splitn(6, ':');
        let ("arn", _partition, service) = (parts.next()?, parts.next()?, parts.next()?) else {
            return None;
        };
        let resource = parts.nth(2)?;
        let separator = resource.chars().find(|character| matches!(character, '/' | ':'))?;
        let (resource_type, _id) = resource.split_once(separator)?;
        let start = text.len() - resource.len();
        // An ARN is ASCII here, so byte and character indexes are equal.
        let is_fixed = letters.get(start..start + resource_type.len())?.iter().all(|letter| letter.is_literal);
        Some(Self { service: service.to_owned(), resource_type: is_fixed.then(|| resource_type.to_owned()), separator })
    }

    /// Returns an ARN of this form with an id; `None` if the form has no resource type.
    #[must_use]
    pub fn arn(&self, id: &str) -> Option<String> {
        let Self { service, resource_type, separator } = self;
        let resource_type = resource_type.as_ref()?;
        Some(format!("arn:aws:{service}:us-west-2:123456789012:{resource_type}{separator}{id}"))
    }
}

/// One character of a text that a pattern matches.
#[derive(Debug, Clone, Copy)]
struct Letter {
    character: char,
    is_literal: bool,
}

/// Returns the shortest text that a pattern matches and that is not empty.
fn shortest_nonempty(tree: &Hir) -> Option<Vec<Letter>> {
    let shortest = shortest(tree);
    if shortest.as_ref().is_some_and(|letters| !letters.is_empty()) {
        return shortest;
    }
    match tree.kind() {
        HirKind::Capture(capture) => shortest_nonempty(&capture.sub),
        HirKind::Repetition(repetition) if repetition.max != Some(0) => shortest_nonempty(&repetition.sub),
        HirKind::Alternation(parts) | HirKind::Concat(parts) => {
            parts.iter().filter_map(shortest_nonempty).min_by_key(Vec::len)
        }
        _ => None,
    }
}

/// Returns the shortest text that a pattern matches.
fn shortest(tree: &Hir) -> Option<Vec<Letter>> {
    let literal = |character| Letter { character, is_literal: true };
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Literal(text) => Some(String::from_utf8_lossy(&text.0).chars().map(literal).collect()),
        HirKind::Class(Class::Unicode(class)) => {
            let holds =
                |character: &char| class.iter().any(|range| range.start() <= *character && *character <= range.end());
            let first = || class.iter().next().map(regex_syntax::hir::ClassUnicodeRange::start);
            let character = PREFERRED.chars().find(holds).or_else(first)?;
            Some(vec![Letter { character, is_literal: false }])
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Capture(capture) => shortest(&capture.sub),
        HirKind::Repetition(repetition) => {
            if repetition.min == 0 {
                return Some(Vec::new());
            }
            Some(shortest(&repetition.sub)?.repeat(usize::try_from(repetition.min).ok()?))
        }
        HirKind::Concat(parts) => {
            let parts: Vec<Vec<Letter>> = parts.iter().map(shortest).collect::<Option<_>>()?;
            Some(parts.concat())
        }
        HirKind::Alternation(branches) => branches.iter().filter_map(shortest).min_by_key(Vec::len),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pattern: &str) -> Option<ArnForm> {
        ArnForm::of(&Pattern::new(pattern).expect("a pattern"))
    }

    #[test]
    fn the_resource_type_of_an_arn_is_its_fixed_part() {
        let channel = form("^arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+$").expect("an ARN");
        assert_eq!((channel.service.as_str(), channel.resource_type.as_deref()), ("ivs", Some("channel")));
        assert_eq!(channel.arn("A1").as_deref(), Some("arn:aws:ivs:us-west-2:123456789012:channel/A1"));
        let open = form("arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]+/[a-zA-Z0-9-]+").expect("an ARN");
        assert_eq!((open.resource_type.clone(), open.arn("A1")), (None, None));
    }

    #[test]
    fn an_empty_alternative_does_not_hide_the_arn() {
        let detachable = form("^$|^arn:aws:ivs:[a-z0-9-]+:[0-9]+:channel/[a-zA-Z0-9-]+$").expect("an ARN");
        assert_eq!(detachable.resource_type.as_deref(), Some("channel"));
    }

    #[test]
    fn other_patterns_have_no_form() {
        for pattern in ["[a-z]+", "arn:aws:ivs", "", "arn:aws:s3:::[a-z]+", "(a|b)*"] {
            assert_eq!(form(pattern), None, "{pattern}");
        }
    }
}
