//! The places of an operation's input at any depth, and their constraint sites.

use ivs_model::pointer::child;
use ivs_model::{Location, Member, Model, Operation, Shape, ShapeId, ShapeKind, TimestampFormat};

use serde_json::Value;

use crate::{Depth, Site, SiteKind, SitePath};

/// One step down into an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A member of a structure or union.
    Member(String),
    /// An item of a list.
    Item,
    /// A key of a map.
    Key,
    /// A value of a map.
    Value,
}

/// One place of an input: a member, an item, a map key or a map value.
#[derive(Debug, Clone)]
pub(crate) struct FieldPath {
    /// The path, as in [`Site::path`].
    pub(crate) path: SitePath,
    /// The steps to it from the input structure.
    pub(crate) steps: Vec<Step>,
    /// The shape of the place.
    pub(crate) shape: ShapeId,
    /// The location on the wire of the top-level member that contains the place.
    pub(crate) location: Location,
    /// True if the value must be present and not null.
    pub(crate) required: bool,
    /// True if null counts as absent: for members, and for items or values of sparse collections.
    pub(crate) nullable: bool,
    /// The format, if the shape is a timestamp.
    pub(crate) timestamp_format: TimestampFormat,
}

impl FieldPath {
    /// Returns the last step.
    pub(crate) fn step(&self) -> &Step {
        self.steps.last().expect("a place has at least one step")
    }

    /// Returns whether the place is a top-level member.
    pub(crate) fn is_top(&self) -> bool {
        self.steps.len() == 1
    }

    /// Returns the site of one kind at this place.
    pub(crate) fn site(&self, kind: SiteKind) -> Site {
        Site { path: self.path.clone(), kind }
    }

    /// Returns the kinds of constraint at this place.
    pub(crate) fn kinds(&self, model: &Model) -> Vec<SiteKind> {
        kinds(model.shape(self.shape), self.required)
    }
}

/// Returns the kinds of constraint at a place of a shape.
fn kinds(shape: &Shape, required: bool) -> Vec<SiteKind> {
    let mut kinds = Vec::new();
    if required {
        kinds.push(SiteKind::Required);
    }
    if !matches!(shape.kind, ShapeKind::Document) {
        kinds.push(SiteKind::Type);
    }
    if shape.min_length.is_some() {
        kinds.push(SiteKind::MinLength);
    }
    if shape.max_length.is_some() {
        kinds.push(SiteKind::MaxLength);
    }
    if shape.min_value.is_some() {
        kinds.push(SiteKind::MinValue);
    }
    if shape.max_value.is_some() {
        kinds.push(SiteKind::MaxValue);
    }
    if shape.pattern.is_some() {
        kinds.push(SiteKind::Pattern);
    }
    if !shape.enum_values.is_empty() {
        kinds.push(SiteKind::Enum);
    }
    if shape.unique_items {
        kinds.push(SiteKind::UniqueItems);
    }
    match shape.kind {
        ShapeKind::Union { .. } => kinds.push(SiteKind::Union),
        ShapeKind::Timestamp => kinds.push(SiteKind::TimestampFormat),
        _ => {}
    }
    kinds
}

/// The places of an operation's input.
#[derive(Debug, Default)]
pub(crate) struct FieldPaths {
    /// All places that are not too deep, parents first.
    pub(crate) places: Vec<FieldPath>,
    /// The deepest of these with sites below, and the number of those.
    pub(crate) cuts: Vec<(SitePath, u64)>,
}

/// Returns the places of the operation's input up to a depth. Each structure or union is entered once on a path, so that
/// recursion ends.
pub(crate) fn field_paths(model: &Model, operation: &Operation, depth: Depth) -> FieldPaths {
    let mut walk = Walk { model, depth, open: Vec::new(), found: FieldPaths::default() };
    if let Some(input) = operation.input {
        walk.open.push(input);
        for member in model.members(Some(input)) {
            walk.member(member, "", &[], member.location);
        }
    }
    walk.found
}

struct Walk<'m> {
    model: &'m Model,
    depth: Depth,
    /// The structures and unions entered on the current path.
    open: Vec<ShapeId>,
    found: FieldPaths,
}

impl Walk<'_> {
    fn member(&mut self, member: &Member, path: &str, steps: &[Step], location: Location) {
        let field_path = FieldPath {
            path: child(path, &member.name).into(),
            steps: with(steps, Step::Member(member.name.clone())),
            shape: member.shape,
            location,
            required: member.required,
            nullable: true,
            timestamp_format: member_format(self.model, member, location),
        };
        self.field_path(field_path);
    }

    fn field_path(&mut self, field_path: FieldPath) {
        let FieldPath { path, steps, shape, location, .. } = field_path.clone();
        self.found.places.push(field_path);
        if steps.len() == self.depth.steps() {
            let sites = self.sites_below(shape);
            self.found.cuts.extend((sites > 0).then_some((path, sites)));
            return;
        }
        let model = self.model;
        let inner = |segment: &str, step: Step, shape: ShapeId, sparse: bool| FieldPath {
            path: format!("{path}/{segment}").into(),
            steps: with(&steps, step),
            shape,
            location,
            required: false,
            nullable: sparse,
            timestamp_format: format_of(model.shape(shape), location),
        };
        match &model.shape(shape).kind {
            ShapeKind::List { item, sparse } => self.field_path(inner("*", Step::Item, *item, *sparse)),
            ShapeKind::Map { key, value, sparse } => {
                self.field_path(inner("*key", Step::Key, *key, false));
                self.field_path(inner("*", Step::Value, *value, *sparse));
            }
            ShapeKind::Structure { members } | ShapeKind::Union { members } => {
                if self.open.contains(&shape) {
                    return;
                }
                self.open.push(shape);
                for member in members {
                    self.member(member, &path, &steps, location);
                }
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Counts the sites below a place of a shape.
    fn sites_below(&mut self, shape: ShapeId) -> u64 {
        let model = self.model;
        match &model.shape(shape).kind {
            ShapeKind::List { item, .. } => self.sites_from(*item, false),
            ShapeKind::Map { key, value, .. } => self.sites_from(*key, false) + self.sites_from(*value, false),
            ShapeKind::Structure { members } | ShapeKind::Union { members } => {
                if self.open.contains(&shape) {
                    return 0;
                }
                self.open.push(shape);
                let sites = members.iter().map(|member| self.sites_from(member.shape, member.required)).sum();
                self.open.pop();
                sites
            }
            _ => 0,
        }
    }

    /// Counts the sites at a place of a shape and below.
    fn sites_from(&mut self, shape: ShapeId, required: bool) -> u64 {
        kinds(self.model.shape(shape), required).len() as u64 + self.sites_below(shape)
    }
}

/// Returns the format of a timestamp that is not a member: its shape's, or the default of its location.
pub(crate) fn format_of(shape: &Shape, location: Location) -> TimestampFormat {
    shape.timestamp_format.unwrap_or_else(|| location.default_timestamp_format())
}

fn with(steps: &[Step], step: Step) -> Vec<Step> {
    let mut steps = steps.to_vec();
    steps.push(step);
    steps
}

/// Returns the place at a pointer into an input; `None` if the input structure has no such place. Map entries count as
/// values.
pub(crate) fn field_path_at(model: &Model, operation: &Operation, pointer: &str) -> Option<FieldPath> {
    let mut shape = operation.input?;
    let mut field_path: Option<FieldPath> = None;
    for segment in pointer.strip_prefix('/')?.split('/') {
        let segment = unescape(segment);
        let path = field_path.as_ref().map_or("", |field_path| &field_path.path);
        let steps = field_path.as_ref().map_or(&[][..], |field_path| &field_path.steps);
        let around = field_path.as_ref().map(|field_path| field_path.location);
        let inner = |segment: &str, step: Step, shape: ShapeId, sparse: bool| FieldPath {
            path: child(path, segment).into(),
            steps: with(steps, step),
            shape,
            location: around.unwrap_or(Location::Body),
            required: false,
            nullable: sparse,
            timestamp_format: format_of(model.shape(shape), around.unwrap_or(Location::Body)),
        };
        let next = match &model.shape(shape).kind {
            ShapeKind::List { item, sparse } => inner("*", Step::Item, *item, *sparse),
            ShapeKind::Map { value, sparse, .. } => inner("*", Step::Value, *value, *sparse),
            ShapeKind::Structure { members } | ShapeKind::Union { members } => {
                let member = members.iter().find(|member| member.name == segment)?;
                let location = around.unwrap_or(member.location);
                FieldPath {
                    required: member.required,
                    nullable: true,
                    location,
                    timestamp_format: member_format(model, member, location),
                    ..inner(&segment, Step::Member(segment.clone()), member.shape, true)
                }
            }
            _ => return None,
        };
        shape = next.shape;
        field_path = Some(next);
    }
    field_path
}

fn member_format(model: &Model, member: &Member, location: Location) -> TimestampFormat {
    member.timestamp_format.unwrap_or_else(|| format_of(model.shape(member.shape), location))
}

/// Returns the pointer to the place that the steps lead to in a value, through first items and first entries.
pub(crate) fn pointer(value: &Value, steps: &[Step]) -> Option<String> {
    let mut pointer = String::new();
    let mut here = value;
    for step in steps {
        let segment = match step {
            Step::Member(name) => name.clone(),
            Step::Item => "0".to_owned(),
            Step::Key | Step::Value => here.as_object()?.keys().next()?.clone(),
        };
        here = match here {
            Value::Array(items) => items.first()?,
            Value::Object(members) => members.get(&segment)?,
            _ => return None,
        };
        pointer = child(&pointer, &segment);
    }
    Some(pointer)
}

/// Returns whether a value has the place that the steps lead to, through first items and first entries.
pub(crate) fn has(value: &Value, steps: &[Step]) -> bool {
    steps
        .iter()
        .try_fold(value, |here, step| match (step, here) {
            (Step::Member(name), Value::Object(members)) => members.get(name),
            (Step::Key | Step::Value, Value::Object(entries)) => entries.values().next(),
            (_, Value::Array(items)) => items.first(),
            _ => None,
        })
        .is_some()
}

/// Returns the pointers to all places that the steps lead to in a value.
pub(crate) fn pointers(value: &Value, steps: &[Step]) -> Vec<String> {
    let mut found = vec![(String::new(), Some(value))];
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|(pointer, here)| {
                let inner: Vec<(String, Option<&Value>)> = match (step, here) {
                    (Step::Member(name), Some(Value::Object(members))) => {
                        members.get(name).map(|member| (child(&pointer, name), Some(member))).into_iter().collect()
                    }
                    (Step::Item, Some(Value::Array(items))) => items
                        .iter()
                        .enumerate()
                        .map(|(index, item)| (child(&pointer, &index.to_string()), Some(item)))
                        .collect(),
                    (Step::Key, Some(Value::Object(entries))) => {
                        entries.keys().map(|key| (child(&pointer, key), None)).collect()
                    }
                    (Step::Value, Some(Value::Object(entries))) => {
                        entries.iter().map(|(key, value)| (child(&pointer, key), Some(value))).collect()
                    }
                    _ => Vec::new(),
                };
                inner
            })
            .collect();
    }
    found.into_iter().map(|(pointer, _)| pointer).collect()
}

/// Unescapes one segment of a JSON pointer (RFC 6901).
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}
