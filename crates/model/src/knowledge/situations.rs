//! Situations: the steps that bring an endpoint into a state for one case, and the errors that no request triggers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Knowledge, Need, Rejection, entries};
use crate::{Authority, ErrorPair, OperationId};

/// One state of an endpoint, the steps that lead there, and the response that a call then gets.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Situation {
    /// The name, such as `live-channel`.
    pub id: String,
    /// The service.
    pub service: String,
    /// The operations that are called in the situation.
    pub operations: Vec<String>,
    /// The steps that set up the situation.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The steps that end the situation, so that its resources can be deleted.
    #[serde(default)]
    pub ends: Vec<Step>,
    /// The members that replace those of a minimal valid input; `null` removes one.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// The precondition that the situation violates, with its rejection.
    pub breaks: Option<Need>,
    /// The rejection of the call, if no precondition states it. Without either, the call succeeds.
    pub rejection: Option<Rejection>,
    /// True if no other case may run at the same time.
    #[serde(default)]
    pub alone: bool,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// A way to fill a list whose items no call of the service creates.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filling {
    /// The service.
    pub service: String,
    /// The list operation.
    pub operation: String,
    /// The steps before the items.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The steps that create one item, repeated `times` times. In their texts `#each` is the number of the iteration,
    /// as in `{channel.arn#each}`. Iterations count from 2, so that none of these is `{channel.arn}` itself.
    pub each: Vec<Step>,
    /// The number of iterations.
    pub times: u64,
    /// The steps that end the situation; with `#each`, once for each item.
    #[serde(default)]
    pub ends: Vec<Step>,
    /// The input of the list, without page size and token.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// The members that identify an item; empty if items have no identity.
    #[serde(default)]
    pub item: BTreeMap<String, Value>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// The action.
    #[serde(rename = "do")]
    pub action: SetupAction,
    /// The input, with placeholders. `{channel.arn}` is a resource that only this situation uses. `{kept.x}` is a value
    /// that an earlier step has kept. `{kept.account}` and `{kept.region}` are the account and region of the resources.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// The values to keep from the response: names with JSON pointers.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// The action of a step.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetupAction {
    /// An operation of the same service.
    Call(String),
    /// An action of an emulator's control surface.
    Control(String),
}

/// Declared errors that no request triggers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unprovocable {
    /// The name of the error.
    pub error: String,
    /// The operations, such as `ivs.GetChannel`; empty means all that declare the error.
    #[serde(default)]
    pub operations: Vec<OperationId>,
    /// The reason, as in reports.
    pub reason: String,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

impl Situation {
    /// Returns every step, including those that end the situation.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.ends)
    }
}

impl Filling {
    /// Returns every step, including those that end the situation.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.each).chain(&self.ends)
    }
}

impl Unprovocable {
    /// Returns whether the entry covers that error of that operation.
    #[must_use]
    pub fn covers(&self, pair: ErrorPair) -> bool {
        self.error == pair.error && (self.operations.is_empty() || self.operations.contains(&pair.operation))
    }
}

impl Knowledge {
    /// Returns the situations in which an operation is called.
    pub fn situations_of(&self, operation: OperationId) -> impl Iterator<Item = &Situation> {
        self.situations.iter().filter(move |it| {
            it.service == operation.service() && it.operations.iter().any(|name| name == operation.name())
        })
    }

    /// Returns the rejection of an operation in a situation: its own or that of the precondition. `None` if the call
    /// succeeds.
    #[must_use]
    pub fn rejection_in<'a>(&'a self, situation: &'a Situation, operation: &str) -> Option<&'a Rejection> {
        let broken = self.preconditions.iter().find(|precondition| {
            Some(precondition.needs) == situation.breaks
                && precondition.service == situation.service
                && precondition.operations.iter().any(|name| name == operation)
        });
        situation.rejection.as_ref().or_else(|| broken.map(|precondition| &precondition.rejection))
    }

    /// Returns the way to fill a list whose items no call of its service creates.
    #[must_use]
    pub fn filling(&self, operation: OperationId) -> Option<&Filling> {
        self.fillings
            .iter()
            .find(|filling| filling.service == operation.service() && filling.operation == operation.name())
    }

    /// Returns the reason why no request triggers that error of that operation, if there is one.
    #[must_use]
    pub fn unprovocable(&self, pair: ErrorPair) -> Option<&Unprovocable> {
        self.unprovocables.iter().find(|it| it.covers(pair))
    }
}

entries!(Situation, Filling, Unprovocable);
