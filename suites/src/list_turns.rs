//! Lists while nothing else runs: one that shows what testing another one makes comes after it, the rest at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_generators::Placeholder;
use ivs_pool::Pool;
use ivs_runner::{ListUnderTest, OperationUnderTest};
use tokio::sync::{Semaphore, watch};

/// About as many requests as testing one list takes.
const REQUESTS_OF_A_LIST: u64 = 100;

/// Runs what tests each list, and gives back the results in their order. One that breaks down leaves the others alone and has none.
pub(crate) async fn in_turns<T: Send + 'static>(
    OperationUnderTest { pool, run_context, .. }: &OperationUnderTest,
    lists: Vec<(Arc<ListUnderTest>, impl Future<Output = T> + Send + 'static)>,
) -> Vec<Option<T>> {
    // A run of few requests tests a few lists to the end rather than beginning them all.
    let affordable = run_context.config.budget.requests.map_or(u64::MAX, |requests| requests / REQUESTS_OF_A_LIST);
    let affordable = usize::try_from(affordable).unwrap_or(usize::MAX).clamp(1, lists.len().max(1));
    let room = Arc::new(Semaphore::new(affordable));
    let footprints: Vec<Footprint> = lists.iter().map(|(list, _)| Footprint::of(pool, list)).collect();
    let mut lists: Vec<_> = lists.into_iter().map(|(_, run)| run).zip(footprints).enumerate().collect();
    // Those whose items take their time to be made come first, so that they wait at the same time.
    lists.sort_by_key(|(_, (_, footprint))| footprint.shown.iter().all(|kind| pool.is_quick(kind)));
    // Each is closed when its list is done.
    let mut begun: Vec<(Footprint, watch::Receiver<()>)> = Vec::new();
    let mut runs = Vec::new();
    for (index, (run, footprint)) in lists {
        let earlier = begun.iter().filter(|(other, _)| footprint.disturbs(other));
        let earlier: Vec<watch::Receiver<()>> = earlier.map(|(_, done)| done.clone()).collect();
        let (running, is_done) = watch::channel(());
        begun.push((footprint, is_done));
        let room = Arc::clone(&room);
        runs.push((index, async move {
            let _running = running;
            for mut other in earlier {
                while other.changed().await.is_ok() {}
            }
            let _turn = room.acquire().await;
            run.await
        }));
    }
    runs.sort_by_key(|(index, _)| *index);
    let tasks: Vec<_> = runs.into_iter().map(|(_, run)| tokio::spawn(run)).collect();
    join_all(tasks).await.into_iter().map(Result::ok).collect()
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
