//! The last step of parsing, common to both formats: removes unused shapes, sorts names, resolves locations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ReadError;
use crate::{
    GapReason, GapScope, Location, Member, Model, ModelGap, Operation, Pagination, Service, Shape, ShapeId, ShapeKind,
    TimestampFormat, UriSegment,
};

/// A model with its shapes in any order. Members have the location and the timestamp format that they state themselves.
/// Operations have no pagination yet.
pub(super) struct Draft {
    pub(super) service: Service,
    pub(super) operations: Vec<Operation>,
    pub(super) shapes: Vec<Shape>,
    /// The pagination by operation, as paginator files or traits state it.
    pub(super) pagination: HashMap<String, Pagination>,
    /// Shapes that cannot be expressed. Operations that use them are left out.
    pub(super) blocked: BTreeMap<ShapeId, GapReason>,
    /// The gaps of keys and operations that are known so far.
    pub(super) gaps: Vec<ModelGap>,
}

/// Converts a draft to a [`Model`], which does not depend on the format or the order of the file.
pub(super) fn assemble(draft: Draft) -> Result<Model, ReadError> {
    let Draft { service, mut operations, mut shapes, pagination, blocked, mut gaps } = draft;
    leave_out_blocked(&mut operations, &shapes, &blocked, &mut gaps);
    settle_locations(&operations, &mut shapes);
    operations.sort_by(|left, right| left.name.cmp(&right.name));
    let mut model = Model { service, operations, shapes, gaps: Vec::new() };
    keep_reached(&mut model);
    let unread = model.shapes.iter().filter_map(|shape| {
        let reason = shape.pattern.as_ref()?.gap()?.clone();
        Some(ModelGap { scope: GapScope::Shape(shape.name.clone()), reason })
    });
    gaps.extend(unread);
    gaps.sort_by(|left, right| left.scope.cmp(&right.scope));
    model.gaps = gaps;
    settle_timestamps(&mut model.shapes);
    check_labels(&model)?;
    let pages: Vec<_> =
        model.operations.iter().map(|operation| paging(&model, operation, pagination.get(&operation.name))).collect();
    for (operation, pagination) in model.operations.iter_mut().zip(pages) {
        operation.pagination = pagination;
    }
    Ok(model)
}

/// Moves operations that use a blocked shape to the gaps.
fn leave_out_blocked(
    operations: &mut Vec<Operation>,
    shapes: &[Shape],
    blocked: &BTreeMap<ShapeId, GapReason>,
    gaps: &mut Vec<ModelGap>,
) {
    if blocked.is_empty() {
        return;
    }
    operations.retain(|operation| {
        let used = reached(shapes, operation_shapes(operation));
        let Some((shape, reason)) = blocked.iter().find(|(shape, _)| used.contains(shape)) else { return true };
        let reason = GapReason::Uses { shape: shapes[shape.index()].name.clone(), reason: Box::new(reason.clone()) };
        gaps.push(ModelGap { scope: GapScope::Operation(operation.id), reason });
        false
    });
}

/// Returns the input, output and errors of an operation.
fn operation_shapes(operation: &Operation) -> impl Iterator<Item = ShapeId> {
    operation.input.into_iter().chain(operation.output).chain(operation.errors.iter().copied())
}

/// Returns the shapes that some shapes refer to at any depth, and those themselves.
fn reached(shapes: &[Shape], from: impl Iterator<Item = ShapeId>) -> BTreeSet<ShapeId> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<ShapeId> = from.collect();
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(references(&shapes[id.index()]));
        }
    }
    reached
}

fn members_mut(shape: &mut Shape) -> &mut [Member] {
    match &mut shape.kind {
        ShapeKind::Structure { members } | ShapeKind::Union { members } => members,
        _ => &mut [],
    }
}

/// A binding outside the body applies only at the top level of an input, output or error.
fn settle_locations(operations: &[Operation], shapes: &mut [Shape]) {
    let top: BTreeSet<ShapeId> = operations.iter().flat_map(operation_shapes).collect();
    for (index, shape) in shapes.iter_mut().enumerate() {
        if !top.contains(&ShapeId(index as u32)) {
            members_mut(shape).iter_mut().for_each(|member| member.location = Location::Body);
        }
    }
}

/// Drops shapes that no operation uses, and sorts the rest by name.
fn keep_reached(model: &mut Model) {
    let used = reached(&model.shapes, model.operations.iter().flat_map(operation_shapes));
    let mut kept: Vec<ShapeId> = used.into_iter().collect();
    kept.sort_by(|left, right| model.shape(*left).name.cmp(&model.shape(*right).name));
    let places: HashMap<ShapeId, ShapeId> =
        kept.iter().enumerate().map(|(index, id)| (*id, ShapeId(index as u32))).collect();
    model.shapes = kept.iter().map(|id| model.shapes[id.index()].clone()).collect();
    for shape in &mut model.shapes {
        match &mut shape.kind {
            ShapeKind::List { item, .. } => *item = places[item],
            ShapeKind::Map { key, value, .. } => (*key, *value) = (places[key], places[value]),
            _ => members_mut(shape).iter_mut().for_each(|member| member.shape = places[&member.shape]),
        }
    }
    for operation in &mut model.operations {
        for id in operation.input.iter_mut().chain(&mut operation.output).chain(&mut operation.errors) {
            *id = places[id];
        }
    }
}

/// Returns the shapes that a shape refers to.
fn references(shape: &Shape) -> Vec<ShapeId> {
    match &shape.kind {
        ShapeKind::List { item, .. } => vec![*item],
        ShapeKind::Map { key, value, .. } => vec![*key, *value],
        ShapeKind::Structure { members } | ShapeKind::Union { members } => {
            members.iter().map(|member| member.shape).collect()
        }
        _ => Vec::new(),
    }
}

/// Sets the format of each timestamp member: its own, else its shape's, else its location's.
fn settle_timestamps(shapes: &mut [Shape]) {
    let formats: Vec<Option<Option<TimestampFormat>>> =
        shapes.iter().map(|shape| (shape.kind == ShapeKind::Timestamp).then_some(shape.timestamp_format)).collect();
    for shape in shapes {
        for member in members_mut(shape) {
            member.timestamp_format = formats[member.shape.index()].map(|of_shape| {
                member.timestamp_format.or(of_shape).unwrap_or(member.location.default_timestamp_format())
            });
        }
    }
}

/// Checks that every label of a path has an input member, and every label member a label in the path.
fn check_labels(model: &Model) -> Result<(), ReadError> {
    for operation in &model.operations {
        let in_path: BTreeSet<&str> = operation
            .uri
            .segments
            .iter()
            .filter_map(|segment| match segment {
                UriSegment::Literal(_) => None,
                UriSegment::Label(label) | UriSegment::GreedyLabel(label) => Some(label.as_str()),
            })
            .collect();
        let in_input: BTreeSet<&str> = model
            .members(operation.input)
            .iter()
            .filter(|member| member.location == Location::Label)
            .map(|member| member.wire_name.as_str())
            .collect();
        if let Some(label) = in_path.symmetric_difference(&in_input).next() {
            return Err(ReadError::Label { operation: operation.name.clone(), label: (*label).to_owned() });
        }
    }
    Ok(())
}

/// Determines the pagination of an operation: by its members, else by `stated`. Paginator files are incomplete (fact
/// `paginators-incomplete`).
fn paging(model: &Model, operation: &Operation, stated: Option<&Pagination>) -> Option<Pagination> {
    let has = |structure, name: &str| model.members(structure).iter().any(|member| member.name == name);
    let by_members = || {
        (has(operation.input, "nextToken") && has(operation.output, "nextToken")).then(|| Pagination {
            input_token: "nextToken".to_owned(),
            output_token: "nextToken".to_owned(),
            page_size: has(operation.input, "maxResults").then(|| "maxResults".to_owned()),
            items: None,
        })
    };
    let by_statement = || {
        stated.filter(|stated| has(operation.input, &stated.input_token) && has(operation.output, &stated.output_token))
    };
    let mut pagination = by_members().or_else(|| by_statement().cloned())?;
    let stated_items = stated.and_then(|stated| stated.items.clone());
    pagination.items =
        stated_items.filter(|items| has(operation.output, items)).or_else(|| only_list(model, operation));
    pagination.page_size = pagination.page_size.filter(|size| has(operation.input, size));
    Some(pagination)
}

/// Returns the only list member of the output; `None` if there are several.
fn only_list(model: &Model, operation: &Operation) -> Option<String> {
    let mut lists = model
        .members(operation.output)
        .iter()
        .filter(|member| matches!(model.shape(member.shape).kind, ShapeKind::List { .. }));
    let only = lists.next()?;
    lists.next().is_none().then(|| only.name.clone())
}
