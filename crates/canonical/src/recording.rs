//! Recording: the exchanges of a run as the files that snapshots are stored in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::CanonicalExchange;
use crate::provenance::Provenance;

/// Service and operation, then the place of an exchange in the plan of its operation.
type Recorded = BTreeMap<(String, String), BTreeMap<usize, CanonicalExchange>>;

/// Takes the canonical exchanges of a run; clones share what was taken.
#[derive(Clone, Default)]
pub struct Recording(Arc<Mutex<Recorded>>);

/// The snapshot of one operation as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The service, which names the folder.
    pub service: String,
    /// The operation, which names the file.
    pub operation: String,
    /// The exchanges, without the head: what insta compares.
    pub exchanges: String,
    /// The whole file.
    pub text: String,
}

impl Recording {
    /// A recording that has taken nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one exchange; `place` is its place among those of the operation.
    pub fn take(&self, service: &str, operation: &str, place: usize, exchange: CanonicalExchange) {
        let key = (service.to_owned(), operation.to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().insert(place, exchange);
    }

    /// A file for each operation of which the valid call was taken; `provenance` is asked by service.
    #[must_use]
    pub fn files(&self, provenance: impl Fn(&str) -> Provenance) -> Vec<SnapshotFile> {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = |((service, operation), exchanges): (&(String, String), &BTreeMap<usize, CanonicalExchange>)| {
            let mut text = String::new();
            for exchange in exchanges.values() {
                if !text.is_empty() {
                    text.push('\n');
                }
                exchange.write(&mut text);
            }
            SnapshotFile {
                service: service.clone(),
                operation: operation.clone(),
                text: format!("{}{text}", provenance(service).head()),
                exchanges: text,
            }
        };
        recorded.iter().filter(|(_, exchanges)| exchanges.contains_key(&0)).map(file).collect()
    }
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Recording")
    }
}
