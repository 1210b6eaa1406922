//! The account of everything that was made and not yet removed.

use std::collections::BTreeMap;

use crate::Resource;

#[derive(Debug, Default)]
pub(crate) struct Registry {
    /// By ARN.
    alive: BTreeMap<String, Entry>,
    /// How many were made.
    made: u64,
}

#[derive(Debug)]
struct Entry {
    kind: String,
    /// The resource that it was made along with, and with which it ends.
    ends_with: Option<String>,
    /// Whether a lease or the pool itself answers for it. What only the observer of all exchanges has seen is no one's.
    claimed: bool,
    /// The order in which resources were made.
    number: u64,
}

impl Registry {
    /// Adds what one call made, as someone's own; `refers` says whether a kind refers to another. Gives back what nobody had
    /// claimed before.
    pub(crate) fn add(&mut self, made: &[Resource], refers: impl Fn(&str, &str) -> bool) -> Vec<Resource> {
        self.note(made, refers);
        let mut claimed = Vec::new();
        for resource in made {
            let entry = self.alive.get_mut(&resource.arn).filter(|entry| !entry.claimed);
            if let Some(entry) = entry {
                entry.claimed = true;
                claimed.push(resource.clone());
            }
        }
        claimed
    }

    /// Notes what one call made, whoever asked for it.
    pub(crate) fn note(&mut self, made: &[Resource], refers: impl Fn(&str, &str) -> bool) {
        for resource in made {
            let parent = || made.iter().find(|other| other.arn != resource.arn && refers(&resource.kind, &other.kind));
            self.made += 1;
            let number = self.made;
            self.alive.entry(resource.arn.clone()).or_insert_with(|| Entry {
                number,
                kind: resource.kind.clone(),
                ends_with: parent().map(|parent| parent.arn.clone()),
                claimed: false,
            });
        }
    }

    /// Strikes a resource off, with what ends along with it.
    pub(crate) fn gone(&mut self, arn: &str) {
        self.alive.remove(arn);
        self.alive.retain(|_, entry| entry.ends_with.as_deref() != Some(arn));
    }

    pub(crate) fn contains(&self, arn: &str) -> bool {
        self.alive.contains_key(arn)
    }

    /// Whether a resource ends with another one that is still there.
    pub(crate) fn is_by_product(&self, arn: &str) -> bool {
        let parent = self.alive.get(arn).and_then(|entry| entry.ends_with.as_deref());
        parent.is_some_and(|parent| self.alive.contains_key(parent))
    }

    /// Returns everything, the oldest first.
    pub(crate) fn all(&self) -> Vec<Resource> {
        let mut entries: Vec<(&String, &Entry)> = self.alive.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.number);
        entries.into_iter().map(|(arn, entry)| Resource { kind: entry.kind.clone(), arn: arn.clone() }).collect()
    }
}
