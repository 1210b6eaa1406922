//! What an emulator remembers: accounts and regions apart from each other, each with its resources.

mod kind;
mod region;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

pub(crate) use kind::Kind;
pub(crate) use region::{Change, Region};
pub(crate) use store::{Document, Record, Store};

/// The regions of one account, by name.
type Regions = HashMap<String, Arc<Mutex<Region>>>;

/// All accounts; each region of an account has a lock of its own.
pub(crate) struct Accounts {
    regions: RwLock<HashMap<String, Regions>>,
    settling: Duration,
}

impl Accounts {
    /// No account yet; resources will stay that long in each passing state.
    pub(crate) fn new(settling: Duration) -> Self {
        Self { regions: RwLock::default(), settling }
    }

    /// The region of an account, made when first asked for.
    pub(crate) fn region(&self, account: &str, region: &str) -> Arc<Mutex<Region>> {
        let known = self.regions.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(account).and_then(|regions| regions.get(region)) {
            return Arc::clone(found);
        }
        drop(known);
        let mut known = self.regions.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            known
                .entry(account.to_owned())
                .or_default()
                .entry(region.to_owned())
                .or_insert_with(|| Arc::new(Mutex::new(Region::new(account, region, self.settling)))),
        )
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        self.regions.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Locks a region. A handler that panicked has left a region in a usable state or none at all:
/// documents are changed by single inserts, so the lock is taken again.
pub(crate) fn lock(region: &Mutex<Region>) -> MutexGuard<'_, Region> {
    region.lock().unwrap_or_else(PoisonError::into_inner)
}
