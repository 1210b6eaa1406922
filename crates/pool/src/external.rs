//! Things outside the three services that inputs name: buckets, functions, public keys.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use ivs_catalog::{PUBLIC_KEY, external_type};
use ivs_generators::Placeholder;
use ivs_model::Knowledge;

use crate::RunNonce;

/// The values of external things.
#[derive(Debug)]
pub(crate) struct Externals {
    /// By placeholder kind, as the user gave them or as the knowledge files sample them.
    values: BTreeMap<String, String>,
    nonce: RunNonce,
    /// The number of public keys so far.
    keys: AtomicU64,
}

impl Externals {
    /// `given` comes first; `samples` allows the made-up values of the knowledge files for the rest.
    pub(crate) fn new(given: BTreeMap<String, String>, samples: bool, knowledge: &Knowledge, nonce: RunNonce) -> Self {
        let mut values = given;
        if samples {
            for external in &knowledge.externals {
                // Keys are importable once each: each is made when it is needed.
                let (kind, _) = external_type(external.kind);
                if let Some(sample) = external.sample.as_ref().filter(|_| kind != PUBLIC_KEY) {
                    values.entry(kind.to_owned()).or_insert_with(|| sample.clone());
                }
            }
        }
        Self { values, nonce, keys: AtomicU64::new(0) }
    }

    /// The value of a placeholder that is no key; several of a kind differ by a number at the end.
    pub(crate) fn value(&self, placeholder: &Placeholder) -> Option<String> {
        let value = self.values.get(&placeholder.kind)?;
        Some(if placeholder.number == 1 { value.clone() } else { format!("{value}{}", placeholder.number) })
    }

    /// A public key in PEM that this run has not used yet, nor any other: an endpoint imports each once, and may hold one
    /// although the answer was lost.
    pub(crate) fn key(&self) -> String {
        self.nonce.public_key(1 + self.keys.fetch_add(1, Ordering::Relaxed))
    }
}

/// Whether a placeholder stands for a public key.
pub(crate) fn is_key(placeholder: &Placeholder) -> bool {
    placeholder.kind == PUBLIC_KEY
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ivs_model::bundled;

    use super::*;

    const NONCE: RunNonce = RunNonce::new(1);

    #[test]
    fn no_key_is_handed_out_twice_nor_in_two_runs() {
        let externals = |nonce| Externals::new(BTreeMap::new(), true, bundled::knowledge(), RunNonce::new(nonce));
        let (one, other) = (externals(1), externals(2));
        let keys: BTreeSet<String> = (0..10).flat_map(|_| [one.key(), other.key()]).collect();
        assert_eq!(keys.len(), 20);
    }

    #[test]
    fn made_up_things_are_named_only_where_that_is_allowed() {
        let bucket = "{s3-bucket.name}".parse().unwrap();
        let value = |given, samples| Externals::new(given, samples, bundled::knowledge(), NONCE).value(&bucket);
        assert!(value(BTreeMap::new(), true).is_some());
        assert!(value(BTreeMap::new(), false).is_none());
        let given = BTreeMap::from([("s3-bucket".to_owned(), "mine".to_owned())]);
        assert_eq!(value(given, true).as_deref(), Some("mine"));
    }
}
