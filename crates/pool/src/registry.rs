//! The account of everything that was made and not yet removed.

use std::collections::BTreeMap;

use crate::Resource;
use crate::external::Key;

#[derive(Debug, Default)]
pub(crate) struct Registry {
    /// By ARN.
    alive: BTreeMap<String, Entry>,
    /// Keys that the endpoint may hold, though no answer said so.
    withheld: Vec<Key>,
}

#[derive(Debug)]
struct Entry {
    kind: String,
    /// The resource that it was made along with, and with which it ends.
    ends_with: Option<String>,
    /// The keys that it holds at the endpoint.
    keys: Vec<Key>,
}

impl Registry {
    /// Adds what one call made; `refers` says whether a kind refers to another. Gives back what is new.
    pub(crate) fn add(&mut self, made: &[Resource], refers: impl Fn(&str, &str) -> bool) -> Vec<Resource> {
        let mut new = Vec::new();
        for resource in made {
            if self.alive.contains_key(&resource.arn) {
                continue;
            }
            let parent = made.iter().find(|other| other.arn != resource.arn && refers(&resource.kind, &other.kind));
            let ends_with = parent.map(|parent| parent.arn.clone());
            self.alive.insert(resource.arn.clone(), Entry { kind: resource.kind.clone(), ends_with, keys: Vec::new() });
            new.push(resource.clone());
        }
        new
    }

    /// The keys stay out for as long as the resource stands.
    pub(crate) fn keep_keys(&mut self, resource: &Resource, keys: Vec<Key>) {
        if let Some(entry) = self.alive.get_mut(&resource.arn) {
            entry.keys.extend(keys);
        }
    }

    /// Keeps these keys, `most` at a time: those beyond are free again.
    pub(crate) fn withhold_keys(&mut self, keys: Vec<Key>, most: usize) {
        let room = most.saturating_sub(self.withheld.len());
        self.withheld.extend(keys.into_iter().take(room));
    }

    /// Lets the keys of all resources be used again.
    pub(crate) fn release_keys(&mut self) {
        self.withheld.clear();
        self.alive.values_mut().for_each(|entry| entry.keys.clear());
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

    pub(crate) fn all(&self) -> Vec<Resource> {
        let resource = |(arn, entry): (&String, &Entry)| Resource { kind: entry.kind.clone(), arn: arn.clone() };
        self.alive.iter().map(resource).collect()
    }
}
