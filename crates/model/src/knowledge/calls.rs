//! Rates, quotas, and the defaults of omitted members.

use serde::Deserialize;
use serde_json::Value;

use super::{Condition, entries};
use crate::{Authority, OperationId};

/// The documented rate of some operations, which applies to each of them separately.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rate {
    /// The services.
    pub services: Vec<String>,
    /// The operations.
    pub operations: Vec<String>,
    /// Calls per second.
    pub per_second: u32,
    /// The scope of the rate.
    #[serde(default)]
    pub per: PerCall,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

impl Rate {
    /// Returns whether the rate applies to the operation.
    #[must_use]
    pub fn covers(&self, operation: OperationId) -> bool {
        self.services.iter().any(|name| name == operation.service())
            && self.operations.iter().any(|name| name == operation.name())
    }
}

/// The scope of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PerCall {
    /// All calls of an account in a region.
    #[default]
    Account,
    /// The calls that name one resource.
    Resource,
}

/// A maximum number of resources, per account and region unless `of` names a parent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Quota {
    /// The service.
    pub service: String,
    /// The operation that the quota limits.
    pub operation: String,
    /// The member of the input that names the parent, if the quota applies per parent.
    pub of: Option<String>,
    /// The maximum; absent if only the quota's code is known.
    pub value: Option<u64>,
    /// True if AWS raises the quota on request, so that a real account may have more.
    pub adjustable: bool,
    /// The code in Service Quotas, which has the actual value.
    pub code: Option<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// The default value of a member.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DefaultValue {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer to the member, in the input and in the resource of the response.
    pub member: String,
    /// The value.
    pub value: Value,
    /// The conditions on other members of the input; all must be met.
    #[serde(default)]
    pub when: Vec<Condition>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// The maximum number of items on a page without `maxResults`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PageSize {
    /// The service.
    pub service: String,
    /// The list operations.
    pub operations: Vec<String>,
    /// The size.
    pub value: u64,
    /// True if the account's quota replaces the size when it is smaller.
    #[serde(default)]
    pub or_quota: bool,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

impl Quota {
    /// Returns whether the quota limits the operation.
    #[must_use]
    pub fn limits(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.operation == operation.name()
    }
}

entries!(Rate, Quota, DefaultValue, PageSize);
