//! How resources are created, shown and deleted, and which of them this run has seen: what a script needs to bring a request
//! about again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ivs_client::Exchange;
use ivs_model::{Model, OperationId};
use serde_json::Value;

use crate::reference::arns;

/// One call with placeholders in its input.
pub type CallTemplate = (OperationId, Value);

/// The calls of one kind of resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceCalls {
    /// The call that creates one. Its placeholders are other resources, and keys.
    pub create: CallTemplate,
    /// The call that shows one; its placeholder stands for the ARN.
    pub get: Option<CallTemplate>,
    /// The call that deletes one; its placeholder stands for the ARN.
    pub delete: Option<CallTemplate>,
    /// The states that pass by themselves before the resource can be used.
    pub passing: Vec<String>,
    /// Every operation that creates one.
    pub creators: BTreeSet<OperationId>,
    /// Every operation that ends one.
    pub removers: BTreeSet<OperationId>,
    /// How far the kind stands from those that refer to nothing. What stands far is deleted first.
    pub depth: usize,
}

/// The calls by kind of resource.
pub type ResourceCallsByKind = BTreeMap<String, ResourceCalls>;

/// The resources that answers of a run named as created, by ARN, and whether they were deleted since.
#[derive(Debug, Default)]
pub(crate) struct KnownResources(HashMap<String, IsDeleted>);

type IsDeleted = bool;

impl KnownResources {
    /// Takes note of what a success created or deleted.
    pub(crate) fn note(&mut self, exchange: &Exchange, calls: &ResourceCallsByKind) {
        let Ok(response) = &exchange.outcome else { return };
        let operation = exchange.operation;
        if !response.is_success()
            || !calls.values().any(|it| it.creators.contains(&operation) || it.removers.contains(&operation))
        {
            return;
        }
        for (arn, kind) in arns(&String::from_utf8_lossy(&response.body)) {
            if calls.get(&kind).is_some_and(|calls| calls.creators.contains(&operation)) {
                self.0.entry(arn).or_insert(false);
            }
        }
        for (arn, kind) in arns_of_request(exchange) {
            if calls.get(&kind).is_some_and(|calls| calls.removers.contains(&operation))
                && let Some(is_deleted) = self.0.get_mut(&arn)
            {
                *is_deleted = true;
            }
        }
    }

    /// Whether the resource was deleted, if this run has created it.
    pub(crate) fn is_deleted(&self, arn: &str) -> Option<bool> {
        self.0.get(arn).copied()
    }
}

/// What the exchanges of one script share.
#[derive(Clone, Copy)]
pub(crate) struct ScriptContext<'c> {
    pub(crate) models: &'c dyn Fn(&str) -> Option<&'c Model>,
    /// What the run has created.
    pub(crate) resources: &'c KnownResources,
    /// Secrets that answers held.
    pub(crate) seen: &'c [String],
}

/// The ARNs that a request says, in its path, its query or its body, with the kind of each.
pub(crate) fn arns_of_request(exchange: &Exchange) -> Vec<(String, String)> {
    let request = &exchange.request;
    let body = String::from_utf8_lossy(&request.body);
    [&*request.path, &*request.query, &*body].into_iter().flat_map(|text| arns(text).collect::<Vec<_>>()).collect()
}
