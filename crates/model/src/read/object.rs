//! JSON objects of a model file, parsed key by key. Each error names its place.

use serde_json::{Map, Value};

use crate::ReadError;
use crate::pointer::child;

/// One JSON object and the pointer to it.
#[derive(Debug, Clone)]
pub(super) struct Object<'a> {
    map: &'a Map<String, Value>,
    place: String,
}

impl<'a> Object<'a> {
    pub(super) fn new(value: &'a Value, place: String) -> Result<Self, ReadError> {
        match value {
            Value::Object(map) => Ok(Self { map, place }),
            _ => Err(wrong("an object", place)),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Returns the pointer to a value of this object.
    pub(super) fn place_of(&self, key: &str) -> String {
        child(&self.place, key)
    }

    /// Returns the keys, in the order of the file.
    pub(super) fn names(&self) -> Vec<&'a str> {
        self.map.keys().map(String::as_str).collect()
    }

    /// Rejects keys outside the two lists: parsed keys, and keys ignored on purpose.
    pub(super) fn know(&self, read: &[&str], aside: &[&str]) -> Result<(), ReadError> {
        match self.map.keys().find(|key| !read.contains(&key.as_str()) && !aside.contains(&key.as_str())) {
            Some(key) => Err(ReadError::UnknownKey { key: key.clone(), place: self.place.clone() }),
            None => Ok(()),
        }
    }

    /// Rejects keys that a [`Model`](crate::Model) cannot represent.
    pub(super) fn refuse(&self, keys: &[&str]) -> Result<(), ReadError> {
        match keys.iter().find(|key| self.map.contains_key(**key)) {
            Some(key) => Err(ReadError::Unsupported { key: (*key).to_owned(), place: self.place.clone() }),
            None => Ok(()),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    pub(super) fn require(&self, key: &str) -> Result<&'a Value, ReadError> {
        self.get(key).ok_or_else(|| ReadError::MissingKey { key: key.to_owned(), place: self.place.clone() })
    }

    pub(super) fn object(&self, key: &str) -> Result<Option<Object<'a>>, ReadError> {
        self.get(key).map(|value| Object::new(value, self.place_of(key))).transpose()
    }

    pub(super) fn require_object(&self, key: &str) -> Result<Object<'a>, ReadError> {
        Object::new(self.require(key)?, self.place_of(key))
    }

    /// Returns the entries of this object, each an object itself.
    pub(super) fn objects(&self) -> impl Iterator<Item = Result<(&'a str, Object<'a>), ReadError>> + use<'a, '_> {
        self.map.iter().map(|(key, value)| Ok((key.as_str(), Object::new(value, self.place_of(key))?)))
    }

    /// Returns the entries of a list of objects; empty if the key is absent.
    pub(super) fn list_of_objects(&self, key: &str) -> Result<Vec<Object<'a>>, ReadError> {
        let Some(value) = self.get(key) else {
            return Ok(Vec::new());
        };
        let place = self.place_of(key);
        let items = value.as_array().ok_or_else(|| wrong("a list", place.clone()))?;
        items.iter().enumerate().map(|(index, item)| Object::new(item, child(&place, &index.to_string()))).collect()
    }

    pub(super) fn string(&self, key: &str) -> Result<Option<&'a str>, ReadError> {
        self.typed(key, "a string", Value::as_str)
    }

    pub(super) fn require_string(&self, key: &str) -> Result<&'a str, ReadError> {
        self.require(key)?;
        self.string(key)?.ok_or_else(|| wrong("a string", self.place_of(key)))
    }

    /// Returns a flag; false if the key is absent.
    pub(super) fn flag(&self, key: &str) -> Result<bool, ReadError> {
        Ok(self.typed(key, "a boolean", Value::as_bool)?.unwrap_or(false))
    }

    pub(super) fn status(&self, key: &str) -> Result<Option<u16>, ReadError> {
        let status = |value: &Value| {
            value.as_u64().and_then(|status| u16::try_from(status).ok()).filter(|status| (100..600).contains(status))
        };
        self.typed(key, "an HTTP status", status)
    }

    /// Returns a list of strings; empty if the key is absent.
    pub(super) fn strings(&self, key: &str) -> Result<Vec<String>, ReadError> {
        let list = |value: &Value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        Ok(self.typed(key, "a list of strings", list)?.unwrap_or_default())
    }

    /// Returns the value that `read` extracts from the JSON, or an error if it cannot.
    pub(super) fn typed<T>(
        &self,
        key: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| wrong(expected, self.place_of(key))),
        }
    }
}

pub(super) fn wrong(expected: &'static str, place: String) -> ReadError {
    ReadError::WrongValue { expected, place }
}
