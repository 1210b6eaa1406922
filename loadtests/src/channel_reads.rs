//! Single reads of one channel: the simplest signed request.

use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog, StepReply,
    StepRequest, StepTemplate, UserContext,
};

use crate::channel_lifecycle::ChannelOutput;

/// The scenario.
pub(crate) struct ChannelReads;

impl ScenarioFactory for ChannelReads {
    fn name(&self) -> &'static str {
        "channel-reads"
    }

    fn about(&self) -> &'static str {
        "single reads of one channel"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { channels: 1, ..SeedNeeds::default() }
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || Reader::new(Arc::clone(&steps))))
    }
}

/// The step.
struct Steps {
    get: Arc<StepTemplate>,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self { get: catalog.step("ivs.GetChannel")? }))
    }
}

/// The state of one user.
struct Reader {
    steps: Arc<Steps>,
}

impl Reader {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps }
    }
}

impl Scenario for Reader {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        StepRequest::valid(&self.steps.get, context.seed_data.channel(context.number).get_body.clone())
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let answer = reply.expected()?;
        let Ok(output) = serde_json::from_slice::<ChannelOutput<'_>>(&answer.body) else {
            return Some(Breach::missing("/channel"));
        };
        let requested = &context.seed_data.channel(context.number).arn;
        let arn = output.channel.arn.unwrap_or_default();
        (arn != *requested).then(|| Breach {
            check: "wrong-item",
            authority: Authority::Model,
            pointer: "/channel/arn",
            expected: requested.clone(),
            actual: arn.into_owned(),
            rule: "a get returns the requested resource",
        })
    }
}
