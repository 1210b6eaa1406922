//! Proptest strategies for the valid values of a model's shapes.

use std::sync::Arc;

use ivs_model::pointer::child;
use ivs_model::{Location, Member, Operation, Shape, ShapeId, ShapeKind};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::sample::select;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

use crate::field_path::{FieldPath, Step, format_of};
use crate::input::{Builder, is_page_token};
use crate::pattern_generator::Alphabet;
use crate::reference::placeholder;
use crate::scalar::{base64, boundaries, ceiling, floor, plain_text, timestamp};

/// The probability of an optional member.
const PRESENCE: f64 = 0.4;

/// The range above the minimum length for random strings and collections.
const SPREAD: usize = 24;

/// The maximum number of items above the minimum in random collections.
const ITEMS: usize = 3;

impl Builder<'_> {
    /// Returns a strategy for the valid inputs of an operation, regardless of rules that only the prose states. It
    /// shrinks to few members, short strings and small numbers.
    pub(crate) fn strategy(&self, operation: &Operation) -> Option<BoxedStrategy<Value>> {
        let Some(input) = operation.input else {
            return Some(Just(json!({})).boxed());
        };
        Growth { builder: self, operation, open: Vec::new() }.members(input, "", None)
    }
}

/// A builder of one strategy.
struct Growth<'a, 'm> {
    builder: &'a Builder<'m>,
    operation: &'a Operation,
    /// The structures and unions entered on the current path.
    open: Vec<ShapeId>,
}

impl Growth<'_, '_> {
    fn members(&mut self, id: ShapeId, path: &str, location: Option<Location>) -> Option<BoxedStrategy<Value>> {
        let is_union = matches!(self.builder.model.shape(id).kind, ShapeKind::Union { .. });
        let members = self.builder.model.members(Some(id));
        let is_too_deep = path.matches('/').count() >= self.builder.depth.steps();
        self.open.push(id);
        let mut named: Vec<(&Member, BoxedStrategy<Value>)> = Vec::new();
        let mut complete = true;
        for member in members {
            if self.open.contains(&member.shape) {
                complete &= !member.required;
                continue;
            }
            if !member.required && !is_union && is_too_deep {
                continue;
            }
            let at = location.unwrap_or(member.location);
            match self.value(member.shape, &child(path, &member.name), at, Some(member)) {
                Some(strategy) => named.push((member, strategy)),
                None => complete &= !member.required,
            }
        }
        self.open.pop();
        if is_union {
            let choices: Vec<BoxedStrategy<Value>> = named
                .into_iter()
                .map(|(member, strategy)| {
                    let name = member.name.clone();
                    strategy.prop_map(move |value| json!({ &name: value })).boxed()
                })
                .collect();
            return (!choices.is_empty()).then(|| Union::new(choices).boxed());
        }
        let names: Vec<String> = named.iter().map(|(member, _)| member.name.clone()).collect();
        let values: Vec<BoxedStrategy<Option<Value>>> =
            named
                .into_iter()
                .map(|(member, strategy)| {
                    if member.required { strategy.prop_map(Some).boxed() } else { weighted(PRESENCE, strategy).boxed() }
                })
                .collect();
        complete.then(|| {
            values
                .prop_map(move |values| {
                    let present = names.iter().cloned().zip(values);
                    Value::Object(present.filter_map(|(name, value)| Some((name, value?))).collect())
                })
                .boxed()
        })
    }

    fn value(
        &mut self,
        id: ShapeId,
        path: &str,
        location: Location,
        member: Option<&Member>,
    ) -> Option<BoxedStrategy<Value>> {
        let shape = self.builder.model.shape(id);
        Some(match &shape.kind {
            ShapeKind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
            ShapeKind::Integer { bits } => integers(shape, *bits),
            ShapeKind::Float | ShapeKind::Double => floats(shape),
            ShapeKind::String => self.texts(id, path)?,
            ShapeKind::Blob => {
                let (min, max) = boundaries(shape);
                (min..=max.min(min + SPREAD)).prop_map(|size| json!(base64(size as u64))).boxed()
            }
            ShapeKind::Timestamp => {
                let format =
                    member.and_then(|member| member.timestamp_format).unwrap_or_else(|| format_of(shape, location));
                (0_u64..60).prop_map(move |second| timestamp(format, second)).boxed()
            }
            ShapeKind::Document => Just(json!({})).boxed(),
            ShapeKind::List { item, .. } => self.list(shape, id, *item, path, location)?,
            ShapeKind::Map { key, value, .. } => self.map(shape, *key, *value, path, location)?,
            ShapeKind::Structure { .. } | ShapeKind::Union { .. } => self.members(id, path, Some(location))?,
        })
    }

    fn texts(&self, id: ShapeId, path: &str) -> Option<BoxedStrategy<Value>> {
        let shape = self.builder.model.shape(id);
        if !shape.enum_values.is_empty() {
            return Some(select(shape.enum_values.clone()).prop_map(Value::from).boxed());
        }
        let (min, max) = boundaries(shape);
        if is_page_token(self.operation, path) {
            return (min == 0).then(|| Just(json!("")).boxed());
        }
        if let Some(given) = self.builder.knowledge.given(self.operation.id, path).filter(|given| !given.is_empty()) {
            return Some(select(given.to_vec()).prop_map(Value::from).boxed());
        }
        if let Some(reference) = self.builder.catalog.reference_at(self.operation.id, path, id) {
            return Some(Just(json!(placeholder(reference, 0))).boxed());
        }
        let length_and_variant = |min: usize, max: usize| (min..=max.min(min.saturating_add(SPREAD)), any::<u64>());
        match (&shape.pattern, self.builder.pattern_generator(id)) {
            (None, _) => {
                let texts = length_and_variant(min, max)
                    .prop_map(|(length, variant)| json!(plain_text(length, Alphabet::Wide, variant)));
                Some(texts.boxed())
            }
            (Some(_), None) => None,
            (Some(_), Some(pattern_generator)) => {
                let span = pattern_generator.span();
                let (min, max) = (min.max(span.min), span.max.map_or(max, |most| most.min(max)));
                let pattern_generator = Arc::clone(pattern_generator);
                // Not every length within the span has a match, hence the filter.
                (min <= max).then(|| {
                    length_and_variant(min, max)
                        .prop_filter_map("no match of this length", move |(length, variant)| {
                            pattern_generator.matching(length, Alphabet::Wide, variant).map(Value::from)
                        })
                        .boxed()
                })
            }
        }
    }

    fn list(
        &mut self,
        shape: &Shape,
        id: ShapeId,
        item: ShapeId,
        path: &str,
        location: Location,
    ) -> Option<BoxedStrategy<Value>> {
        let (min, max) = boundaries(shape);
        if min > crate::input::MAX_BUILT {
            return None;
        }
        let most = max.min(min.saturating_add(ITEMS));
        let at = format!("{path}/*");
        let is_reference = self.builder.catalog.reference_at(self.operation.id, &at, item).is_some();
        if is_reference || shape.unique_items {
            // Unique items are taken from one sequence of different ones.
            let field_path = FieldPath {
                path: path.into(),
                steps: vec![Step::Item],
                shape: id,
                location,
                required: false,
                nullable: false,
                timestamp_format: format_of(shape, location),
            };
            let rows: Vec<Value> =
                (min..=most).filter_map(|count| self.builder.items(self.operation, &field_path, count)).collect();
            return (!rows.is_empty()).then(|| select(rows).boxed());
        }
        if self.open.contains(&item) {
            return (min == 0).then(|| Just(json!([])).boxed());
        }
        let items = self.value(item, &at, location, None)?;
        Some(vec(items, min..=most).prop_map(Value::Array).boxed())
    }

    fn map(
        &mut self,
        shape: &Shape,
        key: ShapeId,
        value: ShapeId,
        path: &str,
        location: Location,
    ) -> Option<BoxedStrategy<Value>> {
        let (min, max) = boundaries(shape);
        if min > crate::input::MAX_BUILT {
            return None;
        }
        if self.open.contains(&value) {
            return (min == 0).then(|| Just(json!({})).boxed());
        }
        let keys = self.texts(key, &format!("{path}/*key"))?;
        let values = self.value(value, &format!("{path}/*"), location, None)?;
        let entries = vec((keys, values), min..=max.min(min.saturating_add(ITEMS)));
        let map = entries.prop_filter_map("keys that are the same", move |entries| {
            let map: Map<String, Value> =
                entries.into_iter().filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value))).collect();
            (map.len() >= min).then_some(Value::Object(map))
        });
        Some(map.boxed())
    }
}

fn integers(shape: &Shape, bits: u8) -> BoxedStrategy<Value> {
    let largest = i64::MAX >> (64 - u32::from(bits.clamp(1, 64)));
    let min = shape.min_value.map_or(-largest - 1, ceiling);
    let max = shape.max_value.map_or(largest, floor);
    if shape.enum_values.is_empty() {
        // Without a minimum, values shrink to zero.
        let start = if min <= 0 && shape.min_value.is_none() { 0.min(max) } else { min };
        return (start..=max).prop_map(Value::from).boxed();
    }
    let values: Vec<i64> = shape.enum_values.iter().filter_map(|value| value.parse().ok()).collect();
    select(values).prop_map(Value::from).boxed()
}

fn floats(shape: &Shape) -> BoxedStrategy<Value> {
    let min = shape.min_value.map_or(-1e6, ivs_model::Number::as_f64);
    let max = shape.max_value.map_or(min.abs() * 2.0 + 1e6, ivs_model::Number::as_f64);
    (min..=max).prop_map(|value| json!(value)).boxed()
}
