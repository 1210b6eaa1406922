//! How resources are created, shown and deleted, and which of them this run has seen: what a script needs to bring a request
//! about again.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

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

/// The resources that answers of a run named as created.
#[derive(Debug, Default)]
pub(crate) struct KnownResources {
    /// By ARN, whether it was deleted since.
    created: HashMap<String, IsDeleted>,
    /// The requests that named one after it was deleted.
    late: HashSet<u64>,
}

type IsDeleted = bool;

impl KnownResources {
    /// Takes note of what an exchange created, deleted, or named in vain.
    ///
    /// `named` are the ARNs that the request says, with their kinds.
    pub(crate) fn note(&mut self, exchange: &Exchange, named: Vec<(String, String)>, calls: &ResourceCallsByKind) {
        let operation = exchange.operation;
        if named.iter().any(|(arn, _)| self.created.get(arn) == Some(&true)) {
            // Headers of a signed request have the time and an id.
            self.late.insert(exchange.request.fingerprint());
        }
        let Ok(response) = &exchange.outcome else { return };
        if !response.is_success() {
            return;
        }
        if calls.values().any(|calls| calls.creators.contains(&operation)) {
            for (arn, kind) in arns(&String::from_utf8_lossy(&response.body)) {
                if calls.get(&kind).is_some_and(|calls| calls.creators.contains(&operation)) {
                    self.created.entry(arn).or_insert(false);
                }
            }
        }
        for (arn, kind) in named {
            if calls.get(&kind).is_some_and(|calls| calls.removers.contains(&operation))
                && let Some(is_deleted) = self.created.get_mut(&arn)
            {
                *is_deleted = true;
            }
        }
    }

    /// Whether this run has created the resource.
    pub(crate) fn has_created(&self, arn: &str) -> bool {
        self.created.contains_key(arn)
    }

    /// Whether a request came after a resource that it names was deleted.
    pub(crate) fn is_late(&self, exchange: &Exchange) -> bool {
        self.late.contains(&exchange.request.fingerprint())
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
