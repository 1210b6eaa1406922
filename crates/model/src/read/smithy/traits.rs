//! The traits of Smithy: evaluated, ignored, inexpressible and unknown ones.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::read::ReadError;
use crate::read::object::{Object, wrong};
use crate::{Number, Pattern, Shape, ShapeKind, TimestampFormat};

/// Traits of `smithy.api` that the parser evaluates.
const EVALUATED: &[&str] = &[
    "enum",
    "enumValue",
    "error",
    "http",
    "httpError",
    "httpHeader",
    "httpLabel",
    "httpPayload",
    "httpPrefixHeaders",
    "httpQuery",
    "httpQueryParams",
    "httpResponseCode",
    "idempotencyToken",
    "idempotent",
    "jsonName",
    "length",
    "mixin",
    "paginated",
    "pattern",
    "range",
    "readonly",
    "required",
    "sensitive",
    "sparse",
    "streaming",
    "timestampFormat",
    "uniqueItems",
    "mediaType",
    "auth",
];

/// Traits of `smithy.api` that do not change restJson1 requests or responses: prose, advice to client authors, XML,
/// resources, trait definitions. The server sets defaults, so a member with a default may be omitted.
const ASIDE: &[&str] = &[
    "addedDefault",
    "authDefinition",
    "box",
    "clientOptional",
    "cors",
    "default",
    "deprecated",
    "documentation",
    "examples",
    "externalDocumentation",
    "httpApiKeyAuth",
    "httpBasicAuth",
    "httpBearerAuth",
    "httpDigestAuth",
    "idRef",
    "input",
    "internal",
    "nestedProperties",
    "noReplace",
    "notProperty",
    "optionalAuth",
    "output",
    "private",
    "property",
    "protocolDefinition",
    "recommended",
    "references",
    "requestCompression",
    "requiresLength",
    "resourceIdentifier",
    "retryable",
    "since",
    "suppress",
    "tags",
    "title",
    "trait",
    "traitValidators",
    "unitType",
    "unstable",
    "xmlAttribute",
    "xmlFlattened",
    "xmlName",
    "xmlNamespace",
];

/// Traits of `smithy.api` that change the request in ways that a [`Model`](crate::Model) cannot represent.
const REFUSED: &[&str] = &["endpoint", "eventHeader", "eventPayload", "hostLabel", "httpChecksumRequired"];

/// Traits of other namespaces that the parser evaluates.
const EVALUATED_ELSEWHERE: [&str; 3] = ["aws.api#service", "aws.auth#sigv4", "aws.protocols#restJson1"];

/// Traits that contain only prose.
pub(crate) fn is_prose_trait(id: &str) -> bool {
    matches!(id, "smithy.api#documentation" | "smithy.api#externalDocumentation" | "smithy.api#examples")
}

/// The traits of a shape or member: its own, those of mixins, and applied ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Traits<'a> {
    values: BTreeMap<&'a str, (&'a Value, String)>,
}

impl<'a> Traits<'a> {
    /// Adds the traits of an object's `traits`, which replace those with the same id.
    pub(super) fn add(&mut self, object: &Object<'a>) -> Result<(), ReadError> {
        if let Some(traits) = object.get("traits") {
            let map = traits.as_object().ok_or_else(|| wrong("an object", object.place_of("traits")))?;
            self.extend(map, &object.place_of("traits"));
        }
        Ok(())
    }

    fn extend(&mut self, map: &'a Map<String, Value>, place: &str) {
        for (id, value) in map {
            self.values.insert(id, (value, crate::pointer::child(place, id)));
        }
    }

    /// Adds the traits of a mixin. Existing traits take precedence.
    pub(super) fn inherit(&mut self, mixin: &Self) {
        let local = mixin.get("mixin").and_then(|mixin| mixin.get("localTraits")?.as_array());
        let is_local = |id: &str| local.is_some_and(|local| local.iter().any(|name| name == id));
        for (id, value) in &mixin.values {
            if *id != "smithy.api#mixin" && !is_local(id) {
                self.values.entry(id).or_insert_with(|| value.clone());
            }
        }
    }

    /// Rejects unknown and inexpressible traits of `smithy.api`.
    pub(super) fn check(&self) -> Result<(), ReadError> {
        for (id, (_, place)) in &self.values {
            match id.strip_prefix("smithy.api#") {
                Some(name) if EVALUATED.contains(&name) || ASIDE.contains(&name) => {}
                Some(name) if REFUSED.contains(&name) => {
                    return Err(ReadError::Unsupported { key: (*id).to_owned(), place: place.clone() });
                }
                Some(_) => return Err(ReadError::UnknownKey { key: (*id).to_owned(), place: place.clone() }),
                None => {}
            }
        }
        Ok(())
    }

    /// Returns the traits of other namespaces that are not evaluated.
    pub(super) fn not_evaluated(&self) -> impl Iterator<Item = &'a str> {
        self.ids().filter(|id| !id.starts_with("smithy.api#") && !EVALUATED_ELSEWHERE.contains(id))
    }

    /// Returns the ids, in alphabetical order.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.values.keys().copied()
    }

    /// Returns the value of a trait. Names without a namespace are those of `smithy.api`.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.entry(name).map(|(value, _)| *value)
    }

    fn entry(&self, name: &str) -> Option<&(&'a Value, String)> {
        if name.contains('#') { self.values.get(name) } else { self.values.get(format!("smithy.api#{name}").as_str()) }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<&'a str>, ReadError> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Object<'a>>, ReadError> {
        self.entry(name).map(|(value, place)| Object::new(value, place.clone())).transpose()
    }

    /// Returns the error for a trait that cannot be represented at its place.
    pub(super) fn unsupported(&self, name: &str) -> ReadError {
        let place = self.entry(name).map(|(_, place)| place.clone()).unwrap_or_default();
        ReadError::Unsupported { key: format!("smithy.api#{name}"), place }
    }

    fn typed<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        let Some((value, place)) = self.entry(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| wrong(expected, place.clone()))
    }

    /// Returns whether any of these traits constrains values, so that its member needs a separate shape.
    pub(super) fn constrain(&self) -> bool {
        ["length", "range", "pattern", "enum", "uniqueItems", "sensitive"].iter().any(|name| self.has(name))
    }

    /// Sets the constraints on a shape. Constraints without a trait are unchanged.
    pub(super) fn constrain_shape(&self, shape: &mut Shape) -> Result<(), ReadError> {
        if let Some(length) = self.object("length")? {
            length.know(&["min", "max"], &[])?;
            shape.min_length = length.typed("min", "a length", Value::as_u64)?;
            shape.max_length = length.typed("max", "a length", Value::as_u64)?;
        }
        if let Some(range) = self.object("range")? {
            range.know(&["min", "max"], &[])?;
            let bound = |key| range.typed(key, "a number", |value| Number::from_json(value.as_number()?));
            shape.min_value = bound("min")?;
            shape.max_value = bound("max")?;
        }
        if let Some(source) = self.string("pattern")? {
            shape.pattern = Some(Pattern::read(without_anchors(source)));
        }
        let values = |value: &Value| {
            value.as_array()?.iter().map(|item| Some(item.get("value")?.as_str()?.to_owned())).collect()
        };
        if let Some(values) = self.typed("enum", "a list of objects with `value`", values)? {
            shape.enum_values = values;
        }
        shape.unique_items |= self.has("uniqueItems");
        shape.sensitive |= self.has("sensitive");
        if shape.kind == ShapeKind::Timestamp {
            shape.timestamp_format = self.timestamp_format()?.or(shape.timestamp_format);
        }
        Ok(())
    }

    pub(super) fn timestamp_format(&self) -> Result<Option<TimestampFormat>, ReadError> {
        self.typed("timestampFormat", "date-time, http-date or epoch-seconds", |value| match value.as_str()? {
            "date-time" => Some(TimestampFormat::DateTime),
            "http-date" => Some(TimestampFormat::HttpDate),
            "epoch-seconds" => Some(TimestampFormat::EpochSeconds),
            _ => None,
        })
    }
}

/// Removes the outer anchors of a pattern, as botocore does, so that both formats give the same model. Anchors of
/// alternatives at the top level belong to their sides and are kept.
fn without_anchors(pattern: &str) -> &str {
    if has_top_level_alternative(pattern) {
        return pattern;
    }
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    match inner.strip_suffix('$') {
        Some(stripped) if !ends_escaped(stripped) => stripped,
        _ => inner,
    }
}

/// Returns whether the text ends with an odd number of backslashes.
fn ends_escaped(text: &str) -> bool {
    text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn has_top_level_alternative(pattern: &str) -> bool {
    let (mut depth, mut in_class, mut escaped) = (0_usize, false, false);
    for character in pattern.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::without_anchors;

    #[test]
    fn outer_anchors_are_removed_but_those_of_alternatives_are_kept() {
        for (pattern, expected) in [
            ("^[a-z]+$", "[a-z]+"),
            ("[a-z]+", "[a-z]+"),
            ("^$|^arn:.*$", "^$|^arn:.*$"),
            ("^(a|b)[|]$", "(a|b)[|]"),
            (r"^a\$", r"a\$"),
            (r"^a\\$", r"a\\"),
        ] {
            assert_eq!(without_anchors(pattern), expected);
        }
    }
}
