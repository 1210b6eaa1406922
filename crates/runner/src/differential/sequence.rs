//! Sequences: one resource on each side, made, looked at, changed in a seeded order, removed, and looked at again.

use ivs_generators::{Case, Placeholder};
use ivs_model::{OperationId, fnv1a};
use ivs_pool::Pool;
use serde_json::{Value, json};

use crate::plan::OperationPlan;

/// How many steps a sequence has between the making and the removal.
const STEPS: usize = 6;
/// How many sequences each kind of resource has.
const EACH: u64 = 2;

/// What is done to one resource, step by step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sequence {
    /// Its name within the operation that makes the resource.
    pub(super) name: String,
    /// The kind of resource.
    pub(super) kind: String,
    /// The steps after it is made.
    pub(super) steps: Vec<Step>,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) operation: OperationId,
    /// The input; the one placeholder of the kind stands for the resource.
    pub(super) input: Value,
}

impl Sequence {
    /// The sequences of the kinds that an operation makes.
    pub(super) fn all(pool: &Pool, planned: &OperationPlan, cases: &[Case], seed: u64) -> Vec<Self> {
        let makes = |kind: &&String| pool.producer(kind).is_some_and(|recipe| recipe.operation == planned.operation.id);
        let kinds = planned.effects.creates.iter().filter(makes);
        kinds.flat_map(|kind| (1..=EACH).filter_map(|number| Self::of(pool, cases, kind, seed, number))).collect()
    }

    fn of(pool: &Pool, cases: &[Case], kind: &str, seed: u64, number: u64) -> Option<Self> {
        let step = |case: &Case| Step { operation: case.operation(), input: case.input.value().into_owned() };
        let getter = pool.getter(kind)?;
        let look = Step { operation: getter.operation, input: getter.input.clone() };
        let alone = |case: &&Case| case.is_valid() && names_alone(&case.input.value(), kind);
        let own: Vec<&Case> = cases.iter().filter(alone).collect();
        let remove =
            own.iter().find(|case| case.effects.consumes.iter().any(|it| it == kind)).map(|case| step(case))?;
        let mut changes: Vec<Step> = own
            .iter()
            .filter(|case| case.effects.mutates.iter().any(|it| it == kind) && case.effects.creates.is_empty())
            .map(|case| step(case))
            .collect();
        changes.push(look.clone());
        let mut random = Random(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ fnv1a(kind.bytes()));
        let mut steps = vec![look.clone()];
        for _ in 0..STEPS {
            steps.push(changes[random.below(changes.len())].clone());
            steps.push(look.clone());
        }
        steps.extend([remove.clone(), look, remove]);
        Some(Self { name: format!("sequence/{kind}-{number}"), kind: kind.to_owned(), steps })
    }
}

impl Step {
    /// The input with the resource in its place.
    pub(super) fn input(&self, kind: &str, arn: &str) -> Value {
        let fill = &mut |placeholder: &Placeholder| {
            Some(if placeholder.kind == kind { arn.to_owned() } else { placeholder.to_string() })
        };
        Placeholder::fill(&self.input, fill).unwrap_or_else(|| json!({}))
    }
}

/// Whether an input names one resource of the kind, and nothing else.
fn names_alone(input: &Value, kind: &str) -> bool {
    let named = Placeholder::all_in(input);
    named.len() == 1 && named.iter().all(|it| it.kind == kind && it.field == "arn" && it.number == 1)
}

/// SplitMix64, which is all that a choice among a few steps needs.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % count.max(1) as u64).unwrap_or(0)
    }
}
