//! The lifecycle of a channel: create, get, update, get, delete, and a get that must fail.

use std::borrow::Cow;
use std::sync::Arc;

use ivs_generators::{Authority, ExpectedError};
use ivs_load::{
    Breach, ExpectedAnswer, HttpAnswer, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, StepCatalog,
    StepReply, StepRequest, StepTemplate, UserContext,
};
use serde::Deserialize;
use serde_json::json;

/// The scenario.
pub(crate) struct ChannelLifecycle;

impl ScenarioFactory for ChannelLifecycle {
    fn name(&self) -> &'static str {
        "channel-lifecycle"
    }

    fn about(&self) -> &'static str {
        "create, get, update, get, delete, get: no write is lost"
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || Lifecycle::new(Arc::clone(&steps))))
    }
}

/// The steps of the lifecycle.
struct Steps {
    create: Arc<StepTemplate>,
    get: Arc<StepTemplate>,
    update: Arc<StepTemplate>,
    get_updated: Arc<StepTemplate>,
    delete: Arc<StepTemplate>,
    get_deleted: Arc<StepTemplate>,
    gone: ExpectedAnswer,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        let gone: Arc<[ExpectedError]> =
            Arc::new([ExpectedError { code: "ResourceNotFoundException".to_owned(), status: 404 }]);
        Ok(Arc::new(Self {
            create: catalog.step("ivs.CreateChannel")?,
            get: catalog.step("ivs.GetChannel")?,
            update: catalog.step("ivs.UpdateChannel")?,
            get_updated: catalog.step("ivs.GetChannel/updated")?,
            delete: catalog.step("ivs.DeleteChannel")?,
            get_deleted: catalog.step("ivs.GetChannel/deleted")?,
            gone: ExpectedAnswer::Rejection(gone, Authority::Model),
        }))
    }
}

/// The parts of an output with one channel that the checks need.
#[derive(Deserialize)]
pub(crate) struct ChannelOutput<'a> {
    #[serde(borrow)]
    pub(crate) channel: Channel<'a>,
}

/// The members of a channel that the checks need.
#[derive(Deserialize)]
pub(crate) struct Channel<'a> {
    #[serde(borrow)]
    pub(crate) arn: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) name: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    Get,
    Update,
    GetUpdated,
    Delete,
    GetDeleted,
}

/// The state of one user.
struct Lifecycle {
    steps: Arc<Steps>,
    phase: Phase,
    arn: String,
    name: String,
    /// The number of names used so far, so that each write differs from the last one.
    writes: u64,
}

impl Lifecycle {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps, phase: Phase::Create, arn: String::new(), name: String::new(), writes: 0 }
    }

    fn by_arn(&self, template: &Arc<StepTemplate>) -> StepRequest {
        StepRequest::json(template, &json!({ "arn": self.arn }))
    }

    fn new_name(&mut self, context: &UserContext) {
        self.writes += 1;
        self.name = format!("load-{}-{}", context.number, self.writes);
    }

    /// Checks that the response has the last written name.
    fn check_name(&self, answer: &HttpAnswer) -> Option<Breach> {
        let Ok(output) = serde_json::from_slice::<ChannelOutput<'_>>(&answer.body) else {
            return Some(Breach::missing("/channel"));
        };
        let name = output.channel.name.unwrap_or_default();
        (name != self.name).then(|| Breach {
            check: "lost-write",
            authority: Authority::Model,
            pointer: "/channel/name",
            expected: self.name.clone(),
            actual: name.into_owned(),
            rule: "a read returns an acknowledged write",
        })
    }
}

impl Scenario for Lifecycle {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let steps = Arc::clone(&self.steps);
        match self.phase {
            Phase::Create => {
                self.new_name(context);
                StepRequest::json(&steps.create, &json!({ "name": self.name, "tags": context.seed_data.tags() }))
            }
            Phase::Get => self.by_arn(&steps.get),
            Phase::Update => {
                self.new_name(context);
                StepRequest::json(&steps.update, &json!({ "arn": self.arn, "name": self.name }))
            }
            Phase::GetUpdated => self.by_arn(&steps.get_updated),
            Phase::Delete => self.by_arn(&steps.delete),
            Phase::GetDeleted => self.by_arn(&steps.get_deleted).expecting(steps.gone.clone()),
        }
    }

    fn receive(&mut self, _: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let Some(answer) = reply.expected() else {
            // A failed create leaves no channel. After any other failure the channel is deleted next; a failed delete
            // is retried.
            self.phase = match self.phase {
                Phase::Create | Phase::GetDeleted => Phase::Create,
                _ => Phase::Delete,
            };
            return None;
        };
        let (next, breach) = match self.phase {
            Phase::Create => {
                let output = serde_json::from_slice::<ChannelOutput<'_>>(&answer.body).ok();
                match output.and_then(|output| output.channel.arn) {
                    Some(arn) => {
                        self.arn = arn.into_owned();
                        (Phase::Get, self.check_name(answer))
                    }
                    None => (Phase::Create, Some(Breach::missing("/channel/arn"))),
                }
            }
            Phase::Get => (Phase::Update, self.check_name(answer)),
            Phase::Update => (Phase::GetUpdated, self.check_name(answer)),
            Phase::GetUpdated => (Phase::Delete, self.check_name(answer)),
            Phase::Delete => (Phase::GetDeleted, None),
            Phase::GetDeleted => {
                self.arn.clear();
                (Phase::Create, None)
            }
        };
        self.phase = next;
        breach
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Create
    }

    fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
        let exists = matches!(self.phase, Phase::Get | Phase::Update | Phase::GetUpdated | Phase::Delete);
        self.phase = Phase::Create;
        exists.then(|| {
            (self.by_arn(&self.steps.delete).expecting(ExpectedAnswer::Anything), std::mem::take(&mut self.arn))
        })
    }
}
