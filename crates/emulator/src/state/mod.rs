//! The state of an emulator: the resources of each region of each account.
//!
//! This module does not depend on the services: handlers in `services` decide what is stored.

mod call_rates;
mod recent_writes;
mod region;
mod retained_deletes;
mod stages;
mod store;
mod streams;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

pub(crate) use recent_writes::RecentWrite;
pub(crate) use region::{DeferredChange, Region};
pub(crate) use stages::{JoiningParticipant, Participant, Replica, StageSession};
pub(crate) use store::{Record, Store};
pub(crate) use streams::{StreamSession, ViewerSession};

/// The regions of one account, by name.
type Regions = HashMap<String, Arc<Mutex<Region>>>;

/// All accounts. Each region of an account has its own lock.
pub(crate) struct Accounts {
    regions: RwLock<HashMap<String, Regions>>,
    settling: Duration,
    retention: Duration,
}

impl Accounts {
    /// Creates a state without accounts. Resources stay in each transitional state for `settling`, and stopped compositions are
    /// listed for `retention`.
    pub(crate) fn new(settling: Duration, retention: Duration) -> Self {
        Self { regions: RwLock::default(), settling, retention }
    }

    /// Returns the region of an account. It is created when first requested.
    pub(crate) fn region(&self, account: &str, region: &str) -> Arc<Mutex<Region>> {
        let known = self.regions.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(account).and_then(|regions| regions.get(region)) {
            return Arc::clone(found);
        }
        drop(known);
        let mut known = self.regions.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(account.to_owned()).or_default().entry(region.to_owned()).or_insert_with(|| {
            let region = Region::new(account, region, self.settling, self.retention);
            Arc::new(Mutex::new(region))
        }))
    }

    /// Deletes everything.
    pub(crate) fn reset(&self) {
        self.regions.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Locks a region.
///
/// A poisoned lock is used anyway: a handler changes documents by single inserts, so a panic leaves a usable region.
pub(crate) fn lock(region: &Mutex<Region>) -> MutexGuard<'_, Region> {
    region.lock().unwrap_or_else(PoisonError::into_inner)
}
