//! Resource types whose operations the model does not show by ARNs, and values that only the prose states. Packs of other
//! services have them; the bundled services need none.

use serde::Deserialize;

use super::{entries, holds};
use crate::{Authority, OperationId};

/// A resource type: the operations that create, show, change and delete one, and the members that name it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ResourceKind {
    /// The service.
    pub service: String,
    /// The name of the type, such as `schedule-group`.
    pub resource: String,
    /// The operations that create one.
    pub created_by: Vec<String>,
    /// The values that name one, together.
    pub named_by: Vec<NamedBy>,
    /// The operation that shows one.
    pub shown_by: Option<String>,
    /// The operations that change the named one.
    #[serde(default)]
    pub changed_by: Vec<String>,
    /// The operation that deletes the named one.
    pub deleted_by: Option<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// A value that names a resource, alone or together with others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedBy {
    /// The name of the value, such as `id`, `name` or `arn`.
    pub field: String,
    /// The origin of the value.
    pub from: NameOrigin,
    /// JSON pointers to the value in inputs.
    #[serde(default)]
    pub members: Vec<String>,
    /// The operations whose inputs have it there; empty for all that have such a member.
    #[serde(default)]
    pub operations: Vec<String>,
}

/// The origin of a value that names a resource, at the operation that creates it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum NameOrigin {
    /// The response has it at this JSON pointer.
    Answer(String),
    /// The caller chooses it in the input at this JSON pointer. Each call gets a value of its own.
    Chosen(String),
    /// The input has it at this JSON pointer: it names the parent, which exists.
    Input(String),
}

/// A member that only some values fit, although the model allows any.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GivenValue {
    /// The service.
    pub service: String,
    /// The operations; empty for all that have such a member.
    #[serde(default)]
    pub operations: Vec<String>,
    /// JSON pointer into the input; `*` is any item of a list.
    pub member: String,
    /// The values. Valid inputs have one of these.
    pub values: Vec<String>,
    /// Whether the values name things outside the service, which an endpoint may look up.
    #[serde(default)]
    pub outside: bool,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// Members that any text fits which the model allows: descriptions, tags, prefixes of names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FreeText {
    /// The service.
    pub service: String,
    /// The operations; empty for all that have such a member.
    #[serde(default)]
    pub operations: Vec<String>,
    /// JSON pointers into the input; `*` is any item of a list. All that is inside is free as well.
    pub members: Vec<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// Operations that no run calls.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NeverCalled {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// The reason.
    pub reason: String,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

impl ResourceKind {
    /// Returns whether the operation creates one.
    #[must_use]
    pub fn is_created_by(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.created_by.iter().any(|name| name == operation.name())
    }

    /// Returns whether the operation shows one.
    #[must_use]
    pub fn is_shown_by(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.shown_by.as_deref() == Some(operation.name())
    }

    /// Returns whether the operation changes the one that it names.
    #[must_use]
    pub fn is_changed_by(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.changed_by.iter().any(|name| name == operation.name())
    }

    /// Returns whether the operation deletes the one that it names.
    #[must_use]
    pub fn is_deleted_by(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.deleted_by.as_deref() == Some(operation.name())
    }

    /// Returns whether an input of the operation may name one by this value, at its members.
    #[must_use]
    pub fn is_named_in(&self, named_by: &NamedBy, operation: OperationId) -> bool {
        let is_named = named_by.operations.iter().any(|name| name == operation.name());
        self.service == operation.service()
            && (is_named || named_by.operations.is_empty() && !self.is_created_by(operation))
    }
}

impl GivenValue {
    /// Returns whether the entry is about this place of the operation's input.
    #[must_use]
    pub fn covers(&self, operation: OperationId, path: &str) -> bool {
        self.service == operation.service() && self.member == path && holds(&self.operations, operation)
    }
}

impl FreeText {
    /// Returns whether the place of the operation's input is one of these, or inside one.
    #[must_use]
    pub fn covers(&self, operation: OperationId, path: &str) -> bool {
        let is_inside = |member: &String| {
            path.strip_prefix(member.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.service == operation.service() && holds(&self.operations, operation) && self.members.iter().any(is_inside)
    }
}

entries!(ResourceKind, GivenValue, FreeText, NeverCalled);
