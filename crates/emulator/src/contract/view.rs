//! What an answer shows of a document.

use ivs_model::{Model, ShapeId, ShapeKind};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

/// A value reduced to what its shape has: at any depth, unknown members and nulls are left out. It is written as it
/// stands, so that an answer need not be copied before.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    model: &'a Model,
    shape: ShapeId,
    seen: Seen<'a>,
}

#[derive(Clone, Copy)]
enum Seen<'a> {
    Members(&'a Map<String, Value>),
    Value(&'a Value),
}

impl<'a> View<'a> {
    /// A structure whose members are held as a map.
    pub(crate) fn new(model: &'a Model, structure: ShapeId, members: &'a Map<String, Value>) -> Self {
        View { model, shape: structure, seen: Seen::Members(members) }
    }

    /// What is seen, as a document of its own.
    pub(crate) fn to_document(self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        }
    }

    fn of<'v>(&'v self, shape: ShapeId, value: &'v Value) -> View<'v> {
        View { model: self.model, shape, seen: Seen::Value(value) }
    }
}

impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ShapeKind::{List, Map, Structure, Union};
        match (&self.model.shape(self.shape).kind, self.seen) {
            (Structure { .. } | Union { .. }, Seen::Members(members) | Seen::Value(Value::Object(members))) => {
                // There are so few that looking at each is quicker than hashing a name.
                let find = |name: &str| members.iter().find(|(own, value)| *own == name && !value.is_null());
                let known = self.model.members(Some(self.shape)).iter();
                let set = known.filter_map(|member| Some((&member.name, self.of(member.shape, find(&member.name)?.1))));
                serializer.collect_map(set)
            }
            (Map { value: of, .. }, Seen::Value(Value::Object(entries))) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, self.of(*of, value))))
            }
            (List { item, .. }, Seen::Value(Value::Array(items))) => {
                serializer.collect_seq(items.iter().map(|value| self.of(*item, value)))
            }
            (_, Seen::Value(value)) => value.serialize(serializer),
            (_, Seen::Members(members)) => members.serialize(serializer),
        }
    }
}
