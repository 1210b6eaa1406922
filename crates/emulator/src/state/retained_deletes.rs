//! Deleted resources that a planted fault still shows.

use super::store::Record;
use crate::contract::ResourceType;

/// Deleted resources that a planted fault retains.
#[derive(Debug, Default)]
pub(crate) struct RetainedDeletes(Vec<(ResourceType, Record)>);

impl RetainedDeletes {
    /// Retains a deleted resource.
    pub(crate) fn push(&mut self, resource_type: ResourceType, record: Record) {
        self.0.push((resource_type, record));
    }

    /// Returns the retained resources of a type.
    pub(crate) fn of(&self, resource_type: ResourceType) -> impl Iterator<Item = &Record> {
        self.0.iter().filter(move |(of, _)| *of == resource_type).map(|(_, record)| record)
    }
}
