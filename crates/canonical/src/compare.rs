//! Compares two canonical exchanges and lists every difference.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::pointer::child;
use ivs_model::{Location, Model, Operation, ShapeId, ShapeKind};
use serde_json::Value;

use crate::exchange::{CanonicalBody, CanonicalExchange};
use crate::mark::label;

/// One place where two exchanges differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The kind of difference.
    pub kind: DifferenceKind,
    /// JSON pointer into the body; empty for the whole response.
    pub pointer: String,
    /// The same with `*` for list items and map values.
    pub site: String,
    /// The value of the first exchange.
    pub expected: String,
    /// The value of the second exchange.
    pub actual: String,
    /// True if a request set the first exchange's value, so that every endpoint must return it.
    pub echo: bool,
}

/// The kinds of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// Another status or error name.
    Answer,
    /// The second exchange lacks a member or an item.
    Missing {
        /// True if the model requires it.
        required: bool,
    },
    /// The second exchange has an additional member or item.
    Added {
        /// True if the model declares it.
        modeled: bool,
    },
    /// Another value.
    Value,
    /// A reference to another resource than the first exchange's.
    Identity,
    /// A value of another type.
    Type,
}

/// The result of comparing two exchanges.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Every difference.
    pub differences: Vec<Difference>,
    /// True if both return a value that a request set. An endpoint with the same response for every request cannot do
    /// that.
    pub telling: bool,
}

/// Compares `actual` with `expected`, two responses to the same input. `put` has the texts that requests stored in the
/// resources which the input names.
pub fn compare(
    model: &Model,
    operation: &Operation,
    expected: &CanonicalExchange,
    actual: &CanonicalExchange,
    put: &[&str],
) -> Comparison {
    let mut walk = Walk {
        model,
        sent: Sent::of(&expected.input, put),
        pairs: Pairs::default(),
        found: Vec::new(),
        telling: false,
    };
    if (expected.status, &expected.error) != (actual.status, &actual.error) {
        walk.note(DifferenceKind::Answer, ["", ""], expected.answer(), actual.answer(), false);
        return Comparison { differences: walk.found, telling: false };
    }
    walk.pairs.learn(&expected.input, &actual.input);
    let error = || {
        let named = |id: &&ShapeId| Some(&model.shape(**id).name) == expected.error.as_ref();
        operation.errors.iter().find(named).copied()
    };
    let shape = if expected.is_success() { operation.output } else { error() };
    match (&expected.body, &actual.body) {
        (CanonicalBody::Json(expected), CanonicalBody::Json(actual)) => {
            walk.value(shape, expected, actual, ["", ""], "");
        }
        (expected, actual) if std::mem::discriminant(expected) == std::mem::discriminant(actual) => {}
        (CanonicalBody::Json(value), actual) => {
            let echo = walk.sent.echoes("", value);
            walk.note(
                DifferenceKind::Missing { required: false },
                ["", ""],
                "a JSON body".to_owned(),
                kind(actual),
                echo,
            );
        }
        (expected, actual) => {
            walk.note(DifferenceKind::Added { modeled: false }, ["", ""], kind(expected), kind(actual), false);
        }
    }
    Comparison { differences: walk.found, telling: walk.telling }
}

fn kind(body: &CanonicalBody) -> String {
    match body {
        CanonicalBody::Empty => "no body",
        CanonicalBody::Json(_) => "a JSON body",
        CanonicalBody::Other => "a body that is not JSON",
    }
    .to_owned()
}

/// The values that requests sent.
struct Sent {
    texts: BTreeSet<String>,
    /// Numbers and booleans by the name of their member.
    plain: BTreeSet<(String, String)>,
}

impl Sent {
    fn of(input: &Value, put: &[&str]) -> Self {
        let mut sent = Self { texts: put.iter().map(|text| (*text).to_owned()).collect(), plain: BTreeSet::new() };
        sent.gather("", input);
        sent
    }

    fn gather(&mut self, name: &str, value: &Value) {
        match value {
            // A masked value may be any value.
            Value::String(text) if !text.is_empty() && !matches!(text.as_str(), "<secret>" | "<idempotency-token>") => {
                self.texts.insert(text.clone());
            }
            Value::Array(items) => items.iter().for_each(|item| self.gather(name, item)),
            Value::Object(members) => members.iter().for_each(|(name, member)| self.gather(name, member)),
            Value::Number(_) | Value::Bool(_) => {
                self.plain.insert((name.to_owned(), value.to_string()));
            }
            _ => {}
        }
    }

    /// Returns whether a value, or a part of it, was sent.
    fn echoes(&self, name: &str, value: &Value) -> bool {
        match value {
            Value::String(text) => self.texts.contains(text),
            Value::Array(items) => items.iter().any(|item| self.echoes(name, item)),
            Value::Object(members) => members.iter().any(|(name, member)| self.echoes(name, member)),
            Value::Number(_) | Value::Bool(_) => self.plain.contains(&(name.to_owned(), value.to_string())),
            Value::Null => false,
        }
    }
}

/// The matching references of two exchanges.
#[derive(Debug, Clone, Default)]
struct Pairs {
    forth: BTreeMap<String, String>,
    back: BTreeMap<String, String>,
}

impl Pairs {
    /// Records that two references denote the same resource. Returns whether that is consistent with all earlier
    /// records.
    fn fit(&mut self, expected: &str, actual: &str) -> bool {
        let forth = self.forth.entry(expected.to_owned()).or_insert_with(|| actual.to_owned()).clone();
        let back = self.back.entry(actual.to_owned()).or_insert_with(|| expected.to_owned());
        forth == actual && back == expected
    }

    /// Records all references of two inputs that were built from the same one.
    fn learn(&mut self, expected: &Value, actual: &Value) {
        match (expected, actual) {
            (Value::String(expected), Value::String(actual))
                if label(expected).is_some() && label(actual).is_some() =>
            {
                self.fit(expected, actual);
            }
            (Value::Array(expected), Value::Array(actual)) => {
                expected.iter().zip(actual).for_each(|(expected, actual)| self.learn(expected, actual));
            }
            (Value::Object(expected), Value::Object(actual)) => {
                for (name, expected) in expected {
                    actual.get(name).into_iter().for_each(|actual| self.learn(expected, actual));
                }
            }
            _ => {}
        }
    }
}

struct Walk<'a> {
    model: &'a Model,
    sent: Sent,
    pairs: Pairs,
    found: Vec<Difference>,
    telling: bool,
}

impl Walk<'_> {
    fn note(&mut self, kind: DifferenceKind, [pointer, site]: [&str; 2], expected: String, actual: String, echo: bool) {
        let (pointer, site) = (pointer.to_owned(), site.to_owned());
        self.found.push(Difference { kind, pointer, site, expected, actual, echo });
    }

    /// Compares two values. `name` is the name of the member that has them.
    fn value(&mut self, shape: Option<ShapeId>, expected: &Value, actual: &Value, at: [&str; 2], name: &str) {
        match (expected, actual) {
            (Value::Object(one), Value::Object(other)) => self.members(shape, one, other, at),
            (Value::Array(one), Value::Array(other)) => self.items(shape, one, other, at, name),
            (Value::String(one), Value::String(other)) if label(one).is_some() && label(one) == label(other) => {
                let echo = self.sent.texts.contains(one);
                let fits = self.pairs.fit(one, other);
                if fits {
                    self.telling |= echo;
                } else if echo || label(one).is_some_and(|label| label.ends_with("-arn")) {
                    // Other texts of a server may be equal, or differ, by chance.
                    self.note(DifferenceKind::Identity, at, one.clone(), another(other), echo);
                }
            }
            (one, other) if same(one, other) => {
                self.telling |= !is_unset(one) && !is_plain_no(one) && self.sent.echoes(name, one);
            }
            // Secrets are not compared.
            (Value::String(one), other) if one == "<secret>" && !is_unset(other) => {}
            (one, other) => {
                let kind = if type_of(one) == type_of(other) { DifferenceKind::Value } else { DifferenceKind::Type };
                let echo = self.sent.echoes(name, one);
                self.note(kind, at, shown(one), shown(other), echo);
            }
        }
    }

    fn members(
        &mut self,
        shape: Option<ShapeId>,
        expected: &serde_json::Map<String, Value>,
        actual: &serde_json::Map<String, Value>,
        [pointer, site]: [&str; 2],
    ) {
        let map_value = match shape.map(|id| &self.model.shape(id).kind) {
            Some(ShapeKind::Map { value, .. }) => Some(*value),
            _ => None,
        };
        let names: BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
        for name in names {
            let members = self.model.members(shape);
            let member = members.iter().find(|it| it.location == Location::Body && it.wire_name == *name);
            let inner = map_value.or_else(|| member.map(|member| member.shape));
            let required = member.is_some_and(|member| member.required);
            let at = [child(pointer, name), child(site, if map_value.is_some() { "*" } else { name })];
            let at = [at[0].as_str(), at[1].as_str()];
            match (expected.get(name).filter(|it| !is_unset(it)), actual.get(name).filter(|it| !is_unset(it))) {
                (Some(one), Some(other)) => self.value(inner, one, other, at, name),
                // A member that was never set may be absent, empty or false (fact `response-unset-members`).
                (Some(no), None) if is_plain_no(no) && actual.get(name).is_none_or(Value::is_null) => {}
                (None, Some(no)) if is_plain_no(no) && expected.get(name).is_none_or(Value::is_null) => {}
                (Some(one), None) => {
                    let empty = actual.get(name).filter(|it| !it.is_null());
                    let echo = self.sent.echoes(name, one);
                    let kind =
                        if empty.is_some() { DifferenceKind::Value } else { DifferenceKind::Missing { required } };
                    self.note(kind, at, shown(one), empty.map_or_else(|| "no such member".to_owned(), shown), echo);
                }
                (None, Some(other)) => {
                    let empty = expected.get(name).filter(|it| !it.is_null());
                    let kind = if empty.is_some() {
                        DifferenceKind::Value
                    } else {
                        DifferenceKind::Added { modeled: inner.is_some() }
                    };
                    self.note(kind, at, empty.map_or_else(|| "no such member".to_owned(), shown), shown(other), false);
                }
                (None, None) => {}
            }
        }
    }

    fn items(&mut self, shape: Option<ShapeId>, expected: &[Value], actual: &[Value], at: [&str; 2], name: &str) {
        let item = match shape.map(|id| &self.model.shape(id).kind) {
            Some(ShapeKind::List { item, .. }) => Some(*item),
            _ => None,
        };
        let [pointer, site] = at;
        let site = child(site, "*");
        let mut left: Vec<(usize, &Value)> = actual.iter().enumerate().collect();
        let mut unmatched = Vec::new();
        for one in expected {
            let equal = left.iter().position(|(_, other)| self.equal(item, one, other, name));
            match equal {
                Some(position) => {
                    let (index, other) = left.remove(position);
                    self.value(item, one, other, [&child(pointer, &index.to_string()), &site], name);
                }
                None => unmatched.push(one),
            }
        }
        let mut left = left.into_iter();
        for one in unmatched {
            match left.next() {
                Some((index, other)) => {
                    self.value(item, one, other, [&child(pointer, &index.to_string()), &site], name);
                }
                None => {
                    let echo = self.sent.echoes(name, one);
                    self.note(
                        DifferenceKind::Missing { required: false },
                        [pointer, &site],
                        shown(one),
                        "no such item".to_owned(),
                        echo,
                    );
                }
            }
        }
        for (index, other) in left {
            let pointer = child(pointer, &index.to_string());
            self.note(
                DifferenceKind::Added { modeled: true },
                [&pointer, &site],
                "no such item".to_owned(),
                shown(other),
                false,
            );
        }
    }

    /// Returns whether two items are equal.
    fn equal(&mut self, item: Option<ShapeId>, one: &Value, other: &Value, name: &str) -> bool {
        let (pairs, found, telling) = (self.pairs.clone(), self.found.len(), self.telling);
        self.value(item, one, other, ["", ""], name);
        let equal = self.found.len() == found;
        self.found.truncate(found);
        self.pairs = pairs;
        self.telling = telling;
        equal
    }
}

/// Returns whether two values are equal; numbers are compared by value.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// Returns whether the value is one that a service returns for a text, list or map that was never set (fact
/// `response-unset-members`).
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_unset),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_plain_no(value: &Value) -> bool {
    *value == Value::Bool(false)
}

/// The JSON type of a value, also of a masked one.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(text) => match text.as_str() {
            "<number>" => "number",
            "<boolean>" => "boolean",
            "<list>" => "array",
            _ => "string",
        },
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Formats a value for a finding.
fn shown(value: &Value) -> String {
    value.to_string()
}

fn another(reference: &str) -> String {
    format!("another one, {reference}")
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;
    use serde_json::json;

    use super::*;

    fn held(expected: Value, actual: Value) -> Comparison {
        let model = bundled::model("ivs").unwrap();
        let with = |body| CanonicalExchange {
            name: "valid".to_owned(),
            route: "POST /CreateChannel".to_owned(),
            input: json!({"name": "mine", "recordingConfigurationArn": "<recording-configuration-arn:1>"}),
            status: 200,
            error: None,
            headers: Vec::new(),
            body: CanonicalBody::Json(body),
        };
        compare(model, model.operation("CreateChannel").unwrap(), &with(expected), &with(actual), &[])
    }

    fn ways(expected: Value, actual: Value) -> Vec<(DifferenceKind, String, bool)> {
        held(expected, actual).differences.into_iter().map(|it| (it.kind, it.site, it.echo)).collect()
    }

    #[test]
    fn unset_values_equal_absent_ones_and_the_order_of_lists_is_ignored() {
        let one = json!({"channel": {"name": "mine", "tags": {}, "preset": "", "srt": {"endpoint": ""}}, "x": [1, 2]});
        let other = json!({"channel": {"name": "mine"}, "x": [2, 1]});
        let comparison = held(one, other);
        assert_eq!(comparison.differences, Vec::new());
        assert!(comparison.telling, "the name came back");
    }

    #[test]
    fn sent_values_are_echoes_and_generated_ones_are_not() {
        let one = json!({"channel": {"name": "mine", "type": "STANDARD", "latencyMode": "LOW"}});
        let other = json!({"channel": {"name": "yours", "type": "BASIC"}});
        let name = |name: &str| format!("/channel/{name}");
        assert_eq!(
            ways(one, other),
            vec![
                (DifferenceKind::Missing { required: false }, name("latencyMode"), false),
                (DifferenceKind::Value, name("name"), true),
                (DifferenceKind::Value, name("type"), false)
            ]
        );
    }

    #[test]
    fn references_are_compared_by_identity() {
        let arn = "<recording-configuration-arn:1>";
        let body = |own: &str, of_key: &str, recording: &str| json!({"channel": {"arn": own, "recordingConfigurationArn": recording}, "streamKey": {"channelArn": of_key}});
        let one = body("<channel-arn:1>", "<channel-arn:1>", arn);
        assert_eq!(ways(one.clone(), body("<channel-arn:4>", "<channel-arn:4>", arn)), Vec::new());
        let broken = ways(one.clone(), body("<channel-arn:1>", "<channel-arn:2>", arn));
        assert_eq!(broken, vec![(DifferenceKind::Identity, "/streamKey/channelArn".to_owned(), false)]);
        let foreign = ways(one, body("<channel-arn:1>", "<channel-arn:1>", "<recording-configuration-arn:2>"));
        assert_eq!(foreign, vec![(DifferenceKind::Identity, "/channel/recordingConfigurationArn".to_owned(), true)]);
    }

    #[test]
    fn false_and_zero_are_values_but_secrets_are_not_compared() {
        let one = json!({"channel": {"authorized": false}, "streamKey": {"value": "<secret>"}});
        let other = json!({"channel": {"authorized": true}, "streamKey": {"value": "<secret>"}});
        assert_eq!(ways(one, other), vec![(DifferenceKind::Value, "/channel/authorized".to_owned(), false)]);
    }
}
