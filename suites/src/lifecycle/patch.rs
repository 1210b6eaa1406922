//! The menu of a kind: sets of members that one call may hold beside what it needs, read off valid Cases.

use std::collections::{BTreeMap, BTreeSet};

use ivs_generators::{Case, Placeholder, Random, Samples};
use ivs_model::{Knowledge, Model, OperationId};
use ivs_pool::Recipe;
use serde_json::{Map, Value};

/// Texts beyond this length make no good reading in a report, and tell of the validation suite's business.
const LONGEST: usize = 400;

/// Random inputs beside those of the systematic Cases.
const DRAWS: u32 = 6;

/// The most tags that a creating call gets here: one place is for the tag of the run.
const TAGS: usize = 8;

/// What a menu is read off.
pub(super) struct Patches<'a> {
    pub(super) model: &'static Model,
    pub(super) knowledge: &'static Knowledge,
    pub(super) samples: &'a Samples,
    /// The members that come back.
    pub(super) members: &'a BTreeSet<String>,
    pub(super) seed: u64,
}

impl Patches<'_> {
    /// The menu of one operation, the simplest first.
    pub(super) fn of(&self, recipe: &Recipe, valid: &[&Case]) -> Vec<Map<String, Value>> {
        let Some(operation) = self.model.operation(recipe.operation.name()) else { return Vec::new() };
        let random = Random::new(self.model, operation, self.knowledge, self.seed);
        // Even numbers are valid ones.
        let drawn: Vec<Case> = (0..DRAWS).filter_map(|number| random.draw(number * 2)).map(|it| it.case).collect();
        let systematic = valid.iter().copied().filter(|case| case.operation() == recipe.operation);
        let cases = systematic.chain(&drawn).filter(|case| !names_made_up(case, self.knowledge));
        let mut menu = BTreeMap::new();
        for case in cases {
            let Some(patch) = self.patch(recipe, &case.input.value()) else { continue };
            let text = Value::Object(patch.clone()).to_string();
            menu.insert((patch.len(), text.len(), text), patch);
        }
        menu.into_values().collect()
    }

    /// What the input holds beyond the least one, if all of it can be judged and it stands by itself.
    fn patch(&self, recipe: &Recipe, input: &Value) -> Option<Map<String, Value>> {
        let least = recipe.input.as_object()?;
        let is_judged = |name: &String, value: &Value| {
            let few = || value.as_object().is_some_and(|tags| (1..=TAGS).contains(&tags.len()));
            self.members.contains(name) || name == "tags" && few()
        };
        let patch: Map<String, Value> = input
            .as_object()?
            .iter()
            .filter(|(name, value)| least.get(*name) != Some(value) && is_judged(name, value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let text = Value::Object(patch.clone()).to_string();
        let is_plain = |placeholder: &Placeholder| {
            // What refers to another one of the kind, to nothing, or to a key, is not for the menu.
            matches!(placeholder.field.as_str(), "arn" | "name") && placeholder.number == 1
        };
        let mut whole = recipe.input.clone();
        whole.as_object_mut()?.extend(patch.clone());
        let is_fit = !patch.is_empty()
            && text.len() <= LONGEST
            && Placeholder::all_in(&Value::Object(patch.clone())).iter().all(is_plain)
            && keeps_rules(self.model, self.knowledge, self.samples, recipe.operation, &whole);
        is_fit.then_some(patch)
    }
}

/// Whether the input keeps the constraints of the model and the rules that prose states.
pub(super) fn keeps_rules(
    model: &Model,
    knowledge: &Knowledge,
    samples: &Samples,
    operation: OperationId,
    input: &Value,
) -> bool {
    let Some(shape) = model.operation(operation.name()).and_then(|operation| operation.input) else { return false };
    let filled = samples.fill(input);
    ivs_model::validate(model, shape, &filled).is_empty() && knowledge.broken_rules(operation, &filled).is_empty()
}

/// Whether the input names a bucket or the like literally.
pub(super) fn names_made_up(case: &Case, knowledge: &Knowledge) -> bool {
    let (externals, input) = (knowledge.externals_of(case.id.operation), case.input.value());
    externals
        .flat_map(|external| ivs_model::pointer::resolve(&input, &external.member))
        .any(|(_, value)| value.as_str() != Some("") && Placeholder::all_in(value).is_empty())
}
