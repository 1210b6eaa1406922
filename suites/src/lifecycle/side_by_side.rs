//! Sequences of one kind side by side, as long as none of them fails.

use std::sync::Arc;

use ivs_judge::Verdict;
use ivs_runner::CaseContext;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::consistency::ConsistencyWait;
use super::sequence_run::{SequenceContext, SequenceResult, run_sequence};
use super::{OperationCase, SUITE, conclude};

/// So many sequences of a kind are played at once. The number is fixed, so that a run makes the same calls whatever the concurrency.
const AT_ONCE: usize = 32;

/// How a sequence ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PlayOutcome {
    /// It passed.
    Passed,
    /// It is to be played again alone.
    Open,
    /// It failed: the others may have been disturbed.
    Failed,
}

/// Plays cases side by side, gives those that pass their verdict, and returns the others in their order: all of them, if one failed.
pub(super) async fn play(cases: Vec<OperationCase>, consistency: &Arc<ConsistencyWait>) -> Vec<OperationCase> {
    if cases.len() < 2 {
        return cases;
    }
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for (index, case) in cases.iter().cloned().enumerate() {
        let (permits, consistency) = (Arc::clone(&permits), Arc::clone(consistency));
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            (index, play_once(&case, &consistency).await)
        });
    }
    let mut endings = vec![PlayOutcome::Open; cases.len()];
    while let Some(done) = tasks.join_next().await {
        // A sequence whose check crashed crashes again alone, with the reason.
        if let Ok((index, ending)) = done {
            endings[index] = ending;
        }
    }
    if endings.contains(&PlayOutcome::Failed) {
        return cases;
    }
    let passed = |(case, ending): (OperationCase, PlayOutcome)| match ending {
        PlayOutcome::Passed => {
            conclude(&case.0, &case.1, Ok(()));
            None
        }
        PlayOutcome::Open | PlayOutcome::Failed => Some(case),
    };
    cases.into_iter().zip(endings).filter_map(passed).collect()
}

async fn play_once((under_test, sequence_case): &OperationCase, consistency: &ConsistencyWait) -> PlayOutcome {
    let case = under_test.case_id(SUITE, &sequence_case.name);
    let case_context = CaseContext { under_test, case: &case };
    let context = SequenceContext { case_context, kind: &sequence_case.kind, consistency };
    let SequenceResult { result, shown, .. } = run_sequence(context, sequence_case.source.steps()).await;
    match result {
        Ok(()) if shown.contains(&under_test.operation.id) => PlayOutcome::Passed,
        Err(Verdict::Fail(_)) => PlayOutcome::Failed,
        _ => PlayOutcome::Open,
    }
}
