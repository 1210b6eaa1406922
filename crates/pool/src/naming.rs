//! Unique names for what a pool creates.

use ivs_model::{Location, OperationId, ShapeKind};
use serde_json::Value;

use crate::pool::{Pool, locked};

/// The member that names a resource.
const NAME: &str = "name";

impl Pool {
    /// The input with a unique name, if the operation creates something, takes a name that is optional, and got none.
    #[must_use]
    pub fn with_unique_name(&self, operation: OperationId, input: &Value) -> Option<Value> {
        self.recipes.makes(operation)?;
        let (model, described) = self.described(operation)?;
        let member = model.members(described.input).iter().find(|member| member.name == NAME)?;
        let is_text = matches!(model.shape(member.shape).kind, ShapeKind::String);
        if member.required || member.location != Location::Body || !is_text || input.get(NAME).is_some() {
            return None;
        }
        let mut named = input.clone();
        named.as_object_mut()?.insert(NAME.to_owned(), Value::String(self.names.next(self.config.nonce)));
        Some(named)
    }

    /// Notes that the operation refuses a resource as a duplicate unless it has a name of its own. Returns whether that is
    /// new.
    pub fn note_names_needed(&self, operation: OperationId) -> bool {
        locked(&self.names.needed).insert(operation)
    }

    /// The input with a unique name, where [`Pool::note_names_needed`] says that the operation needs one.
    #[must_use]
    pub fn named_if_needed(&self, operation: OperationId, input: Value) -> Value {
        let is_needed = locked(&self.names.needed).contains(&operation);
        if is_needed { self.with_unique_name(operation, &input).unwrap_or(input) } else { input }
    }
}
