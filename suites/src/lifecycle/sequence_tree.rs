//! A drawn sequence and its simpler forms: steps are left out from the end, then simplified one by one.

use proptest::num::sample_uniform_incl;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree};
use proptest::test_runner::{Reason, TestRunner};

use super::state::State;
use super::step::Step;

/// A sequence whose steps can be left out and simplified, as long as the reference model allows what is left.
pub(super) struct SequenceTree {
    /// The state before the first step.
    start: State,
    /// The drawn steps, and whether each is part of the sequence.
    steps: Vec<(Box<dyn ValueTree<Value = Step>>, bool)>,
    next: Simplification,
    last: Option<Simplification>,
}

/// One way to simplify a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Simplification {
    /// Leave out the step at this index.
    LeaveOut(usize),
    /// Simplify the step at this index.
    Step(usize),
}

impl SequenceTree {
    /// Draws a sequence of some length in the range. `steps` gives the strategy of what may follow a state.
    pub(super) fn draw(
        runner: &mut TestRunner,
        length: std::ops::RangeInclusive<usize>,
        start: State,
        steps: impl Fn(&State) -> BoxedStrategy<Step>,
    ) -> Result<Self, Reason> {
        let length = sample_uniform_incl(runner, *length.start(), *length.end());
        let mut drawn: Vec<(Box<dyn ValueTree<Value = Step>>, bool)> = Vec::with_capacity(length);
        let mut state = start.clone();
        while drawn.len() < length {
            let tree = steps(&state).new_tree(runner)?;
            let step = tree.current();
            if state.allows(&step) {
                state.apply(&step);
                drawn.push((tree, true));
            } else {
                runner.reject_local("the state does not allow the step")?;
            }
        }
        Ok(Self { start, steps: drawn, next: Simplification::LeaveOut(length.saturating_sub(1)), last: None })
    }

    /// Leaves out everything behind the step that failed, the last of so many. That step itself is kept.
    pub(super) fn failed_after(&mut self, seen: usize) {
        for (_, is_included) in self.steps.iter_mut().skip(seen) {
            *is_included = false;
        }
        self.next = match seen.min(self.steps.len()).checked_sub(2) {
            Some(before) => Simplification::LeaveOut(before),
            None => Simplification::Step(0),
        };
    }

    fn is_allowed(&self) -> bool {
        let mut state = self.start.clone();
        self.current().iter().all(|step| {
            let is_allowed = state.allows(step);
            if is_allowed {
                state.apply(step);
            }
            is_allowed
        })
    }

    /// Makes a step that is simpler than allowed less simple; false if it is what it was before.
    fn complicate_step(&mut self, index: usize) -> bool {
        while self.steps[index].0.complicate() {
            if self.is_allowed() {
                return true;
            }
        }
        false
    }
}

impl ValueTree for SequenceTree {
    type Value = Vec<Step>;

    fn current(&self) -> Vec<Step> {
        self.steps.iter().filter(|(_, is_included)| *is_included).map(|(tree, _)| tree.current()).collect()
    }

    fn simplify(&mut self) -> bool {
        loop {
            self.last = Some(self.next);
            match self.next {
                Simplification::LeaveOut(index) => {
                    self.next = index.checked_sub(1).map_or(Simplification::Step(0), Simplification::LeaveOut);
                    let Some((_, is_included)) = self.steps.get_mut(index) else { continue };
                    *is_included = false;
                    if self.is_allowed() {
                        return true;
                    }
                    self.steps[index].1 = true;
                }
                Simplification::Step(index) if index >= self.steps.len() => {
                    self.last = None;
                    return false;
                }
                Simplification::Step(index) => {
                    let is_simpler = self.steps[index].1 && self.steps[index].0.simplify();
                    if is_simpler && (self.is_allowed() || self.complicate_step(index)) {
                        return true;
                    }
                    self.next = Simplification::Step(index + 1);
                }
            }
        }
    }

    fn complicate(&mut self) -> bool {
        match self.last {
            Some(Simplification::LeaveOut(index)) => {
                self.steps[index].1 = true;
                self.last = None;
                true
            }
            Some(Simplification::Step(index)) => {
                if self.complicate_step(index) {
                    return true;
                }
                self.next = Simplification::Step(index + 1);
                self.last = None;
                false
            }
            None => false,
        }
    }
}
