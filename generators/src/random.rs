//! Random cases of one operation, and their shrinking.

use ivs_model::{Knowledge, Model, Operation, fnv1a, validate};
use proptest::prelude::{BoxedStrategy, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::boundary::inexpressible;
use crate::control::Twin;
use crate::draft::Draft;
use crate::field_path::{FieldPath, field_paths, pointers};
use crate::input::Builder;
use crate::invalid_variant::InvalidVariant;
use crate::plan::{is_key, mutation, value_of};
use crate::{Case, Mutation, Operator, Site};

/// The maximum number of draws, since rules may exclude a drawn input.
const DRAWS: u32 = 32;

/// The maximum number of steps of shrinking.
const STEPS: usize = 400;

/// A source of random cases of one operation. The same seed gives the same cases, independent of other sources.
#[derive(Debug)]
pub struct Random<'m> {
    builder: Builder<'m>,
    operation: &'m Operation,
    field_paths: Vec<FieldPath>,
    strategy: Option<BoxedStrategy<Value>>,
    twin: Option<Twin>,
    seed: u64,
}

/// A random case with the steps that led to it. It is plain data, so that shrinking can wait for an endpoint's
/// response.
#[derive(Debug, Clone)]
pub struct RandomCase {
    /// The drawn case, or the simplest one that still failed.
    pub case: Case,
    number: u32,
    /// The number of the draw that was sound.
    draw: u32,
    /// The violation to preserve.
    invalid_variant: Option<(Site, Operator, String)>,
    moves: Vec<Move>,
    candidate: Option<Case>,
}

/// One step of shrinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Simplify,
    Complicate,
}

/// Returns `cases` random cases of one operation, alternately valid and invalid.
#[must_use]
pub fn random(model: &Model, operation: &Operation, knowledge: &Knowledge, seed: u64, cases: u32) -> Vec<Case> {
    let random = Random::new(model, operation, knowledge, seed);
    (0..cases).filter_map(|number| random.draw(number)).map(|drawn| drawn.case).collect()
}

impl<'m> Random<'m> {
    /// Creates a source with a seed.
    #[must_use]
    pub fn new(model: &'m Model, operation: &'m Operation, knowledge: &'m Knowledge, seed: u64) -> Self {
        let builder = Builder::new(model, knowledge);
        let strategy = builder.strategy(operation);
        let twin = crate::plan::twin(&builder, operation);
        Self { field_paths: field_paths(model, operation), operation, strategy, twin, seed, builder }
    }

    /// Returns the case with that number: valid if the number is even, else invalid. `None` if the operation has no
    /// such case.
    #[must_use]
    pub fn draw(&self, number: u32) -> Option<RandomCase> {
        (0..DRAWS).find_map(|draw| {
            let tree = self.tree(number, draw)?;
            let input = self.mended(tree.current())?;
            if number.is_multiple_of(2) {
                let case = self.case(Draft::valid(self.name(number), input, Vec::new()));
                return Some(RandomCase {
                    case,
                    number,
                    draw,
                    invalid_variant: None,
                    moves: Vec::new(),
                    candidate: None,
                });
            }
            let mut choices = self.invalid_variants(&input);
            if choices.is_empty() {
                return None;
            }
            let index = usize::try_from(digest(self.seed, &self.operation.name, number, draw) % choices.len() as u64);
            let mutation = choices.swap_remove(index.ok()?);
            let invalid_variant = Some((mutation.site.clone(), mutation.operator, mutation.variant.clone()));
            let case = self.broken(number, &input, mutation)?;
            Some(RandomCase { case, number, draw, invalid_variant, moves: Vec::new(), candidate: None })
        })
    }

    /// Returns the next simpler case to try, if there is one. `fails` states whether the previous case (at first, the
    /// drawn one) still fails. At the end, `drawn.case` is the simplest case that failed.
    ///
    /// Every candidate is sound: a valid one meets all constraints and rules, and an invalid one violates only the same
    /// site in the same way.
    pub fn shrink(&self, drawn: &mut RandomCase, fails: bool) -> Option<Case> {
        if fails && let Some(candidate) = drawn.candidate.take() {
            drawn.case = candidate;
        }
        let mut tree = self.tree(drawn.number, drawn.draw)?;
        for step in &drawn.moves {
            step.apply(&mut *tree);
        }
        let mut next = if fails { Move::Simplify } else { Move::Complicate };
        while drawn.moves.len() < STEPS && next.apply(&mut *tree) {
            drawn.moves.push(next);
            match self.rebuilt(drawn, tree.current()) {
                Some(case) if case.input != drawn.case.input => {
                    drawn.candidate = Some(case.clone());
                    return Some(case);
                }
                // This case equals the failed one, so the next part is simplified.
                Some(_) => next = Move::Simplify,
                // A case that cannot be sent proves nothing, so the last step is reverted.
                None => next = Move::Complicate,
            }
        }
        None
    }

    fn rebuilt(&self, drawn: &RandomCase, input: Value) -> Option<Case> {
        let input = self.mended(input)?;
        match &drawn.invalid_variant {
            None => Some(self.case(Draft::valid(self.name(drawn.number), input, Vec::new()))),
            Some((site, operator, variant)) => {
                let mutation = self.invalid_variants(&input).into_iter().find(|mutation| {
                    mutation.site == *site && mutation.operator == *operator && mutation.variant == *variant
                })?;
                self.broken(drawn.number, &input, mutation)
            }
        }
    }

    fn tree(&self, number: u32, draw: u32) -> Option<Box<dyn ValueTree<Value = Value>>> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&digest(self.seed, &self.operation.name, number, draw).to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
        self.strategy.as_ref()?.new_tree(&mut runner).ok()
    }

    /// Returns the input, repaired to meet the rules; `None` if that fails.
    fn mended(&self, mut input: Value) -> Option<Value> {
        self.builder.repair(self.operation, &mut input, "");
        let is_sound = self.builder.broken_rules(self.operation, &input).is_empty()
            && self.violations(&input).is_empty()
            && self.is_expressible(&input);
        is_sound.then_some(input)
    }

    /// Returns whether the wire can express every value, so that the drawn input arrives unchanged.
    fn is_expressible(&self, input: &Value) -> bool {
        self.field_paths.iter().all(|field_path| {
            pointers(input, &field_path.steps).iter().all(|pointer| {
                is_key(field_path) || inexpressible(field_path, &value_of(field_path, input, pointer)).is_none()
            })
        })
    }

    fn violations(&self, input: &Value) -> Vec<ivs_model::Violation> {
        let filled = self.builder.samples.fill(input);
        self.operation.input.map_or_else(Vec::new, |shape| validate(self.builder.model, shape, &filled))
    }

    /// Returns every mutation that makes this input invalid in one place.
    fn invalid_variants(&self, input: &Value) -> Vec<Mutation> {
        let mut found = Vec::new();
        for field_path in &self.field_paths {
            for pointer in pointers(input, &field_path.steps) {
                let before = value_of(field_path, input, &pointer);
                if before.is_null() && !is_key(field_path) {
                    continue;
                }
                let invalid_variants = self.builder.invalid_variants(self.operation, field_path, &before).found;
                found.extend(invalid_variants.into_iter().filter_map(|invalid_variant: InvalidVariant| {
                    mutation(field_path, &pointer, &before, invalid_variant)
                }));
            }
        }
        found
    }

    fn broken(&self, number: u32, input: &Value, mutation: Mutation) -> Option<Case> {
        let broken = mutation.apply(input)?;
        // The mutation is sound if all violations are at its place.
        let is_sound = {
            let violations = self.violations(&broken);
            !violations.is_empty() && violations.iter().all(|violation| violation.pointer == mutation.pointer)
        };
        is_sound.then(|| self.case(Draft::invalid(self.name(number), broken, mutation, input.clone())))
    }

    fn name(&self, number: u32) -> String {
        let polarity = if number.is_multiple_of(2) { "valid" } else { "invalid" };
        format!("random-{polarity}/{}-{number}", self.seed)
    }

    fn case(&self, draft: Draft) -> Case {
        draft.into_case(&self.builder, self.operation, self.twin.as_ref())
    }
}

impl Move {
    fn apply(self, tree: &mut dyn ValueTree<Value = Value>) -> bool {
        match self {
            Self::Simplify => tree.simplify(),
            Self::Complicate => tree.complicate(),
        }
    }
}

/// Hashes the identity of a draw.
fn digest(seed: u64, operation: &str, number: u32, draw: u32) -> u64 {
    let bytes =
        seed.to_le_bytes().into_iter().chain(operation.bytes()).chain(number.to_le_bytes()).chain(draw.to_le_bytes());
    fnv1a(bytes)
}
