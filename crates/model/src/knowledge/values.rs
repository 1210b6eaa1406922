//! Values of outputs that the models leave open: members that are promised, forms, times, and members that agree.

use serde::Deserialize;

use super::{entries, holds};
use crate::{Authority, OperationId};

/// Members that a structure always shows, though the model leaves them optional.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Promise {
    /// The service.
    pub service: String,
    /// The structures of outputs.
    pub structures: Vec<String>,
    /// The members.
    pub members: Vec<String>,
    /// The operations in whose outputs the promise holds; empty for all.
    #[serde(default)]
    pub operations: Vec<String>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// The form of a text in an output, beyond what the model's pattern says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ValueForm {
    /// The service.
    pub service: String,
    /// The structures of outputs.
    pub structures: Vec<String>,
    /// The member.
    pub member: String,
    /// A pattern of the whole text. `{region}` stands for the region of the caller, `{account}` and `{id}` for those parts
    /// of the ARN in the same structure.
    pub pattern: String,
    /// The form in words, for findings.
    pub form: String,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// A time in an output that follows from the time of the call and from the input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimeRule {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer into the output, with `*` for the items of a list.
    pub member: String,
    /// JSON pointer to the minutes in the input; a `*` stands for the same item as in `member`.
    pub minutes: Option<String>,
    /// The minutes after the call, where the input says nothing.
    #[serde(default)]
    pub default_minutes: i64,
    /// How many seconds the time may differ.
    pub within_seconds: i64,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// Two times of a structure in their order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimeOrder {
    /// The service.
    pub service: String,
    /// The structures of outputs.
    pub structures: Vec<String>,
    /// The member that is not later.
    pub earlier: String,
    /// The member that is not earlier.
    pub later: String,
    /// Whether the earlier one is the same whenever the resource is shown.
    #[serde(default)]
    pub stays: bool,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// A member of an output that follows from another member or from the input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Agreement {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer into the output.
    pub member: String,
    /// What it agrees with.
    pub with: AgreesWith,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// What a member of an output agrees with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum AgreesWith {
    /// The member of the output at this JSON pointer has the same value.
    Output(String),
    /// The member of the input at this JSON pointer has the same value.
    Input(String),
    /// The value is the fingerprint of the public key in PEM in the input at this JSON pointer: the MD5 of its DER encoding.
    FingerprintOf(String),
    /// The list has as many items as the list of the input at this JSON pointer.
    CountOf(String),
    /// The value is one of these.
    OneOf(Vec<String>),
}

impl Promise {
    /// Returns whether the promise holds for a structure in an output of the operation.
    #[must_use]
    pub fn covers(&self, operation: OperationId, structure: &str) -> bool {
        self.service == operation.service()
            && self.structures.iter().any(|name| name == structure)
            && holds(&self.operations, operation)
    }
}

impl ValueForm {
    /// Returns whether the form is one of this structure's.
    #[must_use]
    pub fn covers(&self, operation: OperationId, structure: &str) -> bool {
        self.service == operation.service() && self.structures.iter().any(|name| name == structure)
    }
}

impl TimeRule {
    /// Returns whether it is a rule of this operation.
    #[must_use]
    pub fn covers(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.operations.iter().any(|name| name == operation.name())
    }
}

impl TimeOrder {
    /// Returns whether it is an order of this structure.
    #[must_use]
    pub fn covers(&self, operation: OperationId, structure: &str) -> bool {
        self.service == operation.service() && self.structures.iter().any(|name| name == structure)
    }
}

impl Agreement {
    /// Returns whether it is a rule of this operation.
    #[must_use]
    pub fn covers(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.operations.iter().any(|name| name == operation.name())
    }
}

entries!(Promise, ValueForm, TimeRule, TimeOrder, Agreement);
