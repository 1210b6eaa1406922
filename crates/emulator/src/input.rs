//! The validated input of an operation or of a control action.

use serde_json::Value;

use crate::document::Document;

/// A validated input, by member names.
///
/// Validation rules out members of another type. A getter treats such a member as absent.
#[derive(Debug)]
pub(crate) struct Input(pub(crate) Document);

impl Input {
    /// Returns a member that is present and not null.
    pub(crate) fn get(&self, member: &str) -> Option<&Value> {
        self.0.get(member).filter(|value| !value.is_null())
    }

    /// Returns a string member, if present.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.get(member)?.as_str()
    }

    /// Returns a required string member.
    pub(crate) fn required(&self, member: &str) -> &str {
        self.text(member).unwrap_or_default()
    }

    pub(crate) fn integer(&self, member: &str) -> Option<i64> {
        self.get(member)?.as_i64()
    }

    pub(crate) fn flag(&self, member: &str) -> Option<bool> {
        self.get(member)?.as_bool()
    }

    /// Returns the items of a list member; empty if absent.
    pub(crate) fn list(&self, member: &str) -> &[Value] {
        self.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns the strings of a list member; empty if absent.
    pub(crate) fn texts(&self, member: &str) -> impl Iterator<Item = &str> {
        self.list(member).iter().filter_map(Value::as_str)
    }

    /// Returns a structure or map member, if present.
    pub(crate) fn object(&self, member: &str) -> Option<&Document> {
        self.get(member)?.as_object()
    }

    /// Returns the members among these that are present and not empty strings, such as the filters of a list call.
    pub(crate) fn non_empty<'m>(&self, members: &[&'m str]) -> Vec<&'m str> {
        members.iter().copied().filter(|member| self.get(member).is_some_and(|value| value != "")).collect()
    }
}
