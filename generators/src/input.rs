//! Valid inputs of an operation: minimal, full, or minimal with one place filled in.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use ivs_catalog::ServiceCatalog;
use ivs_model::pointer::child;
use ivs_model::{Knowledge, Location, Member, Model, Operation, Shape, ShapeId, ShapeKind, TimestampFormat};
use serde_json::{Map, Value, json};

use crate::Depth;
use crate::field_path::{FieldPath, Step, format_of, pointer};
use crate::pattern_generator::{Alphabet, PatternGenerator};
use crate::reference::{Placeholder, Samples, placeholder};
use crate::scalar::{base64, boundaries, number, plain_text, timestamp};
use crate::variant::{Boundary, InvalidVariants};

/// The preferred length of a string that may be longer: short enough to read, long enough to vary.
const COMFORTABLE_LENGTH: usize = 10;

/// The maximum length of a string or collection. Longer ones would test body limits rather than the constraint.
pub(crate) const MAX_BUILT: usize = 20_000;

/// The members to include in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The required members only.
    Minimal,
    /// Every member, each recursive shape once.
    Full,
}

/// Builds values of a model's shapes.
#[derive(Debug)]
pub(crate) struct Builder<'m> {
    pub(crate) model: &'m Model,
    pub(crate) catalog: Cow<'m, ServiceCatalog<'m>>,
    pub(crate) samples: Samples,
    pub(crate) knowledge: &'m Knowledge,
    /// The greatest depth of a place that has cases.
    pub(crate) depth: Depth,
    /// By shape: what is the same at all its places.
    by_shape: Vec<OfShape>,
}

/// What is the same at all places of a shape, once it was used.
#[derive(Debug, Default)]
struct OfShape {
    pattern_generator: OnceLock<Option<Arc<PatternGenerator>>>,
    /// The valid texts: outside of tags, and in tags.
    texts: [OnceLock<Vec<Boundary>>; 2],
    text_breaks: OnceLock<InvalidVariants>,
}

/// The place of a value that is being built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) operation: &'a Operation,
    /// The path, as in [`crate::Site::path`].
    pub(crate) path: &'a str,
    pub(crate) location: Location,
    pub(crate) timestamp_format: Option<TimestampFormat>,
    pub(crate) extent: Extent,
    /// The variant. Different variants give different values, as far as the constraints allow.
    pub(crate) variant: u64,
}

impl<'m> Builder<'m> {
    pub(crate) fn new(model: &'m Model, knowledge: &'m Knowledge, depth: Depth) -> Self {
        let by_shape = model.shapes.iter().map(|_| OfShape::default()).collect();
        let catalog = ServiceCatalog::shared(model, knowledge);
        let samples = Samples::of_catalog(&catalog, knowledge);
        Self { model, catalog, samples, knowledge, depth, by_shape }
    }

    /// Returns whether items of the operation's input may name absent resources without failing the call (fact
    /// `batch-partial-failure`).
    fn is_batch(&self, operation: &Operation) -> bool {
        self.knowledge.batch(operation.id).is_some()
    }

    pub(crate) fn pattern_generator(&self, shape: ShapeId) -> Option<&Arc<PatternGenerator>> {
        let pattern_generator = &self.by_shape[shape.index()].pattern_generator;
        let stated = || self.model.shape(shape).pattern.as_ref().and_then(PatternGenerator::new).map(Arc::new);
        pattern_generator.get_or_init(stated).as_ref()
    }

    /// Returns the valid texts of a shape, in tags or elsewhere.
    pub(crate) fn known_texts(
        &self,
        shape: ShapeId,
        of_tags: bool,
        build: impl FnOnce() -> Vec<Boundary>,
    ) -> Vec<Boundary> {
        self.by_shape[shape.index()].texts[usize::from(of_tags)].get_or_init(build).clone()
    }

    /// Returns the invalid texts of a shape.
    pub(crate) fn known_text_breaks(&self, shape: ShapeId, build: impl FnOnce() -> InvalidVariants) -> InvalidVariants {
        self.by_shape[shape.index()].text_breaks.get_or_init(build).clone()
    }

    /// Builds a valid input; `None` if a required member cannot be built.
    pub(crate) fn input(&self, operation: &Operation, extent: Extent) -> Option<Value> {
        self.build(operation, &[], extent)
    }

    /// Builds a minimal valid input that contains the place. Returns it with the pointer to the place.
    pub(crate) fn reaching(&self, operation: &Operation, field_path: &FieldPath) -> Option<(Value, String)> {
        let input = self.build(operation, &field_path.steps, Extent::Minimal)?;
        let pointer = pointer(&input, &field_path.steps)?;
        Some((input, pointer))
    }

    /// Builds a value for the place, as in a minimal input.
    pub(crate) fn value_at(&self, operation: &Operation, field_path: &FieldPath, variant: u64) -> Option<Value> {
        let spot = Spot {
            operation,
            path: &field_path.path,
            location: field_path.location,
            timestamp_format: Some(field_path.timestamp_format),
            extent: Extent::Minimal,
            variant,
        };
        self.value(spot, field_path.shape, &[], &mut Vec::new())
    }

    fn build(&self, operation: &Operation, route: &[Step], extent: Extent) -> Option<Value> {
        let Some(input) = operation.input else {
            return Some(json!({}));
        };
        let spot = Spot { operation, path: "", location: Location::Body, timestamp_format: None, extent, variant: 0 };
        let mut value = self.value(spot, input, route, &mut Vec::new())?;
        let protected = pointer(&value, route)?;
        self.repair(operation, &mut value, &protected);
        Some(value)
    }

    /// Builds a value of the shape that contains the whole route.
    fn value(&self, spot: Spot<'_>, shape: ShapeId, route: &[Step], open: &mut Vec<ShapeId>) -> Option<Value> {
        let stated = self.model.shape(shape);
        Some(match &stated.kind {
            ShapeKind::Boolean => json!(spot.variant.is_multiple_of(2)),
            ShapeKind::Integer { .. } | ShapeKind::Float | ShapeKind::Double => number(stated, spot.variant),
            ShapeKind::String => Value::String(self.text(spot, shape)?),
            ShapeKind::Blob => Value::String(base64(stated.min_length.unwrap_or(0).max(1))),
            ShapeKind::Timestamp => {
                timestamp(spot.timestamp_format.unwrap_or_else(|| format_of(stated, spot.location)), spot.variant)
            }
            ShapeKind::Document => json!({}),
            ShapeKind::List { item, .. } => self.list(spot, stated, *item, route, open)?,
            ShapeKind::Map { key, value, .. } => self.map(spot, stated, (*key, *value), route, open)?,
            ShapeKind::Structure { members } => self.structure(spot, shape, members, route, open)?,
            ShapeKind::Union { members } => self.union(spot, shape, members, route, open)?,
        })
    }

    fn structure(
        &self,
        spot: Spot<'_>,
        shape: ShapeId,
        members: &[Member],
        route: &[Step],
        open: &mut Vec<ShapeId>,
    ) -> Option<Value> {
        let (wanted, rest) = split(route);
        let reentered = open.contains(&shape);
        open.push(shape);
        let mut built = Map::new();
        for member in members {
            let on_route = wanted == Some(member.name.as_str());
            let welcome = spot.extent == Extent::Full && !reentered && self.goes_below(spot.path);
            if !(on_route || member.required || welcome) {
                continue;
            }
            match self.member(spot, member, if on_route { rest } else { &[] }, open) {
                Some(value) => {
                    built.insert(member.name.clone(), value);
                }
                None if on_route || member.required => {
                    open.pop();
                    return None;
                }
                None => {}
            }
        }
        open.pop();
        Some(Value::Object(built))
    }

    /// Returns whether the members of the structure at a path have cases.
    fn goes_below(&self, path: &str) -> bool {
        path.matches('/').count() < self.depth.steps()
    }

    fn union(
        &self,
        spot: Spot<'_>,
        shape: ShapeId,
        members: &[Member],
        route: &[Step],
        open: &mut Vec<ShapeId>,
    ) -> Option<Value> {
        let (wanted, rest) = split(route);
        if open.contains(&shape) && wanted.is_none() && spot.extent == Extent::Full {
            return self.union(Spot { extent: Extent::Minimal, ..spot }, shape, members, route, open);
        }
        open.push(shape);
        // Takes leaves first, since a member that leads back to a shape on the path would not end.
        let choices: Vec<&Member> = members
            .iter()
            .filter(|member| wanted.is_none_or(|name| name == member.name))
            .filter(|member| wanted.is_some() || !open.contains(&member.shape))
            .collect();
        let built =
            choices.into_iter().find_map(|member| Some((member.name.clone(), self.member(spot, member, rest, open)?)));
        open.pop();
        let (name, value) = built?;
        Some(json!({ name: value }))
    }

    fn member(&self, spot: Spot<'_>, member: &Member, route: &[Step], open: &mut Vec<ShapeId>) -> Option<Value> {
        // Required recursion would not end. The recursion of the models is always optional.
        if open.iter().filter(|known| **known == member.shape).count() > 1 {
            return None;
        }
        let path = child(spot.path, &member.name);
        let inner = Spot {
            path: &path,
            location: if spot.path.is_empty() { member.location } else { spot.location },
            timestamp_format: member.timestamp_format,
            ..spot
        };
        self.value(inner, member.shape, route, open)
    }

    fn list(
        &self,
        spot: Spot<'_>,
        stated: &Shape,
        item: ShapeId,
        route: &[Step],
        open: &mut Vec<ShapeId>,
    ) -> Option<Value> {
        let reentered = open.contains(&item) && route.is_empty();
        let least = usize::try_from(stated.min_length.unwrap_or(0)).ok()?;
        let count = if reentered { least } else { least.max(1) }
            .min(usize::try_from(stated.max_length.unwrap_or(u64::MAX)).ok()?);
        if count > MAX_BUILT {
            return None;
        }
        let mut items = Vec::with_capacity(count);
        for index in 0..count {
            let rest = if index == 0 { route.get(1..).unwrap_or_default() } else { &[] };
            items.push(self.item(spot, item, rest, index, open)?);
        }
        Some(Value::Array(items))
    }

    fn item(
        &self,
        spot: Spot<'_>,
        item: ShapeId,
        route: &[Step],
        index: usize,
        open: &mut Vec<ShapeId>,
    ) -> Option<Value> {
        let path = format!("{}/*", spot.path);
        let inner = Spot { path: &path, timestamp_format: None, variant: spot.variant + index as u64, ..spot };
        self.value(inner, item, route, open)
    }

    fn map(
        &self,
        spot: Spot<'_>,
        stated: &Shape,
        (key, value): (ShapeId, ShapeId),
        route: &[Step],
        open: &mut Vec<ShapeId>,
    ) -> Option<Value> {
        let reentered = open.contains(&value) && route.is_empty();
        let least = usize::try_from(stated.min_length.unwrap_or(0)).ok()?;
        let count = if reentered { least } else { least.max(1) };
        if count > MAX_BUILT {
            return None;
        }
        let mut entries = Map::new();
        for index in 0..count {
            let rest = if index == 0 { route.get(1..).unwrap_or_default() } else { &[] };
            let rest = if route.first() == Some(&Step::Key) { &[] } else { rest };
            let (key, value) = self.entry(spot, (key, value), rest, index, open)?;
            entries.insert(key, value);
        }
        (entries.len() == count).then_some(Value::Object(entries))
    }

    fn entry(
        &self,
        spot: Spot<'_>,
        (key, value): (ShapeId, ShapeId),
        route: &[Step],
        index: usize,
        open: &mut Vec<ShapeId>,
    ) -> Option<(String, Value)> {
        let key_path = format!("{}/*key", spot.path);
        let variant = spot.variant + index as u64;
        let key = self.text(Spot { path: &key_path, variant, ..spot }, key)?;
        Some((key, self.item(spot, value, route, index, open)?))
    }

    /// Builds the requested number of different items; `None` if the shape does not have as many.
    pub(crate) fn items(&self, operation: &Operation, field_path: &FieldPath, count: usize) -> Option<Value> {
        if count > MAX_BUILT {
            return None;
        }
        let spot = Spot {
            operation,
            path: &field_path.path,
            location: field_path.location,
            timestamp_format: None,
            extent: Extent::Minimal,
            variant: 0,
        };
        match &self.model.shape(field_path.shape).kind {
            ShapeKind::List { item, .. } => {
                let items: Option<Vec<Value>> =
                    (0..count).map(|index| self.item(spot, *item, &[], index, &mut Vec::new())).collect();
                items.map(Value::Array)
            }
            ShapeKind::Map { key, value, .. } => {
                let mut entries = Map::new();
                for index in 0..count {
                    let (key, value) = self.entry(spot, (*key, *value), &[], index, &mut Vec::new())?;
                    entries.insert(key, value);
                }
                (entries.len() == count).then_some(Value::Object(entries))
            }
            _ => None,
        }
    }

    /// Builds a string of the shape.
    fn text(&self, spot: Spot<'_>, shape: ShapeId) -> Option<String> {
        let stated = self.model.shape(shape);
        if !stated.enum_values.is_empty() {
            let index = usize::try_from(spot.variant).ok()? % stated.enum_values.len();
            return Some(stated.enum_values[index].clone());
        }
        let (min, max) = boundaries(stated);
        if is_page_token(spot.operation, spot.path) {
            // Only a response contains a page token. The empty one requests the first page (fact `page-empty-token`).
            return (min == 0).then(String::new);
        }
        if let Some(given) = self.knowledge.given(spot.operation.id, spot.path).filter(|given| !given.is_empty()) {
            return Some(given[usize::try_from(spot.variant).ok()? % given.len()].clone());
        }
        if let Some(reference) = self.catalog.reference_at(spot.operation.id, spot.path, shape) {
            let detachable = min == 0
                && self.pattern_generator(shape).is_some_and(|pattern_generator| pattern_generator.is_match(""));
            return Some(if detachable && spot.extent == Extent::Full {
                // Then the input does not depend on further resources.
                String::new()
            } else if spot.variant > 0 && self.is_batch(spot.operation) && !reference.is_external {
                absent(&reference.resource_type, spot.variant)
            } else {
                placeholder(reference, spot.variant)
            });
        }
        self.text_of_length(shape, COMFORTABLE_LENGTH, spot.variant).or_else(|| {
            // Some patterns match only few lengths.
            (min..=max.min(min.saturating_add(300)))
                .find_map(|length| self.exact_text(shape, length, Alphabet::Plain, spot.variant))
        })
    }

    fn text_of_length(&self, shape: ShapeId, length: usize, variant: u64) -> Option<String> {
        let (min, max) = boundaries(self.model.shape(shape));
        let (min, max) = match self.pattern_generator(shape) {
            Some(pattern_generator) => {
                let span = pattern_generator.span();
                (min.max(span.min), span.max.map_or(max, |most| most.min(max)))
            }
            None => (min, max),
        };
        // Leaves room for the variant besides the fixed parts of the pattern.
        let length = if min >= length { min.saturating_add(4) } else { length };
        self.exact_text(shape, length.min(max).max(min), Alphabet::Plain, variant)
    }

    /// Builds a string of exactly that many code points, regardless of the length bounds.
    pub(crate) fn exact_text(&self, shape: ShapeId, length: usize, alphabet: Alphabet, variant: u64) -> Option<String> {
        if length > MAX_BUILT {
            return None;
        }
        match (&self.model.shape(shape).pattern, self.pattern_generator(shape)) {
            (Some(_), None) => None,
            (Some(_), Some(pattern_generator)) => pattern_generator.matching(length, alphabet, variant),
            (None, _) => Some(plain_text(length, alphabet, variant)),
        }
    }
}

/// Returns whether the place takes a page token.
pub(crate) fn is_page_token(operation: &Operation, path: &str) -> bool {
    let pagination = operation.pagination.as_ref();
    pagination.is_some_and(|pagination| path.strip_prefix('/') == Some(pagination.input_token.as_str()))
}

/// Returns a reference to an absent resource. A batch accepts it, and it does not need a further resource (fact
/// `batch-partial-failure`).
fn absent(kind: &str, variant: u64) -> String {
    Placeholder { kind: kind.to_owned(), field: "absent".to_owned(), number: variant + 1 }.to_string()
}

fn split(route: &[Step]) -> (Option<&str>, &[Step]) {
    match route.split_first() {
        Some((Step::Member(name), rest)) => (Some(name), rest),
        _ => (None, &[]),
    }
}
