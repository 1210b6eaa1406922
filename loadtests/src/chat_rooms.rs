//! A chat room: tokens, events, a disconnected user, and the deletion of the room.

use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, ExpectedAnswer, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, StepCatalog, StepReply,
    StepRequest, StepTemplate, UserContext,
};
use serde_json::json;

/// The number of tokens and events of a room.
const TOKENS: u32 = 10;
const EVENTS: u32 = 10;

/// The scenario.
pub(crate) struct ChatRooms;

impl ScenarioFactory for ChatRooms {
    fn name(&self) -> &'static str {
        "chat-rooms"
    }

    fn about(&self) -> &'static str {
        "chat rooms with tokens and events"
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog)?;
        Ok(ScenarioSpawner::new(move || Room::new(Arc::clone(&steps))))
    }
}

/// The steps of a room.
struct Steps {
    create: Arc<StepTemplate>,
    token: Arc<StepTemplate>,
    event: Arc<StepTemplate>,
    disconnect: Arc<StepTemplate>,
    get: Arc<StepTemplate>,
    delete: Arc<StepTemplate>,
}

impl Steps {
    fn new(catalog: &mut StepCatalog) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self {
            create: catalog.step("ivschat.CreateRoom")?,
            token: catalog.step("ivschat.CreateChatToken")?,
            event: catalog.step("ivschat.SendEvent")?,
            disconnect: catalog.step("ivschat.DisconnectUser")?,
            get: catalog.step("ivschat.GetRoom")?,
            delete: catalog.step("ivschat.DeleteRoom")?,
        }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    CreateToken(u32),
    SendEvent(u32),
    Disconnect,
    Get,
    Delete,
}

/// The state of one user.
struct Room {
    steps: Arc<Steps>,
    phase: Phase,
    arn: String,
    name: String,
    rounds: u64,
}

impl Room {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps, phase: Phase::Create, arn: String::new(), name: String::new(), rounds: 0 }
    }

    fn by_identifier(&self, template: &Arc<StepTemplate>) -> StepRequest {
        StepRequest::json(template, &json!({ "identifier": self.arn }))
    }

    /// Returns the next phase.
    fn following(&self) -> Phase {
        match self.phase {
            Phase::Create => Phase::CreateToken(0),
            Phase::CreateToken(number) if number + 1 < TOKENS => Phase::CreateToken(number + 1),
            Phase::CreateToken(_) => Phase::SendEvent(0),
            Phase::SendEvent(number) if number + 1 < EVENTS => Phase::SendEvent(number + 1),
            Phase::SendEvent(_) => Phase::Disconnect,
            Phase::Disconnect => Phase::Get,
            Phase::Get => Phase::Delete,
            Phase::Delete => Phase::Create,
        }
    }
}

impl Scenario for Room {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let steps = &self.steps;
        match self.phase {
            Phase::Create => {
                self.rounds += 1;
                self.name = format!("load-{}-{}", context.number, self.rounds);
                StepRequest::json(&steps.create, &json!({ "name": self.name, "tags": context.seed_data.tags() }))
            }
            Phase::CreateToken(number) => {
                let user = format!("guest-{}-{number}", context.number);
                let input = json!({ "roomIdentifier": self.arn, "userId": user, "capabilities": ["SEND_MESSAGE"] });
                StepRequest::json(&steps.token, &input)
            }
            Phase::SendEvent(number) => {
                let input = json!({
                    "roomIdentifier": self.arn, "eventName": "load", "attributes": { "number": number.to_string() }
                });
                StepRequest::json(&steps.event, &input)
            }
            Phase::Disconnect => {
                let input = json!({ "roomIdentifier": self.arn, "userId": format!("guest-{}-0", context.number) });
                StepRequest::json(&steps.disconnect, &input)
            }
            Phase::Get => self.by_identifier(&steps.get),
            Phase::Delete => self.by_identifier(&steps.delete),
        }
    }

    fn receive(&mut self, _: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let Some(answer) = reply.expected() else {
            self.phase = if self.phase == Phase::Create { Phase::Create } else { Phase::Delete };
            return None;
        };
        let mut next = self.following();
        let breach = match self.phase {
            Phase::Create => match answer.text_at("/arn") {
                Some(arn) => {
                    self.arn = arn;
                    None
                }
                None => {
                    next = Phase::Create;
                    Some(Breach::missing("/arn"))
                }
            },
            // Neither the model nor the prose requires a token, but the operation is useless without one.
            Phase::CreateToken(_) => {
                answer.text_at("/token").is_none_or(|token| token.is_empty()).then(|| Breach::missing("/token"))
            }
            Phase::Get => {
                let name = answer.text_at("/name").unwrap_or_default();
                (name != self.name).then(|| Breach {
                    check: "lost-write",
                    authority: Authority::Model,
                    pointer: "/name",
                    expected: self.name.clone(),
                    actual: name,
                    rule: "a read returns an acknowledged write",
                })
            }
            Phase::SendEvent(_) | Phase::Disconnect | Phase::Delete => None,
        };
        self.phase = next;
        breach
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Create
    }

    fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
        let exists = self.phase != Phase::Create;
        self.phase = Phase::Create;
        exists.then(|| {
            (self.by_identifier(&self.steps.delete).expecting(ExpectedAnswer::Anything), std::mem::take(&mut self.arn))
        })
    }
}
