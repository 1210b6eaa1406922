//! Texts of inputs of which nobody knows whether they fit.

use ivs_generators::Placeholder;
use ivs_model::{Knowledge, Model, Operation, ShapeId, ShapeKind, pointer};
use serde_json::Value;

/// Returns the place of a text or a time in an input that the pool does not bind, that no pack gives, and that is not free.
#[must_use]
pub fn unknown_text(knowledge: &Knowledge, model: &Model, operation: &Operation, input: &Value) -> Option<String> {
    Search { knowledge, model, operation }.within(operation.input?, input, "")
}

struct Search<'a> {
    knowledge: &'a Knowledge,
    model: &'a Model,
    operation: &'a Operation,
}

impl Search<'_> {
    fn within(&self, id: ShapeId, value: &Value, path: &str) -> Option<String> {
        if self.is_free(path) {
            return None;
        }
        let shape = self.model.shape(id);
        match (&shape.kind, value) {
            (ShapeKind::String, Value::String(text)) => {
                // An empty page token requests the first page.
                let is_known = text.is_empty()
                    || !shape.enum_values.is_empty()
                    || self.knowledge.is_given(self.operation.id, path, text)
                    || text.parse::<Placeholder>().is_ok();
                (!is_known).then(|| path.to_owned())
            }
            // Only some times fit, such as those to come.
            (ShapeKind::Document | ShapeKind::Timestamp, _) => Some(path.to_owned()),
            (ShapeKind::List { item, .. }, Value::Array(items)) => {
                items.iter().find_map(|value| self.within(*item, value, &format!("{path}/*")))
            }
            (ShapeKind::Map { value: inner, .. }, Value::Object(entries)) => {
                let keys = format!("{path}/*key");
                if !entries.is_empty() && !self.is_free(&keys) {
                    return Some(keys);
                }
                entries.values().find_map(|value| self.within(*inner, value, &format!("{path}/*")))
            }
            (ShapeKind::Structure { members } | ShapeKind::Union { members }, Value::Object(object)) => {
                let present = members.iter().filter_map(|member| Some((member, object.get(&member.name)?)));
                let mut named = present.filter(|(member, _)| !member.idempotency_token);
                named.find_map(|(member, value)| self.within(member.shape, value, &pointer::child(path, &member.name)))
            }
            // A value of another type is wrong in itself.
            _ => None,
        }
    }

    fn is_free(&self, path: &str) -> bool {
        self.knowledge.is_free_text(self.operation.id, path)
    }
}
