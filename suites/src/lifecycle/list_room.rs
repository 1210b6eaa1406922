//! Room in lists: sequences that are played side by side make no more than one page holds.
//!
//! Then each of them reads one page, and so it sends the same calls whatever the others do.

use std::collections::BTreeMap;
use std::sync::Arc;

use ivs_pool::Pool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::kind::Kind;
use super::step::{Step, referred};

/// Room for the resources that the pool lends to all.
const SHARED: usize = 5;

/// The room in the lists of some kinds, by kind.
#[derive(Debug, Default)]
pub(super) struct ListRoom(BTreeMap<String, Room>);

/// The room in one list.
#[derive(Debug)]
struct Room {
    size: usize,
    permits: Arc<Semaphore>,
}

impl ListRoom {
    /// Room in the lists of these kinds: a page each, or less where the quota is small.
    pub(super) fn of<'a>(kinds: impl IntoIterator<Item = &'a Arc<Kind>>, pool: &Pool) -> Self {
        let rooms = kinds.into_iter().filter_map(|kind| {
            let page = usize::try_from(kind.list.as_ref()?.max).unwrap_or(usize::MAX);
            let page = page.saturating_sub(SHARED).clamp(1, Semaphore::MAX_PERMITS);
            // Of a scarce kind the pool gives turns.
            let size = if pool.takes_turns(&kind.name) { page } else { pool.affordable(&kind.name, page) };
            Some((kind.name.clone(), Room { size, permits: Arc::new(Semaphore::new(size)) }))
        });
        Self(rooms.collect())
    }

    /// Whether sequences of the kind may be played side by side. Resources that only end stay in their list: then all of them must
    /// have room.
    pub(super) fn suffices<'a>(&self, kind: &Kind, sequences: impl Iterator<Item = &'a [Step]>) -> bool {
        let made: usize = sequences.map(made).sum();
        !kind.only_ends() || self.0.get(&kind.name).is_none_or(|room| made <= room.size)
    }

    /// Waits for room for everything that a sequence makes. In the order of the kinds' names, so that no two sequences wait for each
    /// other.
    pub(super) async fn take(&self, kind: &Kind, steps: &[Step]) -> Vec<OwnedSemaphorePermit> {
        let mut wanted = BTreeMap::from([(kind.name.clone(), made(steps))]);
        for parent in referred(&kind.inputs(steps)) {
            *wanted.entry(parent.kind).or_default() += 1;
        }
        let mut taken = Vec::new();
        for (name, count) in wanted {
            let Some(Room { size, permits }) = self.0.get(&name) else { continue };
            let count = u32::try_from(count.min(*size)).unwrap_or(u32::MAX);
            taken.extend(Arc::clone(permits).acquire_many_owned(count).await);
        }
        taken
    }
}

/// The number of resources that a sequence makes.
fn made(steps: &[Step]) -> usize {
    steps.iter().filter(|step| matches!(step, Step::Create { .. })).count()
}
