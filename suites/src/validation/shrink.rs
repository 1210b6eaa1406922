//! Shrinking: a random Case that fails is made simpler for as long as it fails in the same way.

use std::collections::BTreeSet;

use ivs_generators::{Case, Generator, RandomCase};
use ivs_judge::{Finding, Verdict};
use ivs_model::FindingId;
use ivs_runner::OperationUnderTest;

use super::judge;

/// The greatest number of simpler Cases that are tried for one failure.
const TRIES: usize = 48;

/// The findings of the simplest Case that still shows one of `findings`. Every candidate is sent and judged like any
/// other Case, so that what is reported has been seen.
pub(super) async fn simplest(
    under_test: &OperationUnderTest,
    mut drawn: RandomCase,
    findings: Vec<Finding>,
) -> Vec<Finding> {
    let wanted: BTreeSet<FindingId> = findings.iter().map(|finding| finding.identity.clone()).collect();
    let mut simplest = findings;
    let mut fails = true;
    for _ in 0..TRIES {
        let Some(candidate) = next(under_test, &mut drawn, fails) else { break };
        let verdict = judge(under_test, &candidate).await;
        fails = match verdict {
            Verdict::Fail(found) if found.iter().any(|finding| wanted.contains(&finding.identity)) => {
                simplest = found;
                true
            }
            Verdict::Pass
            | Verdict::Fail(_)
            | Verdict::Indeterminate(_)
            | Verdict::Skipped(_)
            | Verdict::NotSent(_) => false,
        };
    }
    simplest
}

/// The next candidate. The source of random Cases cannot wait with a task for an answer, so it is made anew.
fn next(under_test: &OperationUnderTest, drawn: &mut RandomCase, fails: bool) -> Option<Case> {
    let run_context = &under_test.run_context;
    Generator::new(under_test.model, run_context.knowledge, run_context.config.depth)
        .random(under_test.operation, run_context.config.seed)
        .shrink(drawn, fails)
}
