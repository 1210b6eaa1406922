//! The evaluation of a model's constraints on a JSON value.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::blob::decode;
use crate::pointer::child;
use crate::{Member, Model, Number, Shape, ShapeId, ShapeKind, TimestampFormat};

/// One constraint that a value violates, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Violation {
    /// JSON pointer to the value; for a missing member, to its expected place; for a map key, to its entry.
    pub pointer: String,
    /// The violated constraint.
    pub constraint: ConstraintKind,
    /// True if the map key at the end of the pointer violates the constraint, not its value.
    pub of_key: bool,
}

/// The kinds of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConstraintKind {
    /// A required member is absent or null.
    Required,
    /// A wrong JSON type, integer width or blob encoding, or a forbidden null.
    Type,
    /// The value is shorter than the minimum length.
    MinLength,
    /// The value is longer than the maximum length.
    MaxLength,
    /// The value is below the minimum.
    MinValue,
    /// The value is above the maximum.
    MaxValue,
    /// The string does not fully match the pattern.
    Pattern,
    /// The value is not in the enumeration.
    Enum,
    /// List items are not unique.
    UniqueItems,
    /// A union does not have exactly one known member.
    Union,
    /// A text is not a timestamp in the format of its location.
    TimestampFormat,
}

/// Evaluates all constraints of a shape, at any depth; empty if the value meets them all.
///
/// The value uses *member* names. Optional members may be null, which means absent. Undeclared members of a structure
/// are allowed (restJson1 ignores them), but not those of a union. Violations are in the order of the model.
#[must_use]
pub fn validate(model: &Model, shape: ShapeId, value: &Value) -> Vec<Violation> {
    let mut evaluation = Evaluation { model, violations: Vec::new() };
    evaluation.value(shape, value, "", TimestampFormat::EpochSeconds);
    evaluation.violations
}

struct Evaluation<'a> {
    model: &'a Model,
    violations: Vec<Violation>,
}

impl<'a> Evaluation<'a> {
    fn broken(&mut self, pointer: &str, constraint: ConstraintKind) {
        self.violations.push(Violation { pointer: pointer.to_owned(), constraint, of_key: false });
    }

    /// Evaluates one value. `format` is that of timestamps here, from the member or its location.
    fn value(&mut self, id: ShapeId, value: &Value, pointer: &str, format: TimestampFormat) {
        let model: &'a Model = self.model;
        let shape = model.shape(id);
        match (&shape.kind, value) {
            (ShapeKind::Document, _) | (ShapeKind::Boolean, Value::Bool(_)) => {}
            (ShapeKind::Integer { bits }, Value::Number(number)) => self.integer(shape, *bits, number, pointer),
            (ShapeKind::Float | ShapeKind::Double, _) => self.float(shape, value, pointer),
            (ShapeKind::String, Value::String(text)) => self.text(shape, text, pointer),
            (ShapeKind::Blob, Value::String(text)) => match decode(text) {
                Some(bytes) => self.length(shape, bytes.len() as u64, pointer),
                None => self.broken(pointer, ConstraintKind::Type),
            },
            (ShapeKind::Timestamp, _) => self.timestamp(format, value, pointer),
            (ShapeKind::List { item, sparse }, Value::Array(items)) => {
                self.list(shape, *item, *sparse, items, pointer, format);
            }
            (ShapeKind::Map { key, value, sparse }, Value::Object(entries)) => {
                self.length(shape, entries.len() as u64, pointer);
                for (name, entry) in entries {
                    let pointer = child(pointer, name);
                    self.key(model.shape(*key), name, &pointer);
                    self.element(*value, *sparse, entry, &pointer, format);
                }
            }
            (ShapeKind::Structure { members }, Value::Object(object)) => {
                members.iter().for_each(|member| self.member(member, object, pointer));
            }
            (ShapeKind::Union { members }, Value::Object(object)) => self.union(members, object, pointer),
            _ => self.broken(pointer, ConstraintKind::Type),
        }
    }

    fn member(&mut self, member: &Member, object: &Map<String, Value>, pointer: &str) {
        match object.get(&member.name) {
            Some(value) if !value.is_null() => {
                let default = member.location.default_timestamp_format();
                let format = member.timestamp_format.unwrap_or(default);
                self.value(member.shape, value, &child(pointer, &member.name), format);
            }
            _ if member.required => self.broken(&child(pointer, &member.name), ConstraintKind::Required),
            _ => {}
        }
    }

    fn union(&mut self, members: &[Member], object: &Map<String, Value>, pointer: &str) {
        // restJson1: `__type` in a union is ignored, a null member is absent.
        let set: Vec<&String> =
            object.iter().filter(|(name, value)| !value.is_null() && *name != "__type").map(|(name, _)| name).collect();
        let known = |name: &String| members.iter().any(|member| member.name == *name);
        if set.len() != 1 || !set.into_iter().all(known) {
            self.broken(pointer, ConstraintKind::Union);
        }
        members.iter().for_each(|member| self.member(member, object, pointer));
    }

    fn list(
        &mut self,
        shape: &Shape,
        item: ShapeId,
        sparse: bool,
        items: &[Value],
        pointer: &str,
        format: TimestampFormat,
    ) {
        self.length(shape, items.len() as u64, pointer);
        if shape.unique_items && items.iter().enumerate().any(|(index, item)| items[..index].contains(item)) {
            self.broken(pointer, ConstraintKind::UniqueItems);
        }
        for (index, value) in items.iter().enumerate() {
            self.element(item, sparse, value, &child(pointer, &index.to_string()), format);
        }
    }

    /// Evaluates a list item or map value, which may be null only in a sparse collection. Timestamps have their shape's
    /// format.
    fn element(&mut self, id: ShapeId, sparse: bool, value: &Value, pointer: &str, format: TimestampFormat) {
        match value {
            Value::Null if sparse => {}
            _ => self.value(id, value, pointer, self.model.shape(id).timestamp_format.unwrap_or(format)),
        }
    }

    fn key(&mut self, shape: &Shape, key: &str, pointer: &str) {
        let before = self.violations.len();
        self.text(shape, key, pointer);
        self.violations[before..].iter_mut().for_each(|violation| violation.of_key = true);
    }

    fn text(&mut self, shape: &Shape, text: &str, pointer: &str) {
        if shape.min_length.is_some() || shape.max_length.is_some() {
            self.length(shape, text.chars().count() as u64, pointer);
        }
        if shape.pattern.as_ref().is_some_and(|pattern| pattern.rejects(text)) {
            self.broken(pointer, ConstraintKind::Pattern);
        }
        if !shape.enum_values.is_empty() && !shape.enum_values.iter().any(|value| value == text) {
            self.broken(pointer, ConstraintKind::Enum);
        }
    }

    fn length(&mut self, shape: &Shape, length: u64, pointer: &str) {
        if shape.min_length.is_some_and(|min| length < min) {
            self.broken(pointer, ConstraintKind::MinLength);
        }
        if shape.max_length.is_some_and(|max| length > max) {
            self.broken(pointer, ConstraintKind::MaxLength);
        }
    }

    fn integer(&mut self, shape: &Shape, bits: u8, number: &serde_json::Number, pointer: &str) {
        let largest = i64::MAX >> (64 - u32::from(bits));
        match Number::from_json(number).and_then(Number::as_i64) {
            Some(value) if (-largest - 1..=largest).contains(&value) => {
                self.range(shape, Number::Integer(value), pointer);
                if !shape.enum_values.is_empty() && !shape.enum_values.contains(&value.to_string()) {
                    self.broken(pointer, ConstraintKind::Enum);
                }
            }
            _ => self.broken(pointer, ConstraintKind::Type),
        }
    }

    /// restJson1 writes numbers that JSON cannot express as the strings `NaN`, `Infinity` and `-Infinity`.
    fn float(&mut self, shape: &Shape, value: &Value, pointer: &str) {
        let number = match value {
            Value::Number(number) => Number::from_json(number),
            Value::String(text) if text == "NaN" => Some(Number::Float(f64::NAN)),
            Value::String(text) if text == "Infinity" => Some(Number::Float(f64::INFINITY)),
            Value::String(text) if text == "-Infinity" => Some(Number::Float(f64::NEG_INFINITY)),
            _ => None,
        };
        match number {
            Some(number) => self.range(shape, number, pointer),
            None => self.broken(pointer, ConstraintKind::Type),
        }
    }

    fn range(&mut self, shape: &Shape, value: Number, pointer: &str) {
        if shape.min_value.is_some_and(|min| value < min) {
            self.broken(pointer, ConstraintKind::MinValue);
        }
        if shape.max_value.is_some_and(|max| value > max) {
            self.broken(pointer, ConstraintKind::MaxValue);
        }
    }

    fn timestamp(&mut self, format: TimestampFormat, value: &Value, pointer: &str) {
        if !format.accepts(value) {
            // A wrong JSON type is distinct from a text that is not a timestamp.
            let constraint = if format.is_text() && value.is_string() {
                ConstraintKind::TimestampFormat
            } else {
                ConstraintKind::Type
            };
            self.broken(pointer, constraint);
        }
    }
}
