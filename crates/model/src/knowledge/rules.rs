//! Rules on inputs that only the prose states, and their evaluation.

use serde::Deserialize;
use serde_json::Value;

use super::{Knowledge, Rejection, entries};
use crate::pem::is_p384_public_key;
use crate::pointer::resolve;
use crate::{Authority, OperationId, Pattern};

/// One rule on the input of some operations.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProseRule {
    /// The name, such as `encoder-width-even`.
    pub id: String,
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer to the object of the rule, `*` for each item of a list. The pointers of the rule start there.
    /// Inputs without such an object comply.
    #[serde(default)]
    pub at: String,
    /// The conditions under which the rule applies; all must be met.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// The demand.
    pub demand: Demand,
    /// The rejection of a violation. It is absent if unknown; then the rule only constrains valid inputs.
    pub rejection: Option<Rejection>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// A condition on one member.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    /// JSON pointer to the member.
    pub member: String,
    /// The values that meet the condition.
    #[serde(rename = "in")]
    pub values: Vec<Value>,
    /// True if an absent member meets the condition as well.
    #[serde(default)]
    pub or_absent: bool,
}

/// The demand of a rule. A member counts as absent if it is missing or null. Pointers start at the rule's object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Demand {
    /// All these members are present, and lists among them are not empty.
    Requires(Vec<String>),
    /// All these members are absent.
    Excludes(Vec<String>),
    /// At most one of these members is present.
    AtMostOne(Vec<String>),
    /// At least one of these members is present.
    AtLeastOne(Vec<String>),
    /// Exactly one of these members is present.
    ExactlyOne(Vec<String>),
    /// The member has one of these values.
    OneOf {
        /// JSON pointer to the member.
        member: String,
        /// The values.
        values: Vec<Value>,
        /// True if the member may be absent.
        #[serde(default)]
        or_absent: bool,
    },
    /// These members are even numbers, if present.
    Even(Vec<String>),
    /// The product of these members is at most `max`.
    MaxProduct {
        /// JSON pointers to the members.
        members: Vec<String>,
        /// The value that replaces an absent member.
        defaults: Vec<i64>,
        /// The maximum product.
        max: i64,
    },
    /// The first member is at most the second one, if both are present.
    AtMost {
        /// JSON pointer to the smaller one.
        member: String,
        /// JSON pointer to the larger one.
        bound: String,
    },
    /// The member has at most `max` bytes of UTF-8: a text, or all keys and values of a map of texts together.
    MaxBytes {
        /// JSON pointer to the member.
        member: String,
        /// The maximum number of bytes.
        max: u64,
    },
    /// No key of this map starts with this text.
    NoKeyPrefix {
        /// JSON pointer to the map.
        member: String,
        /// The text.
        prefix: String,
    },
    /// Each item of a list has one of these values.
    EachOneOf {
        /// JSON pointer to the list.
        member: String,
        /// The values.
        values: Vec<Value>,
    },
    /// Each text of a list fully matches a pattern.
    EachMatches {
        /// JSON pointer to the list.
        member: String,
        /// The pattern.
        pattern: Pattern,
    },
    /// The items of this list differ.
    DistinctItems(String),
    /// These members differ, if all are present.
    Differ(Vec<String>),
    /// The member is a PEM with a public key on the curve P-384.
    P384PublicKey(String),
}

entries!(ProseRule);

/// A rule that an input violates, and the number of violations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleBreak<'a> {
    /// The rule.
    pub rule: &'a ProseRule,
    /// The number of objects of the input that violate the rule.
    pub objects: usize,
}

impl Knowledge {
    /// Returns the rules on the input of an operation.
    pub fn rules_of(&self, operation: OperationId) -> impl Iterator<Item = &ProseRule> {
        self.rules.iter().filter(move |rule| {
            rule.service == operation.service() && rule.operations.iter().any(|name| name == operation.name())
        })
    }

    /// Returns the rules that an input violates. A valid input meets the model's constraints *and* these rules.
    ///
    /// Filters that exclude each other are not among the rules: see [`Knowledge::filter`].
    #[must_use]
    pub fn broken_rules(&self, operation: OperationId, input: &Value) -> Vec<RuleBreak<'_>> {
        self.rules_of(operation)
            .map(|rule| RuleBreak { rule, objects: rule.breaks(input).len() })
            .filter(|broken| broken.objects > 0)
            .collect()
    }
}

impl ProseRule {
    /// Returns JSON pointers to the objects of an input that violate the rule.
    #[must_use]
    pub fn breaks(&self, input: &Value) -> Vec<String> {
        resolve(input, &self.at)
            .into_iter()
            .filter(|(_, object)| object.is_object())
            .filter(|(_, object)| self.when.iter().all(|condition| condition.is_met(object)))
            .filter(|(_, object)| !self.demand.is_kept(object))
            .map(|(pointer, _)| pointer)
            .collect()
    }
}

impl Condition {
    /// Returns whether an object meets the condition.
    #[must_use]
    pub fn is_met(&self, object: &Value) -> bool {
        match present(object, &self.member) {
            Some(value) => self.values.contains(value),
            None => self.or_absent,
        }
    }
}

impl Demand {
    /// Returns whether an object meets the demand.
    #[must_use]
    pub fn is_kept(&self, object: &Value) -> bool {
        let get = |member: &String| present(object, member);
        let count = |members: &[String]| members.iter().filter(|member| get(member).is_some()).count();
        match self {
            Self::Requires(members) => {
                let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
                members.iter().all(|member| get(member).is_some_and(|value| !is_empty(value)))
            }
            Self::Excludes(members) => count(members) == 0,
            Self::AtMostOne(members) => count(members) <= 1,
            Self::AtLeastOne(members) => count(members) >= 1,
            Self::ExactlyOne(members) => count(members) == 1,
            Self::OneOf { member, values, or_absent } => get(member).map_or(*or_absent, |value| values.contains(value)),
            Self::Even(members) => members.iter().filter_map(get).filter_map(Value::as_i64).all(|value| value % 2 == 0),
            Self::MaxProduct { members, defaults, max } => {
                let factors = members.iter().zip(defaults);
                let product = factors.map(|(member, default)| get(member).and_then(Value::as_i64).unwrap_or(*default));
                product.fold(1_i64, i64::saturating_mul) <= *max
            }
            Self::AtMost { member, bound } => {
                match (get(member).and_then(Value::as_f64), get(bound).and_then(Value::as_f64)) {
                    (Some(member), Some(bound)) => member <= bound,
                    _ => true,
                }
            }
            Self::MaxBytes { member, max } => get(member).is_none_or(|value| bytes(value) <= *max),
            Self::NoKeyPrefix { member, prefix } => get(member)
                .and_then(Value::as_object)
                .is_none_or(|map| map.keys().all(|key| !key.starts_with(prefix.as_str()))),
            Self::EachOneOf { member, values } => items(get(member)).iter().all(|item| values.contains(item)),
            Self::EachMatches { member, pattern } => {
                items(get(member)).iter().filter_map(Value::as_str).all(|text| pattern.matches(text))
            }
            Self::DistinctItems(member) => all_differ(&items(get(member)).iter().collect::<Vec<_>>()),
            Self::Differ(members) => all_differ(&members.iter().filter_map(get).collect::<Vec<_>>()),
            Self::P384PublicKey(member) => get(member).and_then(Value::as_str).is_none_or(is_p384_public_key),
        }
    }

    /// Returns JSON pointers to all members of the demand, from the rule's object.
    #[must_use]
    pub fn members(&self) -> Vec<&str> {
        match self {
            Self::Requires(members)
            | Self::Excludes(members)
            | Self::AtMostOne(members)
            | Self::AtLeastOne(members)
            | Self::ExactlyOne(members)
            | Self::Even(members)
            | Self::Differ(members)
            | Self::MaxProduct { members, .. } => members.iter().map(String::as_str).collect(),
            Self::AtMost { member, bound } => vec![member, bound],
            Self::OneOf { member, .. }
            | Self::MaxBytes { member, .. }
            | Self::NoKeyPrefix { member, .. }
            | Self::EachOneOf { member, .. }
            | Self::EachMatches { member, .. }
            | Self::DistinctItems(member)
            | Self::P384PublicKey(member) => vec![member],
        }
    }
}

/// Returns the value of a member that is neither missing nor null.
fn present<'a>(object: &'a Value, pointer: &str) -> Option<&'a Value> {
    object.pointer(pointer).filter(|value| !value.is_null())
}

/// Returns the items of a list; none for other values.
fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn all_differ(values: &[&Value]) -> bool {
    values.iter().enumerate().all(|(index, value)| !values[..index].contains(value))
}

/// Returns the number of bytes of a text, or of all keys and texts of a map.
fn bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Object(map) => map.iter().map(|(key, value)| key.len() as u64 + bytes(value)).sum(),
        _ => 0,
    }
}
