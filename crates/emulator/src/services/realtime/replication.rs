//! Replication of a publisher from one stage to another (fact `participant-replication`).

use serde_json::{Value, json};

use super::participant;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::{ErrorCode, ServiceError};
use crate::services::attributes::check_attributes_size;
use crate::state::{DeferredChange, JoiningParticipant, Participant, Region, Replica};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("ListParticipantReplicas", list), ("StartParticipantReplication", start), ("StopParticipantReplication", stop)];

/// The largest number of active replicas of a participant (fact `D5`).
const MAX_REPLICAS: u64 = 5;

/// Replicates a publisher to another stage, once per stage. An empty stage gets a session.
///
/// A participant that does not publish is a conflict (knowledge `replication-of-no-publisher`).
fn start(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let (source, destination) = stages(call, region)?;
    let id = call.input.required("participantId");
    check_attributes_size(call.input.object("attributes"), "/attributes")?;
    let publisher = participant::connected(region, source, id)?;
    if !publisher.publishing {
        return Err(ServiceError::conflict(source, "has no such publisher"));
    }
    if publisher.text("replicationType") == "REPLICA" {
        return Err(ServiceError::conflict(source, "has this participant as a replica itself"));
    }
    let mut attributes = publisher.document.get("attributes").and_then(Value::as_object).cloned().unwrap_or_default();
    let user = publisher.text("userId").to_owned();
    let known = active_replica(region, source, destination, id).is_some();
    let there = region.stages.active(destination).and_then(|session| session.participant(id));
    if known || there.is_some_and(Participant::is_connected) {
        return Err(ServiceError::conflict(destination, "has this participant already"));
    }
    let replicas = region.stages.replicas.get(source).into_iter().flatten();
    let own = replicas.filter(|replica| replica.is_active() && replica.text("participantId") == id).count() as u64;
    if own >= MAX_REPLICAS {
        return Err(ServiceError::quota("replications per participant", MAX_REPLICAS, source));
    }
    if participant::has_all_publishers(region, destination) {
        return Err(ServiceError::quota("publishers per stage", participant::MAX_PUBLISHERS as u64, destination));
    }
    attributes.extend(call.input.object("attributes").cloned().unwrap_or_default());
    let source_session = region.stages.active(source).map(|session| session.id().to_owned()).unwrap_or_default();

    let mut members = Document::new();
    members.set("userId", user);
    members.set("attributes", attributes);
    members.set("replicationType", "REPLICA");
    members.set("replicationState", "ACTIVE");
    members.set("sourceStageArn", source);
    members.set("sourceSessionId", source_session.as_str());
    let replica = JoiningParticipant {
        id: id.to_owned(),
        may_publish: true,
        may_subscribe: false,
        expires: None,
        connection: None,
        members: members.clone(),
    };
    let session = participant::join(region, destination, replica, call.now)?;
    // A participant that was in this session before becomes a replica.
    participant::connected(region, destination, id)?.document.extend(members);
    participant::publish(region, destination, id, call.now)?;

    let more = [("destinationStageArn", json!(destination)), ("destinationSessionId", json!(session))];
    for stage in [source, destination] {
        participant::connected(region, stage, id)?.add_event("REPLICATION_STARTED", call.now, &more);
    }
    let publisher = participant::connected(region, source, id)?;
    publisher.document.set("replicationType", "SOURCE");
    // A source shows these members as `""` (fact `D14`).
    publisher.document.default("sourceStageArn", "");
    publisher.document.default("sourceSessionId", "");
    publisher.document.set("replicationState", "ACTIVE");

    let mut document = Document::new();
    document.set("sourceStageArn", source);
    document.set("participantId", id);
    document.set("sourceSessionId", source_session);
    document.set("destinationStageArn", destination);
    document.set("destinationSessionId", session);
    document.set("replicationState", "ACTIVE");
    let position = region.stages.next_position();
    let window = call.input.integer("reconnectWindowSeconds").unwrap_or_default();
    let replicas = region.stages.replicas.entry(source.to_owned()).or_default();
    replicas.push(Replica { position, document, window });
    HandlerOutput::empty()
}

/// Ends a replica. Returns ResourceNotFoundException if there is none.
fn stop(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let (source, destination) = stages(call, region)?;
    let id = call.input.required("participantId");
    let missing =
        || ServiceError::new(ErrorCode::ResourceNotFound, "The participant is not replicated there").about(source);
    let position = active_replica(region, source, destination, id).map(|replica| replica.position);
    end(region, source, position.ok_or_else(missing)?, call.now);
    HandlerOutput::empty()
}

/// Lists replicas in the order in which they started, including ended ones. An unknown participant has none.
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let source = call.input.required("sourceStageArn");
    region.get(ResourceType::Stage, source)?;
    let id = call.input.required("participantId");
    let cursor = call.cursor(0)?;
    let replicas = region.stages.replicas.get(source).into_iter().flatten();
    let of_participant = replicas.filter(|replica| replica.text("participantId") == id);
    call.page(cursor, of_participant.map(|replica| (replica.position, &replica.document)))
}

/// Returns the two stages of a call. Both must exist and differ (knowledge `replication-to-the-same-stage`).
fn stages<'c>(call: &'c OperationCall<'_>, region: &Region) -> Result<(&'c str, &'c str), ServiceError> {
    let (source, destination) = (call.input.required("sourceStageArn"), call.input.required("destinationStageArn"));
    if source == destination {
        return Err(ServiceError::invalid("/destinationStageArn", "must be another stage than the source"));
    }
    region.get(ResourceType::Stage, source)?;
    region.get(ResourceType::Stage, destination)?;
    Ok((source, destination))
}

fn active_replica<'r>(region: &'r Region, source: &str, destination: &str, id: &str) -> Option<&'r Replica> {
    region.stages.replicas.get(source)?.iter().find(|replica| {
        replica.is_active() && replica.text("destinationStageArn") == destination && replica.text("participantId") == id
    })
}

/// Ends the replicas of a participant that stopped publishing, each after its reconnect window.
///
/// If the participant is a replica itself, that replica ends at once.
pub(super) fn publisher_stopped(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let replicas = region.stages.replicas.get(stage).into_iter().flatten();
    let own: Vec<(u64, i64)> = replicas
        .filter(|replica| replica.is_active() && replica.text("participantId") == id)
        .map(|replica| (replica.position, replica.window))
        .collect();
    for (position, window) in own {
        if window == 0 {
            end(region, stage, position, now);
            continue;
        }
        let (source, id) = (stage.to_owned(), id.to_owned());
        let still_away = move |region: &mut Region, due: Timestamp| {
            let there = region.stages.active(&source).and_then(|session| session.participant(&id));
            if !there.is_some_and(|participant| participant.publishing) {
                end(region, &source, position, due);
            }
        };
        region.schedule(now.plus_seconds(window), DeferredChange::run(still_away));
    }
    let source = region.stages.active(stage).and_then(|session| session.participant(id));
    let source = source.map(|participant| participant.text("sourceStageArn").to_owned()).unwrap_or_default();
    if let Some(position) = active_replica(region, &source, stage, id).map(|replica| replica.position) {
        end(region, &source, position, now);
    }
}

/// Ends one replica, unless it has already ended.
fn end(region: &mut Region, source: &str, position: u64, now: Timestamp) {
    let Some(replicas) = region.stages.replicas.get_mut(source) else {
        return;
    };
    let Some(replica) = replicas.iter_mut().find(|replica| replica.position == position && replica.is_active()) else {
        return;
    };
    replica.document.set("replicationState", "STOPPED");
    let id = replica.text("participantId").to_owned();
    let source_session = replica.text("sourceSessionId").to_owned();
    let destination = replica.text("destinationStageArn").to_owned();
    let session = replica.text("destinationSessionId").to_owned();
    let others = replicas.iter().any(|replica| replica.is_active() && replica.text("participantId") == id);
    let more = [("destinationStageArn", json!(destination)), ("destinationSessionId", json!(session))];
    for (stage, session, stays) in [(source, source_session, others), (destination.as_str(), session, false)] {
        let found = region.stages.session_mut(stage, &session).and_then(|session| session.participant_mut(&id));
        if let Some(participant) = found {
            participant.add_event("REPLICATION_STOPPED", now, &more);
            if !stays {
                participant.document.set("replicationState", "STOPPED");
            }
        }
    }
    participant::leave(region, &destination, &id, now);
}

/// Ends all replicas of the participants of a deleted stage.
pub(super) fn stage_deleted(region: &mut Region, stage: &str, now: Timestamp) {
    let replicas = region.stages.replicas.get(stage).into_iter().flatten();
    let active: Vec<u64> = replicas.filter(|replica| replica.is_active()).map(|replica| replica.position).collect();
    for position in active {
        end(region, stage, position, now);
    }
}
