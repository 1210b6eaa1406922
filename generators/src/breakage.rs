//! The ways to break each constraint of one place, one at a time.

use ivs_model::{Location, Model, Number, Operation, Shape, ShapeId, ShapeKind, TimestampFormat};
use serde_json::{Map, Value, json};

use crate::bound::inexpressible;
use crate::input::{Builder, MAX_BUILT};
use crate::language::Alphabet;
use crate::leaf::{base64, bounds, ceiling, floor, plain_text};
use crate::near_miss::{Bounds, near_misses};
use crate::place::{Place, Step};
use crate::{Operator, SiteKind};

/// One break of a place.
#[derive(Debug, Clone)]
pub(crate) struct Breakage {
    pub(crate) operator: Operator,
    pub(crate) kind: SiteKind,
    /// Which of several ways; empty if there is one way only.
    pub(crate) variant: &'static str,
    /// The value after; `None` if it is removed.
    pub(crate) after: Option<Value>,
}

/// What there is to break, and which constraints have no break and why.
#[derive(Debug, Default)]
pub(crate) struct Breakages {
    pub(crate) found: Vec<Breakage>,
    pub(crate) gaps: Vec<(SiteKind, &'static str)>,
}

impl Breakages {
    fn add(&mut self, operator: Operator, kind: SiteKind, variant: &'static str, after: Value) {
        self.found.push(Breakage { operator, kind, variant, after: Some(after) });
    }

    fn gap(&mut self, kind: SiteKind, reason: &'static str) {
        self.gaps.push((kind, reason));
    }
}

impl Builder<'_> {
    /// All breaks of a place that holds `before` in an otherwise valid input.
    pub(crate) fn breakages(&self, operation: &Operation, place: &Place, before: &Value) -> Breakages {
        let mut breakages = Breakages::default();
        if place.required {
            required(place, &mut breakages);
        }
        self.types(place, before, &mut breakages);
        let shape = self.model.shape(place.shape);
        match &shape.kind {
            ShapeKind::String | ShapeKind::Blob => self.text_breaks(place, shape, &mut breakages),
            ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double => numbers(shape, &mut breakages),
            ShapeKind::List { .. } | ShapeKind::Map { .. } => {
                self.collection_breaks(operation, place, shape, &mut breakages);
            }
            ShapeKind::Union { members } => {
                breakages.add(Operator::UnionNone, SiteKind::Union, "", json!({}));
                breakages.add(Operator::UnionUnknown, SiteKind::Union, "", json!({"unknownMember": {}}));
                let present = before.as_object().and_then(|object| object.keys().next()).cloned().unwrap_or_default();
                let other = members.iter().filter(|member| member.name != present).find_map(|member| {
                    let inner =
                        Place { path: format!("{}/{}", place.path, member.name), shape: member.shape, ..place.clone() };
                    Some((member.name.clone(), self.value_at(operation, &inner, 0)?))
                });
                if let (Some((name, value)), Some(object)) = (other, before.as_object()) {
                    let mut both: Map<String, Value> = object.clone();
                    both.insert(name, value);
                    breakages.add(Operator::UnionTwo, SiteKind::Union, "", Value::Object(both));
                }
            }
            ShapeKind::Timestamp => timestamps(place.timestamp_format, &mut breakages),
            ShapeKind::Boolean | ShapeKind::Document | ShapeKind::Structure { .. } => {}
        }
        self.keep_expressible(place, &mut breakages);
        breakages
    }

    /// Drops what the wire cannot tell, and says so where nothing else breaks the constraint.
    fn keep_expressible(&self, place: &Place, breakages: &mut Breakages) {
        let mut dropped: Vec<(SiteKind, &'static str)> = Vec::new();
        breakages.found.retain(|breakage| {
            let reason = breakage.after.as_ref().and_then(|after| inexpressible(place, after));
            dropped.extend(reason.map(|reason| (breakage.kind, reason)));
            reason.is_none()
        });
        for (kind, reason) in dropped {
            breakages.gap(kind, reason);
        }
        for kind in place.kinds(self.model) {
            let known = breakages.found.iter().any(|breakage| breakage.kind == kind)
                || breakages.gaps.iter().any(|(known, _)| *known == kind);
            if !known && admits_break(self.model.shape(place.shape), kind) {
                breakages.gap(kind, "every value that breaks it breaks another constraint first");
            }
        }
        let found = &breakages.found;
        breakages.gaps.retain(|(kind, _)| found.iter().all(|breakage| breakage.kind != *kind));
        breakages.gaps.dedup_by_key(|(kind, _)| *kind);
    }

    fn types(&self, place: &Place, before: &Value, breakages: &mut Breakages) {
        if *place.step() == Step::Key {
            return breakages.gap(SiteKind::Type, "a JSON key is always a string");
        }
        let shape = self.model.shape(place.shape);
        let mut wrong = |variant, after| breakages.add(Operator::WrongType, SiteKind::Type, variant, after);
        if is_text_on_the_wire(self.model, place) {
            match &shape.kind {
                ShapeKind::Boolean | ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double => {
                    wrong("text", json!("x"));
                }
                _ => {
                    breakages.gap(SiteKind::Type, "outside a JSON body every value is a text");
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
                if place.timestamp_format.is_text() {
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
        if !place.nullable {
            wrong("null", Value::Null);
        }
    }

    fn text_breaks(&self, place: &Place, shape: &Shape, breakages: &mut Breakages) {
        let (min, max) = bounds(shape);
        if matches!(shape.kind, ShapeKind::Blob) {
            if min > 0 {
                breakages.add(Operator::LengthBelowMin, SiteKind::MinLength, "", json!(base64(min as u64 - 1)));
            }
            if max < MAX_BUILT {
                breakages.add(Operator::LengthAboveMax, SiteKind::MaxLength, "", json!(base64(max as u64 + 1)));
            }
            return;
        }
        if min > MAX_BUILT || (max >= MAX_BUILT && max != usize::MAX) {
            breakages.gap(SiteKind::MaxLength, "longer than a request should be");
        }
        if min > 0
            && let Some(text) = self.text_of_wrong_length(place.shape, min - 1, Alphabet::Plain)
        {
            breakages.add(Operator::LengthBelowMin, SiteKind::MinLength, "", json!(text));
        }
        if max < MAX_BUILT {
            if let Some(text) = self.text_of_wrong_length(place.shape, max + 1, Alphabet::Plain) {
                breakages.add(Operator::LengthAboveMax, SiteKind::MaxLength, "", json!(text));
            }
            let astral = self.exact_text(place.shape, max + 1, Alphabet::Astral, 0);
            if let Some(text) = astral.filter(|text| text.chars().all(|character| character.len_utf8() == 4)) {
                breakages.add(Operator::LengthAboveMax, SiteKind::MaxLength, "code-points", json!(text));
            }
        }
        if let Some(language) = self.language(place.shape) {
            for (variant, miss) in near_misses(language, Bounds { min, max }) {
                breakages.add(Operator::PatternMiss, SiteKind::Pattern, variant, json!(miss));
            }
        }
        if let Some(first) = shape.enum_values.first() {
            for (variant, miss) in enum_misses(first, &shape.enum_values) {
                let alone = Bounds { min, max }.hold(&miss)
                    && shape.pattern.as_ref().is_none_or(|pattern| pattern.matches(&miss));
                if alone {
                    breakages.add(Operator::EnumMiss, SiteKind::Enum, variant, json!(miss));
                }
            }
        }
    }

    /// A string of a length out of bounds that keeps the pattern, or any of that length if the pattern has none.
    fn text_of_wrong_length(&self, shape: ShapeId, length: usize, alphabet: Alphabet) -> Option<String> {
        self.exact_text(shape, length, alphabet, 1).or_else(|| {
            let language = self.language(shape)?;
            let takes_none = language.matching(length, alphabet, 0).is_none();
            takes_none.then(|| plain_text(length, alphabet, 0))
        })
    }

    fn collection_breaks(&self, operation: &Operation, place: &Place, shape: &Shape, breakages: &mut Breakages) {
        let (min, max) = bounds(shape);
        if min > 0
            && let Some(items) = self.items(operation, place, min - 1)
        {
            breakages.add(Operator::LengthBelowMin, SiteKind::MinLength, "", items);
        }
        if max < usize::MAX {
            match self.items(operation, place, max.saturating_add(1)) {
                Some(items) => breakages.add(Operator::LengthAboveMax, SiteKind::MaxLength, "", items),
                None => breakages.gap(SiteKind::MaxLength, "more items than there are, or than a request should have"),
            }
        }
        if shape.unique_items && max >= 2 {
            let items = self.items(operation, place, min.max(2));
            if let Some(Value::Array(mut items)) = items {
                let last = items.len() - 1;
                items[last] = items[0].clone();
                breakages.add(Operator::DuplicateItem, SiteKind::UniqueItems, "", Value::Array(items));
            }
        }
    }
}

/// Whether some value breaks a constraint of this kind at all: nothing is shorter than nothing.
pub(crate) fn admits_break(shape: &Shape, kind: SiteKind) -> bool {
    match kind {
        SiteKind::MinLength => shape.min_length != Some(0),
        _ => true,
    }
}

fn required(place: &Place, breakages: &mut Breakages) {
    match place.location {
        Location::Label => breakages.gap(SiteKind::Required, "a label cannot be left out of its path"),
        _ => {
            breakages.found.push(Breakage {
                operator: Operator::OmitRequired,
                kind: SiteKind::Required,
                variant: "",
                after: None,
            });
            breakages.add(Operator::NullRequired, SiteKind::Required, "", Value::Null);
        }
    }
}

/// Whether the place is written as text: outside the body, or as a body that is no JSON.
fn is_text_on_the_wire(model: &Model, place: &Place) -> bool {
    match place.location {
        Location::Body => false,
        Location::Payload => {
            place.is_top() && matches!(model.shape(place.shape).kind, ShapeKind::String | ShapeKind::Blob)
        }
        _ => true,
    }
}

fn numbers(shape: &Shape, breakages: &mut Breakages) {
    let whole = matches!(shape.kind, ShapeKind::Integer { .. });
    let number = |value: i64, fraction: f64| if whole { json!(value) } else { json!(value as f64 + fraction) };
    // Beyond the width of the integer it would be of the wrong type.
    let largest = match shape.kind {
        ShapeKind::Integer { bits } => i64::MAX >> (64 - u32::from(bits)),
        _ => i64::MAX,
    };
    let fits = |value: &i64| (-largest - 1..=largest).contains(value);
    if let Some(min) = shape.min_value
        && let Some(below) = ceiling(min).checked_sub(1).filter(fits)
    {
        breakages.add(Operator::ValueBelowMin, SiteKind::MinValue, "", number(below, 0.0));
        if !whole {
            breakages.add(Operator::ValueBelowMin, SiteKind::MinValue, "fraction", json!(min.as_f64() - 0.25));
        }
    }
    if let Some(max) = shape.max_value
        && let Some(above) = floor(max).checked_add(1).filter(fits)
    {
        breakages.add(Operator::ValueAboveMax, SiteKind::MaxValue, "", number(above, 0.0));
        if !whole {
            breakages.add(Operator::ValueAboveMax, SiteKind::MaxValue, "fraction", json!(max.as_f64() + 0.25));
        }
    }
    if !shape.enum_values.is_empty() {
        let largest = shape.enum_values.iter().filter_map(|value| value.parse::<i64>().ok()).max().unwrap_or(0);
        let miss = largest.saturating_add(1);
        let inside = shape.max_value.is_none_or(|max| Number::Integer(miss) <= max);
        if inside {
            breakages.add(Operator::EnumMiss, SiteKind::Enum, "", json!(miss));
        }
    }
}

/// One above the greatest value of so many bits.
fn overflow(bits: u8) -> Value {
    match bits {
        64.. => json!(u64::try_from(i64::MAX).unwrap_or(0) + 1),
        bits => json!(1_i64 << (bits - 1)),
    }
}

/// Texts that are almost the value of an enumeration, but none of its values.
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

fn timestamps(format: TimestampFormat, breakages: &mut Breakages) {
    // Offsets from UTC are left out: older readers take them, and the specification has changed.
    let texts: &[(&'static str, &str)] = match format {
        TimestampFormat::DateTime => &[
            ("word", "tomorrow"),
            ("no-such-month", "2037-13-01T00:00:00Z"),
            ("date-alone", "2037-06-30"),
            ("epoch-text", "2129976000"),
            ("http-date", "Tue, 30 Jun 2037 12:00:00 GMT"),
        ],
        TimestampFormat::HttpDate => &[("word", "tomorrow"), ("date-time", "2037-06-30T12:00:00Z")],
        TimestampFormat::EpochSeconds => {
            return breakages.gap(SiteKind::TimestampFormat, "every JSON number is a moment");
        }
    };
    for (variant, text) in texts {
        breakages.add(Operator::TimestampMalformed, SiteKind::TimestampFormat, variant, json!(text));
    }
}
