//! What one Case has on loan: values for its placeholders, and what is to be cleared away after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use ivs_generators::Placeholder;
use serde_json::Value;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit};

use crate::{PoolError, Resource};

/// A fresh resource that is kept for the next Case of the same operation, if the last one left it alone.
#[derive(Debug, Default)]
pub(crate) struct OperationSlot {
    /// The generation of the spares, see `Pool::renew`.
    pub(crate) generation: u64,
    pub(crate) spare: BTreeMap<Placeholder, Own>,
}

impl OperationSlot {
    /// Takes out what is kept.
    pub(crate) fn take_spares(&mut self) -> impl Iterator<Item = Resource> + use<> {
        std::mem::take(&mut self.spare)
            .into_values()
            .flat_map(|own| std::iter::once(own.resource).chain(own.by_products))
    }
}

/// A resource made for one lease, and what was made along with it.
#[derive(Debug)]
pub(crate) struct Own {
    /// The ARN that the placeholder stands for.
    pub(crate) resource: Resource,
    /// Its by-products and the parents made for it alone.
    pub(crate) by_products: Vec<Resource>,
}

impl Own {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Resource> {
        std::iter::once(&self.resource).chain(&self.by_products)
    }
}

/// What a lease leaves to be removed, and its room in small quotas. [`Pool::clear`](crate::Pool::clear) removes it.
#[derive(Debug)]
#[must_use = "what is left is removed with `Pool::clear`"]
pub struct Leftovers {
    pub(crate) resources: Vec<Resource>,
    pub(crate) permits: Vec<OwnedSemaphorePermit>,
}

impl Leftovers {
    /// Whether there is nothing to remove.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }
}

/// Values for the placeholders of one Case. Hand it back with [`Pool::finish`](crate::Pool::finish); dropping it leaves
/// its resources to [`Pool::remove_all`](crate::Pool::remove_all).
#[derive(Debug)]
#[must_use = "a lease is handed back with `Pool::finish`"]
pub struct Lease {
    pub(crate) values: BTreeMap<Placeholder, String>,
    pub(crate) own: BTreeMap<Placeholder, Own>,
    pub(crate) tracked: Vec<Resource>,
    /// ARNs that a call of this lease has ended.
    pub(crate) ended: BTreeSet<String>,
    /// Whether every call so far was rejected, so that nothing can have changed.
    pub(crate) untouched: bool,
    pub(crate) slot: Option<OwnedMutexGuard<OperationSlot>>,
    pub(crate) permits: Vec<OwnedSemaphorePermit>,
    number: Option<u64>,
}

impl Lease {
    pub(crate) fn empty() -> Self {
        Self {
            values: BTreeMap::new(),
            own: BTreeMap::new(),
            tracked: Vec::new(),
            ended: BTreeSet::new(),
            untouched: true,
            slot: None,
            permits: Vec::new(),
            number: None,
        }
    }

    /// The input with every placeholder replaced by its value.
    ///
    /// # Errors
    ///
    /// [`PoolError::NotLent`] for a placeholder that this lease was not made for.
    pub fn fill(&self, input: &Value) -> Result<Value, PoolError> {
        let mut missing = None;
        let filled = Placeholder::fill(input, &mut |placeholder| {
            let value = self.values.get(placeholder).cloned();
            if value.is_none() {
                missing = Some(placeholder.to_string());
            }
            value
        });
        filled.ok_or_else(|| PoolError::NotLent { placeholder: missing.unwrap_or_default() })
    }

    /// The number of the lease, from a counter of the run: what is new for each lease, such as an idempotency token, is made from
    /// it.
    pub fn number(&mut self, counter: &AtomicU64) -> u64 {
        *self.number.get_or_insert_with(|| counter.fetch_add(1, Ordering::Relaxed))
    }

    /// The value of one placeholder.
    #[must_use]
    pub fn value(&self, placeholder: &Placeholder) -> Option<&str> {
        self.values.get(placeholder).map(String::as_str)
    }

    /// Lets a placeholder stand for a value that a call has answered.
    pub fn keep(&mut self, placeholder: Placeholder, value: String) {
        self.values.insert(placeholder, value);
    }

    /// Each value with the placeholder that stands for it: to write server values as references in a report.
    pub fn references(&self) -> impl Iterator<Item = (&str, String)> {
        self.values.iter().map(|(placeholder, value)| (value.as_str(), placeholder.to_string()))
    }

    /// What calls under this lease have made, so far as [`Pool::track`](crate::Pool::track) was told.
    #[must_use]
    pub fn tracked(&self) -> &[Resource] {
        &self.tracked
    }
}
