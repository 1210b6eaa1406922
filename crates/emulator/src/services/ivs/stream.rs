//! Operations and control actions on live streams (fact `streams`).

use serde_json::Value;

use crate::assumptions::MAX_METADATA_BYTES;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::control_action::ControlAction;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::input::Input;
use crate::service_error::ServiceError;
use crate::state::{Region, StreamSession};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("GetStream", get), ("ListStreams", list), ("PutMetadata", put_metadata), ("StopStream", stop)];

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    call.output("stream", region.streams.stream(channel)?)
}

/// Lists the live streams in the order in which they started.
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let cursor = call.cursor(0)?;
    let health = call.input.object("filterBy").and_then(|filter| filter.get("health")).and_then(Value::as_str);
    let rows = region
        .streams
        .live_after(cursor.after)
        .filter(|(_, stream)| health.is_none_or(|health| stream.get("health").is_some_and(|found| found == health)));
    call.page(cursor, rows)
}

/// Disconnects the encoder and ends the session.
fn stop(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    region.streams.end(channel, call.now)?;
    HandlerOutput::empty()
}

/// Checks the metadata and drops it: no operation shows it.
fn put_metadata(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    if call.input.required("metadata").len() > MAX_METADATA_BYTES {
        return Err(ServiceError::invalid("/metadata", "exceeds the payload limit"));
    }
    region.get(ResourceType::Channel, channel)?;
    region.streams.check_live(channel)?;
    HandlerOutput::empty()
}

/// Control actions on streams.
pub(super) const CONTROL_ACTIONS: &[ControlAction] = &[
    ControlAction {
        name: "channel/on-air",
        summary: "Starts the stream of the channel `arn`, as an encoder does; returns its `streamId`.",
        run: on_air,
    },
    ControlAction {
        name: "channel/off-air",
        summary: "Ends the stream of the channel `arn`, as an encoder that stops.",
        run: off_air,
    },
    ControlAction {
        name: "channel/health",
        summary: "Sets the `health` of the stream of the channel `arn`: HEALTHY, STARVING or UNKNOWN.",
        run: set_health,
    },
];

fn on_air(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let arn = input.required("arn");
    let channel = region.get(ResourceType::Channel, arn)?;
    if !region.streams.is_live(arn) {
        let id = format!("st-{}", ids::alphanumeric(23));
        let attached =
            |of: ResourceType, member: &str| Some(region.store(of).get(channel.text(member))?.document.clone());
        let mut session = StreamSession::start(&id, &channel.document, now);
        if let Some(recording) = attached(ResourceType::RecordingConfiguration, "recordingConfigurationArn") {
            session.record(recording, now);
        }
        if let Some(slate) = attached(ResourceType::FailoverSlateConfiguration, "failoverSlateConfigurationArn") {
            session.document.set("failoverSlateConfiguration", slate);
        }
        let mut stream = Document::new();
        stream.set("channelArn", arn);
        stream.set("streamId", id);
        stream.set("playbackUrl", channel.text("playbackUrl"));
        stream.set("startTime", now.iso());
        stream.set("state", "LIVE");
        stream.set("health", "HEALTHY");
        stream.set("viewerCount", 0);
        region.streams.start(arn, stream, session);
    }
    let mut output = Document::new();
    let id = region.streams.stream(arn)?.get("streamId");
    output.set("streamId", id.cloned().unwrap_or_default());
    Ok(output)
}

fn off_air(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let arn = input.required("arn");
    region.get(ResourceType::Channel, arn)?;
    // An encoder may stop a stream that has already ended.
    let _ = region.streams.end(arn, now);
    Ok(Document::new())
}

fn set_health(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, ServiceError> {
    let arn = input.required("arn");
    region.get(ResourceType::Channel, arn)?;
    let health = input.required("health");
    if !["HEALTHY", "STARVING", "UNKNOWN"].contains(&health) {
        return Err(ServiceError::invalid("/health", "must be HEALTHY, STARVING or UNKNOWN"));
    }
    region.streams.set_health(arn, health, now)?;
    Ok(Document::new())
}
