//! Clearing away: in the order of dependence, in bounded time, and with a word on what could not be removed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use ivs_client::{Exchange, error_name, is_worth_retrying};
use tokio::time::Instant;

use crate::{Pool, Resource};

/// How often what could not be removed is tried again, with a pause between: deletions pass through states, and what a
/// resource is attached to may take its time to go.
const ROUNDS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);

/// How often a removal is tried that is refused while the resource changes its state.
const TRIES: u32 = 3;

/// What became of the resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletionReport {
    /// How many are gone.
    pub removed: usize,
    /// What is still there.
    pub left: Vec<Left>,
}

/// A resource that could not be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The resource.
    pub resource: Resource,
    /// Why it is still there, for a person.
    pub reason: String,
}

impl Pool {
    /// Removes everything on the account, shared resources too. Safe to call again.
    pub async fn remove_all(&self, limit: Duration) -> DeletionReport {
        let deadline = Instant::now() + limit;
        let mut removal = DeletionReport::default();
        for round in 0..ROUNDS {
            let before = self.registry().all().len();
            removal.left.clear();
            // Taken out of its lock first: ordering them asks the registry again.
            let all = self.registry().all();
            for level in self.levels(all) {
                let outcomes = level.iter().map(|resource| self.remove_if_there(resource, deadline));
                let outcomes = join_all(outcomes).await;
                for (resource, outcome) in level.into_iter().zip(outcomes) {
                    removal.left.extend(outcome.err().map(|reason| Left { resource, reason }));
                }
            }
            removal.removed += before - self.registry().all().len();
            // What ends with a resource that is gone by now was counted as gone.
            removal.left.retain(|left| self.registry().contains(&left.resource.arn));
            let last = round + 1 == ROUNDS || Instant::now() + PAUSE >= deadline;
            if removal.left.is_empty() || last {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        removal
    }

    /// Gives up everything on the account, for this reason.
    pub fn leave_all(&self, reason: &str) -> DeletionReport {
        let all = self.registry().all().into_iter();
        DeletionReport { removed: 0, left: all.map(|resource| Left { resource, reason: reason.to_owned() }).collect() }
    }

    /// Removes these, what refers to others before them; what fails stays on the account.
    pub(crate) async fn remove_each(&self, resources: Vec<Resource>) {
        for level in self.levels(resources) {
            // The reason is told by `remove_all`, which tries again.
            let there = level.iter().filter(|resource| self.registry().contains(&resource.arn)).collect::<Vec<_>>();
            join_all(there.into_iter().map(|resource| self.remove(resource))).await;
        }
    }

    /// Removes a resource unless it went with another one meanwhile.
    async fn remove_if_there(&self, resource: &Resource, deadline: Instant) -> Result<(), String> {
        if !self.registry().contains(&resource.arn) {
            return Ok(());
        }
        let removed = tokio::time::timeout_at(deadline, self.remove(resource)).await;
        removed.unwrap_or_else(|_| Err("the time was up".to_owned()))
    }

    /// Removes this one; whether it is gone.
    pub(crate) async fn remove_one(&self, resource: &Resource) -> bool {
        self.remove(resource).await.is_ok()
    }

    /// What can be removed at once, in turn: what refers to others comes before them; what ends with its parent comes last,
    /// when it has.
    fn levels(&self, resources: Vec<Resource>) -> Vec<Vec<Resource>> {
        let mut levels: BTreeMap<(bool, Reverse<usize>), BTreeSet<Resource>> = BTreeMap::new();
        for resource in resources {
            let is_by_product = self.registry().is_by_product(&resource.arn);
            let depth = self.recipes.depth(&resource.kind);
            levels.entry((is_by_product, Reverse(depth))).or_default().insert(resource);
        }
        levels.into_values().map(|level| level.into_iter().collect()).collect()
    }

    async fn remove(&self, resource: &Resource) -> Result<(), String> {
        let Some(delete) = self.recipes.delete(&resource.kind) else {
            return Err(format!("no operation removes a {}", resource.kind));
        };
        let input = self.about(delete, resource);
        for attempt in 1..=TRIES {
            let exchange =
                self.call(delete.operation, &input, is_worth_retrying).await.map_err(|error| error.to_string())?;
            let refusal = match self.is_deleted(resource, &exchange) {
                Ok(()) => break,
                Err(answer) => format!("{} got {answer}", delete.operation.name()),
            };
            // It may be in the making: what cannot be removed yet can be when it has settled, perhaps before the first look.
            if exchange.status() != Some(409) || attempt == TRIES || self.is_quick(&resource.kind) {
                return Err(refusal);
            }
            self.settled(resource).await;
        }
        self.registry().gone(&resource.arn);
        self.note_deleted(resource);
        Ok(())
    }

    /// Whether the answer says that the resource is not there (any more).
    fn is_deleted(&self, resource: &Resource, exchange: &Exchange) -> Result<(), String> {
        match &exchange.outcome {
            Ok(response) if response.is_success() => Ok(()),
            Ok(response) => {
                let name = error_name(response).map(|error| error.name).unwrap_or_default();
                // A bare 404 may mean that the operation is missing.
                let is_not_found = name == "ResourceNotFoundException"
                    || self.is_described(&resource.kind) && name.contains("NotFound");
                if response.status == 404 && is_not_found {
                    Ok(())
                } else {
                    Err(format!("{} {name}", response.status).trim_end().to_owned())
                }
            }
            Err(failure) => Err(format!("by nothing: {}", failure.detail)),
        }
    }
}
