//! Recording of individual participants to the storage of their stage (fact `stage-recording`).

use serde_json::Value;

use crate::arn::Arn;
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::state::{DeferredChange, Participant, Region};

/// The member of a stage that configures the recording of its participants.
pub(super) const RECORDING: &str = "autoParticipantRecordingConfiguration";

/// The states in which the recording configuration of a stage cannot change.
const GOING_ON: [&str; 3] = ["STARTING", "ACTIVE", "STOPPING"];

/// Returns whether any participant of a stage is being recorded.
pub(super) fn is_recording(region: &Region, stage: &str) -> bool {
    let participants = region.stages.active(stage).into_iter().flat_map(|session| &session.participants);
    participants.into_iter().any(|participant| GOING_ON.contains(&participant.text("recordingState")))
}

/// Starts the recording of a participant that starts publishing, if its stage is configured for it.
pub(super) fn start(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let Some(bucket) = bucket(region, stage, id) else {
        return;
    };
    let stage_id = Arn::parse(stage).map(|arn| arn.id.to_owned()).unwrap_or_default();
    let Some(session) = region.stages.active_mut(stage) else {
        return;
    };
    let session_id = session.id().to_owned();
    let Some(participant) = session.participant_mut(id) else {
        return;
    };
    // The participant returned within the reconnect window: the recording continues.
    if participant.text("recordingState") == "ACTIVE" {
        return;
    }
    // The corrected pattern allows letters, digits, dashes and slashes (fact `D11`).
    let prefix = format!("{stage_id}/{session_id}/{}/{}", id.replace('_', "-"), now.epoch_seconds());
    participant.document.set("recordingS3BucketName", bucket);
    participant.document.set("recordingS3Prefix", prefix);
    participant.document.set("recordingState", "STARTING");
    let due = region.transition_end(now);
    schedule_state(region, due, stage, id, "STARTING", "ACTIVE");
}

/// Stops the recording of a participant that stopped publishing, after the reconnect window.
pub(super) fn stop(region: &mut Region, stage: &str, id: &str, now: Timestamp) {
    let recording = region.store(ResourceType::Stage).get(stage).and_then(|stage| stage.document.get(RECORDING));
    let window = recording.and_then(|recording| recording.get("recordingReconnectWindowSeconds"));
    let window = window.and_then(Value::as_i64).unwrap_or_default();
    let Some(participant) = region.stages.active_mut(stage).and_then(|session| session.participant_mut(id)) else {
        return;
    };
    if !["STARTING", "ACTIVE"].contains(&participant.text("recordingState")) {
        return;
    }
    let first = if window == 0 { "STOPPING" } else { "ACTIVE" };
    participant.document.set("recordingState", first);
    let closing = now.plus_seconds(window);
    if window > 0 {
        schedule_state(region, closing, stage, id, "ACTIVE", "STOPPING");
    }
    let due = region.transition_end(closing);
    schedule_state(region, due, stage, id, "STOPPING", "STOPPED");
}

/// Returns the bucket of the stage's storage, if the participant must be recorded.
fn bucket(region: &Region, stage: &str, id: &str) -> Option<String> {
    let stage_record = region.store(ResourceType::Stage).get(stage)?;
    let recording: &Document = stage_record.document.get(RECORDING)?.as_object()?;
    let storage = recording.get("storageConfigurationArn")?.as_str().filter(|arn| !arn.is_empty())?;
    let participant: &Participant = region.stages.active(stage)?.participant(id)?;
    let replicas = recording.get("recordParticipantReplicas").and_then(Value::as_bool).unwrap_or(true);
    let media = recording.get("mediaTypes").and_then(Value::as_array);
    let wanted = !media.is_some_and(|media| media.iter().any(|one| one == "NONE"));
    if !wanted || (participant.text("replicationType") == "REPLICA" && !replicas) {
        return None;
    }
    let storage = region.store(ResourceType::StorageConfiguration).get(storage)?;
    Some(storage.document.get("s3")?.get("bucketName")?.as_str()?.to_owned())
}

/// Schedules the next recording state of a participant, unless it starts or stops publishing before.
fn schedule_state(region: &mut Region, at: Timestamp, stage: &str, id: &str, from: &'static str, to: &'static str) {
    let Some(session) = region.stages.active(stage) else {
        return;
    };
    let Some(change) = session.participant(id).map(|participant| participant.publish_changes) else {
        return;
    };
    let (stage, session, id) = (stage.to_owned(), session.id().to_owned(), id.to_owned());
    let step = move |region: &mut Region, _: Timestamp| {
        let session = region.stages.session_mut(&stage, &session);
        if let Some(participant) = session.and_then(|session| session.participant_mut(&id))
            && participant.publish_changes == change
            && participant.text("recordingState") == from
        {
            participant.document.set("recordingState", to);
        }
    };
    region.schedule(at, DeferredChange::run(step));
}
