//! Random cases of one operation, and their shrinking.

use std::cell::OnceCell;
use std::sync::Arc;

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
use crate::plan::{Planner, is_key, mutation, value_of};
use crate::variant::InvalidVariant;
use crate::{Case, Depth, Mutation, Operator, Site};

/// The maximum number of draws, since rules may exclude a drawn input.
const DRAWS: u32 = 32;

/// The maximum number of steps of shrinking.
const STEPS: usize = 400;

/// A source of random cases of one operation. The same seed gives the same cases, independent of other sources.
#[derive(Debug)]
pub struct Random<'m> {
    builder: Arc<Builder<'m>>,
    operation: &'m Operation,
    field_paths: Vec<FieldPath>,
    strategy: Option<BoxedStrategy<Value>>,
    /// The control of valid cases, once one was drawn.
    twin: OnceCell<Option<Twin>>,
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
    invalid_variant: Option<(Site, Operator, &'static str)>,
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
    /// Creates a source with a seed, down to the default depth.
    #[must_use]
    pub fn new(model: &'m Model, operation: &'m Operation, knowledge: &'m Knowledge, seed: u64) -> Self {
        Self::of(Arc::new(Builder::new(model, knowledge, Depth::default())), operation, seed)
    }

    pub(crate) fn of(builder: Arc<Builder<'m>>, operation: &'m Operation, seed: u64) -> Self {
        let strategy = builder.strategy(operation);
        let field_paths = field_paths(builder.model, operation, builder.depth).places;
        Self { builder, operation, field_paths, strategy, twin: OnceCell::new(), seed }
    }

    /// Takes the control of valid cases from the systematic cases of the operation, instead of planning them again.
    #[must_use]
    pub fn beside(self, cases: &[Case]) -> Self {
        Self { twin: OnceCell::from(Twin::of(cases)), ..self }
    }

    /// Returns the case with that number: valid if the number is even, else invalid. `None` if the operation has no
    /// such case.
    #[must_use]
    pub fn draw(&self, number: u32) -> Option<RandomCase> {
        (0..DRAWS).find_map(|draw| {
            let tree = self.tree(number, draw)?;
            let input = self.mended(tree.current())?;
            if number.is_multiple_of(2) {
                let case = self.case(Draft::valid(self.name(number), input.into(), Vec::new()));
                return Some(RandomCase {
                    case,
                    number,
                    draw,
                    invalid_variant: None,
                    moves: Vec::new(),
                    candidate: None,
                });
            }
            let mutation = self.choice(&input, digest(self.seed, &self.operation.name, number, draw))?;
            let invalid_variant = Some((mutation.site.clone(), mutation.operator, mutation.variant));
            let case = self.broken(number, input, mutation)?;
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
            None => Some(self.case(Draft::valid(self.name(drawn.number), input.into(), Vec::new()))),
            Some((site, operator, variant)) => {
                let of_site = self.field_paths.iter().filter(|field_path| field_path.path == site.path);
                let places = of_site.flat_map(|field_path| self.places(field_path, &input)).collect::<Vec<_>>();
                let mutation = places.into_iter().flat_map(Place::mutations).find(|mutation| {
                    mutation.site == *site && mutation.operator == *operator && mutation.variant == *variant
                })?;
                self.broken(drawn.number, input, mutation)
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

    /// Returns a mutation out of all that make this input invalid in one place, by a number; `None` if there is none.
    fn choice(&self, input: &Value, number: u64) -> Option<Mutation> {
        // The mutations of a large input are counted first, and only those of one place are built.
        let places = || self.field_paths.iter().flat_map(|field_path| self.places(field_path, input));
        let counts: Vec<usize> = places().map(|place| place.invalid_variants.len()).collect();
        let choices = counts.iter().sum::<usize>() as u64;
        let mut index = usize::try_from(number.checked_rem(choices)?).ok()?;
        let at = counts.iter().position(|count| {
            let is_here = index < *count;
            index -= if is_here { 0 } else { *count };
            is_here
        })?;
        places().nth(at)?.mutations().nth(index)
    }

    /// Returns all places in the input that a path leads to.
    fn places<'p>(&'p self, field_path: &'p FieldPath, input: &'p Value) -> impl Iterator<Item = Place<'p>> {
        pointers(input, &field_path.steps).into_iter().filter_map(move |pointer| {
            let before = value_of(field_path, input, &pointer);
            if before.is_null() && !is_key(field_path) {
                return None;
            }
            let invalid_variants = self.builder.invalid_variants(self.operation, field_path, &before).found;
            Some(Place { field_path, pointer: pointer.into(), before: Arc::new(before), invalid_variants })
        })
    }

    fn broken(&self, number: u32, input: Value, mutation: Mutation) -> Option<Case> {
        let broken = mutation.apply(&input)?;
        // The mutation is sound if all violations are at its place.
        let is_sound = {
            let violations = self.violations(&broken);
            !violations.is_empty() && violations.iter().all(|violation| *violation.pointer == *mutation.pointer)
        };
        let draft = is_sound.then(|| Draft::invalid(self.name(number), &Arc::new(input), mutation))??;
        Some(self.case(draft))
    }

    fn name(&self, number: u32) -> String {
        let polarity = if number.is_multiple_of(2) { "valid" } else { "invalid" };
        format!("random-{polarity}/{}-{number}", self.seed)
    }

    fn case(&self, draft: Draft) -> Case {
        let twin = || Twin::of(&Planner::new(&self.builder, self.operation).plan().cases);
        // Only valid cases need it.
        let twin = if draft.mutation().is_none() { self.twin.get_or_init(twin).as_ref() } else { None };
        draft.into_case(&self.builder, self.operation, twin)
    }
}

/// One place of one input, with its violations.
struct Place<'p> {
    field_path: &'p FieldPath,
    pointer: Arc<str>,
    before: Arc<Value>,
    invalid_variants: Vec<InvalidVariant>,
}

impl<'p> Place<'p> {
    fn mutations(self) -> impl Iterator<Item = Mutation> + use<'p> {
        let Self { field_path, pointer, before, invalid_variants } = self;
        invalid_variants
            .into_iter()
            .filter_map(move |invalid_variant| mutation(field_path, &pointer, &before, invalid_variant))
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
