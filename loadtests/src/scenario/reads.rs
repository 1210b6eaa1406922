//! Single reads of one channel: the plainest signed request.

use std::sync::Arc;

use ivs_generators::Authority;

use super::channel::ChannelOutput;
use super::{Call, Desk, Reply, Scenario, missing, step};
use crate::LoadError;
use crate::inspection::Breach;
use crate::template::{Catalogue, Template};

/// The one step.
pub(crate) struct Steps {
    get: Arc<Template>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self { get: step(catalogue, "ivs", "GetChannel", "")? }))
    }
}

/// One user that reads.
pub(super) struct Reader {
    steps: Arc<Steps>,
}

impl Reader {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps }
    }
}

impl Scenario for Reader {
    fn next(&mut self, desk: &mut Desk) -> Call {
        Call::valid(&self.steps.get, desk.world.channel(desk.number).get_body.clone())
    }

    fn take(&mut self, desk: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let answer = reply.wanted()?;
        let Ok(output) = serde_json::from_slice::<ChannelOutput<'_>>(&answer.body) else {
            return Some(missing("/channel"));
        };
        let asked = &desk.world.channel(desk.number).arn;
        let arn = output.channel.arn.unwrap_or_default();
        (arn != *asked).then(|| Breach {
            check: "wrong-item",
            authority: Authority::Model,
            pointer: "/channel/arn",
            expected: asked.clone(),
            actual: arn.into_owned(),
            rule: "a get answers with the resource asked for",
        })
    }

    fn is_at_rest(&self) -> bool {
        true
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        None
    }
}
