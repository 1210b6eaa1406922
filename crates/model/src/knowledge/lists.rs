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
    /// Whether one request may use one of them only.
    pub exclusive: bool,
    /// What answers two of them, where they exclude each other.
    pub rejection: Option<Rejection>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// One member that filters, and what it filters by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FilterMember {
    /// JSON pointer into the input.
    pub member: String,
    /// JSON pointer into an item of the list, where items show it: equal to the filter, or a list that contains it.
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
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// One batch operation: several items in, each with its own outcome, the call itself 200.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Batch {
    /// The service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The input member that lists the items.
    pub items: String,
    /// What names an item within the input: pointers into it; one empty pointer if the item is a plain string.
    pub item_keys: Vec<String>,
    /// The output member that lists the successes, if there is one.
    pub successes: Option<String>,
    /// What names an item within a success.
    #[serde(default)]
    pub success_keys: Vec<String>,
    /// The output member that lists the failures.
    pub errors: String,
    /// What names an item within a failure.
    pub error_keys: Vec<String>,
    /// The greatest number of items; the same as the model's bound.
    pub max: u64,
    /// The operation on one item.
    pub single: String,
    /// The members of the single operation's input that take the item's names, in the order of `item-keys`.
    pub single_keys: Vec<String>,
    /// The output member of the single operation that equals a success; none where there is nothing to compare.
    pub single_result: Option<String>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

entries!(Filter, Order, Batch);
