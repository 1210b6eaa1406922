//! Shrinking: a sequence that fails is made shorter and its inputs lighter for as long as it fails in the same way.

use ivs_judge::{Finding, Verdict};

use super::sequence_run::{SequenceContext, run_sequence};
use super::state::State;
use super::step::Step;
use super::{Source, machine};

/// The greatest number of simpler sequences that are played for one failure.
const RUNS: usize = 60;

/// What is left of the runs, and the simplest sequence so far.
struct Shrinking<'a> {
    context: SequenceContext<'a>,
    left: usize,
    steps: Vec<Step>,
    finding: Finding,
}

/// The simplest sequence that still shows the finding, and how it shows it. Every candidate is played from its beginning
/// with fresh resources, so that what is reported has been seen.
pub(super) async fn simplest(
    context: SequenceContext<'_>,
    source: &Source,
    steps_run: usize,
    finding: Finding,
) -> (Vec<Step>, Finding) {
    let steps = source.steps()[..steps_run.min(source.steps().len())].to_vec();
    let mut shrinking = Shrinking { context, left: RUNS, steps, finding };
    if let Source::Random(drawn) = source {
        shrinking.by_strategy(drawn.clone(), steps_run).await;
    }
    shrinking.by_leaving_out().await;
    shrinking.by_lightening().await;
    (shrinking.steps, shrinking.finding)
}

impl Shrinking<'_> {
    /// The strategy knows what each drawn step could have been instead.
    async fn by_strategy(&mut self, mut drawn: machine::Drawn, steps_run: usize) {
        drawn.failed_after(steps_run);
        let mut fails = true;
        while let Some(candidate) = drawn.next(fails) {
            let Some(failed) = self.try_one(candidate).await else { return };
            fails = failed;
        }
    }

    /// Each step by itself, the last ones first: what is drawn and what every run plays alike.
    async fn by_leaving_out(&mut self) {
        let mut index = self.steps.len();
        while index > 0 {
            index -= 1;
            if index >= self.steps.len() {
                continue;
            }
            let mut candidate = self.steps.clone();
            candidate.remove(index);
            if self.try_one(candidate).await.is_none() {
                return;
            }
        }
    }

    /// Each member, tag and key by itself.
    async fn by_lightening(&mut self) {
        let mut index = 0;
        while index < self.steps.len() {
            let mut lighter = false;
            for step in self.steps[index].lighter() {
                let mut candidate = self.steps.clone();
                candidate[index] = step;
                match self.try_one(candidate).await {
                    None => return,
                    Some(true) => {
                        lighter = true;
                        break;
                    }
                    Some(false) => {}
                }
            }
            if !lighter {
                index += 1;
            }
        }
    }

    /// Whether a candidate fails in the same way; it is the simplest one then. `None` once the runs are used up.
    async fn try_one(&mut self, candidate: Vec<Step>) -> Option<bool> {
        if !State::allows_all(self.context.kind, &candidate) {
            return Some(false);
        }
        self.left = self.left.checked_sub(1)?;
        let Err(Verdict::Fail(findings)) = run_sequence(self.context, &candidate).await.result else {
            return Some(false);
        };
        let same = findings.into_iter().find(|finding| finding.identity == self.finding.identity);
        Some(match same {
            Some(finding) => {
                self.steps = candidate;
                self.finding = finding;
                true
            }
            None => false,
        })
    }
}
