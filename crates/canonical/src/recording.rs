//! Recordings: the exchanges of a run, rendered as snapshot files.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ivs_model::OperationId;

use crate::CanonicalExchange;
use crate::provenance::Provenance;

/// The exchanges by operation, then by their index in the plan of the operation.
type Recorded = BTreeMap<OperationId, BTreeMap<usize, CanonicalExchange>>;

/// Collects the canonical exchanges of a run. Clones share them.
#[derive(Clone, Default)]
pub struct Recording(Arc<Mutex<Recorded>>);

/// The snapshot of one operation as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The operation: its service names the folder, its own name the file.
    pub operation: OperationId,
    /// The exchanges without the head, as insta compares them.
    pub exchanges: String,
    /// The whole file.
    pub text: String,
}

impl Recording {
    /// Creates an empty recording.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one exchange. `place` is its index among those of the operation.
    pub fn take(&self, operation: OperationId, place: usize, exchange: CanonicalExchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default().insert(place, exchange);
    }

    /// Returns a file for each operation with a recorded valid call. `provenance` is called with the service.
    #[must_use]
    pub fn files(&self, provenance: impl Fn(&str) -> Provenance) -> Vec<SnapshotFile> {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = |(operation, exchanges): (&OperationId, &BTreeMap<usize, CanonicalExchange>)| {
            let mut text = String::new();
            for exchange in exchanges.values() {
                if !text.is_empty() {
                    text.push('\n');
                }
                exchange.write(&mut text);
            }
            SnapshotFile {
                operation: *operation,
                text: format!("{}{text}", provenance(operation.service()).head()),
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
