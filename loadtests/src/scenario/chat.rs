//! A chat room: tokens for those who enter, events, someone shown the door, and the end of the room.

use std::sync::Arc;

use ivs_generators::Authority;
use serde_json::json;

use super::{Call, Desk, Reply, Scenario, body, missing, step, text_at};
use crate::LoadError;
use crate::inspection::{Breach, Expect};
use crate::template::{Catalogue, Template};

/// The tokens and events of one room.
const TOKENS: u32 = 10;
const EVENTS: u32 = 10;

/// The steps of a room.
pub(crate) struct Steps {
    create: Arc<Template>,
    token: Arc<Template>,
    event: Arc<Template>,
    disconnect: Arc<Template>,
    get: Arc<Template>,
    delete: Arc<Template>,
}

impl Steps {
    pub(crate) fn new(catalogue: &mut Catalogue) -> Result<Arc<Self>, LoadError> {
        Ok(Arc::new(Self {
            create: step(catalogue, "ivschat", "CreateRoom", "")?,
            token: step(catalogue, "ivschat", "CreateChatToken", "")?,
            event: step(catalogue, "ivschat", "SendEvent", "")?,
            disconnect: step(catalogue, "ivschat", "DisconnectUser", "")?,
            get: step(catalogue, "ivschat", "GetRoom", "")?,
            delete: step(catalogue, "ivschat", "DeleteRoom", "")?,
        }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    Enter(u32),
    Speak(u32),
    Disconnect,
    Get,
    Delete,
}

/// One user's room.
pub(super) struct Room {
    steps: Arc<Steps>,
    phase: Phase,
    arn: String,
    name: String,
    rounds: u64,
}

impl Room {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps, phase: Phase::Create, arn: String::new(), name: String::new(), rounds: 0 }
    }

    fn by_identifier(&self, template: &Arc<Template>) -> Call {
        Call::valid(template, body(&json!({ "identifier": self.arn })))
    }

    /// The place in the round after this one.
    fn following(&self) -> Phase {
        match self.phase {
            Phase::Create => Phase::Enter(0),
            Phase::Enter(number) if number + 1 < TOKENS => Phase::Enter(number + 1),
            Phase::Enter(_) => Phase::Speak(0),
            Phase::Speak(number) if number + 1 < EVENTS => Phase::Speak(number + 1),
            Phase::Speak(_) => Phase::Disconnect,
            Phase::Disconnect => Phase::Get,
            Phase::Get => Phase::Delete,
            Phase::Delete => Phase::Create,
        }
    }
}

impl Scenario for Room {
    fn next(&mut self, desk: &mut Desk) -> Call {
        let steps = &self.steps;
        match self.phase {
            Phase::Create => {
                self.rounds += 1;
                self.name = format!("load-{}-{}", desk.number, self.rounds);
                Call::valid(&steps.create, body(&json!({ "name": self.name, "tags": desk.world.tags() })))
            }
            Phase::Enter(number) => {
                let user = format!("guest-{}-{number}", desk.number);
                let input = json!({ "roomIdentifier": self.arn, "userId": user, "capabilities": ["SEND_MESSAGE"] });
                Call::valid(&steps.token, body(&input))
            }
            Phase::Speak(number) => {
                let input = json!({
                    "roomIdentifier": self.arn, "eventName": "load", "attributes": { "number": number.to_string() }
                });
                Call::valid(&steps.event, body(&input))
            }
            Phase::Disconnect => {
                let input = json!({ "roomIdentifier": self.arn, "userId": format!("guest-{}-0", desk.number) });
                Call::valid(&steps.disconnect, body(&input))
            }
            Phase::Get => self.by_identifier(&steps.get),
            Phase::Delete => self.by_identifier(&steps.delete),
        }
    }

    fn take(&mut self, _: &mut Desk, reply: &Reply<'_>) -> Option<Breach> {
        let Some(answer) = reply.wanted() else {
            self.phase = if self.phase == Phase::Create { Phase::Create } else { Phase::Delete };
            return None;
        };
        let mut next = self.following();
        let breach = match self.phase {
            Phase::Create => match text_at(answer, "/arn") {
                Some(arn) => {
                    self.arn = arn;
                    None
                }
                None => {
                    next = Phase::Create;
                    Some(missing("/arn"))
                }
            },
            // Required by neither model nor prose, but a token operation without a token is none.
            Phase::Enter(_) => {
                text_at(answer, "/token").is_none_or(|token| token.is_empty()).then(|| missing("/token"))
            }
            Phase::Get => {
                let name = text_at(answer, "/name").unwrap_or_default();
                (name != self.name).then(|| Breach {
                    check: "lost-write",
                    authority: Authority::Model,
                    pointer: "/name",
                    expected: self.name.clone(),
                    actual: name,
                    rule: "a write that was acknowledged is read back",
                })
            }
            Phase::Speak(_) | Phase::Disconnect | Phase::Delete => None,
        };
        self.phase = next;
        breach
    }

    fn is_at_rest(&self) -> bool {
        self.phase == Phase::Create
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        let owed = self.phase != Phase::Create;
        self.phase = Phase::Create;
        owed.then(|| {
            (self.by_identifier(&self.steps.delete).expecting(Expect::Anything), std::mem::take(&mut self.arn))
        })
    }
}
