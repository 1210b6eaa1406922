//! The stored snapshots: one text for each operation, embedded in the program or passed in.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use ivs_model::OperationId;

use crate::CanonicalExchange;
use crate::provenance::Provenance;

static STORED: LazyLock<Snapshots> = LazyLock::new(|| {
    Snapshots::of(
        ivs_snapshots::EXCHANGES
            .iter()
            .map(|(service, operation, text)| (OperationId::new(service, operation), (*text).to_owned())),
    )
});

/// Snapshots by operation; cheap to clone.
#[derive(Clone, Default)]
pub struct Snapshots(Arc<BTreeMap<OperationId, String>>);

/// The stored exchanges of one operation.
#[derive(Debug)]
pub struct StoredSnapshot {
    /// The origin of the exchanges.
    pub provenance: Provenance,
    /// The exchanges.
    pub exchanges: Vec<CanonicalExchange>,
}

impl Snapshots {
    /// Returns the snapshots that are part of the program.
    #[must_use]
    pub fn embedded() -> Self {
        STORED.clone()
    }

    /// Creates snapshots from texts by operation.
    pub fn of(texts: impl IntoIterator<Item = (OperationId, String)>) -> Self {
        Self(Arc::new(texts.into_iter().collect()))
    }

    /// Returns the text of one operation.
    #[must_use]
    pub fn text(&self, operation: OperationId) -> Option<&str> {
        self.0.get(&operation).map(String::as_str)
    }

    /// Returns the exchanges of one operation; `None` if there is no snapshot or it cannot be parsed.
    pub fn stored(&self, operation: OperationId) -> Option<StoredSnapshot> {
        let text = self.text(operation)?;
        let (_, rest) = text.split_once("---\n")?;
        let (head, exchanges) = rest.split_once("---\n")?;
        Some(StoredSnapshot { provenance: Provenance::read(head)?, exchanges: CanonicalExchange::read_all(exchanges)? })
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
    fn every_operation_has_a_snapshot_that_parses() {
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
