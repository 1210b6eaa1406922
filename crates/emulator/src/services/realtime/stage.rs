//! Stages (fact `stages`).

use serde_json::{Value, json};

use super::participant_token::TokenDraft;
use super::recording::RECORDING;
use super::{composition, participant, recording, replication};
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::input::Input;
use crate::service_error::ServiceError;
use crate::services::attributes::check_attributes_size;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateStage", create),
    ("DeleteStage", delete),
    ("GetStage", get),
    ("ListStages", list),
    ("UpdateStage", update),
];

/// The events host of every stage (fact `D6`).
pub(super) const EVENTS_URL: &str = "wss://global.events.live-video.net";

/// Creates a stage, with tokens in the order of their configurations.
fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let wanted: Vec<Input> = call
        .input
        .list("participantTokenConfigurations")
        .iter()
        .filter_map(|configuration| configuration.as_object().cloned().map(Input))
        .collect();
    for (index, wanted) in wanted.iter().enumerate() {
        let at = format!("/participantTokenConfigurations/{index}/attributes");
        check_attributes_size(wanted.object("attributes"), &at)?;
    }
    let mut stage = call.draft("stage");
    stage.default("name", "");
    stage.default("tags", Document::new());
    fill_recording(&mut stage);
    // CreateStage declares no ResourceNotFoundException (knowledge `stage-with-an-unknown-storage`).
    let at = "/autoParticipantRecordingConfiguration/storageConfigurationArn";
    check_storage_exists(&stage, region)
        .map_err(|_| ServiceError::invalid(at, "must be a storage configuration that exists"))?;
    stage.set("endpoints", endpoints(region.host_label()));
    let record = region.create(ResourceType::Stage, stage)?;
    let stage = record.document.clone();
    let mut output = call.show("stage", &stage);
    let drafts: Vec<TokenDraft> = wanted.iter().map(|wanted| TokenDraft::new(wanted, &stage, call.now)).collect();
    if drafts.is_empty() {
        output.set("participantTokens", Value::Array(Vec::new()));
        return Ok(output.into());
    }
    Ok(HandlerOutput::Deferred(Box::new(move || {
        let tokens: Vec<Value> = drafts.into_iter().map(|draft| Value::Object(draft.sign())).collect();
        output.set("participantTokens", tokens);
        output
    })))
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, ResourceType::Stage, "stage")
}

fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    let mut stage = region.get(ResourceType::Stage, arn)?.document.clone();
    if call.input.get(RECORDING).is_some() && recording::is_recording(region, arn) {
        return Err(ServiceError::conflict(arn, "is being recorded, and its recording configuration cannot change"));
    }
    stage.extend(call.draft("stage"));
    fill_recording(&mut stage);
    check_storage_exists(&stage, region)?;
    let output = call.output("stage", &stage);
    region.get_mut(ResourceType::Stage, arn)?.document = stage;
    output
}

/// Deletes a stage. Everyone is disconnected, its compositions end (fact `D16`), and its ingest configurations are
/// detached.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    region.get(ResourceType::Stage, arn)?;
    composition::end_all_on(region, arn, call.now);
    let session = region.stages.active(arn);
    let participants = session.into_iter().flat_map(|session| &session.participants);
    let present: Vec<String> = participants.map(|participant| participant.text("participantId").to_owned()).collect();
    for participant in present {
        participant::leave(region, arn, &participant, call.now);
    }
    replication::stage_deleted(region, arn, call.now);
    region.stages.forget(arn);
    region.remove(ResourceType::Stage, arn)?;
    while let Some(ingest) = region.referrer(ResourceType::IngestConfiguration, "stageArn", arn) {
        let ingest = ingest.arn.to_string();
        let record = region.get_mut(ResourceType::IngestConfiguration, &ingest)?;
        record.document.set("stageArn", "");
    }
    HandlerOutput::empty()
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, ResourceType::Stage, |_| true)
}

/// Sets the defaults of the recording configuration. Without a storage configuration, every member has its default.
fn fill_recording(stage: &mut Document) {
    let sent = stage.get(RECORDING).and_then(Value::as_object).cloned();
    let storage = |recording: &Document| {
        let arn = recording.get("storageConfigurationArn");
        arn.and_then(Value::as_str).is_some_and(|arn| !arn.is_empty())
    };
    let mut recording = sent.filter(storage).unwrap_or_default();
    recording.default("storageConfigurationArn", "");
    recording.default("mediaTypes", json!(["AUDIO_VIDEO"]));
    recording.default("recordingReconnectWindowSeconds", 0);
    recording.default("recordParticipantReplicas", true);
    for (member, defaults) in [
        (
            "thumbnailConfiguration",
            json!({"targetIntervalSeconds": 60, "storage": ["SEQUENTIAL"], "recordingMode": "DISABLED"}),
        ),
        ("hlsConfiguration", json!({"targetSegmentDurationSeconds": 6})),
    ] {
        let mut nested = recording.get(member).and_then(Value::as_object).cloned().unwrap_or_default();
        for (name, value) in defaults.as_object().into_iter().flatten() {
            nested.default(name, value.clone());
        }
        recording.set(member, nested);
    }
    // The store finds the stages of a storage configuration by this member. No operation shows it.
    let storage = recording.get("storageConfigurationArn").cloned().unwrap_or_default();
    stage.set("storageConfigurationArn", storage);
    stage.set(RECORDING, recording);
}

fn check_storage_exists(stage: &Document, region: &Region) -> Result<(), ServiceError> {
    let arn = stage
        .get(RECORDING)
        .and_then(|recording| recording.get("storageConfigurationArn"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !arn.is_empty() {
        region.get(ResourceType::StorageConfiguration, arn)?;
    }
    Ok(())
}

/// Returns the endpoints of all stages of a region (fact `D6`).
fn endpoints(label: &str) -> Value {
    json!({
        "events": EVENTS_URL,
        "whip": format!("https://{label}.global-bm.whip.live-video.net"),
        "rtmp": format!("rtmp://{label}.global-contribute.live-video.net/app/"),
        "rtmps": format!("rtmps://{label}.global-contribute.live-video.net:443/app/"),
    })
}
