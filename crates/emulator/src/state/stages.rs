//! The stages of a region: their sessions, participants and replicas.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use crate::clock::Timestamp;
use crate::document::{Document, Fill};

/// The sessions and replicas of a region's stages, and its revoked connection tokens.
#[derive(Debug, Default)]
pub(crate) struct Stages {
    /// The sessions by stage, oldest first. Only the last can be active.
    sessions: HashMap<String, Vec<StageSession>>,
    /// The replicas by source stage, in the order in which they started.
    pub(crate) replicas: HashMap<String, Vec<Replica>>,
    /// Revoked connection tokens, oldest first.
    pub(crate) revoked: VecDeque<String>,
    /// By stage, the participants whose tokens are used up because they were disconnected.
    disconnected: HashMap<String, HashSet<String>>,
    /// The number of sessions and replicas so far. The position of the next is one more.
    count: u64,
}

/// One session of a stage.
#[derive(Debug)]
pub(crate) struct StageSession {
    /// The position among all sessions of the region, ascending.
    pub(crate) position: u64,
    /// The members of the model's `StageSession`.
    pub(crate) document: Document,
    /// The time at which it ended.
    ended: Option<Timestamp>,
    /// The time at which somebody stopped publishing last; the start of the session before that.
    unpublished: Timestamp,
    /// The participants in the order in which they joined.
    pub(crate) participants: Vec<Participant>,
    index: HashMap<String, usize>,
}

/// One participant in one session.
#[derive(Debug)]
pub(crate) struct Participant {
    /// The members of the model's `Participant`.
    pub(crate) document: Document,
    /// The events, oldest first.
    pub(crate) events: Vec<Document>,
    /// True if it publishes now; `published` in the document states whether it ever did.
    pub(crate) publishing: bool,
    pub(crate) may_publish: bool,
    pub(crate) may_subscribe: bool,
    /// The expiry of its token, if it has one.
    pub(crate) expires: Option<Timestamp>,
    /// The connection token of its connection, if it has one.
    pub(crate) connection: Option<String>,
    /// The number of starts and stops of publishing so far. A scheduled change of an earlier one is out of date.
    pub(crate) publish_changes: u64,
}

impl Participant {
    /// Returns a string member; `""` if absent.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.document.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.text("state") == "CONNECTED"
    }

    /// Returns its token, as in events.
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

    /// Exchanges its token: it gets the rights and members of a participant that joins with the new one.
    pub(crate) fn exchange_token(&mut self, new: JoiningParticipant, now: Timestamp) {
        let previous = self.token();
        self.may_publish = new.may_publish;
        self.may_subscribe = new.may_subscribe;
        self.expires = new.expires;
        self.document.extend(new.members);
        let new = self.token();
        self.add_event("TOKEN_EXCHANGED", now, &[("previousToken", previous), ("newToken", new)]);
    }

    /// Adds an event with further members.
    pub(crate) fn add_event(&mut self, name: &str, now: Timestamp, more: &[(&str, Value)]) {
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

impl StageSession {
    /// Starts a session with the members of the model's `StageSession`.
    fn new(position: u64, document: Document, now: Timestamp) -> Self {
        Self { position, document, ended: None, unpublished: now, participants: Vec::new(), index: HashMap::new() }
    }

    /// Returns the number of participants that publish.
    pub(crate) fn publishers(&self) -> usize {
        self.participants.iter().filter(|participant| participant.publishing).count()
    }

    /// Records that somebody stopped publishing.
    pub(crate) fn stopped_publishing(&mut self, now: Timestamp) {
        self.unpublished = now;
    }

    /// Ends the session if no participant is connected, and returns whether it did.
    pub(crate) fn end_if_empty(&mut self, now: Timestamp) -> bool {
        if self.participants.iter().any(Participant::is_connected) {
            return false;
        }
        self.ended = Some(now);
        self.document.set("endTime", now.iso());
        true
    }

    pub(crate) fn id(&self) -> &str {
        self.document.get("sessionId").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn participant(&self, id: &str) -> Option<&Participant> {
        self.participants.get(*self.index.get(id)?)
    }

    pub(crate) fn participant_mut(&mut self, id: &str) -> Option<&mut Participant> {
        self.participants.get_mut(*self.index.get(id)?)
    }

    /// Adds a new participant.
    pub(crate) fn add(&mut self, participant: Participant) {
        self.index.insert(participant.text("participantId").to_owned(), self.participants.len());
        self.participants.push(participant);
    }
}

impl Stages {
    /// Returns the next position of a session or a replica.
    pub(crate) fn next_position(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Returns the active session of a stage.
    pub(crate) fn active(&self, stage: &str) -> Option<&StageSession> {
        self.sessions.get(stage)?.last().filter(|session| session.ended.is_none())
    }

    pub(crate) fn active_mut(&mut self, stage: &str) -> Option<&mut StageSession> {
        self.sessions.get_mut(stage)?.last_mut().filter(|session| session.ended.is_none())
    }

    /// Returns the sessions of a stage, oldest first.
    pub(crate) fn sessions(&self, stage: &str) -> &[StageSession] {
        self.sessions.get(stage).map_or(&[], Vec::as_slice)
    }

    /// Starts a session of a stage.
    pub(crate) fn start_session(&mut self, stage: &str, document: Document, now: Timestamp) {
        let session = StageSession::new(self.next_position(), document, now);
        self.sessions.entry(stage.to_owned()).or_default().push(session);
    }

    pub(crate) fn session(&self, stage: &str, id: &str) -> Option<&StageSession> {
        self.sessions.get(stage)?.iter().find(|session| session.id() == id)
    }

    pub(crate) fn session_mut(&mut self, stage: &str, id: &str) -> Option<&mut StageSession> {
        self.sessions.get_mut(stage)?.iter_mut().find(|session| session.id() == id)
    }

    /// Returns the stages and IDs of the participants that are connected by a connection token, in a stable order.
    pub(crate) fn connected_by(&self, connection: &str) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for stage in self.sessions.keys() {
            let participants = self.active(stage).into_iter().flat_map(|session| &session.participants);
            let of_connection = participants
                .filter(|participant| participant.is_connected())
                .filter(|participant| participant.connection.as_deref() == Some(connection));
            found
                .extend(of_connection.map(|participant| (stage.clone(), participant.text("participantId").to_owned())));
        }
        found.sort_unstable();
        found
    }

    /// Uses up the token of a participant that is disconnected from a stage (fact `D3`).
    pub(crate) fn use_up_token(&mut self, stage: &str, participant: &str) {
        self.disconnected.entry(stage.to_owned()).or_default().insert(participant.to_owned());
    }

    /// Returns whether the token of a participant is used up.
    pub(crate) fn is_used_up(&self, stage: &str, participant: &str) -> bool {
        self.disconnected.get(stage).is_some_and(|of_stage| of_stage.contains(participant))
    }

    /// Returns whether nobody publishes on a stage, and nobody has since a time.
    pub(crate) fn has_no_publisher_since(&self, stage: &str, since: Timestamp) -> bool {
        let last = self.sessions.get(stage).and_then(|sessions| sessions.last());
        last.is_none_or(|session| session.publishers() == 0 && session.unpublished <= since)
    }

    /// Drops everything that belongs to a deleted stage.
    pub(crate) fn forget(&mut self, stage: &str) {
        self.sessions.remove(stage);
        self.replicas.remove(stage);
        self.disconnected.remove(stage);
    }
}

/// The replica of one stage's participant on another stage.
#[derive(Debug)]
pub(crate) struct Replica {
    /// The position among all replicas of the region, ascending.
    pub(crate) position: u64,
    /// The members of the model's `ParticipantReplica`.
    pub(crate) document: Document,
    /// The seconds for which the publisher may be away before the replica ends.
    pub(crate) window: i64,
}

impl Replica {
    /// Returns a string member; `""` if absent.
    pub(crate) fn text(&self, member: &str) -> &str {
        self.document.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn is_active(&self) -> bool {
        self.text("replicationState") == "ACTIVE"
    }
}

/// A participant that joins a stage.
#[derive(Debug)]
pub(crate) struct JoiningParticipant {
    pub(crate) id: String,
    pub(crate) may_publish: bool,
    pub(crate) may_subscribe: bool,
    /// The expiry of its token, if it has one.
    pub(crate) expires: Option<Timestamp>,
    /// The connection token of its connection, if it has one.
    pub(crate) connection: Option<String>,
    /// Further members of the model's `Participant`.
    pub(crate) members: Document,
}
