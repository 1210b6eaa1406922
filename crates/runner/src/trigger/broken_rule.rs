//! Rules that only prose states, each broken on purpose by an input that keeps the model and every other rule.

use ivs_generators::{Case, Placeholder};
use ivs_model::knowledge::{Demand, ProseRule};
use ivs_model::{Knowledge, Model, Operation, ShapeKind, bundled, pointer, validate};
use serde_json::{Value, json};

use super::{Trigger, TriggerKind, declared_among};

/// Triggers for the rules of the operation whose rejection is known.
pub(super) fn broken_rules(
    knowledge: &Knowledge,
    model: &Model,
    operation: &Operation,
    cases: &[Case],
) -> Vec<Trigger> {
    let rules = knowledge.rules_of(operation.id);
    rules
        .filter_map(|rule| {
            let rejection = rule.rejection.as_ref()?;
            let breaking = Breaking { knowledge, model, operation, rule };
            let (at, input) = breaking.find(cases)?;
            Some(Trigger {
                name: format!("breaks-{}", rule.id),
                cause: format!("a rule of the documentation is broken: {}", rule.id.replace('-', " ")),
                errors: declared_among(model, operation, rejection),
                pointer: at,
                authority: rule.authority,
                code_authority: rejection.authority,
                source: rule.source.clone(),
                kind: TriggerKind::Input(input),
            })
        })
        .filter(|trigger| !trigger.errors.is_empty())
        .collect()
}

/// A member, and its new value if it is to have one.
type Change = (String, Option<Value>);

struct Breaking<'a> {
    knowledge: &'a Knowledge,
    model: &'a Model,
    operation: &'a Operation,
    rule: &'a ProseRule,
}

impl Breaking<'_> {
    /// The smallest valid input of a Case to which the rule applies, changed so that it breaks this rule alone; with the
    /// place of what breaks it.
    fn find(&self, cases: &[Case]) -> Option<(String, Value)> {
        let mut valid: Vec<&Case> = cases.iter().filter(|case| case.is_valid()).collect();
        valid.sort_by_cached_key(|case| (case.input.to_string().len(), case.id.clone()));
        valid.into_iter().find_map(|case| {
            let input = case.input.value();
            let objects = pointer::resolve(&input, &self.rule.at);
            objects.into_iter().find_map(|(object, value)| {
                let applies = value.is_object() && self.rule.when.iter().all(|condition| condition.is_met(value));
                let changes = if applies { self.changes(value) } else { Vec::new() };
                changes.into_iter().find_map(|changes| {
                    let change = |input, (member, value)| changed(input, &format!("{object}{member}"), value);
                    let input = changes.into_iter().try_fold(input.clone().into_owned(), change)?;
                    self.is_the_only_break(&input).then_some((object.clone(), input))
                })
            })
        })
    }

    /// Ways to break the demand: members with a new value, or none at all.
    fn changes(&self, object: &Value) -> Vec<Vec<Change>> {
        let shape = |member: &str| {
            let place = format!("{}{member}", self.rule.at);
            self.model.shape_at(self.operation.input?, &place).map(|id| self.model.shape(id))
        };
        match &self.rule.demand {
            Demand::Requires(members) | Demand::AtLeastOne(members) | Demand::ExactlyOne(members) => {
                members.iter().filter(|it| object.pointer(it).is_some()).map(|it| vec![(it.clone(), None)]).collect()
            }
            Demand::OneOf { member, values, .. } => {
                let Some(shape) = shape(member) else { return Vec::new() };
                let all: Vec<Value> = match shape.kind {
                    ShapeKind::Boolean => vec![json!(true), json!(false)],
                    _ => shape.enum_values.iter().map(|value| json!(value)).collect(),
                };
                all.into_iter().filter(|it| !values.contains(it)).map(|it| vec![(member.clone(), Some(it))]).collect()
            }
            Demand::Even(members) => members.iter().map(|member| vec![(member.clone(), Some(json!(721)))]).collect(),
            Demand::MaxProduct { members, .. } => {
                let greatest = |member: &String| {
                    let bound = shape(member)?.max_value.and_then(ivs_model::Number::as_i64)?;
                    Some((member.clone(), Some(json!(bound))))
                };
                vec![members.iter().filter_map(greatest).collect()]
            }
            Demand::MaxBytes { member, max } => {
                let text = "x".repeat(usize::try_from(*max).unwrap_or_default() + 1);
                let is_map = shape(member).is_some_and(|shape| matches!(shape.kind, ShapeKind::Map { .. }));
                vec![vec![(member.clone(), Some(if is_map { json!({ "key": text }) } else { json!(text) }))]]
            }
            Demand::P384PublicKey(member) => {
                bundled::keys().wrong.iter().map(|(_, pem)| vec![(member.clone(), Some(json!(pem)))]).collect()
            }
            // No rule of these kinds says what answers a break.
            Demand::Excludes(_)
            | Demand::AtMostOne(_)
            | Demand::AtMost { .. }
            | Demand::NoKeyPrefix { .. }
            | Demand::EachOneOf { .. }
            | Demand::EachMatches { .. }
            | Demand::DistinctItems(_)
            | Demand::Differ(_) => Vec::new(),
        }
    }

    /// Whether the input keeps the model and every rule but this one, and those that are broken along with it because they ask
    /// for less of the same.
    fn is_the_only_break(&self, input: &Value) -> bool {
        let Some(shape) = self.operation.input else { return false };
        let keys = bundled::keys().p384;
        let plain = Placeholder::fill(input, &mut |placeholder| {
            Some(match placeholder.field.as_str() {
                "pem" => keys[0].to_owned(),
                _ => format!("{{{placeholder}}}"),
            })
        });
        let broken = self.knowledge.broken_rules(self.operation.id, plain.as_ref().unwrap_or(&Value::Null));
        let own = broken.iter().any(|broken| broken.rule.id == self.rule.id);
        let others = broken
            .iter()
            .any(|broken| broken.rule.id != self.rule.id && broken.rule.demand.members() != self.rule.demand.members());
        // Placeholders keep no pattern; everything else must.
        let violations = validate(self.model, shape, input);
        let of_placeholder = |at: &str| {
            input.pointer(at).and_then(Value::as_str).is_some_and(|text| text.parse::<Placeholder>().is_ok())
        };
        own && !others && violations.iter().all(|violation| of_placeholder(&violation.pointer))
    }
}

/// The input with another value at the place, or without it.
fn changed(mut input: Value, place: &str, value: Option<Value>) -> Option<Value> {
    let (parent, last) = place.rsplit_once('/')?;
    let members = input.pointer_mut(parent)?.as_object_mut()?;
    match value {
        Some(value) => {
            members.insert(last.to_owned(), value);
        }
        None => {
            members.shift_remove(last)?;
        }
    }
    Some(input)
}
