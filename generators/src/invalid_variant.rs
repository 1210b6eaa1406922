//! The invalid variants of one place: one violation of each constraint at a time.

use ivs_model::{Location, Model, Number, Operation, Shape, ShapeId, ShapeKind, TimestampFormat};
use serde_json::{Map, Value, json};

use crate::boundary::inexpressible;
use crate::field_path::{FieldPath, Step};
use crate::input::{Builder, MAX_BUILT};
use crate::near_miss::{Bounds, near_misses};
use crate::pattern_generator::Alphabet;
use crate::scalar::{base64, boundaries, ceiling, floor, plain_text};
use crate::variant::{InvalidVariant, InvalidVariants};
use crate::{Operator, SiteKind};

impl Builder<'_> {
    /// Returns all violations at a place with the value `before` in an otherwise valid input.
    pub(crate) fn invalid_variants(
        &self,
        operation: &Operation,
        field_path: &FieldPath,
        before: &Value,
    ) -> InvalidVariants {
        let mut invalid_variants = InvalidVariants::default();
        if field_path.required {
            required(field_path, &mut invalid_variants);
        }
        self.types(field_path, before, &mut invalid_variants);
        let shape = self.model.shape(field_path.shape);
        match &shape.kind {
            ShapeKind::String | ShapeKind::Blob => {
                let InvalidVariants { found, gaps } =
                    self.known_text_breaks(field_path.shape, || self.text_breaks(field_path.shape));
                invalid_variants.found.extend(found);
                invalid_variants.gaps.extend(gaps);
            }
            ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double => numbers(shape, &mut invalid_variants),
            ShapeKind::List { .. } | ShapeKind::Map { .. } => {
                self.collection_breaks(operation, field_path, shape, &mut invalid_variants);
            }
            ShapeKind::Union { members } => {
                invalid_variants.add(Operator::UnionNone, SiteKind::Union, "", json!({}));
                invalid_variants.add(Operator::UnionUnknown, SiteKind::Union, "", json!({"unknownMember": {}}));
                let present = before.as_object().and_then(|object| object.keys().next()).cloned().unwrap_or_default();
                let other = members.iter().filter(|member| member.name != present).find_map(|member| {
                    let inner = FieldPath {
                        path: format!("{}/{}", field_path.path, member.name).into(),
                        shape: member.shape,
                        ..field_path.clone()
                    };
                    Some((member.name.clone(), self.value_at(operation, &inner, 0)?))
                });
                if let (Some((name, value)), Some(object)) = (other, before.as_object()) {
                    let mut both: Map<String, Value> = object.clone();
                    both.insert(name, value);
                    invalid_variants.add(Operator::UnionTwo, SiteKind::Union, "", Value::Object(both));
                }
            }
            ShapeKind::Timestamp => timestamps(field_path.timestamp_format, &mut invalid_variants),
            ShapeKind::Boolean | ShapeKind::Document | ShapeKind::Structure { .. } => {}
        }
        self.keep_expressible(field_path, &mut invalid_variants);
        invalid_variants
    }

    /// Drops variants that the wire cannot express. Adds a gap if no other variant violates the constraint.
    fn keep_expressible(&self, field_path: &FieldPath, invalid_variants: &mut InvalidVariants) {
        let mut dropped: Vec<(SiteKind, &'static str)> = Vec::new();
        invalid_variants.found.retain(|invalid_variant| {
            let reason = invalid_variant.after.as_deref().and_then(|after| inexpressible(field_path, after));
            dropped.extend(reason.map(|reason| (invalid_variant.kind, reason)));
            reason.is_none()
        });
        for (kind, reason) in dropped {
            invalid_variants.gap(kind, reason);
        }
        for kind in field_path.kinds(self.model) {
            let known = invalid_variants.found.iter().any(|invalid_variant| invalid_variant.kind == kind)
                || invalid_variants.gaps.iter().any(|(known, _)| *known == kind);
            if !known && admits_break(self.model.shape(field_path.shape), kind) {
                invalid_variants.gap(kind, "every value that breaks it breaks another constraint first");
            }
        }
        let found = &invalid_variants.found;
        invalid_variants.gaps.retain(|(kind, _)| found.iter().all(|invalid_variant| invalid_variant.kind != *kind));
        invalid_variants.gaps.dedup_by_key(|(kind, _)| *kind);
    }

    fn types(&self, field_path: &FieldPath, before: &Value, invalid_variants: &mut InvalidVariants) {
        if *field_path.step() == Step::Key {
            return invalid_variants.gap(SiteKind::Type, "a JSON key is always a string");
        }
        let shape = self.model.shape(field_path.shape);
        let mut wrong = |variant, after| invalid_variants.add(Operator::WrongType, SiteKind::Type, variant, after);
        if is_text_on_the_wire(self.model, field_path) {
            match &shape.kind {
                ShapeKind::Boolean | ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double => {
                    for (variant, text) in number_misses(&shape.kind) {
                        wrong(variant, json!(text));
                    }
                }
                ShapeKind::Timestamp if field_path.timestamp_format == TimestampFormat::EpochSeconds => {
                    wrong("text", json!("tomorrow"));
                    wrong("date-time", json!("2037-06-30T12:00:00Z"));
                    wrong("http-date", json!("Tue, 30 Jun 2037 12:00:00 GMT"));
                    wrong("suffix", json!("2129976000ABC"));
                }
                _ => {
                    invalid_variants.gap(SiteKind::Type, "outside a JSON body every value is a text");
                }
            }
            return;
        }
        let quoted = |value: &Value| json!(value.to_string());
        match &shape.kind {
            ShapeKind::Boolean => {
                wrong("text", quoted(before));
                wrong("number", json!(1));
            }
            ShapeKind::Integer { bits } => {
                wrong("text", quoted(before));
                wrong("boolean", json!(true));
                wrong("fraction", json!(before.as_i64().unwrap_or(1) as f64 + 0.5));
                wrong("overflow", overflow(*bits));
            }
            ShapeKind::Float | ShapeKind::Double => {
                wrong("text", quoted(before));
                wrong("boolean", json!(true));
            }
            ShapeKind::String => {
                wrong("number", json!(7));
                wrong("boolean", json!(true));
            }
            ShapeKind::Blob => {
                wrong("number", json!(7));
                wrong("boolean", json!(true));
                wrong("not-base64", json!("!"));
            }
            ShapeKind::Timestamp => {
                wrong("boolean", json!(true));
                if field_path.timestamp_format.is_text() {
                    wrong("number", json!(2_129_976_000));
                } else {
                    wrong("text", json!("2037-06-30T12:00:00Z"));
                }
            }
            ShapeKind::Document => return,
            ShapeKind::List { .. } | ShapeKind::Map { .. } | ShapeKind::Structure { .. } | ShapeKind::Union { .. } => {
                wrong("text", json!("x"));
                wrong("number", json!(7));
                wrong("boolean", json!(true));
            }
        }
        if !matches!(shape.kind, ShapeKind::List { .. }) {
            wrong("array", json!([]));
        }
        if !matches!(shape.kind, ShapeKind::Map { .. } | ShapeKind::Structure { .. } | ShapeKind::Union { .. }) {
            wrong("object", json!({}));
        }
        if !field_path.nullable {
            wrong("null", Value::Null);
        }
    }

    fn text_breaks(&self, id: ShapeId) -> InvalidVariants {
        let mut invalid_variants = InvalidVariants::default();
        let shape = self.model.shape(id);
        let (min, max) = boundaries(shape);
        if matches!(shape.kind, ShapeKind::Blob) {
            if min > 0 {
                invalid_variants.add(Operator::LengthBelowMin, SiteKind::MinLength, "", json!(base64(min as u64 - 1)));
            }
            if max < MAX_BUILT {
                invalid_variants.add(Operator::LengthAboveMax, SiteKind::MaxLength, "", json!(base64(max as u64 + 1)));
            }
            return invalid_variants;
        }
        if min > MAX_BUILT || (max >= MAX_BUILT && max != usize::MAX) {
            invalid_variants.gap(SiteKind::MaxLength, "longer than a request should be");
        }
        if min > 0
            && let Some(text) = self.text_of_wrong_length(id, min - 1, Alphabet::Plain)
        {
            invalid_variants.add(Operator::LengthBelowMin, SiteKind::MinLength, "", json!(text));
        }
        if max < MAX_BUILT {
            if let Some(text) = self.text_of_wrong_length(id, max + 1, Alphabet::Plain) {
                invalid_variants.add(Operator::LengthAboveMax, SiteKind::MaxLength, "", json!(text));
            }
            let astral = self.exact_text(id, max + 1, Alphabet::Astral, 0);
            if let Some(text) = astral.filter(|text| text.chars().all(|character| character.len_utf8() == 4)) {
                invalid_variants.add(Operator::LengthAboveMax, SiteKind::MaxLength, "code-points", json!(text));
            }
        }
        if let Some(pattern_generator) = self.pattern_generator(id) {
            for (variant, miss) in near_misses(pattern_generator, Bounds { min, max }) {
                invalid_variants.add(Operator::PatternMiss, SiteKind::Pattern, variant, json!(miss));
            }
        }
        if let Some(first) = shape.enum_values.first() {
            for (variant, miss) in enum_misses(first, &shape.enum_values) {
                let alone = Bounds { min, max }.hold(&miss)
                    && shape.pattern.as_ref().is_none_or(|pattern| pattern.matches(&miss));
                if alone {
                    invalid_variants.add(Operator::EnumMiss, SiteKind::Enum, variant, json!(miss));
                }
            }
        }
        invalid_variants
    }

    /// Builds a string with a length out of bounds that matches the pattern, or any string of that length if none
    /// matches.
    fn text_of_wrong_length(&self, shape: ShapeId, length: usize, alphabet: Alphabet) -> Option<String> {
        self.exact_text(shape, length, alphabet, 1).or_else(|| {
            let pattern_generator = self.pattern_generator(shape)?;
            pattern_generator.has_no_match(length, alphabet).then(|| plain_text(length, alphabet, 0))
        })
    }

    fn collection_breaks(
        &self,
        operation: &Operation,
        field_path: &FieldPath,
        shape: &Shape,
        invalid_variants: &mut InvalidVariants,
    ) {
        let (min, max) = boundaries(shape);
        if min > 0
            && let Some(items) = self.items(operation, field_path, min - 1)
        {
            invalid_variants.add(Operator::LengthBelowMin, SiteKind::MinLength, "", items);
        }
        if max < usize::MAX {
            match self.items(operation, field_path, max.saturating_add(1)) {
                Some(items) => invalid_variants.add(Operator::LengthAboveMax, SiteKind::MaxLength, "", items),
                None => invalid_variants
                    .gap(SiteKind::MaxLength, "more items than there are, or than a request should have"),
            }
        }
        if shape.unique_items && max >= 2 {
            let items = self.items(operation, field_path, min.max(2));
            if let Some(Value::Array(mut items)) = items {
                let last = items.len() - 1;
                items[last] = items[0].clone();
                invalid_variants.add(Operator::DuplicateItem, SiteKind::UniqueItems, "", Value::Array(items));
            }
        }
    }
}

/// Returns whether any value can violate a constraint of this kind. A minimum length of 0, for example, cannot be
/// violated.
pub(crate) fn admits_break(shape: &Shape, kind: SiteKind) -> bool {
    match kind {
        SiteKind::MinLength => shape.min_length != Some(0),
        _ => true,
    }
}

fn required(field_path: &FieldPath, invalid_variants: &mut InvalidVariants) {
    match field_path.location {
        Location::Label => invalid_variants.gap(SiteKind::Required, "a label cannot be left out of its path"),
        _ => {
            invalid_variants.found.push(InvalidVariant {
                operator: Operator::OmitRequired,
                kind: SiteKind::Required,
                variant: "",
                after: None,
            });
            invalid_variants.add(Operator::NullRequired, SiteKind::Required, "", Value::Null);
        }
    }
}

/// Returns whether the place is sent as text: outside the body, or as a body that is not JSON.
fn is_text_on_the_wire(model: &Model, field_path: &FieldPath) -> bool {
    match field_path.location {
        Location::Body => false,
        Location::Payload => {
            field_path.is_top() && matches!(model.shape(field_path.shape).kind, ShapeKind::String | ShapeKind::Blob)
        }
        _ => true,
    }
}

fn numbers(shape: &Shape, invalid_variants: &mut InvalidVariants) {
    let whole = matches!(shape.kind, ShapeKind::Integer { .. });
    let number = |value: i64, fraction: f64| if whole { json!(value) } else { json!(value as f64 + fraction) };
    // Beyond the width of the integer it would have the wrong type.
    let largest = match shape.kind {
        ShapeKind::Integer { bits } => i64::MAX >> (64 - u32::from(bits)),
        _ => i64::MAX,
    };
    let fits = |value: &i64| (-largest - 1..=largest).contains(value);
    if let Some(min) = shape.min_value
        && let Some(below) = ceiling(min).checked_sub(1).filter(fits)
    {
        invalid_variants.add(Operator::ValueBelowMin, SiteKind::MinValue, "", number(below, 0.0));
        if !whole {
            invalid_variants.add(Operator::ValueBelowMin, SiteKind::MinValue, "fraction", json!(min.as_f64() - 0.25));
        }
    }
    if let Some(max) = shape.max_value
        && let Some(above) = floor(max).checked_add(1).filter(fits)
    {
        invalid_variants.add(Operator::ValueAboveMax, SiteKind::MaxValue, "", number(above, 0.0));
        if !whole {
            invalid_variants.add(Operator::ValueAboveMax, SiteKind::MaxValue, "fraction", json!(max.as_f64() + 0.25));
        }
    }
    if !shape.enum_values.is_empty() {
        let largest = shape.enum_values.iter().filter_map(|value| value.parse::<i64>().ok()).max().unwrap_or(0);
        let miss = largest.saturating_add(1);
        let inside = shape.max_value.is_none_or(|max| Number::Integer(miss) <= max);
        if inside {
            invalid_variants.add(Operator::EnumMiss, SiteKind::Enum, "", json!(miss));
        }
    }
}

/// Returns texts that are similar to a boolean or a number, but are not one.
fn number_misses(kind: &ShapeKind) -> Vec<(&'static str, String)> {
    let mut misses = vec![("text", "x".to_owned())];
    let texts: &[(&'static str, &str)] = match kind {
        ShapeKind::Boolean => &[("upper-case", "TRUE"), ("number", "1")],
        ShapeKind::Integer { .. } => &[("boolean", "true"), ("fraction", "1.1"), ("suffix", "2ABC"), ("hex", "0x42")],
        _ => &[("boolean", "true"), ("suffix", "2ABC"), ("hex", "0x42")],
    };
    misses.extend(texts.iter().map(|(variant, text)| (*variant, (*text).to_owned())));
    if let ShapeKind::Integer { bits } = kind {
        let largest = i128::from(i64::MAX >> (64 - u32::from(*bits)));
        misses.push(("overflow", (largest + 1).to_string()));
        misses.push(("underflow", (-largest - 2).to_string()));
    }
    misses
}

/// Returns one more than the maximum value of that many bits.
fn overflow(bits: u8) -> Value {
    match bits {
        64.. => json!(u64::try_from(i64::MAX).unwrap_or(0) + 1),
        bits => json!(1_i64 << (bits - 1)),
    }
}

/// Returns texts that are similar to a value of an enumeration, but are not one.
fn enum_misses(first: &str, values: &[String]) -> Vec<(&'static str, String)> {
    let flipped: String = first
        .chars()
        .map(|character| {
            if character.is_ascii_uppercase() { character.to_ascii_lowercase() } else { character.to_ascii_uppercase() }
        })
        .collect();
    [
        ("other-case", flipped),
        ("suffix", format!("{first}X")),
        ("trailing-space", format!("{first} ")),
        ("unknown", "NO_SUCH_VALUE".to_owned()),
        ("empty", String::new()),
    ]
    .into_iter()
    .filter(|(_, miss)| !values.contains(miss))
    .collect()
}

fn timestamps(format: TimestampFormat, invalid_variants: &mut InvalidVariants) {
    // Offsets from UTC are omitted: older parsers accept them, and the specification has changed.
    let texts: &[(&'static str, &str)] = match format {
        TimestampFormat::DateTime => &[
            ("word", "tomorrow"),
            ("no-such-month", "2037-13-01T00:00:00Z"),
            ("date-alone", "2037-06-30"),
            ("epoch-text", "2129976000"),
            ("http-date", "Tue, 30 Jun 2037 12:00:00 GMT"),
        ],
        TimestampFormat::HttpDate => {
            &[("word", "tomorrow"), ("date-time", "2037-06-30T12:00:00Z"), ("epoch-text", "2129976000")]
        }
        TimestampFormat::EpochSeconds => {
            return invalid_variants.gap(SiteKind::TimestampFormat, "every JSON number is a moment");
        }
    };
    for (variant, text) in texts {
        invalid_variants.add(Operator::TimestampMalformed, SiteKind::TimestampFormat, variant, json!(text));
    }
}
