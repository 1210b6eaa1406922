//! Random sequences of a kind, drawn and shrunk by proptest; the way to a candidate is plain data, so that it can wait for
//! an endpoint's answers.

use std::ops::RangeInclusive;
use std::sync::Arc;

use ivs_model::fnv1a;
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy};
use proptest::sample::select;
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value};

use super::kind::Kind;
use super::role::Role;
use super::sequence_tree::SequenceTree;
use super::state::{SLOTS, State};
use super::step::Step;

/// How long sequences are when they are drawn.
const LENGTH: RangeInclusive<usize> = 5..=10;
/// The same where each change takes its time.
const SLOW_LENGTH: RangeInclusive<usize> = 5..=8;

/// How often to draw again when a sequence does not do what it is meant to.
const DRAWS: u32 = 8;

/// How many steps in a row may turn out to be not allowed, before a sequence is given up.
const REJECTS: u32 = 1000;

/// How many moves a shrinking may take, those included that lead to nothing that can be played.
const MOVES: usize = 200;

/// How much oftener the step under test is drawn.
const EMPHASIS: u32 = 4;

/// Tag keys and values: a few, so that steps meet each other's.
const KEYS: [&str; 3] = ["contract-a", "contract-b", "contract c"];
const VALUES: [&str; 3] = ["1", "", "another value"];

/// A random sequence, with the way that led to it.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    kind: Arc<Kind>,
    role: Role,
    seed: u64,
    number: u32,
    draw: u32,
    /// The sequence as it was drawn, or the simplest one that still failed.
    pub(super) steps: Vec<Step>,
    candidate: Option<Vec<Step>>,
    /// How many of them were played before it failed.
    seen: usize,
    moves: Vec<Move>,
}

/// One move of shrinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Simplify,
    Complicate,
}

/// The sequence of that number which puts the role to the test; none if no such one comes up.
pub(super) fn draw(kind: &Arc<Kind>, role: &Role, seed: u64, number: u32) -> Option<Drawn> {
    (0..DRAWS).find_map(|draw| {
        let mut drawn = Drawn {
            kind: Arc::clone(kind),
            role: role.clone(),
            seed,
            number,
            draw,
            steps: Vec::new(),
            candidate: None,
            seen: 0,
            moves: Vec::new(),
        };
        drawn.steps = drawn.tree()?.current();
        role.is_shown_by(kind, &drawn.steps).then_some(drawn)
    })
}

impl Drawn {
    /// Notes that the sequence failed after so many steps: those behind are of no account.
    pub(super) fn failed_after(&mut self, seen: usize) {
        self.seen = seen;
    }

    /// The next simpler sequence to try, if there is one. `fails` tells of the one given before, and of the sequence as
    /// drawn at first.
    pub(super) fn next(&mut self, fails: bool) -> Option<Vec<Step>> {
        if let Some(candidate) = self.candidate.take().filter(|_| fails) {
            self.steps = candidate;
        }
        let mut tree = self.tree()?;
        tree.failed_after(self.seen);
        for step in &self.moves {
            step.apply(&mut tree);
        }
        let mut next = if fails { Move::Simplify } else { Move::Complicate };
        while self.moves.len() < MOVES {
            let moved = next.apply(&mut tree);
            self.moves.push(next);
            if moved {
                let steps = tree.current();
                if steps != self.steps {
                    self.candidate = Some(steps.clone());
                    return Some(steps);
                }
            } else if next == Move::Simplify {
                return None;
            }
            // The very sequence that failed, or nothing to go back to: on to the next thing to simplify.
            next = Move::Simplify;
        }
        None
    }

    fn tree(&self) -> Option<SequenceTree> {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&self.digest().to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let config = Config { failure_persistence: None, max_local_rejects: REJECTS, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, rng);
        let start = State::new(Arc::clone(&self.kind));
        let length = if self.kind.changes_slowly() { SLOW_LENGTH } else { LENGTH };
        SequenceTree::draw(&mut runner, length, start, |state| steps(state, &self.role)).ok()
    }

    /// A hash of what tells one draw from another.
    fn digest(&self) -> u64 {
        let name = self.kind.name.bytes().chain(self.role.name().bytes());
        let bytes = name.chain(self.number.to_le_bytes()).chain(self.draw.to_le_bytes());
        fnv1a(bytes)
    }
}

impl Move {
    fn apply(self, tree: &mut impl ValueTree) -> bool {
        match self {
            Self::Simplify => tree.simplify(),
            Self::Complicate => tree.complicate(),
        }
    }
}

/// What may come next, the likelier the more it tells.
fn steps(state: &State, role: &Role) -> BoxedStrategy<Step> {
    let kind = &state.kind;
    let create = making(kind).prop_map(|input| Step::Create { input }).boxed();
    if state.slots.is_empty() {
        return create;
    }
    let slot = || select((0..state.slots.len()).collect::<Vec<_>>());
    let mut choices: Vec<(u32, BoxedStrategy<Step>)> = Vec::new();
    let mut add = |weight: u32, sample: Step, strategy: BoxedStrategy<Step>| {
        choices.push((if role.is_put_to_test_by(&sample) { weight * EMPHASIS } else { weight }, strategy));
    };
    if state.slots.len() < SLOTS {
        add(2, Step::Create { input: Map::new() }, create);
    }
    add(2, Step::Read { slot: 0 }, slot().prop_map(|slot| Step::Read { slot }).boxed());
    if kind.list.is_some() {
        add(1, Step::List { slot: 0 }, slot().prop_map(|slot| Step::List { slot }).boxed());
    }
    if let Some(changes) = changing(kind) {
        let update = (slot(), changes).prop_map(|(slot, change)| Step::Update { slot, change });
        add(5, Step::Update { slot: 0, change: Map::new() }, update.boxed());
    }
    if kind.tagging.is_some() {
        let tag = (slot(), tags()).prop_map(|(slot, tags)| Step::Tag { slot, tags });
        add(2, Step::Tag { slot: 0, tags: Map::new() }, tag.boxed());
        let keys = vec(select(KEYS.to_vec()), 1..=2).prop_map(|mut keys| {
            keys.sort_unstable();
            keys.dedup();
            keys.into_iter().map(str::to_owned).collect()
        });
        let untag = (slot(), keys).prop_map(|(slot, keys)| Step::Untag { slot, keys });
        add(1, Step::Untag { slot: 0, keys: Vec::new() }, untag.boxed());
    }
    add(1, Step::Delete { slot: 0 }, slot().prop_map(|slot| Step::Delete { slot }).boxed());
    let parents: Vec<String> =
        state.parents.iter().filter(|(_, there)| **there).map(|(parent, _)| parent.to_string()).collect();
    for parent in parents {
        let step = Step::Remove { parent };
        if state.allows(&step) {
            add(2, step.clone(), Just(step).boxed());
        }
    }
    Union::new_weighted(choices).boxed()
}

/// Members beside the least creating input; simpler ones come first in the menu, and none at all is the simplest.
fn making(kind: &Arc<Kind>) -> BoxedStrategy<Map<String, Value>> {
    if kind.making.is_empty() {
        return Just(Map::new()).boxed();
    }
    let kind = Arc::clone(kind);
    // By index, so that no step of a sequence has a copy of the menu.
    vec(0..kind.making.len(), 0..=2).prop_map(move |chosen| merged(&kind.making, &chosen)).boxed()
}

fn changing(kind: &Arc<Kind>) -> Option<BoxedStrategy<Map<String, Value>>> {
    if kind.changing.is_empty() {
        return None;
    }
    let menu = Arc::clone(kind);
    let plain = vec(0..kind.changing.len(), 1..=2).prop_map(move |chosen| merged(&menu.changing, &chosen)).boxed();
    let mut choices = vec![(3, plain)];
    let detaching: Vec<Map<String, Value>> =
        kind.detaches.iter().map(|detach| super::walk::detaching(detach)).collect();
    if !detaching.is_empty() {
        choices.push((1, select(detaching).boxed()));
    }
    let attaching = super::walk::attaching(kind);
    if !attaching.is_empty() {
        choices.push((1, select(attaching).boxed()));
    }
    Some(Union::new_weighted(choices).boxed())
}

fn tags() -> BoxedStrategy<Map<String, Value>> {
    let pair = (select(KEYS.to_vec()), select(VALUES.to_vec()));
    vec(pair, 1..=2)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect())
        .boxed()
}

fn merged(menu: &[Map<String, Value>], chosen: &[usize]) -> Map<String, Value> {
    chosen.iter().flat_map(|index| menu[*index].clone()).collect()
}
