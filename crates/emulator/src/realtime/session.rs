//! Stage sessions: who was on a stage from its first join to its last leave (facts section 3.10).

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::participant_token::Claims;
use super::replication::Replica;
use crate::call::{Answer, Call, Fill, Handler};
use crate::clock::Timestamp;
use crate::failure::{Code, Failure};
use crate::ids;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("GetStageSession", get), ("ListStageSessions", list)];

/// What happens on the stages of a region, and what is remembered of it.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    /// By stage, oldest first; only the last can be active.
    sessions: HashMap<String, Vec<Session>>,
    /// By source stage, in the order in which they began.
    pub(super) replicas: HashMap<String, Vec<Replica>>,
    /// Connection tokens that admit nobody any more, oldest first.
    pub(super) revoked: VecDeque<String>,
    /// Sessions and replicas so far: the position of the next is one more.
    count: u64,
}

/// One session.
#[derive(Debug)]
pub(super) struct Session {
    /// Place among all sessions of the region, rising.
    position: u64,
    /// The members of the model's `StageSession`.
    pub(super) document: Document,
    /// When it ended.
    ended: Option<Timestamp>,
    /// In the order in which they joined.
    pub(super) participants: Vec<Participant>,
    index: HashMap<String, usize>,
}

/// One participant in one session.
#[derive(Debug)]
pub(super) struct Participant {
    /// The members of the model's `Participant`.
    pub(super) document: Document,
    /// Oldest first.
    pub(super) events: Vec<Document>,
    /// Whether media come from it now; `published` in the document says whether they ever did.
    pub(super) publishing: bool,
    pub(super) may_publish: bool,
    pub(super) may_subscribe: bool,
    /// When the token that it holds expires, if it came with one.
    pub(super) expires: Option<Timestamp>,
    /// Starts and stops of publishing so far: what is due to an earlier one is out of date.
    pub(super) take: u64,
}

impl Participant {
    /// A string member, `""` if absent.
    pub(super) fn text(&self, member: &str) -> &str {
        self.document.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.text("state") == "CONNECTED"
    }

    /// The token that it holds as events show it.
    fn token(&self) -> Value {
        let capabilities = [("PUBLISH", self.may_publish), ("SUBSCRIBE", self.may_subscribe)];
        let capabilities = capabilities.into_iter().filter(|(_, may)| *may).map(|(name, _)| name).collect::<Vec<_>>();
        let mut token = Document::new();
        token.set("capabilities", capabilities);
        for member in ["attributes", "userId"] {
            token.set(member, self.document.get(member).cloned().unwrap_or_default());
        }
        if let Some(expires) = self.expires {
            token.set("expirationTime", expires.iso());
        }
        Value::Object(token)
    }

    /// Holds another token from now on.
    pub(super) fn exchange(&mut self, claims: Claims, now: Timestamp) {
        let previous = self.token();
        self.may_publish = claims.may_publish;
        self.may_subscribe = claims.may_subscribe;
        self.expires = Some(claims.expires);
        self.document.extend(claims.members);
        let new = self.token();
        self.happens("TOKEN_EXCHANGED", now, &[("previousToken", previous), ("newToken", new)]);
    }

    /// Adds an event with further members.
    pub(super) fn happens(&mut self, name: &str, now: Timestamp, more: &[(&str, Value)]) {
        let mut event = Document::new();
        event.set("name", name);
        event.set("participantId", self.text("participantId"));
        event.set("eventTime", now.iso());
        event.set("replica", self.text("replicationType") == "REPLICA");
        for (member, value) in more {
            event.set(member, value.clone());
        }
        self.events.push(event);
    }
}

impl Session {
    pub(super) fn id(&self) -> &str {
        self.document.get("sessionId").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn participant(&self, id: &str) -> Option<&Participant> {
        self.participants.get(*self.index.get(id)?)
    }

    pub(super) fn participant_mut(&mut self, id: &str) -> Option<&mut Participant> {
        self.participants.get_mut(*self.index.get(id)?)
    }

    /// Adds a participant that is not there yet.
    pub(super) fn add(&mut self, participant: Participant) {
        self.index.insert(participant.text("participantId").to_owned(), self.participants.len());
        self.participants.push(participant);
    }
}

impl Stages {
    /// The next place in an order that never changes.
    pub(super) fn next_position(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// The session of a stage that goes on.
    pub(super) fn active(&self, stage: &str) -> Option<&Session> {
        self.sessions.get(stage)?.last().filter(|session| session.ended.is_none())
    }

    pub(super) fn active_mut(&mut self, stage: &str) -> Option<&mut Session> {
        self.sessions.get_mut(stage)?.last_mut().filter(|session| session.ended.is_none())
    }

    pub(super) fn session(&self, stage: &str, id: &str) -> Option<&Session> {
        self.sessions.get(stage)?.iter().find(|session| session.id() == id)
    }

    pub(super) fn session_mut(&mut self, stage: &str, id: &str) -> Option<&mut Session> {
        self.sessions.get_mut(stage)?.iter_mut().find(|session| session.id() == id)
    }

    /// The stages on which a participant is now.
    pub(super) fn stages_with(&self, participant: &str) -> Vec<String> {
        let there = |stage: &&String| {
            let found = self.active(stage).and_then(|session| session.participant(participant));
            found.is_some_and(Participant::is_connected)
        };
        self.sessions.keys().filter(there).cloned().collect()
    }

    /// Whether nobody is on a stage, and nobody has been since a time.
    pub(super) fn is_empty_since(&self, stage: &str, since: Timestamp) -> bool {
        match self.sessions.get(stage).and_then(|sessions| sessions.last()) {
            Some(session) => session.ended.is_some_and(|ended| ended <= since),
            None => true,
        }
    }

    /// Drops what belongs to a stage that is deleted.
    pub(super) fn forget(&mut self, stage: &str) {
        self.sessions.remove(stage);
        self.replicas.remove(stage);
    }
}

/// The session of a stage that goes on, or one that begins now.
pub(super) fn open<'r>(region: &'r mut Region, stage: &str, now: Timestamp) -> Result<&'r mut Session, Failure> {
    if region.stages.active(stage).is_none() {
        let id = format!("st-{}", ids::alphanumeric(13));
        region.get_mut(Kind::Stage, stage)?.document.set("activeSessionId", id.as_str());
        let mut document = Document::new();
        document.set("sessionId", id);
        document.set("startTime", now.iso());
        let position = region.stages.next_position();
        let session = Session { position, document, ended: None, participants: Vec::new(), index: HashMap::new() };
        region.stages.sessions.entry(stage.to_owned()).or_default().push(session);
    }
    region.stages.active_mut(stage).ok_or_else(|| missing(stage))
}

/// Ends the session of a stage on which nobody is left; says whether it did.
pub(super) fn close_if_empty(region: &mut Region, stage: &str, now: Timestamp) -> bool {
    let Some(session) = region.stages.active_mut(stage) else {
        return false;
    };
    if session.participants.iter().any(Participant::is_connected) {
        return false;
    }
    session.ended = Some(now);
    session.document.set("endTime", now.iso());
    if let Some(stage) = region.store_mut(Kind::Stage).get_mut(stage) {
        stage.document.remove("activeSessionId");
    }
    true
}

/// ResourceNotFoundException for a session or a participant that never was.
pub(super) fn missing(stage: &str) -> Failure {
    Failure::new(Code::ResourceNotFound, "Resource: stage session or participant not found").about(stage)
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    let stage = call.input.required("stageArn");
    region.get(Kind::Stage, stage)?;
    let session = region.stages.session(stage, call.input.required("sessionId"));
    call.answer("stageSession", &session.ok_or_else(|| missing(stage))?.document)
}

/// The latest first. An unknown stage is not found, although that is not declared (knowledge
/// `lists-of-an-unknown-stage`).
fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    let stage = call.input.required("stageArn");
    region.get(Kind::Stage, stage)?;
    let cursor = call.cursor(0)?;
    let sessions = region.stages.sessions.get(stage).into_iter().flatten().rev();
    call.page(cursor, sessions.map(|session| (u64::MAX - session.position, &session.document)))
}
