//! Viewer sessions revoked in batches of 20: the burst when an event ends.

use std::sync::Arc;

use ivs_generators::Authority;
use serde_json::{Value, json};

use super::{Call, Desk, Reply, Scenario, body, missing, step};
use crate::LoadError;
use crate::inspection::Breach;
use crate::template::{Catalogue, Template};

/// The model's maximum for one call.
const BATCH: u64 = 20;
/// The calls of one burst: 200 viewers leave an event.
const CALLS: u64 = 10;

/// The one step.
pub(crate) struct Steps {
    revoke: Arc<Template>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self { revoke: step(catalogue, "ivs", "BatchStartViewerSessionRevocation", "x20")? }))
    }
}

/// One user that ends an event.
pub(super) struct Burst {
    steps: Arc<Steps>,
    call: u64,
}

impl Burst {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps, call: 0 }
    }

    fn viewer(&self, desk: &Desk, place: u64) -> String {
        format!("viewer-{}-{}", desk.number, self.call * BATCH + place)
    }
}

impl Scenario for Burst {
    fn next(&mut self, desk: &mut Desk) -> Call {
        let channel = &desk.world.channel(desk.number).arn;
        let session = |place| json!({ "channelArn": channel, "viewerId": self.viewer(desk, place) });
        let sessions: Vec<Value> = (0..BATCH).map(session).collect();
        Call::valid(&self.steps.revoke, body(&json!({ "viewerSessions": sessions })))
    }

    fn take(&mut self, desk: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let call = self.call;
        let breach = reply.wanted().and_then(|answer| {
            let Some(output) = answer.json() else {
                return Some(missing(""));
            };
            let errors = output.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let foreign = errors
                .iter()
                .filter_map(|error| error.get("viewerId").and_then(Value::as_str))
                .find(|viewer| !(0..BATCH).any(|place| self.viewer(desk, place) == **viewer));
            foreign.map(|_| Breach {
                check: "batch-partition",
                authority: Authority::Inferred,
                pointer: "/errors",
                expected: "errors of items that were asked for".to_owned(),
                actual: "an error of another item".to_owned(),
                rule: "facts section 5",
            })
        });
        self.call = (call + 1) % CALLS;
        breach
    }

    fn is_at_rest(&self) -> bool {
        self.call == 0
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        None
    }
}
