//! Unique names for what a pool creates.

use std::collections::BTreeSet;

use ivs_model::{Location, OperationId, ShapeKind};
use serde_json::Value;

use crate::pool::{Pool, locked};

/// The member that names a resource.
const NAME: &str = "name";

impl Pool {
    /// The input with a unique name, if the operation creates something, takes a name that is optional, and got none.
    #[must_use]
    fn with_unique_name(&self, operation: OperationId, input: &Value) -> Option<Value> {
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

    /// Returns the input for a second attempt, by a unique name, if the first one was refused as a duplicate (409).
    #[must_use]
    pub fn renamed(&self, operation: OperationId, input: &Value, status: Option<u16>) -> Option<Value> {
        if status == Some(409) { self.with_unique_name(operation, input) } else { None }
    }

    /// Returns whether the second attempt came to something else than a duplicate, and notes that the operation needs names.
    #[must_use]
    pub fn accepts_name(&self, operation: OperationId, status: Option<u16>) -> bool {
        let is_accepted = status != Some(409);
        if is_accepted {
            locked(&self.names.needed).insert(operation);
        }
        is_accepted
    }

    /// Returns the operations that refuse a second resource without a name.
    #[must_use]
    pub fn names_needed(&self) -> BTreeSet<OperationId> {
        locked(&self.names.needed).clone()
    }

    /// Returns the input with a unique name, if the operation is known to need one.
    #[must_use]
    pub fn named_if_needed(&self, operation: OperationId, input: Value) -> Value {
        let is_needed = locked(&self.names.needed).contains(&operation);
        if is_needed { self.with_unique_name(operation, &input).unwrap_or(input) } else { input }
    }
}
