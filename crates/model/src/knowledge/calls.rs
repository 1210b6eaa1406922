//! Rates, quotas, and what holds when a member is left out.

use serde::Deserialize;
use serde_json::Value;

use super::{Condition, entries};
use crate::{Authority, OperationId};

/// The documented rate of some operations; each of them has it for itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rate {
    /// The services.
    pub services: Vec<String>,
    /// The operations.
    pub operations: Vec<String>,
    /// Calls per second.
    pub per_second: u32,
    /// What the rate counts.
    #[serde(default)]
    pub per: PerCall,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

impl Rate {
    /// Returns whether it is a rate of this operation.
    #[must_use]
    pub fn covers(&self, operation: OperationId) -> bool {
        self.services.iter().any(|name| name == operation.service())
            && self.operations.iter().any(|name| name == operation.name())
    }
}

/// What a rate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PerCall {
    /// All calls of an account in a region.
    #[default]
    Account,
    /// The calls that name one resource.
    Resource,
}

/// A number of resources that cannot be exceeded, per account and region unless `of` says otherwise.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Quota {
    /// The service.
    pub service: String,
    /// The operation that runs into it.
    pub operation: String,
    /// The member of the input that names the parent, where the quota is one for each parent.
    pub of: Option<String>,
    /// The greatest number; absent where only the quota's code is known.
    pub value: Option<u64>,
    /// Whether AWS raises it on request, so that a real account may have more.
    pub adjustable: bool,
    /// Its code in Service Quotas, where the true value can be read.
    pub code: Option<String>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// The value of a member that a request leaves out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DefaultValue {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer to the member, in the input and within the resource that the answer holds.
    pub member: String,
    /// The value.
    pub value: Value,
    /// When it holds, by other members of the input; all must be met.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// How many items a page has at most when `maxResults` is left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PageSize {
    /// The service.
    pub service: String,
    /// The list operations.
    pub operations: Vec<String>,
    /// The size.
    pub value: u64,
    /// Whether the account's quota takes its place if that is smaller.
    #[serde(default)]
    pub or_quota: bool,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

impl Quota {
    /// Returns whether the operation runs into this quota.
    #[must_use]
    pub fn limits(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.operation == operation.name()
    }
}

entries!(Rate, Quota, DefaultValue, PageSize);
