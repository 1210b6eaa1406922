//! A stage: a burst of participant tokens, and the deletion of the stage.

use std::collections::HashSet;
use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, ExpectedAnswer, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, StepCatalog, StepReply,
    StepRequest, StepTemplate, UserContext,
};
use serde_json::json;

/// The number of participants of a stage.
const JOINERS: u32 = 25;

/// The scenario.
pub(crate) struct StageJoinStorm;

impl ScenarioFactory for StageJoinStorm {
    fn name(&self) -> &'static str {
        "stage-join-storm"
    }

    fn about(&self) -> &'static str {
        "a stage and a storm of participant tokens"
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || Storm::new(Arc::clone(&steps))))
    }
}

/// The steps of a stage.
struct Steps {
    create: Arc<StepTemplate>,
    token: Arc<StepTemplate>,
    get: Arc<StepTemplate>,
    delete: Arc<StepTemplate>,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self {
            create: catalog.step("ivs-realtime.CreateStage")?,
            token: catalog.step("ivs-realtime.CreateParticipantToken")?,
            get: catalog.step("ivs-realtime.GetStage")?,
            delete: catalog.step("ivs-realtime.DeleteStage")?,
        }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    Join(u32),
    Get,
    Delete,
}

/// The state of one user.
struct Storm {
    steps: Arc<Steps>,
    phase: Phase,
    arn: String,
    name: String,
    rounds: u64,
    participants: HashSet<String>,
}

impl Storm {
    fn new(steps: Arc<Steps>) -> Self {
        Self {
            steps,
            phase: Phase::Create,
            arn: String::new(),
            name: String::new(),
            rounds: 0,
            participants: HashSet::new(),
        }
    }

    fn by_arn(&self, template: &Arc<StepTemplate>) -> StepRequest {
        StepRequest::json(template, &json!({ "arn": self.arn }))
    }
}

impl Scenario for Storm {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        match self.phase {
            Phase::Create => {
                self.rounds += 1;
                self.participants.clear();
                self.name = format!("load-{}-{}", context.number, self.rounds);
                StepRequest::json(&self.steps.create, &json!({ "name": self.name, "tags": context.seed_data.tags() }))
            }
            Phase::Join(number) => {
                let user = format!("participant-{}-{number}", context.number);
                let input =
                    json!({ "stageArn": self.arn, "userId": user, "capabilities": ["SUBSCRIBE"], "duration": 60 });
                StepRequest::json(&self.steps.token, &input)
            }
            Phase::Get => self.by_arn(&self.steps.get),
            Phase::Delete => self.by_arn(&self.steps.delete),
        }
    }

    fn receive(&mut self, _: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let Some(answer) = reply.expected() else {
            self.phase = if self.phase == Phase::Create { Phase::Create } else { Phase::Delete };
            return None;
        };
        match self.phase {
            Phase::Create => match answer.text_at("/stage/arn") {
                Some(arn) => {
                    self.arn = arn;
                    self.phase = Phase::Join(0);
                    None
                }
                None => Some(Breach::missing("/stage/arn")),
            },
            Phase::Join(number) => {
                self.phase = if number + 1 < JOINERS { Phase::Join(number + 1) } else { Phase::Get };
                if answer.text_at("/participantToken/token").is_none_or(|token| token.is_empty()) {
                    return Some(Breach::missing("/participantToken/token"));
                }
                let participant = answer.text_at("/participantToken/participantId")?;
                (!self.participants.insert(participant)).then(|| Breach {
                    check: "repeated-id",
                    authority: Authority::Inferred,
                    pointer: "/participantToken/participantId",
                    expected: "a different id for each participant".to_owned(),
                    actual: "one id for two participants".to_owned(),
                    rule: "facts: participant-tokens",
                })
            }
            Phase::Get => {
                self.phase = Phase::Delete;
                let name = answer.text_at("/stage/name").unwrap_or_default();
                (name != self.name).then(|| Breach {
                    check: "lost-write",
                    authority: Authority::Model,
                    pointer: "/stage/name",
                    expected: self.name.clone(),
                    actual: name,
                    rule: "a read returns an acknowledged write",
                })
            }
            Phase::Delete => {
                self.phase = Phase::Create;
                self.arn.clear();
                None
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Create
    }

    fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
        let exists = self.phase != Phase::Create;
        self.phase = Phase::Create;
        exists.then(|| {
            (self.by_arn(&self.steps.delete).expecting(ExpectedAnswer::Anything), std::mem::take(&mut self.arn))
        })
    }
}
