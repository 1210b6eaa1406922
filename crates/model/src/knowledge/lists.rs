//! Filters, orders and batches.

use serde::Deserialize;

use super::{Rejection, entries};
use crate::Authority;

/// The filters of one list operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filter {
    /// The service.
    pub service: String,
    /// The list operation.
    pub operation: String,
    /// The members that filter.
    pub members: Vec<FilterMember>,
    /// True if a request may use only one of them.
    pub exclusive: bool,
    /// The rejection of a request with two filters that exclude each other.
    pub rejection: Option<Rejection>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// One member that filters, and the member of items that it filters by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FilterMember {
    /// JSON pointer into the input.
    pub member: String,
    /// JSON pointer into an item of the list, if items have the member. Its value equals the filter, or is a list that
    /// contains it.
    pub attribute: Option<String>,
}

/// The order of one list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Order {
    /// The service.
    pub service: String,
    /// The list operation.
    pub operation: String,
    /// JSON pointer into an item.
    pub by: String,
    /// True for descending order.
    pub descending: bool,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// One batch operation: several items, each with its own outcome, and status 200 for the call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Batch {
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The input member that lists the items.
    pub items: String,
    /// The pointers to the names of an item of the input; one empty pointer if the item is a plain string.
    pub item_keys: Vec<String>,
    /// The output member that lists the successes, if there is one.
    pub successes: Option<String>,
    /// The pointers to the names of an item in a success.
    #[serde(default)]
    pub success_keys: Vec<String>,
    /// The output member that lists the failures.
    pub errors: String,
    /// The pointers to the names of an item in a failure.
    pub error_keys: Vec<String>,
    /// The maximum number of items, equal to the model's.
    pub max: u64,
    /// The operation on one item.
    pub single: String,
    /// The members of the single operation's input that take the item's names, in the order of `item-keys`.
    pub single_keys: Vec<String>,
    /// The output member of the single operation that equals a success; `None` if there is nothing to compare.
    pub single_result: Option<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

entries!(Filter, Order, Batch);
