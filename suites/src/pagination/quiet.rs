//! All lists, while nothing else runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_judge::Coverage;
use ivs_runner::{OperationUnderTest, catch_panic};

use super::{Plan, run, run_foreign};
use crate::list_turns::in_turns;

/// Runs the suite on all lists. Operations that are not there are left to be skipped by the runner. The cases of one that breaks
/// down have no verdict then, which the runner sees to.
pub(super) async fn run_all(lists: &[(Arc<OperationUnderTest>, Plan)]) {
    let Some((first, _)) = lists.first() else { return };
    let mut tokens: BTreeMap<usize, String> = BTreeMap::new();
    let mut present = BTreeSet::new();
    let runs = lists.iter().cloned().map(|(under_test, plan)| {
        let list = Arc::clone(&plan.list);
        let run = async move {
            let probe = under_test.control(&under_test.base, true).await;
            match probe.map(|call| call.answer.coverage()) {
                Ok(Coverage::NotImplemented(_)) => return None,
                Ok(Coverage::Implemented) => under_test.note_implemented(),
                Ok(Coverage::Unknown(_)) | Err(_) => {}
            }
            Some(run(&under_test, &plan).await)
        };
        (list, run)
    });
    for (index, token) in in_turns(first, runs.collect()).await.into_iter().enumerate() {
        let Some(token) = token.flatten() else { continue };
        present.insert(index);
        tokens.extend(token.map(|token| (index, token)));
    }
    let foreign = present.iter().map(|index| {
        let (under_test, plan) = &lists[*index];
        let of_service = |other: &usize| lists[*other].0.service() == under_test.service();
        // The next list of the service that gave a token, and round again from the first.
        let mut others = tokens.range(index + 1..).chain(tokens.range(..index)).filter(|(other, _)| of_service(other));
        let token = others.next().map(|(_, token)| token.as_str());
        catch_panic(run_foreign(under_test, plan, token))
    });
    join_all(foreign).await;
}
