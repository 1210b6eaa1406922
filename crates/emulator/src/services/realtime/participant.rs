//! Participants of a stage: what is known of them, and what their coming and going brings about (fact `participants`).

use serde_json::{Value, json};

use super::session;
use super::{composition, recording, replication};
use crate::call::{Handler, HandlerResult, OperationCall, Output};
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

/// The filters of a listing, of which one may be used, each with the member it looks at.
const FILTERS: [(&str, &str); 4] = [
    ("filterByUserId", "userId"),
    ("filterByPublished", "published"),
    ("filterByState", "state"),
    ("filterByRecordingState", "recordingState"),
];

/// Lets someone join a stage; gives the session. Who is there already stays, and who was in this session before
/// comes back as the same participant.
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
            publish_changes: 0,
        });
    }
    let id = session.id().to_owned();
    if let Some(participant) = session.participant_mut(&who.id).filter(|participant| !participant.is_connected()) {
        participant.document.set("state", "CONNECTED");
        participant.add_event("JOINED", now, &[]);
    }
    Ok(id)
}

/// Lets a participant leave; the last one ends the session. Who is not there has left already.
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
    if session::close_if_empty(region, stage, now) {
        composition::stage_emptied(region, stage, now);
    }
}

/// Lets a participant publish; one whose token does not allow it gets an error event instead. Says whether media
/// come from it.
///
/// # Errors
/// ResourceNotFoundException for someone who is not on the stage.
pub(super) fn publish(region: &mut Region, stage: &str, id: &str, now: Timestamp) -> Result<bool, ServiceError> {
    let participant = connected(region, stage, id)?;
    if !participant.may_publish {
        participant.add_event("PUBLISH_ERROR", now, &[("errorCode", json!("INSUFFICIENT_CAPABILITIES"))]);
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

/// Lets a participant publish no more, with all that hangs on it: recording, replication, ingest.
pub(super) fn unpublish(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let Some(participant) = region.stages.active_mut(stage).and_then(|session| session.participant_mut(id)) else {
        return;
    };
    if !participant.publishing {
        return;
    }
    participant.publishing = false;
    participant.publish_changes += 1;
    participant.add_event("PUBLISH_STOPPED", now, &[]);
    let ingest = participant.text("ingestConfigurationArn").to_owned();
    if let Some(ingest) = region.store_mut(ResourceType::IngestConfiguration).get_mut(&ingest) {
        ingest.document.set("state", "INACTIVE");
    }
    recording::stop(region, stage, id, now);
    replication::publisher_stopped(region, stage, id, now);
}

/// A participant that is on a stage now.
///
/// # Errors
/// ResourceNotFoundException for anyone else, and for a stage that does not exist.
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

/// Disconnecting someone who never joined is a success (knowledge `disconnect-who-never-joined`). An ingest
/// configuration that publishes is detached from the stage.
fn disconnect(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let (stage, id) = (call.input.required("stageArn"), call.input.required("participantId"));
    region.get(ResourceType::Stage, stage)?;
    disconnect_now(region, stage, id, call.now);
    Output::empty()
}

/// Disconnects a participant against its will.
pub(super) fn disconnect_now(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let Ok(participant) = connected(region, stage, id) else {
        return;
    };
    let ingest = participant.text("ingestConfigurationArn").to_owned();
    leave(region, stage, id, now);
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

/// In the order in which they joined; of an unknown session, nobody (knowledge `lists-of-an-unknown-session`).
/// Two filters exclude each other (knowledge `two-filters`); `filterByPublished` false filters nothing.
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

/// The latest first; of an unknown session or participant, none.
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
