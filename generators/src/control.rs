//! The controls of cases, which show that an endpoint distinguishes valid from invalid input.

use ivs_model::pointer::child;
use ivs_model::{Member, Model, Operation, Shape, ShapeKind};
use serde_json::Value;

use crate::{Case, CaseInput, Control, Echo, Expectation, ExpectedError, Mutation, Operator};

/// An invalid input of an operation that serves as the control of valid ones.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    pub(crate) input: CaseInput,
    /// The errors that reject it.
    pub(crate) errors: Vec<ExpectedError>,
}

impl Twin {
    /// Returns the invalid input among the cases of an operation that serves best as a control.
    pub(crate) fn of(cases: &[Case]) -> Option<Self> {
        let ranked = cases.iter().filter_map(|case| Some((case, case.mutation.as_ref()?)));
        let (case, _) = ranked.min_by_key(|(_, mutation)| rank(mutation))?;
        match &case.expectation {
            Expectation::Rejected { errors, .. } => Some(Self { input: case.input.clone(), errors: errors.clone() }),
            Expectation::Accepted { .. } => None,
        }
    }
}

/// Returns the control of a valid input: an echo if the response surely contains a part of the input, else the invalid
/// input.
pub(crate) fn of_valid(
    model: &Model,
    operation: &Operation,
    input: &Value,
    twin: Option<&Twin>,
    may_fail: bool,
) -> Control {
    let echoes = echoes(model, operation, input);
    // An error that depends on a state has no echo.
    if !echoes.is_empty() && !may_fail {
        return Control::Echo(echoes);
    }
    match twin {
        Some(Twin { input, errors }) => Control::InvalidTwin { input: input.clone(), errors: errors.clone() },
        None => Control::Unavailable,
    }
}

/// Returns the rank of an invalid input as a control; the lowest is the best. Constraints that most endpoints check
/// come first, so that an incomplete endpoint still shows that it validates its input.
pub(crate) fn rank(mutation: &Mutation) -> (u8, usize) {
    let operator = match mutation.operator {
        Operator::OmitRequired => 0,
        Operator::PatternMiss => 1,
        Operator::ValueBelowMin | Operator::ValueAboveMax => 2,
        Operator::LengthAboveMax | Operator::LengthBelowMin => 3,
        Operator::EnumMiss => 4,
        Operator::UnionNone | Operator::UnionTwo | Operator::UnionUnknown => 5,
        Operator::WrongType => 6,
        _ => 7,
    };
    (operator, mutation.site.path.matches('/').count())
}

/// Returns the members of the input that the response also contains: same name, same kind of shape, at the top level of
/// the output or in a structure there.
fn echoes(model: &Model, operation: &Operation, input: &Value) -> Vec<Echo> {
    let outer = model.members(operation.output);
    let mut found = Vec::new();
    for member in model.members(operation.input) {
        let Some(value) = input.get(&member.name).filter(|value| !value.is_null()) else {
            continue;
        };
        if operation.pagination.as_ref().is_some_and(|pagination| pagination.input_token == member.name) {
            continue;
        }
        let at = child("", &member.name);
        if let Some(twin) = outer.iter().find(|twin| is_same(model, member, twin)) {
            leaves(model, member, twin, value, (at, child("", &twin.name)), &mut found);
            continue;
        }
        let within = outer
            .iter()
            .filter(|wrapper| matches!(model.shape(wrapper.shape).kind, ShapeKind::Structure { .. }))
            .find_map(|wrapper| {
                let twin = model.members(Some(wrapper.shape)).iter().find(|twin| is_same(model, member, twin))?;
                Some((child(&child("", &wrapper.name), &twin.name), twin))
            });
        if let Some((output, twin)) = within {
            leaves(model, member, twin, value, (at, output), &mut found);
        }
    }
    found
}

/// Adds the value itself, or for a structure each of its members that the output also has. A response may contain more.
fn leaves(
    model: &Model,
    member: &Member,
    twin: &Member,
    value: &Value,
    (input, output): (String, String),
    found: &mut Vec<Echo>,
) {
    let shape = model.shape(member.shape);
    if shape.sensitive {
        return;
    }
    match (&shape.kind, value) {
        (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => {
            let twins = model.members(Some(twin.shape));
            for inner in members {
                let pair = object.get(&inner.name).zip(twins.iter().find(|twin| is_same(model, inner, twin)));
                if let Some((value, twin)) = pair {
                    let pointers = (child(&input, &inner.name), child(&output, &twin.name));
                    leaves(model, inner, twin, value, pointers, found);
                }
            }
        }
        // Timestamps and numbers have several notations, and an empty collection proves nothing.
        (ShapeKind::Timestamp | ShapeKind::Document | ShapeKind::Blob, _) => {}
        (_, Value::Array(items)) if items.is_empty() => {}
        (_, Value::Object(entries)) if entries.is_empty() => {}
        _ => found.push(Echo { input, output }),
    }
}

fn is_same(model: &Model, member: &Member, twin: &Member) -> bool {
    member.name == twin.name && {
        let (left, right) = (model.shape(member.shape), model.shape(twin.shape));
        holds_same(model, left, right)
    }
}

fn holds_same(model: &Model, left: &Shape, right: &Shape) -> bool {
    match (&left.kind, &right.kind) {
        (ShapeKind::List { item: left, .. }, ShapeKind::List { item: right, .. })
        | (ShapeKind::Map { value: left, .. }, ShapeKind::Map { value: right, .. }) => {
            left == right || {
                // Structures in a list are returned with more members than were sent.
                let (left, right) = (model.shape(*left), model.shape(*right));
                let is_simple = !matches!(left.kind, ShapeKind::Structure { .. } | ShapeKind::Union { .. });
                is_simple && std::mem::discriminant(&left.kind) == std::mem::discriminant(&right.kind)
            }
        }
        (left, right) => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}
