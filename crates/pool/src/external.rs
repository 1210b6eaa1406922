//! Things outside the three services that inputs name: buckets, functions, public keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_catalog::{PUBLIC_KEY, external_type};
use ivs_generators::Placeholder;
use ivs_model::{Knowledge, bundled};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The values of external things.
#[derive(Debug)]
pub(crate) struct Externals {
    /// By placeholder kind, as the user gave them or as the knowledge files sample them.
    values: BTreeMap<String, String>,
    keys: Keys,
}

impl Externals {
    /// `given` comes first; `samples` allows the made-up values of the knowledge files for the rest.
    pub(crate) fn new(given: BTreeMap<String, String>, samples: bool, knowledge: &Knowledge) -> Self {
        let mut values = given;
        if samples {
            for external in &knowledge.externals {
                // Keys are importable once each: they are handed out one by one.
                let (kind, _) = external_type(external.kind);
                if let Some(sample) = external.sample.as_ref().filter(|_| kind != PUBLIC_KEY) {
                    values.entry(kind.to_owned()).or_insert_with(|| sample.clone());
                }
            }
        }
        Self { values, keys: Keys::new(bundled::keys().p384) }
    }

    /// The value of a placeholder that is no key; several of a kind differ by a number at the end.
    pub(crate) fn value(&self, placeholder: &Placeholder) -> Option<String> {
        let value = self.values.get(&placeholder.kind)?;
        Some(if placeholder.number == 1 { value.clone() } else { format!("{value}{}", placeholder.number) })
    }

    /// Keys that nobody else uses until they are dropped.
    pub(crate) async fn keys(&self, count: usize) -> Option<Vec<Key>> {
        self.keys.take(count).await
    }
}

impl Externals {
    /// How many keys there are.
    pub(crate) fn keys_in_all(&self) -> usize {
        self.keys.all.len()
    }
}

/// Whether a placeholder stands for a public key.
pub(crate) fn is_key(placeholder: &Placeholder) -> bool {
    placeholder.kind == PUBLIC_KEY
}

/// A public key that is out.
#[derive(Debug)]
pub(crate) struct Key {
    pem: &'static str,
    out: Arc<Mutex<BTreeSet<&'static str>>>,
    _permit: OwnedSemaphorePermit,
}

impl Key {
    pub(crate) fn pem(&self) -> &'static str {
        self.pem
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.out.lock().unwrap_or_else(PoisonError::into_inner).remove(self.pem);
    }
}

#[derive(Debug)]
struct Keys {
    all: &'static [&'static str],
    out: Arc<Mutex<BTreeSet<&'static str>>>,
    free: Arc<Semaphore>,
}

impl Keys {
    fn new(all: &'static [&'static str]) -> Self {
        Self { all, out: Arc::default(), free: Arc::new(Semaphore::new(all.len())) }
    }

    /// `None` if there are fewer keys in all.
    async fn take(&self, count: usize) -> Option<Vec<Key>> {
        let mut permits = (count <= self.all.len())
            .then_some(Arc::clone(&self.free).acquire_many_owned(u32::try_from(count).ok()?))?
            .await
            .ok()?;
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = Vec::with_capacity(count);
        for pem in self.all {
            if keys.len() < count && out.insert(pem) {
                keys.push(Key { pem, out: Arc::clone(&self.out), _permit: permits.split(1)? });
            }
        }
        Some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_key_is_out_twice() {
        let externals = Externals::new(BTreeMap::new(), true, bundled::knowledge());
        let all = bundled::keys().p384.len();
        let keys = externals.keys(all).await.unwrap();
        let pems: BTreeSet<&str> = keys.iter().map(Key::pem).collect();
        assert_eq!(pems.len(), all);
        assert!(externals.keys(all + 1).await.is_none());
        drop(keys);
        assert_eq!(externals.keys(1).await.unwrap().len(), 1);
    }

    #[test]
    fn made_up_things_are_named_only_where_that_is_allowed() {
        let bucket = "{s3-bucket.name}".parse().unwrap();
        assert!(Externals::new(BTreeMap::new(), true, bundled::knowledge()).value(&bucket).is_some());
        assert!(Externals::new(BTreeMap::new(), false, bundled::knowledge()).value(&bucket).is_none());
        let given = BTreeMap::from([("s3-bucket".to_owned(), "mine".to_owned())]);
        assert_eq!(Externals::new(given, true, bundled::knowledge()).value(&bucket).as_deref(), Some("mine"));
    }
}
