//! Viewer sessions, revoked in batches of 20: the burst at the end of an event.

use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog, StepReply,
    StepRequest, StepTemplate, UserContext,
};
use serde_json::{Value, json};

/// The model's maximum for one call.
const BATCH: u64 = 20;
/// The requests of one burst, for 200 viewers.
const CALLS: u64 = 10;

/// The scenario.
pub(crate) struct ViewerRevocation;

impl ScenarioFactory for ViewerRevocation {
    fn name(&self) -> &'static str {
        "viewer-revocation"
    }

    fn about(&self) -> &'static str {
        "viewer sessions revoked in batches of 20"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { channels: 1, ..SeedNeeds::default() }
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || Burst::new(Arc::clone(&steps))))
    }
}

/// The step.
struct Steps {
    revoke: Arc<StepTemplate>,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self { revoke: catalog.step("ivs.BatchStartViewerSessionRevocation/x20")? }))
    }
}

/// The state of one user.
struct Burst {
    steps: Arc<Steps>,
    call: u64,
}

impl Burst {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps, call: 0 }
    }

    fn viewer(&self, context: &UserContext, place: u64) -> String {
        format!("viewer-{}-{}", context.number, self.call * BATCH + place)
    }
}

impl Scenario for Burst {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let channel = &context.seed_data.channel(context.number).arn;
        let session = |place| json!({ "channelArn": channel, "viewerId": self.viewer(context, place) });
        let sessions: Vec<Value> = (0..BATCH).map(session).collect();
        StepRequest::json(&self.steps.revoke, &json!({ "viewerSessions": sessions }))
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let call = self.call;
        let breach = reply.expected().and_then(|answer| {
            let Some(output) = answer.json() else {
                return Some(Breach::missing(""));
            };
            let errors = output.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let foreign = errors
                .iter()
                .filter_map(|error| error.get("viewerId").and_then(Value::as_str))
                .find(|viewer| !(0..BATCH).any(|place| self.viewer(context, place) == **viewer));
            foreign.map(|_| Breach {
                check: "batch-partition",
                authority: Authority::Inferred,
                pointer: "/errors",
                expected: "errors of requested items only".to_owned(),
                actual: "an error of another item".to_owned(),
                rule: "facts: batches",
            })
        });
        self.call = (call + 1) % CALLS;
        breach
    }

    fn is_idle(&self) -> bool {
        self.call == 0
    }
}
