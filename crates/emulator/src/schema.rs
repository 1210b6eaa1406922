//! The emulator's own evaluation of shapes: whether a JSON value keeps the constraints of its shape.
//!
//! This is a second reading of the contract, written apart from the model crate's evaluation, so that
//! one mistake does not hide in both the harness and the endpoint it is tested on.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use ivs_model::{Model, Number, Shape, ShapeId, ShapeKind, TimestampFormat};
use regex::Regex;
use serde_json::{Map, Value};

use crate::fault::{Bend, Lenience};
use crate::view::View;

/// The constraint that a value breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Constraint {
    Type,
    Required,
    Enum,
    Pattern,
    MinLength,
    MaxLength,
    MinValue,
    MaxValue,
    UniqueItems,
    Union,
}

/// One constraint broken at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    /// JSON pointer of the value.
    pub(crate) pointer: String,
    pub(crate) constraint: Constraint,
    /// What the rule asks for; it never holds the value itself.
    pub(crate) rule: String,
}

/// All shapes of one service, with their patterns compiled when first needed.
pub(crate) struct Schema {
    model: &'static Model,
    patterns: Vec<Option<Arc<Pattern>>>,
}

struct Pattern {
    source: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Whether the whole text matches. A pattern that does not compile matches all (a test shows none does).
    fn matches(&self, text: &str) -> bool {
        self.regex().as_ref().is_none_or(|regex| regex.is_match(text))
    }

    /// Whether some beginning of the text matches, for a planted fault.
    fn matches_a_beginning(&self, text: &str) -> bool {
        text.char_indices().any(|(at, _)| at > 0 && self.matches(&text[..at]))
    }

    fn regex(&self) -> &Option<Regex> {
        self.regex.get_or_init(|| Regex::new(&format!("^(?:{})$", self.source)).ok())
    }
}

/// Where an evaluation stands, and what it has found.
struct Walk<'a> {
    pointer: String,
    lenience: Option<&'a Lenience>,
    breaches: Vec<Breach>,
}

/// More breaches than this tell a caller nothing.
const MAX_BREACHES: usize = 32;

impl Schema {
    /// Prepares the shapes of a model.
    pub(crate) fn new(model: &'static Model) -> Self {
        let mut shared: HashMap<String, Arc<Pattern>> = HashMap::new();
        let patterns = model
            .shapes
            .iter()
            .map(|shape| {
                let source = shape.pattern.as_ref()?.as_str().to_owned();
                let pattern = shared
                    .entry(source.clone())
                    .or_insert_with(|| Arc::new(Pattern { source, regex: OnceLock::new() }));
                Some(Arc::clone(pattern))
            })
            .collect();
        Self { model, patterns }
    }

    /// The breaches of the members of a structure, in the order in which they are met; empty if they conform.
    pub(crate) fn check(&self, id: ShapeId, members: &Map<String, Value>, lenience: Option<&Lenience>) -> Vec<Breach> {
        let mut walk = Walk { pointer: String::new(), lenience, breaches: Vec::new() };
        self.structure(id, members, &mut walk);
        walk.breaches
    }

    fn value(&self, id: ShapeId, format: Option<TimestampFormat>, value: &Value, walk: &mut Walk<'_>) {
        if walk.breaches.len() >= MAX_BREACHES {
            return;
        }
        let shape = self.model.shape(id);
        match &shape.kind {
            ShapeKind::Structure { .. } => match value {
                Value::Object(members) => self.structure(id, members, walk),
                _ => walk.breach(Constraint::Type, "must be an object"),
            },
            ShapeKind::Union { .. } => match value {
                Value::Object(members) => self.union(id, members, walk),
                _ => walk.breach(Constraint::Type, "must be an object"),
            },
            ShapeKind::List { item, sparse } => match value {
                Value::Array(items) => self.list(shape, *item, *sparse, items, walk),
                _ => walk.breach(Constraint::Type, "must be a list"),
            },
            ShapeKind::Map { key, value: of, sparse } => match value {
                Value::Object(entries) => self.map(shape, (*key, *of), *sparse, entries, walk),
                _ => walk.breach(Constraint::Type, "must be an object"),
            },
            ShapeKind::String => match value {
                Value::String(text) => self.text(id, text, walk),
                _ => walk.breach(Constraint::Type, "must be a string"),
            },
            ShapeKind::Blob => match value.as_str().and_then(decoded_length) {
                Some(length) => length_within(shape, length, walk),
                None => walk.breach(Constraint::Type, "must be base64"),
            },
            ShapeKind::Boolean => {
                if !value.is_boolean() {
                    walk.breach(Constraint::Type, "must be true or false");
                }
            }
            ShapeKind::Integer { bits } => match value.as_i64() {
                Some(number) if matches!(number >> (*bits - 1), 0 | -1) => {
                    number_within(shape, Number::Integer(number), walk);
                }
                _ => walk.breach(Constraint::Type, "must be a whole number"),
            },
            ShapeKind::Float | ShapeKind::Double => match value.as_f64() {
                Some(number) => number_within(shape, Number::Float(number), walk),
                None => walk.breach(Constraint::Type, "must be a number"),
            },
            ShapeKind::Timestamp => {
                if !is_timestamp(format, value) {
                    walk.breach(Constraint::Type, "must be a timestamp");
                }
            }
            ShapeKind::Document => {}
        }
    }

    fn structure(&self, id: ShapeId, members: &Map<String, Value>, walk: &mut Walk<'_>) {
        for member in self.model.members(Some(id)) {
            match members.get(&member.name).filter(|value| !value.is_null()) {
                Some(value) => walk.within(&member.name, |walk| {
                    self.value(member.shape, member.timestamp_format, value, walk);
                }),
                None if member.required => walk.within(&member.name, |walk| {
                    let null_will_do = walk.bend(Constraint::Required) == Some(Bend::Null);
                    if !(null_will_do && members.contains_key(&member.name)) {
                        walk.breach(Constraint::Required, "is a required attribute");
                    }
                }),
                None => {}
            }
        }
    }

    fn union(&self, id: ShapeId, members: &Map<String, Value>, walk: &mut Walk<'_>) {
        let mut set = members.iter().filter(|(name, value)| !value.is_null() && *name != "__type");
        let (Some((name, value)), None) = (set.next(), set.next()) else {
            walk.breach(Constraint::Union, "must have exactly one member set");
            return;
        };
        let known = self.model.members(Some(id));
        match known.iter().find(|member| member.name == *name) {
            Some(member) => walk.within(name, |walk| {
                self.value(member.shape, member.timestamp_format, value, walk);
            }),
            None => walk.breach(Constraint::Union, "has a member that is not known"),
        }
    }

    fn list(&self, shape: &Shape, item: ShapeId, sparse: bool, items: &[Value], walk: &mut Walk<'_>) {
        length_within(shape, items.len() as u64, walk);
        if shape.unique_items {
            let repeated = items.iter().enumerate().any(|(index, item)| items[..index].contains(item));
            if repeated {
                walk.breach(Constraint::UniqueItems, "must not repeat an item");
            }
        }
        for (index, value) in items.iter().enumerate() {
            walk.within(&index.to_string(), |walk| match value {
                Value::Null if sparse => {}
                Value::Null => walk.breach(Constraint::Type, "must not be null"),
                value => self.value(item, None, value, walk),
            });
        }
    }

    fn map(
        &self,
        shape: &Shape,
        (key, of): (ShapeId, ShapeId),
        sparse: bool,
        entries: &Map<String, Value>,
        walk: &mut Walk<'_>,
    ) {
        length_within(shape, entries.len() as u64, walk);
        for (name, value) in entries {
            walk.within(name, |walk| {
                self.text(key, name, walk);
                match value {
                    Value::Null if sparse => {}
                    Value::Null => walk.breach(Constraint::Type, "must not be null"),
                    value => self.value(of, None, value, walk),
                }
            });
        }
    }

    fn text(&self, id: ShapeId, text: &str, walk: &mut Walk<'_>) {
        let shape = self.model.shape(id);
        let any_case = walk.bend(Constraint::Enum) == Some(Bend::AnyCase);
        let taken = |value: &String| value == text || any_case && value.eq_ignore_ascii_case(text);
        if !shape.enum_values.is_empty() && !shape.enum_values.iter().any(taken) {
            let values = shape.enum_values.join(", ");
            walk.breach(Constraint::Enum, &format!("must be one of {values}"));
        }
        if let Some(pattern) = &self.patterns[id.index()]
            && !pattern.matches(text)
            && !(walk.bend(Constraint::Pattern) == Some(Bend::Unanchored) && pattern.matches_a_beginning(text))
        {
            let rule = format!("must match {}", pattern.source);
            walk.breach(Constraint::Pattern, &rule);
        }
        if shape.min_length.is_some() || shape.max_length.is_some() {
            let in_bytes = walk.bend(Constraint::MaxLength) == Some(Bend::InBytes);
            let length = if in_bytes { text.len() } else { text.chars().count() };
            length_within(shape, length as u64, walk);
        }
    }

    /// A structure's members, held as a map, as the structure shows them.
    pub(crate) fn view<'a>(&'a self, structure: ShapeId, members: &'a Map<String, Value>) -> View<'a> {
        View::new(self.model, structure, members)
    }

    /// The shape of a list's items.
    pub(crate) fn item_of(&self, list: ShapeId) -> Option<ShapeId> {
        match self.model.shape(list).kind {
            ShapeKind::List { item, .. } => Some(item),
            _ => None,
        }
    }

    /// The patterns that do not compile; for a test.
    #[cfg(test)]
    pub(crate) fn broken_patterns(&self) -> Vec<&str> {
        self.patterns
            .iter()
            .flatten()
            .filter(|pattern| pattern.regex().is_none())
            .map(|pattern| pattern.source.as_str())
            .collect()
    }
}

impl Walk<'_> {
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

    fn breach(&mut self, constraint: Constraint, rule: &str) {
        if self.breaches.len() < MAX_BREACHES && !self.excused(constraint) {
            self.breaches.push(Breach { pointer: self.pointer.clone(), constraint, rule: rule.to_owned() });
        }
    }

    /// How a planted fault bends the constraint at this place.
    fn bend(&self, constraint: Constraint) -> Option<Bend> {
        let here = |lenience: &&Lenience| lenience.constraint == constraint && fits(lenience.pointer, &self.pointer);
        self.lenience.filter(here).map(|lenience| lenience.bend)
    }

    /// How far the bound at this place is moved outwards.
    fn slack(&self, constraint: Constraint) -> i64 {
        match self.bend(constraint) {
            Some(Bend::By(slack)) => slack,
            _ => 0,
        }
    }

    fn excused(&self, constraint: Constraint) -> bool {
        self.bend(constraint) == Some(Bend::Off)
    }
}

/// Whether a pointer fits a pattern in which `*` stands for any one token.
fn fits(pattern: &str, pointer: &str) -> bool {
    let mut tokens = pointer.split('/');
    pattern.split('/').all(|wanted| tokens.next().is_some_and(|token| wanted == "*" || wanted == token))
        && tokens.next().is_none()
}

fn length_within(shape: &Shape, length: u64, walk: &mut Walk<'_>) {
    if let Some(min) = shape.min_length
        && length.saturating_add_signed(walk.slack(Constraint::MinLength)) < min
    {
        let rule = format!("must have a length of at least {min}");
        walk.breach(Constraint::MinLength, &rule);
    }
    if let Some(max) = shape.max_length
        && length > max.saturating_add_signed(walk.slack(Constraint::MaxLength))
    {
        let rule = format!("must have a length of at most {max}");
        walk.breach(Constraint::MaxLength, &rule);
    }
}

#[allow(clippy::cast_precision_loss, reason = "bounds of the models and their slack are far below 2^53")]
fn number_within(shape: &Shape, number: Number, walk: &mut Walk<'_>) {
    if let Some(min) = shape.min_value
        && less(number, min, walk.slack(Constraint::MinValue) as f64)
    {
        walk.breach(Constraint::MinValue, &format!("must be at least {}", written(min)));
    }
    if let Some(max) = shape.max_value
        && less(max, number, walk.slack(Constraint::MaxValue) as f64)
    {
        walk.breach(Constraint::MaxValue, &format!("must be at most {}", written(max)));
    }
}

/// Whether `left + slack < right`; whole numbers are compared without rounding.
#[allow(clippy::cast_precision_loss, reason = "only where one side has a fraction, or slack was asked for")]
fn less(left: Number, right: Number, slack: f64) -> bool {
    let float = |number| match number {
        Number::Integer(number) => number as f64,
        Number::Float(number) => number,
    };
    match (left, right) {
        (Number::Integer(left), Number::Integer(right)) if slack == 0.0 => left < right,
        (left, right) => float(left) + slack < float(right),
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

/// The number of bytes that base64 text stands for; `None` if it is none.
fn decoded_length(text: &str) -> Option<u64> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).ok().map(|bytes| bytes.len() as u64)
}
