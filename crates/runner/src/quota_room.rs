//! Room in small quotas, where the endpoint offers a control for them: an emulator.
//!
//! Where a quota is small, cases that need a resource of the kind wait for each other. An emulator gives the resources of one run
//! more room for as long as cases may run side by side. The cases about quotas come when the usual ones hold again.

use std::collections::{BTreeMap, BTreeSet};

use ivs_pool::{Pool, RUN_TAG, Resource};
use serde_json::{Value, json};

use crate::run_context::RunContext;

/// The control that sets a quota.
pub(crate) const CONTROL: &str = "quota";
/// More resources than a run ever has at once.
const ROOM: u64 = 10_000;

/// The kinds of which a run may have many for a while, by service.
#[derive(Debug, Default)]
pub(crate) struct QuotaRoom(BTreeMap<&'static str, Vec<(String, Resource)>>);

impl QuotaRoom {
    /// Makes room for these kinds of these services.
    pub(crate) async fn make(
        run_context: &RunContext,
        pool: &Pool,
        kinds: BTreeMap<&'static str, BTreeSet<String>>,
    ) -> Self {
        let mut room = Self::default();
        for (service, kinds) in kinds {
            if !run_context.controls(service).await.offers(CONTROL) {
                continue;
            }
            let is_made_here =
                |kind: &String| pool.producer(kind).is_some_and(|producer| producer.operation.service() == service);
            for kind in kinds.into_iter().filter(is_made_here) {
                let Some(place) = pool.any_of(service).await else { break };
                if set(run_context, service, &kind, &place, Some(ROOM)).await {
                    pool.make_room([kind.clone()]);
                    room.0.entry(service).or_default().push((kind, place));
                }
            }
        }
        room
    }

    /// Lets the usual quotas hold again.
    pub(crate) async fn end(self, run_context: &RunContext, pool: &Pool) {
        if run_context.availability.is_silent() {
            return;
        }
        pool.end_room().await;
        for (service, kinds) in self.0 {
            for (kind, place) in kinds {
                set(run_context, service, &kind, &place, None).await;
            }
        }
    }
}

/// Sets the quota of a kind for the resources of this run; whether the endpoint did.
async fn set(run_context: &RunContext, service: &str, kind: &str, place: &Resource, limit: Option<u64>) -> bool {
    let controls = run_context.controls(service).await;
    controls.act(CONTROL, &input(run_context, kind, place, limit)).await.is_ok()
}

/// The input that sets the quota of a kind where a resource is; none sets the usual one again. Other runs at the endpoint keep
/// theirs.
pub(crate) fn input(run_context: &RunContext, kind: &str, place: &Resource, limit: Option<u64>) -> Value {
    let (region, account) = place.place().unwrap_or_default();
    let mut input = json!({"kind": kind, "region": region, "account": account});
    if let Some(limit) = limit {
        input["limit"] = json!(limit);
    }
    if let Some(run) = &run_context.config.run_tag {
        input["tag"] = json!({ RUN_TAG: run });
    }
    input
}
