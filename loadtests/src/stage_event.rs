//! A stage: participants join and publish, one of them is replicated to a second stage, some stages are composed.
//!
//! Invariants: the list of participants has everyone who joined the first stage, during the load and after it. Clients of
//! participants need the control API of an emulator. Elsewhere the tokens remain, and the other steps are left out.

use std::collections::BTreeSet;
use std::sync::Arc;

use ivs_generators::Authority;
use ivs_load::{
    Breach, ExpectedAnswer, HttpAnswer, LoadError, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds,
    StepCatalog, StepReply, StepRequest, StepTemplate, UserContext,
};
use serde_json::{Value, json};

/// The participants of a stage.
const PARTICIPANTS: usize = 8;
/// The users whose stages are composed: an account may run few compositions at once.
const COMPOSERS: u64 = 2;
const CONTROLS: [&str; 2] = ["stage/join", "stage/publish"];

/// The scenario.
pub(crate) struct StageEvent;

impl ScenarioFactory for StageEvent {
    fn name(&self) -> &'static str {
        "stage-event"
    }

    fn about(&self) -> &'static str {
        "stages with joins, publishing, replication, composition"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { channels: 2, controls: true, ..SeedNeeds::default() }
    }

    fn note(&self, seed_data: &SeedData) -> Option<String> {
        (!seed_data.offers(&CONTROLS)).then(|| {
            "stage-event: joins, publishing, replication and composition are left out: the endpoint has no control API"
                .to_owned()
        })
    }

    fn prepare(&self, catalog: &mut StepCatalog, seed_data: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let has_clients = seed_data.offers(&CONTROLS);
        let steps = Arc::new(Steps {
            create: catalog.step("ivs-realtime.CreateStage")?,
            token: catalog.step("ivs-realtime.CreateParticipantToken")?,
            clients: if has_clients { Some(Clients::new(catalog)?) } else { None },
            delete: catalog.step("ivs-realtime.DeleteStage")?,
        });
        Ok(ScenarioSpawner::new(move || Event {
            steps: Arc::clone(&steps),
            phase: Phase::Create(0),
            stages: Vec::new(),
            rounds: 0,
            token: String::new(),
            session: String::new(),
            participants: BTreeSet::new(),
            composition: None,
            is_relisted: false,
        }))
    }
}

/// The steps of an event.
struct Steps {
    create: Arc<StepTemplate>,
    token: Arc<StepTemplate>,
    /// The steps that need clients of participants.
    clients: Option<Clients>,
    delete: Arc<StepTemplate>,
}

struct Clients {
    join: Arc<StepTemplate>,
    publish: Arc<StepTemplate>,
    list: Arc<StepTemplate>,
    replicate: Arc<StepTemplate>,
    compose: Arc<StepTemplate>,
    decompose: Arc<StepTemplate>,
    unreplicate: Arc<StepTemplate>,
}

impl Clients {
    fn new(catalog: &mut StepCatalog) -> Result<Self, LoadError> {
        Ok(Self {
            join: catalog.control(CONTROLS[0])?,
            publish: catalog.control(CONTROLS[1])?,
            list: catalog.step("ivs-realtime.ListParticipants")?,
            replicate: catalog.step("ivs-realtime.StartParticipantReplication")?,
            compose: catalog.step("ivs-realtime.StartComposition")?,
            decompose: catalog.step("ivs-realtime.StopComposition")?,
            unreplicate: catalog.step("ivs-realtime.StopParticipantReplication")?,
        })
    }
}

/// The next step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Creates the first or the second stage.
    Create(usize),
    Token(usize),
    Join(usize),
    Publish,
    List,
    Replicate,
    Compose,
    Decompose,
    Unreplicate,
    /// Deletes the second, then the first stage.
    Delete(usize),
}

/// The state of one user.
struct Event {
    steps: Arc<Steps>,
    phase: Phase,
    /// The ARNs of the stage and of the one to which it is replicated.
    stages: Vec<String>,
    rounds: u64,
    /// The token of the participant that joins next.
    token: String,
    session: String,
    participants: BTreeSet<String>,
    composition: Option<String>,
    /// True if the participants were listed after the load.
    is_relisted: bool,
}

impl Event {
    fn following(&self, context: &UserContext) -> Phase {
        let has_clients = self.steps.clients.is_some();
        match self.phase {
            Phase::Create(0) => Phase::Create(1),
            Phase::Create(_) => Phase::Token(0),
            Phase::Token(number) if has_clients => Phase::Join(number),
            Phase::Token(number) | Phase::Join(number) if number + 1 < PARTICIPANTS => Phase::Token(number + 1),
            Phase::Join(_) => Phase::Publish,
            Phase::Publish => Phase::List,
            Phase::List => Phase::Replicate,
            Phase::Replicate if context.number < COMPOSERS => Phase::Compose,
            Phase::Compose => Phase::Decompose,
            Phase::Replicate | Phase::Decompose => Phase::Unreplicate,
            Phase::Token(_) | Phase::Unreplicate => Phase::Delete(1),
            Phase::Delete(1) => Phase::Delete(0),
            Phase::Delete(_) => Phase::Create(0),
        }
    }

    fn stage(&self, index: usize) -> &str {
        self.stages.get(index).map_or("", String::as_str)
    }

    /// The participant that publishes.
    fn publisher(&self) -> &str {
        self.participants.first().map_or("", String::as_str)
    }

    fn list_request(&self, clients: &Clients) -> StepRequest {
        let input = json!({ "stageArn": self.stage(0), "sessionId": self.session, "maxResults": 100 });
        StepRequest::json(&clients.list, &input)
    }

    fn client_request(&self, clients: &Clients, context: &UserContext) -> StepRequest {
        let replica = json!({
            "sourceStageArn": self.stage(0),
            "destinationStageArn": self.stage(1),
            "participantId": self.publisher(),
        });
        match self.phase {
            Phase::Join(_) => StepRequest::json(&clients.join, &json!({ "arn": self.stage(0), "token": self.token })),
            Phase::Publish => {
                StepRequest::json(&clients.publish, &json!({ "arn": self.stage(0), "participantId": self.publisher() }))
            }
            Phase::Replicate => StepRequest::json(&clients.replicate, &replica),
            Phase::Compose => {
                let channel = &context.seed_data.channel(context.number).arn;
                let input = json!({
                    "stageArn": self.stage(0),
                    "destinations": [{ "channel": { "channelArn": channel } }],
                    "idempotencyToken": format!("{}-{}-{}", context.seed_data.run, context.number, self.rounds),
                    "tags": context.seed_data.tags(),
                });
                StepRequest::json(&clients.compose, &input)
            }
            Phase::Decompose => {
                let arn = self.composition.as_deref().unwrap_or_default();
                StepRequest::json(&clients.decompose, &json!({ "arn": arn }))
            }
            Phase::Unreplicate => StepRequest::json(&clients.unreplicate, &replica),
            _ => self.list_request(clients),
        }
    }

    /// Checks that the list has everyone who joined.
    fn check_list(&self, answer: &HttpAnswer) -> Option<Breach> {
        let output = answer.json().unwrap_or_default();
        let items = output.get("participants").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let listed: Vec<&str> = items.iter().filter_map(|item| item.get("participantId")?.as_str()).collect();
        let missing = self.participants.iter().filter(|id| !listed.contains(&id.as_str())).count();
        (missing > 0 || listed.len() != self.participants.len()).then(|| Breach {
            check: "incomplete-list",
            authority: Authority::Inferred,
            pointer: "/participants",
            expected: format!("{} participants", self.participants.len()),
            actual: format!("{}, {missing} missing", listed.len()),
            rule: "a list has what was created and not deleted",
        })
    }

    /// Keeps what later steps need, or reports that it is missing.
    fn keep(&mut self, answer: &HttpAnswer) -> Option<Breach> {
        let text = |pointer: &'static str| answer.text_at(pointer).ok_or_else(|| Breach::missing(pointer));
        let kept = match self.phase {
            Phase::Create(_) => text("/stage/arn").map(|arn| self.stages.push(arn)),
            Phase::Token(_) => text("/participantToken/token").map(|token| self.token = token),
            Phase::Join(_) => text("/participantId").and_then(|id| {
                self.participants.insert(id);
                text("/sessionId").map(|session| self.session = session)
            }),
            Phase::Compose => text("/composition/arn").map(|arn| self.composition = Some(arn)),
            Phase::List => return self.check_list(answer),
            _ => Ok(()),
        };
        kept.err()
    }
}

impl Scenario for Event {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let steps = Arc::clone(&self.steps);
        match (self.phase, &steps.clients) {
            (Phase::Create(index), _) => {
                if index == 0 {
                    self.rounds += 1;
                    self.stages.clear();
                    self.participants.clear();
                    self.composition = None;
                }
                let name = format!("load-{}-{}-{index}", context.number, self.rounds);
                StepRequest::json(&steps.create, &json!({ "name": name, "tags": context.seed_data.tags() }))
            }
            (Phase::Token(number), _) => {
                let input = json!({
                    "stageArn": self.stage(0),
                    "userId": format!("participant-{}-{number}", context.number),
                    "capabilities": ["PUBLISH", "SUBSCRIBE"],
                });
                StepRequest::json(&steps.token, &input)
            }
            (Phase::Delete(index), _) => StepRequest::json(&steps.delete, &json!({ "arn": self.stage(index) })),
            (_, Some(clients)) => self.client_request(clients, context),
            (_, None) => unreachable!("a phase of clients is reached with clients only"),
        }
    }

    fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
        let breach = match reply.expected() {
            Some(answer) => self.keep(answer),
            None => {
                self.phase = match self.phase {
                    Phase::Create(0) => return None,
                    Phase::Delete(1) => Phase::Delete(0),
                    Phase::Delete(_) => Phase::Create(0),
                    _ => Phase::Delete(self.stages.len().saturating_sub(1)),
                };
                return None;
            }
        };
        if self.phase == Phase::Decompose {
            self.composition = None;
        }
        if matches!((self.phase, &breach), (Phase::Create(_), Some(_))) {
            return breach;
        }
        self.phase = self.following(context);
        breach
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Create(0)
    }

    fn next_final_check(&mut self, _: &mut UserContext) -> Option<StepRequest> {
        let clients = self.steps.clients.as_ref()?;
        let is_listed = !matches!(self.phase, Phase::Create(_) | Phase::Token(0) | Phase::Join(0) | Phase::Delete(_));
        if !is_listed || std::mem::replace(&mut self.is_relisted, true) {
            return None;
        }
        let request = self.list_request(clients);
        self.phase = Phase::List;
        Some(request)
    }

    fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
        if self.phase == Phase::Create(0) {
            return None;
        }
        let (template, arn) = match (self.composition.take(), &self.steps.clients) {
            (Some(arn), Some(clients)) => (&clients.decompose, arn),
            _ => (&self.steps.delete, self.stages.pop()?),
        };
        Some((StepRequest::json(template, &json!({ "arn": arn })).expecting(ExpectedAnswer::Anything), arn))
    }
}
