//! The soundness of one case, by the model's evaluation of constraints.

use ivs_generators::{Case, Mutation, Samples, SiteKind};
use ivs_model::{ConstraintKind, Model, Pattern, Shape, ShapeId, ShapeKind, Violation, bundled, pointer, validate};
use regex_syntax::hir::{Hir, HirKind};
use serde_json::Value;

/// Returns the problem of a case, if there is one.
pub(crate) fn unsound(model: &Model, samples: &Samples, case: &Case) -> Option<String> {
    let operation = model.operation(case.operation().name()).expect("the case is of this model");
    let Some(input) = operation.input else {
        return (!case.is_valid()).then(|| format!("{}: nothing to break", case.id));
    };
    let violations = validate(model, input, &samples.fill(&case.input.value()));
    let Some(mutation) = &case.mutation else {
        let broken = bundled::knowledge().broken_rules(case.operation(), &samples.fill(&case.input.value()));
        return (!violations.is_empty() || !broken.is_empty())
            .then(|| format!("{}: valid, but {violations:?} {broken:?} in {}", case.id, case.input));
    };
    let named = constraint(mutation.site.kind);
    let (own, extra): (Vec<&Violation>, Vec<&Violation>) = violations.iter().partition(|violation| {
        *violation.pointer == *mutation.pointer
            && violation.constraint == named
            && violation.of_key == mutation.renames_key()
    });
    if own.len() != 1 {
        return Some(format!(
            "{}: names {named:?} at {}, but {violations:?} in {}",
            case.id, mutation.pointer, case.input
        ));
    }
    let shape = shape_at(model, input, &mutation.site.path).expect("the site is in the model");
    let stray = extra.iter().find(|violation| {
        *violation.pointer != *mutation.pointer
            || violation.of_key != mutation.renames_key()
            || !entails(model, model.shape(shape), mutation, violation.constraint)
    });
    stray.map(|violation| format!("{}: breaks {violation:?} too in {}", case.id, case.input))
}

/// Returns whether every violation of the first constraint also violates the second one at the same pointer:
///
/// * a length that no match of the pattern has violates the pattern;
/// * a length that no value of the enumeration has violates the enumeration;
/// * more items than there are different values are not unique.
fn entails(model: &Model, shape: &Shape, mutation: &Mutation, other: ConstraintKind) -> bool {
    let length = match mutation.after.as_deref() {
        Some(Value::String(text)) => text.chars().count(),
        Some(Value::Array(items)) => items.len(),
        _ => return false,
    };
    let of_length = matches!(mutation.site.kind, SiteKind::MinLength | SiteKind::MaxLength);
    of_length
        && match other {
            ConstraintKind::Pattern => shape.pattern.as_ref().is_some_and(|pattern| !has_match(pattern, length)),
            ConstraintKind::Enum => shape.enum_values.iter().all(|value| value.chars().count() != length),
            ConstraintKind::UniqueItems => match shape.kind {
                ShapeKind::List { item, .. } => {
                    let values = model.shape(item).enum_values.len();
                    values > 0 && values < length
                }
                _ => false,
            },
            _ => false,
        }
}

/// Returns whether a match of the pattern may have that many code points, by the minimum and maximum lengths of its
/// parts.
fn has_match(pattern: &Pattern, length: usize) -> bool {
    if length == 0 {
        return pattern.matches("");
    }
    let hir = regex_syntax::parse(&pattern.without_look_around()).expect("the model compiled it");
    lengths(&hir).iter().any(|(least, greatest)| *least <= length && length <= *greatest)
}

/// Returns the ranges of lengths in code points: one for each top-level branch, so that the gap between an empty text
/// and an ARN is visible.
fn lengths(hir: &Hir) -> Vec<(usize, usize)> {
    let one = |hir: &Hir| {
        let all = lengths(hir);
        let least = all.iter().map(|(least, _)| *least).min().unwrap_or(0);
        (least, all.iter().map(|(_, greatest)| *greatest).max().unwrap_or(0))
    };
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![(0, 0)],
        HirKind::Class(_) => vec![(1, 1)],
        HirKind::Literal(literal) => {
            let count = std::str::from_utf8(&literal.0).expect("patterns are text").chars().count();
            vec![(count, count)]
        }
        HirKind::Capture(capture) => lengths(&capture.sub),
        HirKind::Alternation(branches) => branches.iter().flat_map(lengths).collect(),
        HirKind::Concat(parts) => {
            let sum = parts.iter().map(one).fold((0, 0), |(least, greatest): (usize, usize), (min, max)| {
                (least + min, greatest.saturating_add(max))
            });
            vec![sum]
        }
        HirKind::Repetition(repetition) => {
            let (least, greatest) = one(&repetition.sub);
            let most = repetition.max.map_or(usize::MAX, |max| greatest.saturating_mul(max as usize));
            vec![(least * repetition.min as usize, most)]
        }
    }
}

fn constraint(kind: SiteKind) -> ConstraintKind {
    match kind {
        SiteKind::Required => ConstraintKind::Required,
        SiteKind::Type => ConstraintKind::Type,
        SiteKind::MinLength => ConstraintKind::MinLength,
        SiteKind::MaxLength => ConstraintKind::MaxLength,
        SiteKind::MinValue => ConstraintKind::MinValue,
        SiteKind::MaxValue => ConstraintKind::MaxValue,
        SiteKind::Pattern => ConstraintKind::Pattern,
        SiteKind::Enum => ConstraintKind::Enum,
        SiteKind::UniqueItems => ConstraintKind::UniqueItems,
        SiteKind::Union => ConstraintKind::Union,
        SiteKind::TimestampFormat => ConstraintKind::TimestampFormat,
    }
}

/// Returns the shape at a site's path, independently of the generators.
pub(crate) fn shape_at(model: &Model, input: ShapeId, path: &str) -> Option<ShapeId> {
    let mut here = input;
    for token in pointer::tokens(path) {
        here = match (&model.shape(here).kind, token.as_str()) {
            (ShapeKind::List { item, .. }, "*") => *item,
            (ShapeKind::Map { value, .. }, "*") => *value,
            (ShapeKind::Map { key, .. }, "*key") => *key,
            (ShapeKind::Structure { members } | ShapeKind::Union { members }, name) => {
                members.iter().find(|member| member.name == name)?.shape
            }
            _ => return None,
        };
    }
    Some(here)
}
