//! A stage, a storm of participant tokens when the doors open, and the end of the stage.

use std::collections::HashSet;
use std::sync::Arc;

use ivs_generators::Authority;
use serde_json::json;

use super::{Call, Desk, Reply, Scenario, body, missing, step, text_at};
use crate::LoadError;
use crate::inspection::{Breach, Expect};
use crate::template::{Catalogue, Template};

/// The participants that join one stage.
const JOINERS: u32 = 25;

/// The steps of a stage.
pub(crate) struct Steps {
    create: Arc<Template>,
    token: Arc<Template>,
    get: Arc<Template>,
    delete: Arc<Template>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self {
            create: step(catalogue, "ivs-realtime", "CreateStage", "")?,
            token: step(catalogue, "ivs-realtime", "CreateParticipantToken", "")?,
            get: step(catalogue, "ivs-realtime", "GetStage", "")?,
            delete: step(catalogue, "ivs-realtime", "DeleteStage", "")?,
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

/// One user's stage.
pub(super) struct Storm {
    steps: Arc<Steps>,
    phase: Phase,
    arn: String,
    name: String,
    rounds: u64,
    participants: HashSet<String>,
}

impl Storm {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self {
            steps,
            phase: Phase::Create,
            arn: String::new(),
            name: String::new(),
            rounds: 0,
            participants: HashSet::new(),
        }
    }

    fn by_arn(&self, template: &Arc<Template>) -> Call {
        Call::valid(template, body(&json!({ "arn": self.arn })))
    }
}

impl Scenario for Storm {
    fn next(&mut self, desk: &mut Desk) -> Call {
        match self.phase {
            Phase::Create => {
                self.rounds += 1;
                self.participants.clear();
                self.name = format!("load-{}-{}", desk.number, self.rounds);
                Call::valid(&self.steps.create, body(&json!({ "name": self.name, "tags": desk.world.tags() })))
            }
            Phase::Join(number) => {
                let user = format!("participant-{}-{number}", desk.number);
                let input =
                    json!({ "stageArn": self.arn, "userId": user, "capabilities": ["SUBSCRIBE"], "duration": 60 });
                Call::valid(&self.steps.token, body(&input))
            }
            Phase::Get => self.by_arn(&self.steps.get),
            Phase::Delete => self.by_arn(&self.steps.delete),
        }
    }

    fn take(&mut self, _: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let Some(answer) = reply.wanted() else {
            self.phase = if self.phase == Phase::Create { Phase::Create } else { Phase::Delete };
            return None;
        };
        match self.phase {
            Phase::Create => match text_at(answer, "/stage/arn") {
                Some(arn) => {
                    self.arn = arn;
                    self.phase = Phase::Join(0);
                    None
                }
                None => Some(missing("/stage/arn")),
            },
            Phase::Join(number) => {
                self.phase = if number + 1 < JOINERS { Phase::Join(number + 1) } else { Phase::Get };
                if text_at(answer, "/participantToken/token").is_none_or(|token| token.is_empty()) {
                    return Some(missing("/participantToken/token"));
                }
                let participant = text_at(answer, "/participantToken/participantId")?;
                (!self.participants.insert(participant)).then(|| Breach {
                    check: "repeated-id",
                    authority: Authority::Inferred,
                    pointer: "/participantToken/participantId",
                    expected: "an id of its own for each participant".to_owned(),
                    actual: "one id for two".to_owned(),
                    rule: "facts section 3",
                })
            }
            Phase::Get => {
                self.phase = Phase::Delete;
                let name = text_at(answer, "/stage/name").unwrap_or_default();
                (name != self.name).then(|| Breach {
                    check: "lost-write",
                    authority: Authority::Model,
                    pointer: "/stage/name",
                    expected: self.name.clone(),
                    actual: name,
                    rule: "a write that was acknowledged is read back",
                })
            }
            Phase::Delete => {
                self.phase = Phase::Create;
                self.arn.clear();
                None
            }
        }
    }

    fn is_at_rest(&self) -> bool {
        self.phase == Phase::Create
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        let owed = self.phase != Phase::Create;
        self.phase = Phase::Create;
        owed.then(|| (self.by_arn(&self.steps.delete).expecting(Expect::Anything), std::mem::take(&mut self.arn)))
    }
}
