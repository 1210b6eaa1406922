//! Situations: how an endpoint is brought to answer what it answers in one state only, and what nothing brings about.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Knowledge, Need, Rejection, entries};
use crate::{Authority, ErrorPair, OperationId};

/// One state of things, the steps that lead there, and what a call gets then.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Situation {
    /// Its name, such as `live-channel`.
    pub id: String,
    /// The service.
    pub service: String,
    /// The operations that are called in it.
    pub operations: Vec<String>,
    /// What leads there.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What leads out of it again, so that what was made can be removed.
    #[serde(default)]
    pub ends: Vec<Step>,
    /// Members that take the place of those in a minimal valid input; `null` leaves one out.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// The precondition that is broken then, with its rejection.
    pub breaks: Option<Need>,
    /// What answers the call, where no precondition says it; without either the call succeeds.
    pub rejection: Option<Rejection>,
    /// Whether nothing else may be under way meanwhile.
    #[serde(default)]
    pub alone: bool,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// How a list gets items that no call of the service makes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Filling {
    /// The service.
    pub service: String,
    /// The list operation.
    pub operation: String,
    /// What comes first.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// What makes one item, `times` times; in its texts `#each` stands for the number of the turn, as in
    /// `{channel.arn#each}`. Turns count from 2, so that none of these is `{channel.arn}` itself.
    pub each: Vec<Step>,
    /// How often.
    pub times: u64,
    /// What leads out of it again; `#each` as above where it takes place for each item.
    #[serde(default)]
    pub ends: Vec<Step>,
    /// The input of the list, but for page size and token.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// The members of an item that tell it from the others; empty where an item has no name of its own.
    #[serde(default)]
    pub item: BTreeMap<String, Value>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// What is done.
    #[serde(rename = "do")]
    pub action: SetupAction,
    /// Its input: placeholders such as `{channel.arn}` stand for resources made for the situation alone, `{kept.x}` for
    /// what an earlier step has kept, `{kept.account}` and `{kept.region}` for where those resources are.
    #[serde(default)]
    pub input: BTreeMap<String, Value>,
    /// What is kept of its answer: names with JSON pointers.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetupAction {
    /// An operation of the same service.
    Call(String),
    /// Something that only an emulator offers, on the surface that it has for tests.
    Control(String),
}

/// Declared errors that no request brings about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unprovocable {
    /// The name of the error.
    pub error: String,
    /// The operations, such as `ivs.GetChannel`; none means all that declare it.
    #[serde(default)]
    pub operations: Vec<OperationId>,
    /// Why, as a report says it.
    pub reason: String,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

impl Situation {
    /// Every step, those that lead out of it included.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.ends)
    }
}

impl Filling {
    /// Every step, those that lead out of it included.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(&self.each).chain(&self.ends)
    }
}

impl Unprovocable {
    /// Returns whether it speaks of that error of that operation.
    #[must_use]
    pub fn covers(&self, pair: ErrorPair) -> bool {
        self.error == pair.error && (self.operations.is_empty() || self.operations.contains(&pair.operation))
    }
}

impl Knowledge {
    /// The situations in which an operation is called.
    pub fn situations_of(&self, operation: OperationId) -> impl Iterator<Item = &Situation> {
        self.situations.iter().filter(move |it| {
            it.service == operation.service() && it.operations.iter().any(|name| name == operation.name())
        })
    }

    /// What answers an operation in a situation: its own rejection or that of the precondition; none if it succeeds.
    #[must_use]
    pub fn rejection_in<'a>(&'a self, situation: &'a Situation, operation: &str) -> Option<&'a Rejection> {
        let broken = self.preconditions.iter().find(|precondition| {
            Some(precondition.needs) == situation.breaks
                && precondition.service == situation.service
                && precondition.operations.iter().any(|name| name == operation)
        });
        situation.rejection.as_ref().or_else(|| broken.map(|precondition| &precondition.rejection))
    }

    /// How a list is filled, where no call of its service makes an item.
    #[must_use]
    pub fn filling(&self, operation: OperationId) -> Option<&Filling> {
        self.fillings
            .iter()
            .find(|filling| filling.service == operation.service() && filling.operation == operation.name())
    }

    /// Why nothing brings about that error of that operation, if so.
    #[must_use]
    pub fn unprovocable(&self, pair: ErrorPair) -> Option<&Unprovocable> {
        self.unprovocables.iter().find(|it| it.covers(pair))
    }
}

entries!(Situation, Filling, Unprovocable);
