//! Participants of a stage: how they join, publish and leave, and the effects of that (fact `participants`).

use serde_json::{Value, json};

use super::session;
use super::{composition, recording, replication};
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::{ErrorCode, ServiceError};
use crate::state::{JoiningParticipant, Participant, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("DisconnectParticipant", disconnect),
    ("GetParticipant", get),
    ("ListParticipantEvents", list_events),
    ("ListParticipants", list),
];

/// The largest number of publishers of a stage (fact `D5`).
pub(super) const MAX_PUBLISHERS: usize = 12;

/// The filters of ListParticipants, each with its member. A call may use one of them.
const FILTERS: [(&str, &str); 4] = [
    ("filterByUserId", "userId"),
    ("filterByPublished", "published"),
    ("filterByState", "state"),
    ("filterByRecordingState", "recordingState"),
];

/// Joins a participant to a stage and returns the session ID.
///
/// A connected participant is unchanged. One that left the session before returns as the same participant.
pub(super) fn join(
    region: &mut Region,
    stage: &str,
    who: JoiningParticipant,
    now: Timestamp,
) -> Result<String, ServiceError> {
    region.get(ResourceType::Stage, stage)?;
    let session = session::open(region, stage, now)?;
    if session.participant(&who.id).is_none() {
        let mut document = who.members;
        document.set("participantId", who.id.as_str());
        document.set("firstJoinTime", now.iso());
        document.set("state", "DISCONNECTED");
        document.set("published", false);
        for member in [
            "userId",
            "ispName",
            "osName",
            "osVersion",
            "browserName",
            "browserVersion",
            "sdkVersion",
            "recordingS3BucketName",
            "recordingS3Prefix",
        ] {
            document.default(member, "");
        }
        document.default("attributes", Document::new());
        document.default("recordingState", "DISABLED");
        document.default("protocol", "UNKNOWN");
        document.default("replicationType", "NONE");
        document.default("redundantIngest", false);
        session.add(Participant {
            document,
            events: Vec::new(),
            publishing: false,
            may_publish: who.may_publish,
            may_subscribe: who.may_subscribe,
            expires: who.expires,
            connection: None,
            publish_changes: 0,
        });
    }
    let id = session.id().to_owned();
    if let Some(participant) = session.participant_mut(&who.id).filter(|participant| !participant.is_connected()) {
        participant.connection = who.connection;
        participant.document.set("state", "CONNECTED");
        participant.add_event("JOINED", now, &[]);
    }
    Ok(id)
}

/// Disconnects a participant from a stage. The last one ends the session. Does nothing for one that is not connected.
pub(super) fn leave(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    unpublish(region, stage, id, now);
    let Some(participant) = region.stages.active_mut(stage).and_then(|session| session.participant_mut(id)) else {
        return;
    };
    if !participant.is_connected() {
        return;
    }
    participant.document.set("state", "DISCONNECTED");
    participant.add_event("LEFT", now, &[]);
    session::close_if_empty(region, stage, now);
}

/// Starts publishing, and returns whether the participant publishes.
///
/// A participant whose token does not allow it, or that would be one too many, gets an error event instead.
///
/// # Errors
/// ResourceNotFoundException for a participant that is not connected.
pub(super) fn publish(region: &mut Region, stage: &str, id: &str, now: Timestamp) -> Result<bool, ServiceError> {
    let is_full = has_all_publishers(region, stage);
    let participant = connected(region, stage, id)?;
    let error = match (participant.may_publish, is_full && !participant.publishing) {
        (false, _) => Some("INSUFFICIENT_CAPABILITIES"),
        (true, true) => Some("QUOTA_EXCEEDED"),
        (true, false) => None,
    };
    if let Some(error) = error {
        participant.add_event("PUBLISH_ERROR", now, &[("errorCode", json!(error))]);
        return Ok(false);
    }
    if !participant.publishing {
        participant.publishing = true;
        participant.publish_changes += 1;
        participant.document.set("published", true);
        participant.add_event("PUBLISH_STARTED", now, &[]);
        recording::start(region, stage, id, now);
    }
    Ok(true)
}

/// Returns whether a stage has as many publishers as it may have.
pub(super) fn has_all_publishers(region: &Region, stage: &str) -> bool {
    region.stages.active(stage).is_some_and(|session| session.publishers() >= MAX_PUBLISHERS)
}

/// Stops publishing, and with it recording, replication and ingest.
pub(super) fn unpublish(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let Some(session) = region.stages.active_mut(stage) else {
        return;
    };
    let Some(participant) = session.participant_mut(id) else {
        return;
    };
    if !participant.publishing {
        return;
    }
    participant.publishing = false;
    participant.publish_changes += 1;
    participant.add_event("PUBLISH_STOPPED", now, &[]);
    let ingest = participant.text("ingestConfigurationArn").to_owned();
    session.stopped_publishing(now);
    let of_ingest = |participant: &&Participant| participant.text("ingestConfigurationArn") == ingest;
    let still_sends = session.participants.iter().filter(of_ingest).any(|participant| participant.publishing);
    let was_last = session.publishers() == 0;
    if let Some(ingest) = region.store_mut(ResourceType::IngestConfiguration).get_mut(&ingest)
        && !still_sends
    {
        ingest.document.set("state", "INACTIVE");
    }
    recording::stop(region, stage, id, now);
    replication::publisher_stopped(region, stage, id, now);
    if was_last {
        composition::last_publisher_stopped(region, stage, now);
    }
}

/// Returns a connected participant of a stage.
///
/// # Errors
/// ResourceNotFoundException for any other participant and for an unknown stage.
pub(super) fn connected<'r>(
    region: &'r mut Region,
    stage: &str,
    id: &str,
) -> Result<&'r mut Participant, ServiceError> {
    region.get(ResourceType::Stage, stage)?;
    let session = region.stages.active_mut(stage);
    let participant = session.and_then(|session| session.participant_mut(id));
    let participant = participant.filter(|participant| participant.is_connected());
    participant.ok_or_else(|| {
        ServiceError::new(ErrorCode::ResourceNotFound, "The participant is not on the stage").about(stage)
    })
}

/// Disconnects a participant. It succeeds for one that never joined (knowledge `disconnect-who-never-joined`).
///
/// An ingest configuration that publishes is detached from the stage.
fn disconnect(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let (stage, id) = (call.input.required("stageArn"), call.input.required("participantId"));
    region.get(ResourceType::Stage, stage)?;
    disconnect_and_detach(region, stage, id, call.now);
    HandlerOutput::empty()
}

/// Disconnects a participant, whose token is used up then, and detaches its ingest configuration from the stage.
fn disconnect_and_detach(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let Ok(participant) = connected(region, stage, id) else {
        return;
    };
    let ingest = participant.text("ingestConfigurationArn").to_owned();
    leave(region, stage, id, now);
    region.stages.use_up_token(stage, id);
    if let Some(ingest) = region.store_mut(ResourceType::IngestConfiguration).get_mut(&ingest) {
        ingest.document.set("stageArn", "");
    }
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let stage = call.input.required("stageArn");
    region.get(ResourceType::Stage, stage)?;
    let session = region.stages.session(stage, call.input.required("sessionId"));
    let participant = session.and_then(|session| session.participant(call.input.required("participantId")));
    call.output("participant", &participant.ok_or_else(|| session::missing(stage))?.document)
}

/// Lists participants in the order in which they joined. An unknown session has none (knowledge
/// `lists-of-an-unknown-session`).
///
/// Two filters are invalid (knowledge `two-filters`). `filterByPublished` with false has no effect.
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let stage = call.input.required("stageArn");
    region.get(ResourceType::Stage, stage)?;
    let given = call.input.non_empty(&FILTERS.map(|(filter, _)| filter));
    if let [_, second, ..] = given[..] {
        return Err(ServiceError::invalid(&format!("/{second}"), "cannot be used with another filter"));
    }
    let filter = FILTERS.iter().find(|(filter, _)| given.contains(filter));
    let wanted = filter.and_then(|(filter, member)| Some((*member, call.input.get(filter)?)));
    let passes = |document: &Document| match wanted {
        Some((_, Value::Bool(false))) | None => true,
        Some((member, value)) => document.get(member) == Some(value),
    };
    let cursor = call.cursor(0)?;
    let session = region.stages.session(stage, call.input.required("sessionId"));
    let participants = session.into_iter().flat_map(|session| &session.participants);
    let rows = (1..).zip(participants.map(|participant| &participant.document));
    call.page(cursor, rows.filter(|(_, document)| passes(document)))
}

/// Lists the latest event first. An unknown session or participant has none.
fn list_events(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let stage = call.input.required("stageArn");
    region.get(ResourceType::Stage, stage)?;
    let cursor = call.cursor(0)?;
    let session = region.stages.session(stage, call.input.required("sessionId"));
    let participant = session.and_then(|session| session.participant(call.input.required("participantId")));
    let events = participant.map_or(&[][..], |participant| &participant.events);
    let rows = (0_u64..).zip(events).map(|(position, event)| (u64::MAX - position, event));
    call.page(cursor, rows.collect::<Vec<_>>().into_iter().rev())
}
