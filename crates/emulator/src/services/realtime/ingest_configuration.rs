//! Ingest configurations, through which RTMP encoders publish to stages (fact `ingest-configurations`).

use serde_json::{Value, json};

use super::participant;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::control_action::ControlAction;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::input::Input;
use crate::service_error::{ErrorCode, ServiceError};
use crate::services::attributes::check_attributes_size;
use crate::state::{JoiningParticipant, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateIngestConfiguration", create),
    ("DeleteIngestConfiguration", delete),
    ("GetIngestConfiguration", get),
    ("ListIngestConfigurations", list),
    ("UpdateIngestConfiguration", update),
];

const OUTPUT: &str = "ingestConfiguration";
const RESOURCE_TYPE: ResourceType = ResourceType::IngestConfiguration;
const CREDENTIALS: &str = "redundantIngestCredentials";

/// Creates an ingest configuration. An unknown stage is invalid, since the operation does not declare
/// ResourceNotFoundException (knowledge `ingest-of-an-unknown-stage`).
fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut ingest = call.draft(OUTPUT);
    let is_plain = call.input.required("ingestProtocol") == "RTMP" && call.input.flag("insecureIngest") != Some(true);
    if is_plain {
        return Err(ServiceError::invalid("/insecureIngest", "must be true for RTMP"));
    }
    check_attributes_size(call.input.object("attributes"), "/attributes")?;
    for member in ["name", "stageArn", "userId"] {
        ingest.default(member, "");
    }
    check_stage_exists(&ingest, region)
        .map_err(|_| ServiceError::invalid("/stageArn", "must be a stage that exists"))?;
    ingest.default("attributes", Document::new());
    ingest.default("tags", Document::new());
    ingest.default("redundantIngest", false);
    ingest.set("state", "INACTIVE");
    ingest.set("participantId", ids::alphanumeric(12));
    ingest.set("streamKey", stream_key(region));
    fill_credentials(&mut ingest, region);
    let record = region.create(RESOURCE_TYPE, ingest)?;
    call.output(OUTPUT, &record.document)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, RESOURCE_TYPE, OUTPUT)
}

/// Lists ingest configurations. Two filters are invalid (knowledge `two-filters`).
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    match call.input.non_empty(&["filterByStageArn", "filterByState"])[..] {
        [] => call.list_resources(region, RESOURCE_TYPE, |_| true),
        ["filterByStageArn"] => {
            call.list_matching(region, RESOURCE_TYPE, "stageArn", call.input.required("filterByStageArn"))
        }
        [state] => call.list_matching(region, RESOURCE_TYPE, "state", call.input.required(state)),
        _ => Err(ServiceError::invalid("/filterByState", "cannot be used with another filter")),
    }
}

/// Changes the members in the request; `""` detaches the stage. Returns ConflictException while it publishes.
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    let record = region.get(RESOURCE_TYPE, arn)?;
    if record.text("state") == "ACTIVE" {
        return Err(ServiceError::conflict(arn, "is active and cannot be updated"));
    }
    let mut ingest = record.document.clone();
    ingest.extend(call.draft(OUTPUT));
    check_stage_exists(&ingest, region)?;
    fill_credentials(&mut ingest, region);
    let record = region.get_mut(RESOURCE_TYPE, arn)?;
    record.document = ingest;
    call.output(OUTPUT, &record.document)
}

/// Deletes an ingest configuration; its participant leaves. One that publishes can be deleted only with `force`.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    let active = region.get(RESOURCE_TYPE, arn)?.text("state") == "ACTIVE";
    if active && call.input.flag("force") != Some(true) {
        return Err(ServiceError::conflict(arn, "publishes and can be deleted only with force"));
    }
    let ingest = region.remove(RESOURCE_TYPE, arn)?;
    for participant in participants(&ingest.document) {
        participant::leave(region, ingest.text("stageArn"), &participant, call.now);
    }
    HandlerOutput::empty()
}

/// Returns a stream key of the model's pattern: account, region, ID, secret.
fn stream_key(region: &Region) -> String {
    format!("rt_{}_{}_{}_{}", region.account(), region.name(), ids::alphanumeric(12), ids::alphanumeric(30))
}

/// Sets the credentials of both streams while redundant ingest is on (fact `D13`, knowledge `redundant-credentials`).
fn fill_credentials(ingest: &mut Document, region: &Region) {
    if ingest.get("redundantIngest") != Some(&Value::Bool(true)) {
        ingest.remove(CREDENTIALS);
        return;
    }
    let stream = || json!({"participantId": ids::alphanumeric(12), "streamKey": stream_key(region)});
    ingest.default(CREDENTIALS, json!([stream(), stream()]));
}

/// Returns the IDs of the participants of an ingest configuration: one for each stream that it takes.
///
/// With redundant ingest, the participant of the configuration itself is virtual.
fn participants(ingest: &Document) -> Vec<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    match ingest.get(CREDENTIALS).and_then(Value::as_array) {
        Some(streams) => streams.iter().map(|stream| text(stream.get("participantId"))).collect(),
        None => vec![text(ingest.get("participantId"))],
    }
}

/// Returns the participants that a control action is about: that of the input's `stream`, or all.
fn chosen_participants(input: &Input, ingest: &Document) -> Result<Vec<String>, ServiceError> {
    let all = participants(ingest);
    let Some(stream) = input.integer("stream") else {
        return Ok(all);
    };
    let chosen = usize::try_from(stream).ok().and_then(|stream| all.get(stream).cloned());
    let count = all.len();
    let error = || ServiceError::invalid("/stream", &format!("must be less than {count}, the number of streams"));
    Ok(vec![chosen.ok_or_else(error)?])
}

fn check_stage_exists(ingest: &Document, region: &Region) -> Result<(), ServiceError> {
    match ingest.get("stageArn").and_then(Value::as_str).unwrap_or_default() {
        "" => Ok(()),
        arn => region.get(ResourceType::Stage, arn).map(|_| ()),
    }
}

/// Control actions on ingest configurations.
pub(super) const CONTROL_ACTIONS: &[ControlAction] = &[
    ControlAction {
        name: "ingest-configuration/publish",
        summary: "Starts an encoder that publishes through the ingest configuration `arn`, whose participant joins its \
                  stage; with redundant ingest, `stream` 0 or 1; returns `sessionId`, `participantId`.",
        run: start_publishing,
    },
    ControlAction {
        name: "ingest-configuration/stop",
        summary: "Stops the encoders of the ingest configuration `arn`, or that of `stream` 0 or 1; its participant \
                  leaves.",
        run: stop_publishing,
    },
];

fn start_publishing(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let arn = input.required("arn");
    let record = region.get_mut(RESOURCE_TYPE, arn)?;
    let stage = record.text("stageArn").to_owned();
    if stage.is_empty() {
        return Err(ServiceError::new(ErrorCode::Validation, "The ingest configuration has no stage"));
    }
    let id = chosen_participants(input, &record.document)?.swap_remove(0);
    record.document.set("state", "ACTIVE");
    let mut members = Document::new();
    for (member, of) in [
        ("userId", "userId"),
        ("attributes", "attributes"),
        ("redundantIngest", "redundantIngest"),
        ("protocol", "ingestProtocol"),
        ("ingestConfigurationArn", "arn"),
    ] {
        members.set(member, record.document.get(of).cloned().unwrap_or_default());
    }
    let encoder = JoiningParticipant {
        id: id.clone(),
        may_publish: true,
        may_subscribe: false,
        expires: None,
        connection: None,
        members,
    };
    let session = participant::join(region, &stage, encoder, now)?;
    participant::publish(region, &stage, &id, now)?;
    let mut output = Document::new();
    output.set("sessionId", session);
    output.set("participantId", id);
    Ok(output)
}

fn stop_publishing(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let record = region.get(RESOURCE_TYPE, input.required("arn"))?;
    let stage = record.text("stageArn").to_owned();
    for participant in chosen_participants(input, &record.document)? {
        participant::leave(region, &stage, &participant, now);
    }
    Ok(Document::new())
}
