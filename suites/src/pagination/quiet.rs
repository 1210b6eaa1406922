//! All lists in turn, while nothing else runs: lists that show a kind in common one after the other, the rest at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_generators::Placeholder;
use ivs_judge::Coverage;
use ivs_pool::Pool;
use ivs_runner::{OperationUnderTest, catch_panic};

use super::{Plan, run, run_foreign};

/// Runs the suite on all lists. Operations that are not there are left to be skipped by the runner.
pub(super) async fn run_all(lists: &[(Arc<OperationUnderTest>, Plan)]) {
    let Some((first, _)) = lists.first() else { return };
    let pool = &first.pool;
    let mut tokens: BTreeMap<usize, String> = BTreeMap::new();
    let mut present = BTreeSet::new();
    for wave in waves(pool, lists) {
        // One that breaks down leaves the others alone; its own cases have no verdict then, which the runner sees to.
        let runs = wave.into_iter().map(|index| {
            let (under_test, plan) = lists[index].clone();
            tokio::spawn(async move {
                let probe = under_test.control(&under_test.base, true).await;
                match probe.map(|call| call.answer.coverage()) {
                    Ok(Coverage::NotImplemented(_)) => None,
                    Ok(Coverage::Implemented) => {
                        under_test.note_implemented();
                        Some((index, run(&under_test, &plan).await))
                    }
                    Ok(Coverage::Unknown(_)) | Err(_) => Some((index, run(&under_test, &plan).await)),
                }
            })
        });
        for (index, token) in join_all(runs).await.into_iter().flatten().flatten() {
            present.insert(index);
            tokens.extend(token.map(|token| (index, token)));
        }
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

/// Lists in groups, no two of a group with a kind in common; the same groups in every run.
fn waves(pool: &Pool, lists: &[(Arc<OperationUnderTest>, Plan)]) -> Vec<Vec<usize>> {
    let mut waves: Vec<(BTreeSet<String>, Vec<usize>)> = Vec::new();
    for (index, (_, Plan { list, .. })) in lists.iter().enumerate() {
        let touched = touched(pool, list.touches.clone());
        match waves.iter_mut().find(|(taken, _)| taken.is_disjoint(&touched)) {
            Some((taken, members)) => {
                taken.extend(touched);
                members.push(index);
            }
            None => waves.push((touched, vec![index])),
        }
    }
    waves.into_iter().map(|(_, members)| members).collect()
}

/// The kinds, and those that making them takes.
fn touched(pool: &Pool, kinds: BTreeSet<String>) -> BTreeSet<String> {
    let mut touched = BTreeSet::new();
    let mut left: Vec<String> = kinds.into_iter().collect();
    while let Some(kind) = left.pop() {
        if let Some(recipe) = pool.producer(&kind).filter(|_| !touched.contains(&kind)) {
            left.extend(Placeholder::all_in(&recipe.input).into_iter().map(|placeholder| placeholder.kind));
        }
        touched.insert(kind);
    }
    touched
}
