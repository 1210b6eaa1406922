//! A resource as an answer shows it.

use serde_json::{Map, Value};

/// Finds the object with the members of the resource in an answer: the answer itself, or one of its members.
#[must_use]
pub fn resource_document<'a>(answer: &'a Value, arn: &str) -> Option<&'a Value> {
    let members = answer.as_object().into_iter().flat_map(Map::values);
    std::iter::once(answer).chain(members).find(|value| value.get("arn").and_then(Value::as_str) == Some(arn))
}
