//! All lists, while nothing else runs: one that shows what testing another one makes comes after it, the rest at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_generators::Placeholder;
use ivs_judge::Coverage;
use ivs_pool::Pool;
use ivs_runner::{ListUnderTest, OperationUnderTest, catch_panic};
use tokio::sync::watch;

use super::{Plan, run, run_foreign};

/// Runs the suite on all lists. Operations that are not there are left to be skipped by the runner.
pub(super) async fn run_all(lists: &[(Arc<OperationUnderTest>, Plan)]) {
    let Some((first, _)) = lists.first() else { return };
    let pool = &first.pool;
    let mut tokens: BTreeMap<usize, String> = BTreeMap::new();
    let mut present = BTreeSet::new();
    let footprints: Vec<Footprint> = lists.iter().map(|(_, plan)| Footprint::of(pool, &plan.list)).collect();
    // Each is closed when its list is done.
    let mut done: Vec<watch::Receiver<()>> = Vec::new();
    let mut runs = Vec::new();
    for (index, (under_test, plan)) in lists.iter().cloned().enumerate() {
        let earlier = done.iter().zip(&footprints).filter(|(_, other)| footprints[index].disturbs(other));
        let earlier: Vec<watch::Receiver<()>> = earlier.map(|(done, _)| done.clone()).collect();
        let (running, is_done) = watch::channel(());
        done.push(is_done);
        // One that breaks down leaves the others alone; its own cases have no verdict then, which the runner sees to.
        runs.push(tokio::spawn(async move {
            let _running = running;
            for mut other in earlier {
                while other.changed().await.is_ok() {}
            }
            let probe = under_test.control(&under_test.base, true).await;
            match probe.map(|call| call.answer.coverage()) {
                Ok(Coverage::NotImplemented(_)) => None,
                Ok(Coverage::Implemented) => {
                    under_test.note_implemented();
                    Some((index, run(&under_test, &plan).await))
                }
                Ok(Coverage::Unknown(_)) | Err(_) => Some((index, run(&under_test, &plan).await)),
            }
        }));
    }
    for (index, token) in join_all(runs).await.into_iter().flatten().flatten() {
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

/// The kinds that a list shows, and those that testing it makes.
struct Footprint {
    shown: BTreeSet<String>,
    touched: BTreeSet<String>,
}

impl Footprint {
    fn of(pool: &Pool, list: &ListUnderTest) -> Self {
        let touched = touched(pool, list.touches.clone());
        let shown = match (&list.operation.resource_type, list.filling) {
            // It lists what belongs to a resource of its own.
            (_, Some(_)) if list.operation.is_scoped => BTreeSet::new(),
            (Some(kind), None) if pool.producer(kind).is_some() => BTreeSet::from([kind.clone()]),
            _ => touched.clone(),
        };
        Self { shown, touched }
    }

    /// Whether one of two lists shows what testing the other one makes.
    fn disturbs(&self, other: &Self) -> bool {
        !self.shown.is_disjoint(&other.touched) || !other.shown.is_disjoint(&self.touched)
    }
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
