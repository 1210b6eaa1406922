//! The stored snapshots: one text for each operation, embedded in the program or handed in.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::CanonicalExchange;
use crate::provenance::Provenance;

/// Service, operation and text of every file under `snapshots/exchanges/`.
const EMBEDDED: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/exchanges.rs"));

static STORED: LazyLock<Snapshots> = LazyLock::new(|| {
    Snapshots::of(
        EMBEDDED
            .iter()
            .map(|(service, operation, text)| (((*service).to_owned(), (*operation).to_owned()), (*text).to_owned())),
    )
});

/// Snapshots by service and operation; cheap to clone.
#[derive(Clone, Default)]
pub struct Snapshots(Arc<BTreeMap<(String, String), String>>);

/// The stored exchanges of one operation.
#[derive(Debug)]
pub struct StoredSnapshot {
    /// Where they come from.
    pub provenance: Provenance,
    /// The exchanges.
    pub exchanges: Vec<CanonicalExchange>,
}

impl Snapshots {
    /// Those that are part of the program.
    #[must_use]
    pub fn embedded() -> Self {
        STORED.clone()
    }

    /// These, by service and operation.
    pub fn of(texts: impl IntoIterator<Item = ((String, String), String)>) -> Self {
        Self(Arc::new(texts.into_iter().collect()))
    }

    /// The text of one operation.
    #[must_use]
    pub fn text(&self, service: &str, operation: &str) -> Option<&str> {
        self.0.get(&(service.to_owned(), operation.to_owned())).map(String::as_str)
    }

    /// The exchanges of one operation; none if there are none, or if nobody can read them.
    pub fn stored(&self, service: &str, operation: &str) -> Option<StoredSnapshot> {
        let text = self.text(service, operation)?;
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
    fn every_operation_has_a_snapshot_that_can_be_read() {
        let snapshots = Snapshots::embedded();
        for model in bundled::models() {
            for operation in &model.operations {
                let stored = snapshots.stored(&model.service.id, &operation.name);
                let stored = stored.unwrap_or_else(|| panic!("no snapshot of {}.{}", model.service.id, operation.name));
                assert!(stored.exchanges.len() > 1, "{} has a valid call and an error at least", operation.name);
            }
        }
    }
}
