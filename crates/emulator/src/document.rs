//! Documents: resources and outputs by their members' names.

use serde_json::{Map, Value};

/// A JSON object by member names, as the model's structures name them.
pub(crate) type Document = Map<String, Value>;

/// Sets members of a document.
pub(crate) trait Fill {
    /// Sets a member.
    fn set(&mut self, member: &str, value: impl Into<Value>);
    /// Sets a member that is absent.
    fn default(&mut self, member: &str, value: impl Into<Value>);
}

impl Fill for Document {
    fn set(&mut self, member: &str, value: impl Into<Value>) {
        self.insert(member.to_owned(), value.into());
    }

    fn default(&mut self, member: &str, value: impl Into<Value>) {
        if !self.contains_key(member) {
            self.insert(member.to_owned(), value.into());
        }
    }
}
