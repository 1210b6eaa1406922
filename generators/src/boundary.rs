//! Valid values at the bounds of one place, and just inside.

use std::collections::BTreeSet;

use ivs_model::{Location, Number, Operation, Shape, ShapeId, ShapeKind, TimestampFormat};
use serde_json::{Value, json};

use crate::SiteKind;
use crate::covering::{covering, covering_any};
use crate::cut::MOST_VALUES;
use crate::field_path::{FieldPath, Step};
use crate::input::{Builder, is_page_token};
use crate::pattern_generator::Alphabet;
use crate::scalar::{base64, boundaries, ceiling, floor};
use crate::variant::Boundary;

/// The greatest length of a text that covers a pattern.
const LONGEST_COVERING: usize = 256;

impl Builder<'_> {
    /// Returns the values to test at a place. Empty for references and page tokens, where only particular values are
    /// valid.
    pub(crate) fn boundaries(&self, operation: &Operation, field_path: &FieldPath) -> Vec<Boundary> {
        if is_page_token(operation, &field_path.path) || self.is_resource(operation, field_path) {
            return Vec::new();
        }
        let shape = self.model.shape(field_path.shape);
        let mut found = match &shape.kind {
            ShapeKind::Boolean => [true, false]
                .into_iter()
                .map(|value| Boundary {
                    variant: value.to_string(),
                    ..Boundary::new(SiteKind::Type, "boolean", json!(value))
                })
                .collect(),
            ShapeKind::Integer { .. } => self.integers(field_path),
            ShapeKind::Float | ShapeKind::Double => self.floats(field_path),
            ShapeKind::String if !shape.enum_values.is_empty() => shape
                .enum_values
                .iter()
                .take(MOST_VALUES)
                .map(|value| Boundary {
                    variant: value.clone(),
                    ..Boundary::new(SiteKind::Enum, "enum-value", json!(value))
                })
                .collect(),
            ShapeKind::String => {
                let of_tags = self.is_of_tags(field_path);
                self.known_texts(field_path.shape, of_tags, || self.texts(field_path.shape, of_tags))
            }
            ShapeKind::Blob => sizes(shape)
                .into_iter()
                .map(|(kind, name, size)| Boundary::new(kind, name, json!(base64(size as u64))))
                .collect(),
            ShapeKind::Timestamp => timestamps(field_path.timestamp_format),
            ShapeKind::List { .. } | ShapeKind::Map { .. } => self.collections(operation, field_path),
            ShapeKind::Document | ShapeKind::Structure { .. } | ShapeKind::Union { .. } => Vec::new(),
        };
        found.retain(|boundary| inexpressible(field_path, &boundary.value).is_none());
        found
    }

    /// Returns whether the place names a resource of the services, or only given values fit.
    pub(crate) fn is_resource(&self, operation: &Operation, field_path: &FieldPath) -> bool {
        if self.knowledge.given(operation.id, &field_path.path).is_some() {
            return true;
        }
        self.catalog
            .reference_at(operation.id, &field_path.path, field_path.shape)
            .is_some_and(|reference| !reference.is_external || reference.field != "name")
    }

    fn texts(&self, id: ShapeId, of_tags: bool) -> Vec<Boundary> {
        let shape = self.model.shape(id);
        let (_, max) = boundaries(shape);
        let mut found: Vec<Boundary> = sizes(shape)
            .into_iter()
            .filter_map(|(kind, name, length)| {
                // Uses another variant than the usual one, so that an echo cannot be a constant.
                let text = self.exact_text(id, length, Alphabet::Plain, 1)?;
                Some(Boundary::new(kind, name, json!(text)))
            })
            .collect();
        found.extend(self.covering_texts(id, of_tags));
        // These characters have four bytes in UTF-8 and two units in UTF-16, but lengths count code points.
        let astral = self.exact_text(id, max, Alphabet::Astral, 0);
        if let Some(text) = astral.filter(|text| text.chars().all(|character| character.len_utf8() == 4) && max > 0) {
            found.push(Boundary::new(SiteKind::MaxLength, "code-points-at-max", json!(text)));
        }
        found
    }

    /// Texts in which every class, range end and alternative of the pattern occurs; without a pattern, every telling character.
    fn covering_texts(&self, id: ShapeId, of_tags: bool) -> Vec<Boundary> {
        let shape = self.model.shape(id);
        let (min, max) = boundaries(shape);
        let (kind, name, texts) = match self.pattern_generator(id) {
            Some(pattern_generator) => {
                (SiteKind::Pattern, "pattern-covered", covering(pattern_generator, min, max.min(LONGEST_COVERING)))
            }
            // Of tags the documentation tells the characters, where the model has no pattern: the suite `tags` tries them.
            None if shape.pattern.is_some() || of_tags => return Vec::new(),
            None => (SiteKind::Type, "text-covered", covering_any(min, max)),
        };
        let numbered = texts.into_iter().enumerate();
        let boundary =
            |(at, text)| Boundary { variant: format!("{}", at + 1), ..Boundary::new(kind, name, json!(text)) };
        numbered.map(boundary).collect()
    }

    /// Whether the place is in tags, or among their keys.
    fn is_of_tags(&self, field_path: &FieldPath) -> bool {
        self.catalog.tag_operations().is_some_and(|tag_operations| tag_operations.is_text_of_tags(&field_path.path))
    }

    fn integers(&self, field_path: &FieldPath) -> Vec<Boundary> {
        let shape = self.model.shape(field_path.shape);
        let mut seen = BTreeSet::new();
        [
            (SiteKind::MinValue, "value-at-min", shape.min_value.map(ceiling)),
            (SiteKind::MaxValue, "value-at-max", shape.max_value.map(floor)),
            (SiteKind::MinValue, "value-above-min", shape.min_value.map(|min| ceiling(min).saturating_add(1))),
            (SiteKind::MaxValue, "value-below-max", shape.max_value.map(|max| floor(max).saturating_sub(1))),
        ]
        .into_iter()
        .filter_map(|(kind, name, value)| Some((kind, name, value?)))
        .filter(|(_, _, value)| shape.min_value.is_none_or(|min| Number::Integer(*value) >= min))
        .filter(|(_, _, value)| shape.max_value.is_none_or(|max| Number::Integer(*value) <= max))
        .filter(|(_, _, value)| seen.insert(*value))
        .map(|(kind, name, value)| Boundary::new(kind, name, json!(value)))
        .collect()
    }

    fn floats(&self, field_path: &FieldPath) -> Vec<Boundary> {
        let shape = self.model.shape(field_path.shape);
        let (min, max) = (shape.min_value.map(Number::as_f64), shape.max_value.map(Number::as_f64));
        let inside = |value: f64| min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max);
        [
            (SiteKind::MinValue, "value-at-min", min),
            (SiteKind::MaxValue, "value-at-max", max),
            (SiteKind::MinValue, "value-above-min", min.map(|min| min + 0.5)),
            (SiteKind::MaxValue, "value-below-max", max.map(|max| max - 0.5)),
            (SiteKind::Type, "fraction", Some(min.unwrap_or(0.0) + 0.25)),
        ]
        .into_iter()
        .filter_map(|(kind, name, value)| Some((kind, name, value.filter(|value| inside(*value))?)))
        .map(|(kind, name, value)| Boundary::new(kind, name, json!(value)))
        .collect()
    }

    fn collections(&self, operation: &Operation, field_path: &FieldPath) -> Vec<Boundary> {
        let shape = self.model.shape(field_path.shape);
        let mut found: Vec<Boundary> = sizes(shape)
            .into_iter()
            .filter_map(|(kind, name, size)| Some(Boundary::new(kind, name, self.items(operation, field_path, size)?)))
            .collect();
        if shape.unique_items
            && let Some(items) = self.items(operation, field_path, boundaries(shape).0.max(2))
        {
            found.push(Boundary::new(SiteKind::UniqueItems, "unique-items", items));
        }
        found
    }
}

/// Returns the lengths at the stated bounds and just inside, each once.
fn sizes(shape: &Shape) -> Vec<(SiteKind, &'static str, usize)> {
    let (min, max) = boundaries(shape);
    let (has_min, has_max) = (shape.min_length.is_some(), shape.max_length.is_some());
    let mut seen = BTreeSet::new();
    [
        (has_min, SiteKind::MinLength, "length-at-min", min),
        (has_max, SiteKind::MaxLength, "length-at-max", max),
        (has_min, SiteKind::MinLength, "length-above-min", min.saturating_add(1)),
        (has_max, SiteKind::MaxLength, "length-below-max", max.saturating_sub(1)),
    ]
    .into_iter()
    .filter(|(stated, _, _, size)| *stated && min <= *size && *size <= max && seen.insert(*size))
    .map(|(_, kind, name, size)| (kind, name, size))
    .collect()
}

fn timestamps(format: TimestampFormat) -> Vec<Boundary> {
    let moments: [(&'static str, Value); 2] = match format {
        TimestampFormat::DateTime => {
            [("whole", json!("2037-06-30T12:00:00Z")), ("fraction", json!("2037-06-30T12:00:00.123Z"))]
        }
        TimestampFormat::HttpDate => [
            ("whole", json!("Tue, 30 Jun 2037 12:00:00 GMT")),
            ("fraction", json!("Tue, 30 Jun 2037 12:00:00.123 GMT")),
        ],
        TimestampFormat::EpochSeconds => [("whole", json!(2_129_976_000)), ("fraction", json!(2_129_976_000.123))],
    };
    moments
        .into_iter()
        .map(|(variant, value)| Boundary {
            variant: variant.to_owned(),
            ..Boundary::new(SiteKind::TimestampFormat, "timestamp", value)
        })
        .collect()
}

/// Returns the reason why the wire cannot express a value at this place, if there is one.
pub(crate) fn inexpressible(field_path: &FieldPath, value: &Value) -> Option<&'static str> {
    match (field_path.location, value) {
        (Location::Label, Value::String(text)) if text.is_empty() => Some("an empty label is another path"),
        (Location::Query, Value::Array(items)) if items.is_empty() => Some("an empty list in a query is an absent one"),
        (Location::Header, Value::Array(items)) if items.is_empty() => {
            Some("an empty list in a header is an absent one")
        }
        (Location::Header | Location::HeaderMap, Value::String(text))
            if text.trim() != text
                || !text.chars().all(|character| character == ' ' || character.is_ascii_graphic()) =>
        {
            Some("a header takes visible ASCII without outer space")
        }
        (
            Location::Label | Location::Query | Location::QueryMap | Location::Header | Location::HeaderMap,
            Value::Null,
        ) => Some("only a body can say null"),
        _ if *field_path.step() == Step::Key && !value.is_string() => Some("a JSON key is always a string"),
        _ => None,
    }
}
