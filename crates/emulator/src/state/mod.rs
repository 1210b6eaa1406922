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
    /// For new regions: how long resources stay in each transitional state, and how long stopped compositions are listed.
    durations: Mutex<(Duration, Duration)>,
}

impl Accounts {
    /// Creates a state without accounts. Resources stay in each transitional state for `settling`, and stopped compositions are
    /// listed for `retention`.
    pub(crate) fn new(settling: Duration, retention: Duration) -> Self {
        Self { regions: RwLock::default(), durations: Mutex::new((settling, retention)) }
    }

    /// Returns the two durations of new regions: settling and retention.
    pub(crate) fn durations(&self) -> (Duration, Duration) {
        *self.durations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the two durations of all regions: settling and retention.
    pub(crate) fn set_durations(&self, durations: (Duration, Duration)) {
        *self.durations.lock().unwrap_or_else(PoisonError::into_inner) = durations;
        let known = self.regions.read().unwrap_or_else(PoisonError::into_inner);
        for region in known.values().flat_map(HashMap::values) {
            lock(region).set_durations(durations);
        }
    }

    /// Runs a function with exclusive access to the region of an account.
    pub(crate) fn with<T>(&self, account: &str, region: &str, run: impl FnOnce(&mut Region) -> T) -> T {
        loop {
            let found = self.region(account, region);
            let mut found = lock(&found);
            // A region that was dropped by `reset` meanwhile would lose what is done to it.
            if !found.is_dropped {
                return run(&mut found);
            }
        }
    }

    /// Returns the region of an account. It is created when first requested.
    fn region(&self, account: &str, region: &str) -> Arc<Mutex<Region>> {
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
                .or_insert_with(|| Arc::new(Mutex::new(Region::new(account, region, self.durations())))),
        )
    }

    /// Deletes everything, unless a function that runs before fails. No operation runs meanwhile.
    pub(crate) fn reset<E>(&self, before: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let mut known = self.regions.write().unwrap_or_else(PoisonError::into_inner);
        let regions: Vec<Arc<Mutex<Region>>> = known.values().flat_map(HashMap::values).map(Arc::clone).collect();
        let mut locked: Vec<MutexGuard<'_, Region>> = regions.iter().map(|region| lock(region)).collect();
        before()?;
        for region in &mut locked {
            region.is_dropped = true;
        }
        known.clear();
        Ok(())
    }

    /// Returns the number of resources of all accounts.
    pub(crate) fn resources(&self) -> usize {
        let known = self.regions.read().unwrap_or_else(PoisonError::into_inner);
        known.values().flat_map(HashMap::values).map(|region| lock(region).resources()).sum()
    }
}

/// Locks a region.
///
/// A poisoned lock is used anyway: a handler changes documents by single inserts, so a panic leaves a usable region.
fn lock(region: &Mutex<Region>) -> MutexGuard<'_, Region> {
    region.lock().unwrap_or_else(PoisonError::into_inner)
}
