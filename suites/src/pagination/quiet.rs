//! All lists in turn, while nothing else runs: lists that show a kind in common one after the other, the rest at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_generators::Placeholder;
use ivs_judge::Coverage;
use ivs_pool::Pool;

use super::{Listing, run, run_foreign};
use crate::answer::coverage;
use crate::crash::survived;
use crate::subject::Subject;

/// Runs the suite on all lists. Operations that are not there are left to be skipped by the runner.
pub(crate) async fn run_all(pool: &Pool, lists: &[(Arc<Subject>, Arc<Listing>)]) {
    let mut tokens: BTreeMap<usize, String> = BTreeMap::new();
    let mut present = BTreeSet::new();
    for wave in waves(pool, lists) {
        // One that breaks down leaves the others alone; its own cases have no verdict then, which the runner sees to.
        let runs = wave.into_iter().map(|index| {
            let (subject, listing) = lists[index].clone();
            tokio::spawn(async move {
                let probe = subject.control(&subject.base, true).await;
                match probe.map(|call| coverage(&call.answer)) {
                    Ok(Coverage::NotImplemented(_)) => None,
                    Ok(Coverage::Implemented) => {
                        subject.note_implemented();
                        Some((index, run(&subject, &listing).await))
                    }
                    Ok(Coverage::Unknown(_)) | Err(_) => Some((index, run(&subject, &listing).await)),
                }
            })
        });
        for (index, token) in join_all(runs).await.into_iter().flatten().flatten() {
            present.insert(index);
            tokens.extend(token.map(|token| (index, token)));
        }
    }
    let foreign = present.iter().map(|index| {
        let (subject, listing) = &lists[*index];
        let of_service = |other: &usize| lists[*other].0.service() == subject.service();
        // The next list of the service that gave a token, and round again from the first.
        let mut others = tokens.range(index + 1..).chain(tokens.range(..index)).filter(|(other, _)| of_service(other));
        let token = others.next().map(|(_, token)| token.as_str());
        survived(run_foreign(subject, listing, token))
    });
    join_all(foreign).await;
}

/// Lists in groups, no two of a group with a kind in common; the same groups in every run.
fn waves(pool: &Pool, lists: &[(Arc<Subject>, Arc<Listing>)]) -> Vec<Vec<usize>> {
    let mut waves: Vec<(BTreeSet<String>, Vec<usize>)> = Vec::new();
    for (index, (_, listing)) in lists.iter().enumerate() {
        let touched = touched(pool, listing.touches.clone());
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
