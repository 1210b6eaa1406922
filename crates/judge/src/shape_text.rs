//! Constraints and values in words, without printing what may be secret or differ from run to run.

use ivs_model::{ConstraintKind, Model, Number, Shape, ShapeId, ShapeKind, Violation};
use serde_json::Value;

use crate::response_view::ResponseView;
use crate::{Mismatch, wire};

/// The name of a constraint in sites, as in JSON.
pub(crate) fn constraint_name(kind: ConstraintKind) -> &'static str {
    match kind {
        ConstraintKind::Required => "required",
        ConstraintKind::Type => "type",
        ConstraintKind::MinLength => "min-length",
        ConstraintKind::MaxLength => "max-length",
        ConstraintKind::MinValue => "min-value",
        ConstraintKind::MaxValue => "max-value",
        ConstraintKind::Pattern => "pattern",
        ConstraintKind::Enum => "enum",
        ConstraintKind::UniqueItems => "unique-items",
        ConstraintKind::Union => "union",
        ConstraintKind::TimestampFormat => "timestamp-format",
    }
}

/// The departures of an output from its shape, for some kinds of constraint; each site once.
pub(crate) fn broken_outputs(view: &ResponseView<'_>, wanted: impl Fn(ConstraintKind) -> bool) -> Vec<Mismatch> {
    // An input that should have been rejected is echoed as it is: that says nothing of the output.
    let (true, true, Some((shape, reading))) = (view.is_success(), view.context.well_formed, view.reading()) else {
        return Vec::new();
    };
    let mut mismatches: Vec<Mismatch> = Vec::new();
    for violation in view.violations().iter().filter(|violation| wanted(violation.constraint)) {
        let echoed = view.announced.explains(&reading.value, violation);
        let mismatch = broken(view.model, shape, &reading.value, violation);
        if !echoed && mismatches.iter().all(|known| known.site != mismatch.site) {
            mismatches.push(mismatch);
        }
    }
    mismatches
}

/// One broken constraint as a departure. Its site is the place and the constraint, `/channels/*/type#enum`.
pub(crate) fn broken(model: &Model, root: ShapeId, value: &Value, violation: &Violation) -> Mismatch {
    let path = wire::site(model, root, &violation.pointer, violation.of_key);
    let shape = wire::shape_at(model, root, &path).map(|id| model.shape(id));
    let found = value.pointer(&violation.pointer);
    let secret = shape.is_some_and(|shape| shape.sensitive);
    let actual = match (violation.of_key, found) {
        (true, _) => {
            let key = violation.pointer.rsplit('/').next().unwrap_or_default();
            format!("a key of {} characters", key.chars().count())
        }
        (false, None) => "absent".to_owned(),
        (false, Some(found)) => shown(found, secret, violation.constraint),
    };
    let expected = shape.map_or_else(|| "present".to_owned(), |shape| demand(shape, violation.constraint));
    let source = shape.map(|shape| source(model, shape, violation.constraint));
    let mut mismatch = Mismatch::new(format!("{path}#{}", constraint_name(violation.constraint)), expected, actual)
        .at(violation.pointer.clone());
    // Its form is what is wrong.
    mismatch.shows_value = matches!(violation.constraint, ConstraintKind::TimestampFormat | ConstraintKind::Pattern);
    match source {
        Some(source) => mismatch.from_source(source),
        None => mismatch,
    }
}

/// Where a constraint stands: `the model of ivs, ChannelName: max-length`.
pub(crate) fn source(model: &Model, shape: &Shape, kind: ConstraintKind) -> String {
    format!("the model of {}, {}: {}", model.service.id, shape.name, constraint_name(kind))
}

/// What a constraint demands, in words.
pub(crate) fn demand(shape: &Shape, kind: ConstraintKind) -> String {
    let unit = match shape.kind {
        ShapeKind::List { .. } => ["item", "items"],
        ShapeKind::Map { .. } => ["entry", "entries"],
        ShapeKind::Blob => ["byte", "bytes"],
        _ => ["character", "characters"],
    };
    let length = |number: Option<u64>| {
        let number = number.unwrap_or_default();
        format!("{number} {}", unit[usize::from(number != 1)])
    };
    let number = |number: Option<Number>| match number {
        Some(Number::Integer(value)) => value.to_string(),
        Some(Number::Float(value)) => value.to_string(),
        None => String::new(),
    };
    match kind {
        ConstraintKind::Required => "present and not null".to_owned(),
        ConstraintKind::Type => type_name(shape).to_owned(),
        ConstraintKind::MinLength => format!("at least {}", length(shape.min_length)),
        ConstraintKind::MaxLength => format!("at most {}", length(shape.max_length)),
        ConstraintKind::MinValue => format!("at least {}", number(shape.min_value)),
        ConstraintKind::MaxValue => format!("at most {}", number(shape.max_value)),
        ConstraintKind::Pattern => {
            format!("a match of {}", shape.pattern.as_ref().map_or("", |pattern| pattern.as_str()))
        }
        ConstraintKind::Enum => format!("one of {}", shape.enum_values.join(", ")),
        ConstraintKind::UniqueItems => "items that differ".to_owned(),
        ConstraintKind::Union => "exactly one known member".to_owned(),
        ConstraintKind::TimestampFormat => "a timestamp in the format of the model".to_owned(),
    }
}

/// A constraint as what a place must do: `must have at least 1 item`.
pub(crate) fn requirement(shape: &Shape, kind: ConstraintKind) -> String {
    let demand = demand(shape, kind);
    match kind {
        ConstraintKind::MinLength | ConstraintKind::MaxLength | ConstraintKind::UniqueItems | ConstraintKind::Union => {
            format!("must have {demand}")
        }
        ConstraintKind::Pattern => format!("must match {}", demand.trim_start_matches("a match of ")),
        _ => format!("must be {demand}"),
    }
}

fn type_name(shape: &Shape) -> &'static str {
    match shape.kind {
        ShapeKind::Boolean => "a boolean",
        ShapeKind::Integer { .. } => "a whole number",
        ShapeKind::Float | ShapeKind::Double => "a number",
        ShapeKind::String => "a string",
        ShapeKind::Blob => "a base64 string",
        ShapeKind::Timestamp => "a timestamp in the format of the model",
        ShapeKind::Document => "any JSON",
        ShapeKind::List { .. } => "a list",
        ShapeKind::Map { .. } => "a map",
        ShapeKind::Structure { .. } => "an object",
        ShapeKind::Union { .. } => "an object with one member",
    }
}

/// A value in words: by its type or size where that is what is wrong, else as it is.
fn shown(value: &Value, secret: bool, kind: ConstraintKind) -> String {
    let by_size = matches!(kind, ConstraintKind::MinLength | ConstraintKind::MaxLength);
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) if kind != ConstraintKind::Type => number.to_string(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if by_size => format!("{} characters", text.chars().count()),
        Value::String(_) if secret || kind == ConstraintKind::Type => "a string".to_owned(),
        Value::String(text) => format!("\"{text}\""),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(entries) => format!("an object of {}", entries.len()),
    }
}
