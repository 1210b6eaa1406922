//! Looking at resources again: whether what was created is still there.

use std::collections::{BTreeMap, BTreeSet};

use ivs_client::error_name;
use ivs_model::OperationId;

use crate::pool::locked;
use crate::{Pool, Resource};

/// How many resources are looked at to tell whether an endpoint has lost everything.
const SAMPLES: usize = 4;

impl Pool {
    /// Whether the endpoint no longer has a resource. What cannot be looked at counts as there.
    pub async fn is_gone(&self, resource: &Resource) -> bool {
        let Some(getter) = self.recipes.getter(&resource.kind) else { return false };
        let input = self.about(getter, resource);
        let Ok(exchange) = self.call(getter.operation, &input, ivs_client::is_worth_retrying).await else {
            return false;
        };
        let answered = exchange.outcome.as_ref().ok().filter(|response| response.status == 404);
        let name = answered.and_then(error_name).map(|error| error.name);
        name.is_some_and(|name| name == "ResourceNotFoundException")
    }

    /// Whether the endpoint has lost what was created there, as after a restart: of the oldest resources, none is left. What was
    /// made since then is there all the same.
    pub async fn is_lost(&self) -> bool {
        let mut by_kind: BTreeMap<String, Vec<Resource>> = BTreeMap::new();
        let all = self.registry().all();
        for resource in all.into_iter().filter(|it| self.recipes.getter(&it.kind).is_some()) {
            by_kind.entry(resource.kind.clone()).or_default().push(resource);
        }
        // One of each kind first: a fault of one operation is none of the others.
        let of_each = |number: usize| by_kind.values().filter_map(move |resources| resources.get(number));
        let (mut kept, mut gone) = (0, Vec::new());
        for resource in of_each(0).chain(of_each(1)).take(SAMPLES) {
            if !self.is_gone(resource).await {
                kept += 1;
            } else if self.registry().contains(&resource.arn) {
                gone.push(resource);
            }
        }
        let kinds: BTreeSet<&String> = gone.iter().map(|resource| &resource.kind).collect();
        // Reads of one kind alone may be at fault.
        kinds.len() > 1 && gone.len() > kept
    }

    /// Lends no more what the endpoint no longer has: the next one who asks for it gets another.
    pub async fn forget_gone(&self, operation: OperationId) {
        let shared: Vec<(String, u64)> = locked(&self.shared).keys().cloned().collect();
        for key in shared {
            let made = locked(&self.shared).get(&key).and_then(|cell| cell.get()?.clone().ok());
            let Some(made) = made else { continue };
            if self.is_gone(&made).await {
                locked(&self.shared).remove(&key);
                self.registry().gone(&made.arn);
            }
        }
        for slot in self.slots_of(operation) {
            let mut slot = slot.lock().await;
            for (placeholder, own) in std::mem::take(&mut slot.spare) {
                if self.is_gone(&own.resource).await {
                    self.registry().gone(&own.resource.arn);
                } else {
                    slot.spare.insert(placeholder, own);
                }
            }
        }
    }
}
