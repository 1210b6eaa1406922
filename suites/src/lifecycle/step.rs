//! One step of a sequence, as plain data: drawn, shrunk, kept in a file, played again.

use ivs_generators::Placeholder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is done next. Slots number the resources of the kind in the order of their making; other resources stand as
/// placeholders (`{recording-configuration.arn}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step", deny_unknown_fields)]
pub(crate) enum Step {
    /// Makes one more resource; the members stand beside those that are needed.
    Create {
        /// The members.
        input: Map<String, Value>,
    },
    /// Looks at a resource.
    Read {
        /// The resource.
        slot: usize,
    },
    /// Walks the list in which a resource stands, or stood.
    List {
        /// The resource.
        slot: usize,
    },
    /// Changes members; a reference is attached and detached so, too.
    Update {
        /// The resource.
        slot: usize,
        /// The members.
        change: Map<String, Value>,
    },
    /// Adds tags.
    Tag {
        /// The resource.
        slot: usize,
        /// The tags.
        tags: Map<String, Value>,
    },
    /// Removes tags.
    Untag {
        /// The resource.
        slot: usize,
        /// Their keys.
        keys: Vec<String>,
    },
    /// Removes a resource, or ends it.
    Delete {
        /// The resource.
        slot: usize,
    },
    /// Removes what a resource refers to, or referred to.
    Remove {
        /// Its placeholder.
        parent: String,
    },
}

impl Step {
    /// The resource that it is about.
    pub(super) fn slot(&self) -> Option<usize> {
        match self {
            Self::Create { .. } | Self::Remove { .. } => None,
            Self::Read { slot }
            | Self::List { slot }
            | Self::Update { slot, .. }
            | Self::Tag { slot, .. }
            | Self::Untag { slot, .. }
            | Self::Delete { slot } => Some(*slot),
        }
    }

    /// The same step with one member, tag or key less, in every way there is.
    pub(super) fn lighter(&self) -> Vec<Self> {
        let without = |map: &Map<String, Value>, key: &String| {
            let mut map = map.clone();
            map.shift_remove(key);
            map
        };
        match self {
            Self::Create { input } => input.keys().map(|key| Self::Create { input: without(input, key) }).collect(),
            Self::Update { slot, change } if change.len() > 1 => {
                change.keys().map(|key| Self::Update { slot: *slot, change: without(change, key) }).collect()
            }
            Self::Tag { slot, tags } if tags.len() > 1 => {
                tags.keys().map(|key| Self::Tag { slot: *slot, tags: without(tags, key) }).collect()
            }
            Self::Untag { slot, keys } if keys.len() > 1 => keys
                .iter()
                .map(|key| {
                    let keys = keys.iter().filter(|other| *other != key).cloned().collect();
                    Self::Untag { slot: *slot, keys }
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// The placeholders of resources of the three services in a value: those of buckets, keys and the like left out.
pub(super) fn referred(value: &Value) -> Vec<Placeholder> {
    Placeholder::all_in(value)
        .into_iter()
        .filter(|placeholder| !ivs_catalog::is_external_type(&placeholder.kind))
        .collect()
}

/// Whether a value names this resource anywhere.
pub(super) fn names(value: &Value, placeholder: &Placeholder) -> bool {
    Placeholder::all_in(value).contains(placeholder)
}
