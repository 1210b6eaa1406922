//! Channels (fact `channels`).

use serde_json::{Value, json};

use super::batch::get_batch;
use super::stream_key;
use crate::arn::Arn;
use crate::assumptions::PRESET_NEEDS_ADVANCED_TYPE;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::fault::{Fault, faults};
use crate::ids;
use crate::service_error::{ErrorCode, ServiceError};
use crate::services::realtime::channel_deleted;
use crate::state::Region;

faults! {
    FILTER_BY_PREFIX "filter-by-prefix" Pagination "pagination" "filter-is-exact" ["ivs.ListChannels"]
        "A filter matches every value that begins with its own."
        why "The filter applies to all resources before they are divided into pages.";
    FILTER_IN_ANY_CASE "filter-in-any-case" Pagination "pagination" "filter-is-exact" ["ivs.ListChannels"]
        "A filter matches names of any case."
        why "The filter applies to all resources before they are divided into pages.";
}

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("BatchGetChannel", batch_get),
    ("CreateChannel", create),
    ("DeleteChannel", delete),
    ("GetChannel", get),
    ("ListChannels", list),
    ("UpdateChannel", update),
];

/// The members of a channel that refer to another resource; `""` means none.
const REFERENCES: [(&str, ResourceType); 4] = [
    ("recordingConfigurationArn", ResourceType::RecordingConfiguration),
    ("playbackRestrictionPolicyArn", ResourceType::PlaybackRestrictionPolicy),
    ("adConfigurationArn", ResourceType::AdConfiguration),
    ("failoverSlateConfigurationArn", ResourceType::FailoverSlateConfiguration),
];

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut channel = call.draft("channel");
    channel.default("name", "");
    channel.default("latencyMode", "LOW");
    channel.default("type", "STANDARD");
    channel.default("containerFormat", "TS");
    channel.default("authorized", false);
    channel.default("insecureIngest", false);
    channel.default("tags", Document::new());
    for (member, _) in REFERENCES {
        channel.default(member, "");
    }
    fill_preset(&mut channel);
    fill_multitrack(&mut channel);
    check_rules(&channel)?;
    check_references(&channel, region)?;

    region.check_quota(ResourceType::Channel, call.input.get("tags"))?;
    let region_name = region.name().to_owned();
    let account = region.account().to_owned();
    let label = region.host_label().to_owned();
    let record = region.create(ResourceType::Channel, channel)?;
    let arn = record.arn.to_string();
    let id = Arn::parse(&arn).map(|arn| arn.id).unwrap_or_default();
    record.document.set("ingestEndpoint", format!("{label}.global-contribute.live-video.net"));
    let playback = format!(
        "https://{label}.{region_name}.playback.live-video.net/api/video/v1/{region_name}.{account}.channel.{id}.m3u8"
    );
    record.document.set("playbackUrl", playback);
    let srt = json!({
        "endpoint": format!("{label}.srt.live-video.net"),
        "passphrase": ids::alphanumeric(32),
    });
    record.document.set("srt", srt);
    let mut output = call.show("channel", &record.document);
    // The tags of the channel are not those of its key (observed).
    let key = stream_key::create_for(region, &arn, Document::new())?;
    output.set("streamKey", call.shown("streamKey", &key));
    Ok(output.into())
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, ResourceType::Channel, "channel")
}

/// Changes the members in the request; `""` detaches. A live channel cannot be updated, by the API reference; a sample
/// contradicts it (fact `channel-update-live`).
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    let mut channel = region.get(ResourceType::Channel, arn)?.document.clone();
    if region.streams.is_live(arn) {
        return Err(ServiceError::conflict(arn, "is live and cannot be updated"));
    }
    let changes = call.draft("channel");
    // Without a preset in the request, the preset follows a new type.
    if changes.contains_key("type") && !changes.contains_key("preset") {
        channel.remove("preset");
    }
    channel.extend(changes);
    fill_preset(&mut channel);
    fill_multitrack(&mut channel);
    check_rules(&channel)?;
    check_references(&channel, region)?;
    let record = region.get_mut(ResourceType::Channel, arn)?;
    record.document = channel;
    call.output("channel", &record.document)
}

/// Deletes a channel and its stream key. A live channel cannot be deleted.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    region.get(ResourceType::Channel, arn)?;
    if region.streams.is_live(arn) {
        return Err(ServiceError::conflict(arn, "is live and cannot be deleted"));
    }
    region.remove(ResourceType::Channel, arn)?;
    while let Some(key) = region.referrer(ResourceType::StreamKey, "channelArn", arn) {
        let key = key.arn.to_string();
        region.remove(ResourceType::StreamKey, &key)?;
    }
    region.streams.forget(arn);
    channel_deleted(region, arn, call.now);
    HandlerOutput::empty()
}

/// Lists channels. Two filters are a conflict (409), not invalid (API reference).
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    const FILTERS: [(&str, &str); 5] = [
        ("filterByName", "name"),
        ("filterByRecordingConfigurationArn", "recordingConfigurationArn"),
        ("filterByPlaybackRestrictionPolicyArn", "playbackRestrictionPolicyArn"),
        ("filterByAdConfigurationArn", "adConfigurationArn"),
        ("filterByFailoverSlateConfigurationArn", "failoverSlateConfigurationArn"),
    ];
    let given: Vec<(&str, &str)> = FILTERS
        .into_iter()
        .filter_map(|(filter, member)| Some((member, call.input.text(filter)?)))
        .filter(|(_, wanted)| !wanted.is_empty())
        .collect();
    if given.len() > 1 {
        return Err(ServiceError::new(ErrorCode::Conflict, "The filters exclude each other"));
    }
    match given.first() {
        Some((member, wanted)) if call.has_fault(Fault::FILTER_BY_PREFIX) => {
            call.list_resources(region, ResourceType::Channel, |channel| channel.text(member).starts_with(wanted))
        }
        Some((member, wanted)) if call.has_fault(Fault::FILTER_IN_ANY_CASE) => {
            let matches = |text: &str| text.eq_ignore_ascii_case(wanted);
            call.list_resources(region, ResourceType::Channel, |channel| matches(channel.text(member)))
        }
        Some((member, wanted)) => call.list_matching(region, ResourceType::Channel, member, wanted),
        None => call.list_resources(region, ResourceType::Channel, |_| true),
    }
}

fn batch_get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    get_batch(call, region, ResourceType::Channel, "channels")
}

/// Sets the default preset of the type: the higher bandwidth for ADVANCED types, else none.
fn fill_preset(channel: &mut Document) {
    if !channel.contains_key("preset") {
        let preset = if is_advanced(channel) { "HIGHER_BANDWIDTH_DELIVERY" } else { "" };
        channel.set("preset", preset);
    }
}

fn fill_multitrack(channel: &mut Document) {
    let sent = channel.get("multitrackInputConfiguration");
    let mut multitrack = sent.and_then(Value::as_object).cloned().unwrap_or_default();
    multitrack.default("enabled", false);
    if multitrack.get("enabled") == Some(&Value::Bool(false)) {
        multitrack.default("policy", "ALLOW");
        multitrack.default("maximumResolution", "FULL_HD");
    }
    channel.set("multitrackInputConfiguration", multitrack);
}

fn is_advanced(channel: &Document) -> bool {
    let of = channel.get("type").and_then(Value::as_str);
    matches!(of, Some("ADVANCED_SD" | "ADVANCED_HD"))
}

/// Checks the rules on several members that only the API reference states.
fn check_rules(channel: &Document) -> Result<(), ServiceError> {
    let preset = channel.get("preset").and_then(Value::as_str);
    if PRESET_NEEDS_ADVANCED_TYPE && preset.is_some_and(|preset| !preset.is_empty()) && !is_advanced(channel) {
        return Err(ServiceError::invalid("/preset", "needs an ADVANCED type"));
    }
    let multitrack = channel.get("multitrackInputConfiguration").and_then(Value::as_object);
    if let Some(multitrack) = multitrack
        && multitrack.get("enabled") == Some(&Value::Bool(true))
    {
        let at = "/multitrackInputConfiguration/enabled";
        if channel.get("type").and_then(Value::as_str) != Some("STANDARD") {
            return Err(ServiceError::invalid(at, "needs the type STANDARD"));
        }
        if channel.get("containerFormat").and_then(Value::as_str) != Some("FRAGMENTED_MP4") {
            return Err(ServiceError::invalid(at, "needs the container format FRAGMENTED_MP4"));
        }
        for member in ["policy", "maximumResolution"] {
            if !multitrack.contains_key(member) {
                return Err(ServiceError::invalid(at, &format!("needs {member}")));
            }
        }
    }
    Ok(())
}

fn check_references(channel: &Document, region: &Region) -> Result<(), ServiceError> {
    for (member, resource_type) in REFERENCES {
        let arn = channel.get(member).and_then(Value::as_str).unwrap_or_default();
        if !arn.is_empty() {
            region.get(resource_type, arn)?;
        }
    }
    Ok(())
}
