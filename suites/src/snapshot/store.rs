//! The stored snapshots: one text for each operation, embedded in the program or handed in.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use ivs_model::OperationId;

use super::provenance::Provenance;
use crate::canonical::Canonical;

/// Service, operation and text of every file under `snapshots/exchanges/`.
const EMBEDDED: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/exchanges.rs"));

static STORED: LazyLock<Snapshots> = LazyLock::new(|| {
    Snapshots::of(
        EMBEDDED.iter().map(|(service, operation, text)| (OperationId::new(service, operation), (*text).to_owned())),
    )
});

/// Snapshots by operation; cheap to clone.
#[derive(Clone, Default)]
pub struct Snapshots(Arc<BTreeMap<OperationId, String>>);

/// The stored exchanges of one operation.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Where they come from.
    pub(crate) provenance: Provenance,
    /// The exchanges.
    pub(crate) exchanges: Vec<Canonical>,
}

impl Snapshots {
    /// Those that are part of the program.
    #[must_use]
    pub fn embedded() -> Self {
        STORED.clone()
    }

    /// These, by operation.
    pub fn of(texts: impl IntoIterator<Item = (OperationId, String)>) -> Self {
        Self(Arc::new(texts.into_iter().collect()))
    }

    /// The text of one operation.
    #[must_use]
    pub fn text(&self, operation: OperationId) -> Option<&str> {
        self.0.get(&operation).map(String::as_str)
    }

    /// The exchanges of one operation; none if there are none, or if nobody can read them.
    pub(crate) fn stored(&self, operation: OperationId) -> Option<Stored> {
        let text = self.text(operation)?;
        let (_, rest) = text.split_once("---\n")?;
        let (head, exchanges) = rest.split_once("---\n")?;
        Some(Stored { provenance: Provenance::read(head)?, exchanges: Canonical::read_all(exchanges)? })
    }
}

impl std::fmt::Debug for Snapshots {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Snapshots({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;

    #[test]
    fn every_operation_has_a_snapshot_that_can_be_read() {
        let snapshots = Snapshots::embedded();
        for model in bundled::models() {
            for operation in &model.operations {
                let stored = snapshots.stored(operation.id);
                let stored = stored.unwrap_or_else(|| panic!("no snapshot of {}", operation.id));
                assert!(stored.exchanges.len() > 1, "{} has a valid call and an error at least", operation.name);
            }
        }
    }
}
