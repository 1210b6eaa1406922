//! Recording: the exchanges of a run as the files that snapshots are stored in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ivs_model::OperationId;

use super::provenance::Provenance;
use crate::canonical::Canonical;

/// By operation, then by the place of an exchange in the plan of its operation.
type Recorded = BTreeMap<OperationId, BTreeMap<usize, Canonical>>;

/// Takes the canonical exchanges of a run; clones share what was taken.
#[derive(Clone, Default)]
pub struct Recording(Arc<Mutex<Recorded>>);

/// The snapshot of one operation as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The operation: its service names the folder, its own name the file.
    pub operation: OperationId,
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
    pub(crate) fn take(&self, operation: OperationId, place: usize, exchange: Canonical) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default().insert(place, exchange);
    }

    /// A file for each operation of which the valid call was taken; `provenance` is asked by service.
    #[must_use]
    pub fn files(&self, provenance: impl Fn(&str) -> Provenance) -> Vec<SnapshotFile> {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let file = |(operation, exchanges): (&OperationId, &BTreeMap<usize, Canonical>)| {
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
