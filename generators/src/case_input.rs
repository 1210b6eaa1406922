//! The inputs of cases: values that cases share, each with at most one change.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::field_path::unescape;

/// The input of a case. Cases of one place share the value around it, so that thousands of them fit into memory.
#[derive(Debug, Clone)]
pub struct CaseInput {
    base: Arc<Value>,
    change: Option<Change>,
}

impl CaseInput {
    /// Creates a base with one change; `None` if the base does not have the place.
    pub(crate) fn changed(base: &Arc<Value>, change: Change) -> Option<Self> {
        change.fits(base).then(|| Self { base: Arc::clone(base), change: Some(change) })
    }

    /// Returns the value. It is a copy if the input is a change of a shared value.
    #[must_use]
    pub fn value(&self) -> Cow<'_, Value> {
        match &self.change {
            None => Cow::Borrowed(&self.base),
            Some(change) => Cow::Owned(change.apply(&self.base).unwrap_or(Value::Null)),
        }
    }

    /// Returns the value that the input shares with others, before the change.
    #[must_use]
    pub fn base(&self) -> &Arc<Value> {
        &self.base
    }
}

impl From<Value> for CaseInput {
    fn from(value: Value) -> Self {
        Arc::new(value).into()
    }
}

impl From<Arc<Value>> for CaseInput {
    fn from(base: Arc<Value>) -> Self {
        Self { base, change: None }
    }
}

impl PartialEq for CaseInput {
    fn eq(&self, other: &Self) -> bool {
        self.value() == other.value()
    }
}

impl PartialEq<Value> for CaseInput {
    fn eq(&self, other: &Value) -> bool {
        *self.value() == *other
    }
}

impl fmt::Display for CaseInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(formatter)
    }
}

impl Serialize for CaseInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

/// One change of a value.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The JSON pointer to the changed value. For a map key it ends with the new key.
    pub(crate) pointer: Arc<str>,
    /// The old key, if a map key changes and the value of its entry does not.
    pub(crate) old_key: Option<Arc<Value>>,
    /// The value or key after the change; `None` if it is removed.
    pub(crate) after: Option<Arc<Value>>,
}

impl Change {
    /// Returns whether a value has the place.
    fn fits(&self, value: &Value) -> bool {
        let Some((parent, last)) = self.pointer.rsplit_once('/') else { return false };
        match (value.pointer(parent), self.after.as_deref(), &self.old_key) {
            (Some(Value::Object(entries)), Some(Value::String(_)), Some(old)) => {
                old.as_str().is_some_and(|old| entries.contains_key(old))
            }
            (Some(Value::Object(_)), Some(_), _) => true,
            (Some(Value::Object(members)), None, _) => members.contains_key(&unescape(last)),
            (Some(Value::Array(items)), Some(_), _) => last.parse().is_ok_and(|at: usize| at < items.len()),
            _ => false,
        }
    }

    /// Returns the changed value; `None` if the value does not have the place.
    pub(crate) fn apply(&self, value: &Value) -> Option<Value> {
        let mut changed = value.clone();
        let (parent, last) = self.pointer.rsplit_once('/')?;
        let last = unescape(last);
        let parent = changed.pointer_mut(parent)?;
        match (self.after.as_deref(), parent) {
            (Some(Value::String(after)), Value::Object(entries)) if self.old_key.is_some() => {
                let old = self.old_key.as_deref()?.as_str()?;
                let value = entries.shift_remove(old)?;
                entries.insert(after.clone(), value);
            }
            (Some(after), Value::Object(members)) => {
                members.insert(last, after.clone());
            }
            (None, Value::Object(members)) => {
                members.shift_remove(&last)?;
            }
            (Some(after), Value::Array(items)) => {
                *items.get_mut(last.parse::<usize>().ok()?)? = after.clone();
            }
            _ => return None,
        }
        Some(changed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(pointer: &str, old_key: Option<Value>, after: Option<Value>) -> Change {
        Change { pointer: pointer.into(), old_key: old_key.map(Arc::new), after: after.map(Arc::new) }
    }

    #[test]
    fn change_fits_where_it_can_be_applied() {
        let value = json!({"a": {"b": 1}, "list": [1], "tags": {"k": "v"}, "text": "x"});
        let changes = [
            (change("/a/b", None, Some(json!(2))), true),
            (change("/a/new", None, Some(json!(2))), true),
            (change("/a/b", None, None), true),
            (change("/a/c", None, None), false),
            (change("/list/0", None, Some(json!(2))), true),
            (change("/list/1", None, Some(json!(2))), false),
            (change("/list/0", None, None), false),
            (change("/tags/new", Some(json!("k")), Some(json!("new"))), true),
            (change("/tags/new", Some(json!("l")), Some(json!("new"))), false),
            (change("/text/c", None, Some(json!(2))), false),
            (change("", None, Some(json!(2))), false),
        ];
        for (change, fits) in changes {
            assert_eq!((change.fits(&value), change.apply(&value).is_some()), (fits, fits), "{change:?}");
        }
    }

    #[test]
    fn inputs_of_one_base_share_it() {
        let base = Arc::new(json!({"a": {"b": 1}}));
        let input = CaseInput::changed(&base, change("/a/b", None, Some(json!(2)))).expect("the place is there");
        assert!(Arc::ptr_eq(input.base(), &base));
        assert_eq!(input, json!({"a": {"b": 2}}));
        assert_eq!(input.to_string(), r#"{"a":{"b":2}}"#);
    }
}
