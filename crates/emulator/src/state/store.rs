//! The resources of one kind in one region: found by ARN, listed in the order they were made.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

/// A resource by its members' names, as the model's output structures show it.
pub(crate) type Document = Map<String, Value>;

/// One resource.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) arn: Arc<str>,
    /// All members that any operation shows, and none that are secret to the emulator.
    pub(crate) document: Document,
    /// Place in the order of creation, unique in its store for ever.
    pub(crate) sequence: u64,
    /// The store's version at each update, oldest first, the creation included.
    versions: Vec<u64>,
}

impl Record {
    /// A string member, `""` if absent.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.document.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// The version of the last update up to a version of the store; `None` if made later.
    fn version_at(&self, version: u64) -> Option<u64> {
        let later = self.versions.partition_point(|&update| update <= version);
        self.versions[..later].last().copied()
    }
}

/// Updates that a record remembers. A walk over a listing sorted by update stays exact as long as
/// no record is updated more often than this between two of its pages.
const REMEMBERED_UPDATES: usize = 256;

/// All resources of one kind.
#[derive(Debug, Default)]
pub(crate) struct Store {
    records: BTreeMap<u64, Record>,
    by_arn: HashMap<Arc<str>, u64>,
    next_sequence: u64,
    version: u64,
}

impl Store {
    /// Adds a resource under its ARN and gives it back.
    pub(crate) fn insert(&mut self, arn: &str, document: Document) -> &mut Record {
        let arn: Arc<str> = Arc::from(arn);
        // Sequences start at 1, so that a cursor of 0 stands before all.
        self.next_sequence += 1;
        self.version += 1;
        let sequence = self.next_sequence;
        self.by_arn.insert(Arc::clone(&arn), sequence);
        self.records.entry(sequence).or_insert(Record { arn, document, sequence, versions: vec![self.version] })
    }

    pub(crate) fn get(&self, arn: &str) -> Option<&Record> {
        self.records.get(self.by_arn.get(arn)?)
    }

    pub(crate) fn get_mut(&mut self, arn: &str) -> Option<&mut Record> {
        self.records.get_mut(self.by_arn.get(arn)?)
    }

    pub(crate) fn remove(&mut self, arn: &str) -> Option<Record> {
        let sequence = self.by_arn.remove(arn)?;
        self.records.remove(&sequence)
    }

    /// Notes that a resource was updated, for listings sorted by update.
    pub(crate) fn touch(&mut self, arn: &str) {
        self.version += 1;
        let version = self.version;
        if let Some(record) = self.get_mut(arn) {
            record.versions.push(version);
            if record.versions.len() > REMEMBERED_UPDATES {
                record.versions.remove(0);
            }
        }
    }

    /// All resources, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// The resources made after that sequence, oldest first.
    pub(crate) fn after(&self, sequence: u64) -> impl Iterator<Item = &Record> {
        self.records.range(sequence.saturating_add(1)..).map(|(_, record)| record)
    }

    /// The resources as they stood at a version, last updated first, each with its rank in that
    /// order: ranks rise, and a later update or creation does not change them.
    pub(crate) fn by_update(&self, version: u64) -> Vec<(u64, &Record)> {
        let mut ranked: Vec<_> =
            self.iter().filter_map(|record| Some((u64::MAX - record.version_at(version)?, record))).collect();
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        ranked
    }

    /// The count of all changes so far.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arns<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<&'a str> {
        records.into_iter().map(|record| &*record.arn).collect()
    }

    #[test]
    fn a_removed_resource_leaves_the_order_of_the_others() {
        let mut store = Store::default();
        for arn in ["a", "b", "c"] {
            store.insert(arn, Document::new());
        }
        store.remove("b");
        store.insert("b", Document::new());
        assert_eq!(arns(store.iter()), ["a", "c", "b"]);
        assert_eq!(arns(store.after(1)), ["c", "b"]);
    }

    #[test]
    fn an_update_during_a_walk_does_not_change_the_ranks_of_the_walk() {
        let mut store = Store::default();
        for arn in ["a", "b", "c"] {
            store.insert(arn, Document::new());
        }
        let version = store.version();
        let before: Vec<u64> = store.by_update(version).iter().map(|row| row.0).collect();
        store.touch("a");
        store.insert("d", Document::new());
        let walk = store.by_update(version);
        assert_eq!(arns(walk.iter().map(|row| row.1)), ["c", "b", "a"]);
        assert_eq!(walk.iter().map(|row| row.0).collect::<Vec<_>>(), before);
        let fresh = store.by_update(store.version());
        assert_eq!(arns(fresh.iter().map(|row| row.1)), ["d", "a", "c", "b"]);
    }
}
