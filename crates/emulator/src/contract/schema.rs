//! The emulator's own evaluation of shapes: it decides whether a JSON value satisfies the constraints of its shape.
//!
//! It is written independently of the model crate's evaluation, so that the harness and its test endpoint do not share
//! mistakes.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use ivs_model::{Model, Number, Shape, ShapeId, ShapeKind, TimestampFormat};
use regex::Regex;
use serde_json::{Map, Value};

use super::constraint::{BrokenConstraint, Constraint, ConstraintOverride, OverrideKind};
use super::view::View;

/// All shapes of one service, with their patterns compiled when first needed.
pub(crate) struct Schema {
    model: &'static Model,
    patterns: Vec<Option<Arc<ShapePattern>>>,
}

struct ShapePattern {
    source: String,
    regex: OnceLock<Option<Regex>>,
}

impl ShapePattern {
    /// Returns whether the whole text matches. A pattern that does not compile matches everything; a test shows that
    /// all compile.
    fn matches(&self, text: &str) -> bool {
        self.regex().as_ref().is_none_or(|regex| regex.is_match(text))
    }

    /// Returns whether some beginning of the text matches, for a planted fault.
    fn matches_a_beginning(&self, text: &str) -> bool {
        text.char_indices().any(|(at, _)| at > 0 && self.matches(&text[..at]))
    }

    fn regex(&self) -> &Option<Regex> {
        self.regex.get_or_init(|| Regex::new(&format!("^(?:{})$", self.source)).ok())
    }
}

/// An evaluation in progress: its place in the value, and the violations found so far.
struct ShapeEvaluation<'a> {
    pointer: String,
    overridden: Option<&'a ConstraintOverride>,
    broken: Vec<BrokenConstraint>,
}

/// The maximum number of reported violations.
const MAX_BROKEN: usize = 32;

impl Schema {
    /// Prepares the shapes of a model.
    pub(crate) fn new(model: &'static Model) -> Self {
        let mut shared: HashMap<String, Arc<ShapePattern>> = HashMap::new();
        let patterns = model
            .shapes
            .iter()
            .map(|shape| {
                let source = shape.pattern.as_ref()?.as_str().to_owned();
                let pattern = shared
                    .entry(source.clone())
                    .or_insert_with(|| Arc::new(ShapePattern { source, regex: OnceLock::new() }));
                Some(Arc::clone(pattern))
            })
            .collect();
        Self { model, patterns }
    }

    /// Returns the constraints that the members of a structure violate, in the order of evaluation.
    pub(crate) fn check(
        &self,
        id: ShapeId,
        members: &Map<String, Value>,
        overridden: Option<&ConstraintOverride>,
    ) -> Vec<BrokenConstraint> {
        let mut evaluation = ShapeEvaluation { pointer: String::new(), overridden, broken: Vec::new() };
        self.structure(id, members, &mut evaluation);
        evaluation.broken
    }

    fn value(&self, id: ShapeId, format: Option<TimestampFormat>, value: &Value, evaluation: &mut ShapeEvaluation<'_>) {
        if evaluation.broken.len() >= MAX_BROKEN {
            return;
        }
        let shape = self.model.shape(id);
        match &shape.kind {
            ShapeKind::Structure { .. } => match value {
                Value::Object(members) => self.structure(id, members, evaluation),
                _ => evaluation.report(Constraint::Type, "must be an object"),
            },
            ShapeKind::Union { .. } => match value {
                Value::Object(members) => self.union(id, members, evaluation),
                _ => evaluation.report(Constraint::Type, "must be an object"),
            },
            ShapeKind::List { item, sparse } => match value {
                Value::Array(items) => self.list(shape, *item, *sparse, items, evaluation),
                _ => evaluation.report(Constraint::Type, "must be a list"),
            },
            ShapeKind::Map { key, value: of, sparse } => match value {
                Value::Object(entries) => self.map(shape, (*key, *of), *sparse, entries, evaluation),
                _ => evaluation.report(Constraint::Type, "must be an object"),
            },
            ShapeKind::String => match value {
                Value::String(text) => self.text(id, text, evaluation),
                _ => evaluation.report(Constraint::Type, "must be a string"),
            },
            ShapeKind::Blob => match value.as_str().and_then(decoded_length) {
                Some(length) => length_within(shape, length, evaluation),
                None => evaluation.report(Constraint::Type, "must be base64"),
            },
            ShapeKind::Boolean => {
                if !value.is_boolean() {
                    evaluation.report(Constraint::Type, "must be true or false");
                }
            }
            ShapeKind::Integer { bits } => match value.as_i64() {
                Some(number) if matches!(number >> (*bits - 1), 0 | -1) => {
                    number_within(shape, Number::Integer(number), evaluation);
                }
                _ => evaluation.report(Constraint::Type, "must be a whole number"),
            },
            ShapeKind::Float | ShapeKind::Double => match value.as_f64() {
                Some(number) => number_within(shape, Number::Float(number), evaluation),
                None => evaluation.report(Constraint::Type, "must be a number"),
            },
            ShapeKind::Timestamp => {
                if !is_timestamp(format, value) {
                    evaluation.report(Constraint::Type, "must be a timestamp");
                }
            }
            ShapeKind::Document => {}
        }
    }

    fn structure(&self, id: ShapeId, members: &Map<String, Value>, evaluation: &mut ShapeEvaluation<'_>) {
        for member in self.model.members(Some(id)) {
            match members.get(&member.name).filter(|value| !value.is_null()) {
                Some(value) => evaluation.within(&member.name, |evaluation| {
                    self.value(member.shape, member.timestamp_format, value, evaluation);
                }),
                None if member.required => evaluation.within(&member.name, |evaluation| {
                    let null_is_allowed =
                        evaluation.override_kind(Constraint::Required) == Some(OverrideKind::NullAllowed);
                    if !(null_is_allowed && members.contains_key(&member.name)) {
                        evaluation.report(Constraint::Required, "is a required attribute");
                    }
                }),
                None => {}
            }
        }
    }

    fn union(&self, id: ShapeId, members: &Map<String, Value>, evaluation: &mut ShapeEvaluation<'_>) {
        let mut set = members.iter().filter(|(name, value)| !value.is_null() && *name != "__type");
        let (Some((name, value)), None) = (set.next(), set.next()) else {
            evaluation.report(Constraint::Union, "must have exactly one member set");
            return;
        };
        let known = self.model.members(Some(id));
        match known.iter().find(|member| member.name == *name) {
            Some(member) => evaluation.within(name, |evaluation| {
                self.value(member.shape, member.timestamp_format, value, evaluation);
            }),
            None => evaluation.report(Constraint::Union, "has an unknown member"),
        }
    }

    fn list(&self, shape: &Shape, item: ShapeId, sparse: bool, items: &[Value], evaluation: &mut ShapeEvaluation<'_>) {
        length_within(shape, items.len() as u64, evaluation);
        if shape.unique_items {
            let repeated = items.iter().enumerate().any(|(index, item)| items[..index].contains(item));
            if repeated {
                evaluation.report(Constraint::UniqueItems, "must not repeat an item");
            }
        }
        for (index, value) in items.iter().enumerate() {
            evaluation.within(&index.to_string(), |evaluation| match value {
                Value::Null if sparse => {}
                Value::Null => evaluation.report(Constraint::Type, "must not be null"),
                value => self.value(item, None, value, evaluation),
            });
        }
    }

    fn map(
        &self,
        shape: &Shape,
        (key, of): (ShapeId, ShapeId),
        sparse: bool,
        entries: &Map<String, Value>,
        evaluation: &mut ShapeEvaluation<'_>,
    ) {
        length_within(shape, entries.len() as u64, evaluation);
        for (name, value) in entries {
            evaluation.within(name, |evaluation| {
                self.text(key, name, evaluation);
                match value {
                    Value::Null if sparse => {}
                    Value::Null => evaluation.report(Constraint::Type, "must not be null"),
                    value => self.value(of, None, value, evaluation),
                }
            });
        }
    }

    fn text(&self, id: ShapeId, text: &str, evaluation: &mut ShapeEvaluation<'_>) {
        let shape = self.model.shape(id);
        let any_case = evaluation.override_kind(Constraint::Enum) == Some(OverrideKind::AnyCase);
        let is_text = |value: &String| value == text || any_case && value.eq_ignore_ascii_case(text);
        if !shape.enum_values.is_empty() && !shape.enum_values.iter().any(is_text) {
            let values = shape.enum_values.join(", ");
            evaluation.report(Constraint::Enum, &format!("must be one of {values}"));
        }
        if let Some(pattern) = &self.patterns[id.index()]
            && !pattern.matches(text)
            && !(evaluation.override_kind(Constraint::Pattern) == Some(OverrideKind::Unanchored)
                && pattern.matches_a_beginning(text))
        {
            let rule = format!("must match {}", pattern.source);
            evaluation.report(Constraint::Pattern, &rule);
        }
        if shape.min_length.is_some() || shape.max_length.is_some() {
            let in_bytes = evaluation.override_kind(Constraint::MaxLength) == Some(OverrideKind::LengthInBytes);
            let length = if in_bytes { text.len() } else { text.chars().count() };
            length_within(shape, length as u64, evaluation);
        }
    }

    /// Returns a view of a structure's members, which are stored as a map.
    pub(crate) fn view<'a>(&'a self, structure: ShapeId, members: &'a Map<String, Value>) -> View<'a> {
        View::new(self.model, structure, members)
    }

    /// Returns the shape of a list's items.
    pub(crate) fn item_of(&self, list: ShapeId) -> Option<ShapeId> {
        match self.model.shape(list).kind {
            ShapeKind::List { item, .. } => Some(item),
            _ => None,
        }
    }

    /// Returns the pointer of the first member that a structure does not have, at any depth.
    pub(crate) fn unknown_member(&self, id: ShapeId, members: &Map<String, Value>) -> Option<String> {
        let known = self.model.members(Some(id));
        members.iter().find_map(|(name, value)| {
            let Some(member) = known.iter().find(|member| member.name == *name) else {
                return Some(format!("/{name}"));
            };
            Some(format!("/{name}{}", self.unknown_in(member.shape, value)?))
        })
    }

    fn unknown_in(&self, id: ShapeId, value: &Value) -> Option<String> {
        match (&self.model.shape(id).kind, value) {
            (ShapeKind::Structure { .. } | ShapeKind::Union { .. }, Value::Object(members)) => {
                self.unknown_member(id, members)
            }
            (ShapeKind::List { item, .. }, Value::Array(items)) => items
                .iter()
                .enumerate()
                .find_map(|(index, value)| Some(format!("/{index}{}", self.unknown_in(*item, value)?))),
            _ => None,
        }
    }

    /// Returns the patterns that do not compile; for a test.
    #[cfg(test)]
    pub(crate) fn invalid_patterns(&self) -> Vec<&str> {
        self.patterns
            .iter()
            .flatten()
            .filter(|pattern| pattern.regex().is_none())
            .map(|pattern| pattern.source.as_str())
            .collect()
    }
}

impl ShapeEvaluation<'_> {
    fn within(&mut self, token: &str, check: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        if token.contains(['~', '/']) {
            let token = token.replace('~', "~0").replace('/', "~1");
            self.pointer.push_str(&token);
        } else {
            self.pointer.push_str(token);
        }
        check(self);
        self.pointer.truncate(length);
    }

    fn report(&mut self, constraint: Constraint, rule: &str) {
        if self.broken.len() < MAX_BROKEN && !self.is_off(constraint) {
            self.broken.push(BrokenConstraint { pointer: self.pointer.clone(), constraint, rule: rule.to_owned() });
        }
    }

    /// Returns the requirement of a planted fault that replaces the constraint at this place.
    fn override_kind(&self, constraint: Constraint) -> Option<OverrideKind> {
        let here = |overridden: &&ConstraintOverride| {
            overridden.constraint == constraint && pointer_matches(overridden.pointer, &self.pointer)
        };
        self.overridden.filter(here).map(|overridden| overridden.kind)
    }

    /// Returns the margin by which the bound at this place is wider.
    fn margin(&self, constraint: Constraint) -> i64 {
        match self.override_kind(constraint) {
            Some(OverrideKind::WiderBy(margin)) => margin,
            _ => 0,
        }
    }

    fn is_off(&self, constraint: Constraint) -> bool {
        self.override_kind(constraint) == Some(OverrideKind::Off)
    }
}

/// Returns whether a pointer matches a pattern in which `*` is any single token.
fn pointer_matches(pattern: &str, pointer: &str) -> bool {
    let mut tokens = pointer.split('/');
    pattern.split('/').all(|wanted| tokens.next().is_some_and(|token| wanted == "*" || wanted == token))
        && tokens.next().is_none()
}

fn length_within(shape: &Shape, length: u64, evaluation: &mut ShapeEvaluation<'_>) {
    if let Some(min) = shape.min_length
        && length.saturating_add_signed(evaluation.margin(Constraint::MinLength)) < min
    {
        let rule = format!("must have a length of at least {min}");
        evaluation.report(Constraint::MinLength, &rule);
    }
    if let Some(max) = shape.max_length
        && length > max.saturating_add_signed(evaluation.margin(Constraint::MaxLength))
    {
        let rule = format!("must have a length of at most {max}");
        evaluation.report(Constraint::MaxLength, &rule);
    }
}

#[allow(clippy::cast_precision_loss, reason = "bounds of the models and their margin are far below 2^53")]
fn number_within(shape: &Shape, number: Number, evaluation: &mut ShapeEvaluation<'_>) {
    if let Some(min) = shape.min_value
        && less(number, min, evaluation.margin(Constraint::MinValue) as f64)
    {
        evaluation.report(Constraint::MinValue, &format!("must be at least {}", written(min)));
    }
    if let Some(max) = shape.max_value
        && less(max, number, evaluation.margin(Constraint::MaxValue) as f64)
    {
        evaluation.report(Constraint::MaxValue, &format!("must be at most {}", written(max)));
    }
}

/// Returns whether `left + margin < right`; whole numbers are compared without rounding.
#[allow(clippy::cast_precision_loss, reason = "only where one side has a fraction, or a bound is overridden")]
fn less(left: Number, right: Number, margin: f64) -> bool {
    let float = |number| match number {
        Number::Integer(number) => number as f64,
        Number::Float(number) => number,
    };
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) if margin == 0.0 => left < right,
        (left, right) => float(left) + margin < float(right),
    }
}

fn written(number: Number) -> String {
    match number {
        Number::Integer(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
    }
}

fn is_timestamp(format: Option<TimestampFormat>, value: &Value) -> bool {
    use time::OffsetDateTime;
    use time::format_description::well_known::{Rfc2822, Rfc3339};
    match format.unwrap_or(TimestampFormat::DateTime) {
        TimestampFormat::DateTime => value.as_str().is_some_and(|text| OffsetDateTime::parse(text, &Rfc3339).is_ok()),
        TimestampFormat::HttpDate => value.as_str().is_some_and(|text| OffsetDateTime::parse(text, &Rfc2822).is_ok()),
        TimestampFormat::EpochSeconds => value.is_number(),
    }
}

/// Returns the number of bytes that a base64 text encodes; `None` if it is not base64.
fn decoded_length(text: &str) -> Option<u64> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok().map(|bytes| bytes.len() as u64)
}
