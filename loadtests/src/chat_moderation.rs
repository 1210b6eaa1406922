//! Chat moderation under a storm of events: messages are deleted and users disconnected while tokens and events keep coming.
//!
//! Invariants: every event and deletion has an ID of its own; the list of rooms has the room once. Messages themselves travel
//! on WebSocket connections, which no load test opens.

use std::collections::HashSet;
use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, ExpectedAnswer, HttpAnswer, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, StepCatalog,
    StepReply, StepRequest, StepTemplate, UserContext,
};
use serde_json::{Value, json};

/// The turns of a storm. A turn is an event and a deletion; each fourth one also a token and the end of its user.
const TURNS: u32 = 20;

/// The scenario.
pub(crate) struct ChatModeration;

impl ScenarioFactory for ChatModeration {
    fn name(&self) -> &'static str {
        "chat-moderation"
    }

    fn about(&self) -> &'static str {
        "moderation of chat rooms under a storm of events"
    }

    fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Arc::new(Steps {
            create: catalog.step("ivschat.CreateRoom")?,
            event: catalog.step("ivschat.SendEvent")?,
            delete_message: catalog.step("ivschat.DeleteMessage")?,
            token: catalog.step("ivschat.CreateChatToken")?,
            disconnect: catalog.step("ivschat.DisconnectUser")?,
            list: catalog.step("ivschat.ListRooms/by-name")?,
            delete: catalog.step("ivschat.DeleteRoom")?,
        });
        Ok(ScenarioSpawner::new(move || Moderation {
            steps: Arc::clone(&steps),
            phase: Phase::Create,
            room: String::new(),
            name: String::new(),
            rounds: 0,
            ids: HashSet::new(),
            is_relisted: false,
        }))
    }
}

/// The steps of a room.
struct Steps {
    create: Arc<StepTemplate>,
    event: Arc<StepTemplate>,
    delete_message: Arc<StepTemplate>,
    token: Arc<StepTemplate>,
    disconnect: Arc<StepTemplate>,
    list: Arc<StepTemplate>,
    delete: Arc<StepTemplate>,
}

/// The next step, with its turn of the storm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Create,
    SendEvent(u32),
    DeleteMessage(u32),
    CreateToken(u32),
    Disconnect(u32),
    List,
    Delete,
}

/// The state of one user.
struct Moderation {
    steps: Arc<Steps>,
    phase: Phase,
    room: String,
    name: String,
    rounds: u64,
    /// The IDs of the events and deletions of this room.
    ids: HashSet<String>,
    /// True if the rooms were listed after the load.
    is_relisted: bool,
}

impl Moderation {
    fn following(&self) -> Phase {
        match self.phase {
            Phase::Create => Phase::SendEvent(0),
            Phase::SendEvent(turn) => Phase::DeleteMessage(turn),
            Phase::DeleteMessage(turn) if turn % 4 == 3 => Phase::CreateToken(turn),
            Phase::CreateToken(turn) => Phase::Disconnect(turn),
            Phase::DeleteMessage(turn) | Phase::Disconnect(turn) if turn + 1 < TURNS => Phase::SendEvent(turn + 1),
            Phase::DeleteMessage(_) | Phase::Disconnect(_) => Phase::List,
            Phase::List => Phase::Delete,
            Phase::Delete => Phase::Create,
        }
    }

    fn in_room(&self, template: &Arc<StepTemplate>, mut input: Value) -> StepRequest {
        input["roomIdentifier"] = self.room.as_str().into();
        StepRequest::json(template, &input)
    }

    fn list_request(&self) -> StepRequest {
        StepRequest::json(&self.steps.list, &json!({ "name": self.name }))
    }

    /// Checks that an event or a deletion has an ID that no other has.
    fn check_id(&mut self, answer: &HttpAnswer) -> Option<Breach> {
        let Some(id) = answer.text_at("/id") else { return Some(Breach::missing("/id")) };
        (!self.ids.insert(id)).then(|| Breach {
            check: "repeated-id",
            authority: Authority::Inferred,
            pointer: "/id",
            expected: "a different id for each event and deletion".to_owned(),
            actual: "one id for two".to_owned(),
            rule: "facts: chat-messaging",
        })
    }

    /// Checks that the list by the room's name has the room once.
    fn check_list(&self, answer: &HttpAnswer) -> Option<Breach> {
        let output = answer.json().unwrap_or_default();
        let rooms = output.get("rooms").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let times = rooms.iter().filter(|room| room.get("arn").is_some_and(|arn| *arn == *self.room)).count();
        (times != 1).then(|| Breach {
            check: "incomplete-list",
            authority: Authority::Inferred,
            pointer: "/rooms",
            expected: "the room once".to_owned(),
            actual: format!("{times} times"),
            rule: "a list has what was created and not deleted",
        })
    }
}

impl Scenario for Moderation {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let steps = Arc::clone(&self.steps);
        let guest = |turn: u32| format!("guest-{}-{turn}", context.number);
        match self.phase {
            Phase::Create => {
                self.rounds += 1;
                self.ids.clear();
                self.name = format!("load-moderated-{}-{}-{}", context.seed_data.run, context.number, self.rounds);
                let input = json!({ "name": self.name, "tags": context.seed_data.tags() });
                StepRequest::json(&steps.create, &input)
            }
            Phase::SendEvent(turn) => self.in_room(&steps.event, json!({ "eventName": format!("storm-{turn}") })),
            Phase::DeleteMessage(turn) => {
                self.in_room(&steps.delete_message, json!({ "id": format!("message{turn:05}"), "reason": "moderated" }))
            }
            Phase::CreateToken(turn) => self.in_room(&steps.token, json!({ "userId": guest(turn) })),
            Phase::Disconnect(turn) => {
                self.in_room(&steps.disconnect, json!({ "userId": guest(turn), "reason": "moderated" }))
            }
            Phase::List => self.list_request(),
            Phase::Delete => StepRequest::json(&steps.delete, &json!({ "identifier": self.room })),
        }
    }

    fn receive(&mut self, _: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let Some(answer) = reply.expected() else {
            self.phase = if self.phase == Phase::Create { Phase::Create } else { Phase::Delete };
            return None;
        };
        let breach = match self.phase {
            Phase::Create => {
                let Some(arn) = answer.text_at("/arn") else { return Some(Breach::missing("/arn")) };
                self.room = arn;
                None
            }
            Phase::SendEvent(_) | Phase::DeleteMessage(_) => self.check_id(answer),
            Phase::List => self.check_list(answer),
            Phase::CreateToken(_) | Phase::Disconnect(_) | Phase::Delete => None,
        };
        self.phase = self.following();
        breach
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Create
    }

    fn next_final_check(&mut self, _: &mut UserContext) -> Option<StepRequest> {
        let exists = self.phase != Phase::Create && !std::mem::replace(&mut self.is_relisted, true);
        exists.then(|| {
            self.phase = Phase::List;
            self.list_request()
        })
    }

    fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
        let exists = self.phase != Phase::Create;
        self.phase = Phase::Create;
        exists.then(|| {
            let request = StepRequest::json(&self.steps.delete, &json!({ "identifier": self.room }));
            (request.expecting(ExpectedAnswer::Anything), std::mem::take(&mut self.room))
        })
    }
}
