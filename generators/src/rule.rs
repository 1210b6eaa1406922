//! The repair of inputs, so that they meet the rules that only the prose states.

use ivs_model::knowledge::{Demand, ProseRule};
use ivs_model::{Operation, ShapeKind};
use serde_json::{Value, json};

use crate::field_path::field_path_at;
use crate::field_path::unescape;
use crate::input::Builder;
use crate::pattern_generator::{Alphabet, PatternGenerator};

/// The maximum number of rounds, since the repair of one rule may violate another.
const ROUNDS: usize = 8;

impl Builder<'_> {
    /// Returns the names of the rules that an input violates, with samples for its placeholders.
    pub(crate) fn broken_rules(&self, operation: &Operation, input: &Value) -> Vec<String> {
        let mut broken = Vec::new();
        if self.has_rules(operation) {
            let filled = self.samples.fill(input);
            let rules = self.knowledge.broken_rules(operation.id, &filled).into_iter();
            broken.extend(rules.map(|broken| broken.rule.id.clone()));
        }
        if self.filters_in_excess(operation, input, "").next().is_some() {
            broken.push("exclusive-filters".to_owned());
        }
        broken
    }

    /// Returns whether there are rules on the inputs of an operation.
    fn has_rules(&self, operation: &Operation) -> bool {
        self.knowledge.rules_of(operation.id).next().is_some()
    }

    /// Repairs violations of rules, but never changes the value at `protected` or its parents.
    pub(crate) fn repair(&self, operation: &Operation, input: &mut Value, protected: &str) {
        let excess: Vec<String> = self.filters_in_excess(operation, input, protected).collect();
        for pointer in excess {
            remove(input, &pointer);
        }
        if !self.has_rules(operation) {
            return;
        }
        for _ in 0..ROUNDS {
            let filled = self.samples.fill(input);
            let breaks: Vec<(&ProseRule, Vec<String>)> = self
                .knowledge
                .rules_of(operation.id)
                .map(|rule| (rule, rule.breaks(&filled)))
                .filter(|(_, objects)| !objects.is_empty())
                .collect();
            if breaks.is_empty() {
                return;
            }
            for (rule, objects) in breaks {
                for object in objects {
                    let repair = Repair { builder: self, operation, object: &object, protected };
                    if !repair.keep(&rule.demand, input) {
                        repair.avoid(rule, input);
                    }
                }
            }
        }
    }

    /// Returns the filters beyond the one that a request may use, without the protected one.
    fn filters_in_excess(&self, operation: &Operation, input: &Value, protected: &str) -> impl Iterator<Item = String> {
        let filter = self.knowledge.filter(operation.id).filter(|filter| filter.exclusive);
        let members = filter.map(|filter| filter.members.iter().map(|member| member.member.clone()).collect());
        let members: Vec<String> = members.unwrap_or_default();
        let mut used: Vec<String> =
            members.into_iter().filter(|member| input.pointer(member).is_some_and(|value| !value.is_null())).collect();
        used.sort_by_key(|member| !is_within(protected, member));
        used.into_iter().skip(1)
    }
}

/// The repair of one object.
struct Repair<'a, 'm> {
    builder: &'a Builder<'m>,
    operation: &'a Operation,
    object: &'a str,
    protected: &'a str,
}

impl Repair<'_, '_> {
    /// Makes the object meet the demand. Returns `false` if the protected value prevents it.
    fn keep(&self, demand: &Demand, input: &mut Value) -> bool {
        match demand {
            Demand::Requires(members) => members.iter().all(|member| self.add(input, member)),
            Demand::Excludes(members) => members.iter().all(|member| self.drop(input, member)),
            Demand::AtMostOne(members) => self.keep_one(input, members),
            Demand::AtLeastOne(members) | Demand::ExactlyOne(members) => {
                if self.keep_one(input, members) && members.iter().any(|member| self.get(input, member).is_some()) {
                    return true;
                }
                members.iter().any(|member| self.add(input, member))
            }
            Demand::OneOf { member, values, .. } => {
                values.first().is_some_and(|value| self.set(input, member, value.clone()))
            }
            Demand::Even(members) => {
                members.iter().all(|member| match self.get(input, member).and_then(Value::as_i64) {
                    Some(value) if value % 2 != 0 => self.set(input, member, json!(value + 1)),
                    _ => true,
                })
            }
            Demand::MaxProduct { members, .. } => {
                let mut shrunk = false;
                for member in members {
                    let least = field_path_at(self.builder.model, self.operation, &self.pointer(member))
                        .and_then(|field_path| self.builder.model.shape(field_path.shape).min_value)
                        .and_then(ivs_model::Number::as_i64)
                        .unwrap_or(1);
                    shrunk |= self.set(input, member, json!(least));
                }
                shrunk
            }
            Demand::AtMost { member, bound: boundary } => match self.get(input, boundary).cloned() {
                Some(value) => self.set(input, member, value) || self.drop(input, boundary),
                None => true,
            },
            Demand::EachOneOf { member, values } => {
                self.each(input, member, |index| values.get(index % values.len().max(1)).cloned())
            }
            Demand::EachMatches { member, pattern } => {
                let pattern_generator = PatternGenerator::new(pattern);
                self.each(input, member, |index| Some(json!(some_match(pattern_generator.as_ref()?, index as u64)?)))
            }
            Demand::DistinctItems(member) => {
                let items = self.get(input, member).and_then(Value::as_array).cloned().unwrap_or_default();
                let mut distinct: Vec<Value> = Vec::with_capacity(items.len());
                for item in items {
                    if !distinct.contains(&item) {
                        distinct.push(item);
                    }
                }
                self.set(input, member, Value::Array(distinct))
            }
            Demand::Differ(members) => members.iter().enumerate().skip(1).all(|(index, member)| {
                let pointer = self.pointer(member);
                let value = field_path_at(self.builder.model, self.operation, &pointer)
                    .and_then(|field_path| self.builder.value_at(self.operation, &field_path, index as u64));
                self.get(input, member).is_none() || value.is_some_and(|value| self.set(input, member, value))
            }),
            Demand::MaxBytes { member, .. } | Demand::NoKeyPrefix { member, .. } | Demand::P384PublicKey(member) => {
                self.drop(input, member)
            }
        }
    }

    /// Replaces each item of a list, by its index, or removes the list. Fails if a protected value prevents it.
    fn each(&self, input: &mut Value, member: &str, value: impl Fn(usize) -> Option<Value>) -> bool {
        let count = self.get(input, member).and_then(Value::as_array).map_or(0, Vec::len);
        (0..count).all(|index| match value(index) {
            Some(value) => self.set(input, &format!("{member}/{index}"), value),
            None => false,
        }) || self.drop(input, member)
    }

    /// Changes a condition so that the rule no longer applies.
    fn avoid(&self, rule: &ProseRule, input: &mut Value) {
        for condition in &rule.when {
            if !condition.or_absent && self.drop(input, &condition.member) {
                return;
            }
            let other = self.others(&condition.member, input);
            if let Some(value) = other.into_iter().find(|value| !condition.values.contains(value))
                && self.set(input, &condition.member, value)
            {
                return;
            }
        }
    }

    /// Returns the values that a member can have, other than its current one.
    fn others(&self, member: &str, input: &Value) -> Vec<Value> {
        let Some(field_path) = field_path_at(self.builder.model, self.operation, &self.pointer(member)) else {
            return Vec::new();
        };
        let shape = self.builder.model.shape(field_path.shape);
        let all: Vec<Value> = match shape.kind {
            ShapeKind::Boolean => vec![json!(true), json!(false)],
            _ => shape.enum_values.iter().map(|value| json!(value)).collect(),
        };
        all.into_iter().filter(|value| Some(value) != self.get(input, member)).collect()
    }

    fn keep_one(&self, input: &mut Value, members: &[String]) -> bool {
        let mut present: Vec<&String> = members.iter().filter(|member| self.get(input, member).is_some()).collect();
        present.sort_by_key(|member| !is_within(self.protected, &self.pointer(member)));
        present.into_iter().skip(1).all(|member| self.drop(input, member))
    }

    fn pointer(&self, member: &str) -> String {
        format!("{}{member}", self.object)
    }

    fn get<'v>(&self, input: &'v Value, member: &str) -> Option<&'v Value> {
        input.pointer(&self.pointer(member)).filter(|value| !value.is_null())
    }

    fn add(&self, input: &mut Value, member: &str) -> bool {
        if self.get(input, member).is_some() {
            return true;
        }
        let pointer = self.pointer(member);
        let value = field_path_at(self.builder.model, self.operation, &pointer)
            .and_then(|field_path| self.builder.value_at(self.operation, &field_path, 0));
        value.is_some_and(|value| put(input, &pointer, value))
    }

    fn set(&self, input: &mut Value, member: &str, value: Value) -> bool {
        let pointer = self.pointer(member);
        !is_within(self.protected, &pointer) && put(input, &pointer, value)
    }

    fn drop(&self, input: &mut Value, member: &str) -> bool {
        let pointer = self.pointer(member);
        if self.get(input, member).is_none() {
            return true;
        }
        let required =
            field_path_at(self.builder.model, self.operation, &pointer).is_some_and(|field_path| field_path.required);
        !required && !is_within(self.protected, &pointer) && remove(input, &pointer)
    }
}

/// Returns a match with some room above the minimum length, or else a shorter one.
fn some_match(pattern_generator: &PatternGenerator, variant: u64) -> Option<String> {
    let least = pattern_generator.span().min;
    (least + 8..least + 40)
        .chain(least..least + 8)
        .find_map(|length| pattern_generator.matching(length, Alphabet::Plain, variant))
}

/// Returns whether a pointer equals another one or is below it.
fn is_within(pointer: &str, around: &str) -> bool {
    pointer.strip_prefix(around).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Sets a member, and creates its parent objects.
fn put(input: &mut Value, pointer: &str, value: Value) -> bool {
    let mut here = input;
    for segment in pointer.split('/').skip(1) {
        let segment = unescape(segment);
        here = match here {
            Value::Object(members) => members.entry(segment).or_insert_with(|| json!({})),
            Value::Array(items) => match segment.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                Some(item) => item,
                None => return false,
            },
            _ => return false,
        };
    }
    *here = value;
    true
}

fn remove(input: &mut Value, pointer: &str) -> bool {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return false;
    };
    input
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .is_some_and(|members| members.shift_remove(&unescape(last)).is_some())
}
