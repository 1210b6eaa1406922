//! The last write to each resource, for planted faults of writes at the same time.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::document::Document;

/// Writes that a planted fault remembers, by operation and resource.
pub(crate) type RecentWrites = BTreeMap<String, RecentWrite>;

/// Writes to one resource at the same time.
#[derive(Debug, Clone)]
pub(crate) struct RecentWrite {
    /// When the last of them was served.
    pub(crate) at: Timestamp,
    /// How many there were.
    pub(crate) count: usize,
    /// The resource before the first of them.
    pub(crate) before: Option<Document>,
    /// The last output, as JSON.
    pub(crate) output: Vec<u8>,
}

impl Default for RecentWrite {
    fn default() -> Self {
        Self { at: Timestamp(0), count: 0, before: None, output: Vec::new() }
    }
}
