//! Views: the part of a document that an output shows.

use ivs_model::{Model, ShapeId, ShapeKind};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// A value without the members that its shape does not have, and without nulls, at any depth.
///
/// It serializes from the document itself, so an output needs no copy.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    model: &'a Model,
    shape: ShapeId,
    source: Source<'a>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Members(&'a Map<String, Value>),
    Value(&'a Value),
}

impl<'a> View<'a> {
    /// Creates a view of a structure whose members are stored as a map.
    pub(crate) fn new(model: &'a Model, structure: ShapeId, members: &'a Map<String, Value>) -> Self {
        View { model, shape: structure, source: Source::Members(members) }
    }

    /// Copies the visible members to a new document.
    pub(crate) fn to_document(self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }

    fn of<'v>(&'v self, shape: ShapeId, value: &'v Value) -> View<'v> {
        View { model: self.model, shape, source: Source::Value(value) }
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ShapeKind::{List, Map, Structure, Union};
        match (&self.model.shape(self.shape).kind, self.source) {
            (Structure { .. } | Union { .. }, Source::Members(members) | Source::Value(Value::Object(members))) => {
                // There are so few members that a scan is faster than hashing a name.
                let find = |name: &str| members.iter().find(|(own, value)| *own == name && !value.is_null());
                let known = self.model.members(Some(self.shape)).iter();
                let set = known.filter_map(|member| Some((&member.name, self.of(member.shape, find(&member.name)?.1))));
                serializer.collect_map(set)
            }
            (Map { value: of, .. }, Source::Value(Value::Object(entries))) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, self.of(*of, value))))
            }
            (List { item, .. }, Source::Value(Value::Array(items))) => {
                serializer.collect_seq(items.iter().map(|value| self.of(*item, value)))
            }
            (_, Source::Value(value)) => value.serialize(serializer),
            (_, Source::Members(members)) => members.serialize(serializer),
        }
    }
}
