//! The resources of one type in one region, found by ARN and listed in the order of their creation.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use crate::document::Document;

/// One resource.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) arn: Arc<str>,
    /// The members that any operation shows, and those that handlers keep for themselves.
    pub(crate) document: Document,
    /// The position in the order of creation, unique in its store.
    pub(crate) sequence: u64,
    /// The store's version at each update including the creation, oldest first.
    versions: Vec<u64>,
    /// The value of each indexed member, as the index has it.
    indexed: Box<[Arc<str>]>,
}

impl Record {
    /// Returns a string member; `""` if absent.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.document.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns the version of the last update up to a version of the store; `None` if created later.
    fn version_at(&self, version: u64) -> Option<u64> {
        let later = self.versions.partition_point(|&update| update <= version);
        self.versions[..later].last().copied()
    }
}

/// The number of updates that a record remembers.
///
/// A walk over a list sorted by update is exact if no record is updated more often than this between two pages.
const REMEMBERED_UPDATES: usize = 256;

/// All resources of one type in one region.
#[derive(Debug, Clone, Default)]
pub(crate) struct Store {
    records: BTreeMap<u64, Record>,
    by_arn: HashMap<Arc<str>, u64>,
    /// The string members that resources are found by.
    members: &'static [&'static str],
    /// For each of these members, its values except `""` with the resources that have them.
    index: Vec<HashMap<Arc<str>, BTreeSet<u64>>>,
    /// The resource that was last returned for changes. Its entry in the index may be out of date.
    handed_out: Option<u64>,
    next_sequence: u64,
    version: u64,
}

impl Store {
    /// Creates an empty store whose resources are also found by these string members.
    pub(crate) fn new(members: &'static [&'static str]) -> Self {
        Self { members, index: members.iter().map(|_| HashMap::new()).collect(), ..Self::default() }
    }

    /// Adds a resource under its ARN and returns it.
    pub(crate) fn insert(&mut self, arn: &str, document: Document) -> &mut Record {
        let arn: Arc<str> = Arc::from(arn);
        // Sequences start at 1, so that a cursor of 0 is before all.
        self.next_sequence += 1;
        self.version += 1;
        let sequence = self.next_sequence;
        self.hand_out(sequence);
        self.by_arn.insert(Arc::clone(&arn), sequence);
        let versions = vec![self.version];
        self.records.entry(sequence).or_insert(Record { arn, document, sequence, versions, indexed: Box::default() })
    }

    /// Records that a resource may be changed from now on, and updates the index for the previous one.
    fn hand_out(&mut self, sequence: u64) {
        if self.members.is_empty() {
            return;
        }
        let Some(before) = self.handed_out.replace(sequence).filter(|before| *before != sequence) else {
            return;
        };
        let Some(record) = self.records.get_mut(&before) else {
            return;
        };
        let texts: Box<[Arc<str>]> = self.members.iter().map(|member| Arc::from(record.text(member))).collect();
        let known = std::mem::replace(&mut record.indexed, texts.clone());
        for (position, entries) in self.index.iter_mut().enumerate() {
            let (old, new) = (known.get(position), &texts[position]);
            if old != Some(new) {
                if let Some(old) = old {
                    unindex(entries, old, before);
                }
                if !new.is_empty() {
                    entries.entry(Arc::clone(new)).or_default().insert(before);
                }
            }
        }
    }

    /// Returns the resources created after a sequence number whose string member has a value, oldest first.
    pub(crate) fn matching<'s: 't, 't>(
        &'s self,
        member: &'t str,
        text: &'t str,
        after: u64,
    ) -> Box<dyn Iterator<Item = &'s Record> + 't> {
        let indexed = self.members.iter().position(|indexed| *indexed == member);
        let Some(position) = indexed.filter(|_| !text.is_empty()) else {
            return Box::new(self.after(after).filter(move |record| record.text(member) == text));
        };
        let first = after.saturating_add(1);
        // The resource that was last returned for changes is compared directly, at its position among the others.
        let open = self.handed_out.filter(|open| *open >= first);
        let pivot = open.unwrap_or(first);
        let found = self.index[position].get(text);
        let range = move |from: u64, to: u64| found.into_iter().flat_map(move |found| found.range(from..to).copied());
        let beyond = if open.is_some() { pivot + 1 } else { first };
        let sequences = range(first, pivot).chain(open).chain(range(beyond, u64::MAX));
        let records = sequences.filter_map(|sequence| self.records.get(&sequence));
        Box::new(records.filter(move |record| record.text(member) == text))
    }

    pub(crate) fn get(&self, arn: &str) -> Option<&Record> {
        self.records.get(self.by_arn.get(arn)?)
    }

    pub(crate) fn get_mut(&mut self, arn: &str) -> Option<&mut Record> {
        let sequence = *self.by_arn.get(arn)?;
        self.hand_out(sequence);
        self.records.get_mut(&sequence)
    }

    pub(crate) fn remove(&mut self, arn: &str) -> Option<Record> {
        let sequence = self.by_arn.remove(arn)?;
        let record = self.records.remove(&sequence)?;
        for (entries, text) in self.index.iter_mut().zip(&record.indexed) {
            unindex(entries, text, sequence);
        }
        Some(record)
    }

    /// Records that a resource was updated, for lists sorted by update.
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

    /// Returns all resources, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Returns the resources created after a sequence number, oldest first.
    pub(crate) fn after(&self, sequence: u64) -> impl Iterator<Item = &Record> {
        self.records.range(sequence.saturating_add(1)..).map(|(_, record)| record)
    }

    /// Returns the resources as of a version with their ranks, last updated first.
    ///
    /// Ranks are ascending. Later updates and creations do not change them.
    pub(crate) fn by_update(&self, version: u64) -> Vec<(u64, &Record)> {
        let mut ranked: Vec<_> =
            self.iter().filter_map(|record| Some((u64::MAX - record.version_at(version)?, record))).collect();
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        ranked
    }

    /// Returns the number of creations and updates so far.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }
}

/// Removes a resource from the entry of a value, and the entry with its last resource.
fn unindex(entries: &mut HashMap<Arc<str>, BTreeSet<u64>>, text: &str, sequence: u64) {
    if let Some(found) = entries.get_mut(text) {
        found.remove(&sequence);
        if found.is_empty() {
            entries.remove(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn arns<'a>(records: impl IntoIterator<Item = &'a Record>) -> Vec<&'a str> {
        records.into_iter().map(|record| &*record.arn).collect()
    }

    /// Creates a document with that text in the indexed member.
    fn of(text: &str) -> Document {
        json!({"of": text}).as_object().cloned().unwrap_or_default()
    }

    proptest! {
        #[test]
        fn the_index_finds_the_same_resources_as_a_scan(
            steps in prop::collection::vec((0..4_u8, 0..6_usize, 0..3_usize), 0..40),
            after in 0..8_u64,
        ) {
            const TEXTS: [&str; 3] = ["", "x", "y"];
            let mut store = Store::new(&["of"]);
            for (step, which, text) in steps {
                let arn = which.to_string();
                match step {
                    0 if store.get(&arn).is_none() => {
                        store.insert(&arn, of(TEXTS[text]));
                    }
                    1 => {
                        store.remove(&arn);
                    }
                    _ => {
                        if let Some(record) = store.get_mut(&arn) {
                            record.document = of(TEXTS[text]);
                        }
                    }
                }
                for text in TEXTS {
                    let scan = arns(store.after(after).filter(|record| record.text("of") == text));
                    prop_assert_eq!(arns(store.matching("of", text, after)), scan);
                }
            }
        }
    }

    #[test]
    fn the_index_keeps_no_entry_of_a_removed_resource() {
        let mut store = Store::new(&["of"]);
        for arn in ["a", "b", "c"] {
            store.insert(arn, of("x"));
        }
        for arn in ["a", "b", "c"] {
            store.remove(arn);
        }
        assert!(store.index[0].is_empty());
    }

    #[test]
    fn removing_a_resource_keeps_the_order_of_the_others() {
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
