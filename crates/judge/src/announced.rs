//! Broken values that this run itself has sent. An endpoint that wrongly takes one shows it again in every listing;
//! the fault is the taking, and it is told there.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::RwLock;

use serde_json::Value;

/// The values of all invalid inputs, at any depth.
#[derive(Debug, Default)]
pub(crate) struct Announced(RwLock<HashSet<u64>>);

impl Announced {
    /// Takes note of a value and all values within.
    pub(crate) fn add(&self, value: &Value) {
        let mut found = Vec::new();
        gather(value, &mut found);
        // A poisoned lock means that another thread panicked between two inserts: the set is still whole.
        let mut set = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        set.extend(found);
    }

    /// Whether the value has been sent.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).contains(&digest(value))
    }
}

fn gather(value: &Value, into: &mut Vec<u64>) {
    into.push(digest(value));
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(object) => object.values().for_each(|value| gather(value, into)),
        _ => {}
    }
}

fn digest(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.to_string().hash(&mut hasher);
    hasher.finish()
}
