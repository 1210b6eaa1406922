//! The reference model of a kind: which resources there are, what was written to them, and what a step does to that.

use std::collections::BTreeMap;
use std::sync::Arc;

use ivs_generators::Placeholder;
use ivs_model::knowledge::{Cascade, Effect, Precondition};
use serde_json::{Map, Value};

use super::kind::Kind;
use super::step::{Step, names, referred};

/// The most resources of the kind in one sequence: two are enough to tell one from another, and few kinds are so
/// scarce that there cannot be two.
pub(super) const SLOTS: usize = 2;

/// What the sequence has brought about so far, if the endpoint keeps the contract.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) kind: Arc<Kind>,
    pub(super) slots: Vec<Slot>,
    /// What was referred to so far, and whether it is there.
    pub(super) parents: BTreeMap<Placeholder, bool>,
}

/// One resource of the kind.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Slot {
    pub(super) alive: bool,
    /// The creating input, with what updates have put over it; placeholders not yet filled.
    pub(super) written: Map<String, Value>,
    pub(super) tags: Map<String, Value>,
}

/// What becomes of a resource that others may refer to when it is removed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum DeletionOutcome {
    /// Nothing refers to it: it goes.
    Goes,
    /// It is referred to, and must stay.
    Stays(&'static Precondition),
    /// It goes, and something becomes of these slots.
    Takes(&'static Cascade, Vec<usize>),
    /// It is referred to, and nothing says what happens.
    Unknown,
}

impl State {
    pub(super) fn new(kind: Arc<Kind>) -> Self {
        Self { kind, slots: Vec::new(), parents: BTreeMap::new() }
    }

    /// Whether every step may follow those before it.
    pub(super) fn allows_all(kind: &Arc<Kind>, steps: &[Step]) -> bool {
        let mut state = Self::new(Arc::clone(kind));
        steps.iter().all(|step| {
            let allowed = state.allows(step);
            state.apply(step);
            allowed
        })
    }

    /// Whether the outcome of a step is known here.
    pub(super) fn allows(&self, step: &Step) -> bool {
        let slot = step.slot().map(|slot| self.slots.get(slot));
        let slot = match slot {
            Some(None) => return false,
            Some(slot) => slot,
            None => None,
        };
        let alive = slot.is_some_and(|slot| slot.alive);
        match step {
            Step::Create { input } => {
                let whole = self.kind.making_input(self.slots.len(), input);
                self.slots.len() < SLOTS
                    && self.exist(&whole)
                    && self.kind.keeps_rules(self.kind.create.operation, &whole)
            }
            Step::Read { .. } => true,
            Step::List { .. } => self.kind.list.as_ref().is_some_and(|list| {
                // The list of a parent that is gone is not there either.
                slot.is_some_and(|slot| self.exist(&scoped(&list.recipe.input, slot)))
            }),
            Step::Update { change, .. } => {
                let (Some(slot), Some(changer)) = (slot, &self.kind.update) else { return false };
                let mut whole = changer.input.clone();
                if let Some(members) = whole.as_object_mut() {
                    members.extend(change.clone());
                }
                let after = Value::Object(self.written_after(slot, change));
                !change.is_empty()
                    && self.kind.keeps_rules(changer.operation, &whole)
                    && (!alive
                        || self.exist(&Value::Object(change.clone()))
                            && self.kind.keeps_rules(self.kind.create.operation, &after))
            }
            Step::Tag { .. } | Step::Untag { .. } => self.kind.tagging.is_some() && (alive || !self.kind.only_ends()),
            // Whether what is over can be ended again is not said.
            Step::Delete { .. } => alive || !self.kind.only_ends(),
            Step::Remove { parent } => parent.parse().is_ok_and(|parent: Placeholder| {
                self.parents.get(&parent) == Some(&true)
                    && self.kind.parents.contains_key(&parent.kind)
                    && self.fate(&parent) != DeletionOutcome::Unknown
            }),
        }
    }

    /// The state after a step that is allowed.
    pub(super) fn apply(&mut self, step: &Step) {
        match step {
            Step::Create { input } => {
                let whole = self.kind.making_input(self.slots.len(), input);
                self.refer(&whole);
                let mut written = whole.as_object().cloned().unwrap_or_default();
                let tags = written.shift_remove("tags").and_then(|tags| tags.as_object().cloned()).unwrap_or_default();
                self.slots.push(Slot { alive: true, written, tags });
            }
            Step::Update { slot, change } => {
                let Some(known) = self.slots.get(*slot).filter(|slot| slot.alive) else { return };
                let written = self.written_after(known, change);
                self.slots[*slot].written = written;
                self.refer(&Value::Object(change.clone()));
            }
            Step::Tag { slot, tags } => {
                if let Some(slot) = self.slots.get_mut(*slot).filter(|slot| slot.alive) {
                    slot.tags.extend(tags.clone());
                }
            }
            Step::Untag { slot, keys } => {
                if let Some(slot) = self.slots.get_mut(*slot).filter(|slot| slot.alive) {
                    slot.tags.retain(|key, _| !keys.contains(key));
                }
            }
            Step::Delete { slot } => {
                if let Some(slot) = self.slots.get_mut(*slot) {
                    slot.alive = false;
                }
            }
            Step::Remove { parent } => {
                let Ok(parent) = parent.parse::<Placeholder>() else { return };
                match self.fate(&parent) {
                    DeletionOutcome::Goes => {
                        self.parents.insert(parent, false);
                    }
                    DeletionOutcome::Takes(cascade, slots) => {
                        self.parents.insert(parent, false);
                        for slot in slots {
                            match cascade.effect {
                                Effect::Ends => self.slots[slot].alive = false,
                                Effect::Clears => {
                                    let name = cascade.member.trim_start_matches('/').to_owned();
                                    self.slots[slot].written.insert(name, Value::from(""));
                                }
                            }
                        }
                    }
                    DeletionOutcome::Stays(_) | DeletionOutcome::Unknown => {}
                }
            }
            Step::Read { .. } | Step::List { .. } => {}
        }
    }

    /// What removing it does now.
    pub(super) fn fate(&self, parent: &Placeholder) -> DeletionOutcome {
        let referring: Vec<usize> = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.alive && names(&Value::Object(slot.written.clone()), parent))
            .map(|(index, _)| index)
            .collect();
        let Some(delete) = self.kind.parents.get(&parent.kind) else { return DeletionOutcome::Unknown };
        if referring.is_empty() {
            return DeletionOutcome::Goes;
        }
        match (self.kind.cascade(delete.operation), self.kind.must_be_detached(delete.operation)) {
            (Some(cascade), _) => DeletionOutcome::Takes(cascade, referring),
            (None, Some(precondition)) => DeletionOutcome::Stays(precondition),
            (None, None) => DeletionOutcome::Unknown,
        }
    }

    /// The members whose value follows those that change: nothing is known of them afterwards.
    pub(super) fn followers(&self, change: &Map<String, Value>) -> Vec<&'static str> {
        let follows = self.kind.update().map(|update| update.follows.as_slice()).unwrap_or_default();
        follows
            .iter()
            .filter(|follow| change.contains_key(&follow.of) && !change.contains_key(&follow.member))
            .map(|follow| follow.member.as_str())
            .collect()
    }

    fn written_after(&self, slot: &Slot, change: &Map<String, Value>) -> Map<String, Value> {
        let mut written = slot.written.clone();
        for follower in self.followers(change) {
            written.shift_remove(follower);
        }
        written.extend(change.clone());
        written
    }

    /// Whether everything that a value refers to is there, or can still be made.
    fn exist(&self, value: &Value) -> bool {
        referred(value).iter().all(|placeholder| self.parents.get(placeholder) != Some(&false))
    }

    fn refer(&mut self, value: &Value) {
        for placeholder in referred(value) {
            self.parents.entry(placeholder).or_insert(true);
        }
    }
}

/// The input of the list in which a slot stands: placeholders numbered as in what was written.
pub(super) fn scoped(input: &Value, slot: &Slot) -> Value {
    let written = referred(&Value::Object(slot.written.clone()));
    let own = |placeholder: &Placeholder| {
        let known = written.iter().find(|known| known.kind == placeholder.kind);
        Some(known.unwrap_or(placeholder).to_string())
    };
    Placeholder::fill(input, &mut { own }).unwrap_or_else(|| input.clone())
}
