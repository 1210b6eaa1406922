//! Sequences of one kind side by side, as long as none of them fails.

use std::cmp::Reverse;
use std::sync::Arc;

use ivs_judge::Verdict;
use ivs_runner::CaseContext;
use tokio::task::JoinSet;

use super::consistency::ConsistencyWait;
use super::list_room::ListRoom;
use super::sequence_run::{SequenceContext, SequenceResult, run_sequence};
use super::{OperationCase, SUITE, conclude};

/// What came of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// It passed.
    Passed,
    /// It is to be played again alone.
    Open,
    /// It failed: the others may have been disturbed.
    Failed,
}

/// Plays cases of one kind side by side, gives those that pass their verdict, and returns the others in their order: all of them,
/// if one failed.
pub(super) async fn play(
    cases: Vec<OperationCase>,
    consistency: &Arc<ConsistencyWait>,
    room: &Arc<ListRoom>,
) -> Vec<OperationCase> {
    let Some((_, first)) = cases.first() else { return cases };
    if !room.suffices(&first.kind, cases.iter().map(|(_, case)| case.source.steps())) {
        return cases;
    }
    let mut tasks = JoinSet::new();
    // The longest first, since not all of them have room at once.
    let mut order: Vec<(usize, OperationCase)> = cases.iter().cloned().enumerate().collect();
    order.sort_by_key(|(_, (_, case))| Reverse(case.source.steps().len()));
    for (index, case) in order {
        let (room, consistency) = (Arc::clone(room), Arc::clone(consistency));
        tasks.spawn(async move {
            let _room = room.take(&case.1.kind, case.1.source.steps()).await;
            (index, play_once(&case, &consistency).await)
        });
    }
    let mut played = vec![Attempt::Open; cases.len()];
    while let Some(done) = tasks.join_next().await {
        // A sequence whose check crashed crashes again alone, with the reason.
        if let Ok((index, ended)) = done {
            played[index] = ended;
        }
    }
    if played.contains(&Attempt::Failed) {
        return cases;
    }
    let passed = |(case, ended): (OperationCase, Attempt)| match ended {
        Attempt::Passed => {
            conclude(&case.0, &case.1, Ok(()));
            None
        }
        Attempt::Open | Attempt::Failed => Some(case),
    };
    cases.into_iter().zip(played).filter_map(passed).collect()
}

async fn play_once((under_test, sequence_case): &OperationCase, consistency: &ConsistencyWait) -> Attempt {
    let case = under_test.case_id(SUITE, &sequence_case.name);
    let case_context = CaseContext { under_test, case: &case };
    let context = SequenceContext { case_context, kind: &sequence_case.kind, consistency };
    let SequenceResult { result, shown, .. } = run_sequence(context, sequence_case.source.steps()).await;
    match result {
        Ok(()) if shown.contains(&under_test.operation.id) => Attempt::Passed,
        Err(Verdict::Fail(_)) => Attempt::Failed,
        _ => Attempt::Open,
    }
}
