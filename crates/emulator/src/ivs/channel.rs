//! Channels (facts section 3.1).

use serde_json::{Value, json};

use super::stream_key;
use crate::arn::Arn;
use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::choices::{BATCH_NOT_FOUND, PRESET_NEEDS_ADVANCED_TYPE};
use crate::failure::{Code, Failure};
use crate::fault::Fault;
use crate::ids;
use crate::paging::Part;
use crate::state::{Document, Kind, Region};
use crate::wire::{self, Members};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("BatchGetChannel", batch_get),
    ("CreateChannel", create),
    ("DeleteChannel", delete),
    ("GetChannel", get),
    ("ListChannels", list),
    ("UpdateChannel", update),
];

/// A member that no operation shows: the policy that a channel referred to, for a planted fault.
pub(super) const FORMER_POLICY: &str = "formerPolicy";

/// What a channel may refer to; `""` refers to nothing.
const REFERENCES: [(&str, Kind); 4] = [
    ("recordingConfigurationArn", Kind::RecordingConfiguration),
    ("playbackRestrictionPolicyArn", Kind::PlaybackRestrictionPolicy),
    ("adConfigurationArn", Kind::AdConfiguration),
    ("failoverSlateConfigurationArn", Kind::FailoverSlateConfiguration),
];

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
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
    rules(&channel)?;
    references_exist(&channel, region)?;

    region.check_quota(Kind::Channel)?;
    let region_name = region.name().to_owned();
    let account = region.account().to_owned();
    let record = region.create(Kind::Channel, channel)?;
    let arn = record.arn.to_string();
    let id = Arn::parse(&arn).map(|arn| arn.id).unwrap_or_default();
    let host = format!("{id}.global-contribute.live-video.net");
    record.document.set("ingestEndpoint", host);
    let playback = format!(
        "https://{id}.{region_name}.playback.live-video.net/api/video/v1/{region_name}.{account}.channel.{id}.m3u8"
    );
    record.document.set("playbackUrl", playback);
    let srt = json!({
        "endpoint": format!("{id}.srt.live-video.net"),
        "passphrase": ids::alphanumeric(32),
    });
    record.document.set("srt", srt);
    let mut output = call.show("channel", &record.document);
    // The key made with a channel does not take over its tags (observed).
    let mut key_tags = Document::new();
    if call.faulty(Fault::TagsOnByProduct) {
        key_tags = call.input.object("tags").cloned().unwrap_or_default();
    }
    let key = stream_key::make(region, &arn, key_tags)?;
    output.set("streamKey", call.shown("streamKey", &key));
    Ok(output.into())
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, Kind::Channel, "channel")
}

/// Members that are sent change, the others stay; `""` detaches. A live channel is refused
/// (the operation's own text; a sample says otherwise, facts section 3.1).
fn update(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("arn");
    let mut channel = region.get(Kind::Channel, arn)?.document.clone();
    if region.streams.is_live(arn) {
        return Err(Failure::conflict(arn, "is live and cannot be updated"));
    }
    let changes = call.draft("channel");
    if call.faults.is(Fault::DetachedIsHeld) {
        let policy = channel.get("playbackRestrictionPolicyArn").filter(|policy| **policy != "").cloned();
        channel.extend(policy.map(|policy| (FORMER_POLICY.to_owned(), policy)));
    }
    // A preset that is not sent follows the type when that changes.
    if changes.contains_key("type") && !changes.contains_key("preset") {
        channel.remove("preset");
    }
    channel.extend(changes);
    fill_preset(&mut channel);
    fill_multitrack(&mut channel);
    rules(&channel)?;
    references_exist(&channel, region)?;
    let record = region.get_mut(Kind::Channel, arn)?;
    record.document = channel;
    call.answer("channel", &record.document)
}

/// The stream key goes with its channel; a live channel is refused.
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("arn");
    region.get(Kind::Channel, arn)?;
    if region.streams.is_live(arn) {
        return Err(Failure::conflict(arn, "is live and cannot be deleted"));
    }
    region.remove(Kind::Channel, arn)?;
    while let Some(key) = region.referrer(Kind::StreamKey, "channelArn", arn)
        && !call.faulty(Fault::StreamKeyOutlivesChannel)
    {
        let key = key.arn.to_string();
        region.remove(Kind::StreamKey, &key)?;
    }
    region.streams.forget(arn);
    Reply::empty()
}

/// Two filters exclude each other: 409, not 400 (the operation's own text).
fn list(call: &Call<'_>, region: &mut Region) -> Answer {
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
    if given.len() > 1 && !call.faulty(Fault::FiltersTakenTogether) {
        return Err(Failure::new(Code::Conflict, "The filters exclude each other"));
    }
    match given.first() {
        Some((member, wanted)) if call.faulty(Fault::FilterByPrefix) => {
            call.page_of(region, Kind::Channel, |channel| channel.text(member).starts_with(wanted))
        }
        Some((member, wanted)) => call.page_where(region, Kind::Channel, member, wanted),
        None => call.page_of(region, Kind::Channel, |_| true),
    }
}

fn batch_get(call: &Call<'_>, region: &mut Region) -> Answer {
    batch(call, region, Kind::Channel, "channels")
}

/// The resources of a list of ARNs, each once, in the order of the request; those that do not exist as errors.
pub(super) fn batch(call: &Call<'_>, region: &Region, kind: Kind, list: &str) -> Answer {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    let arns: Vec<&str> = call.input.texts("arns").collect();
    for (index, arn) in arns.iter().enumerate() {
        if arns[..index].contains(arn) {
            continue;
        }
        match region.get(kind, arn) {
            Ok(record) => found.push(call.item(list, &record.document)),
            Err(failure) => errors.push(json!({
                "arn": arn,
                "code": BATCH_NOT_FOUND,
                "message": failure.message,
            })),
        }
    }
    let members = Members([(list, Part::Items(&found)), ("errors", Part::Beside(&errors.into()))]);
    Ok(Reply::Written(wire::written(&members)))
}

/// The preset of a type where none is sent: the higher bandwidth for ADVANCED types, else none.
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

/// What prose says of members together.
fn rules(channel: &Document) -> Result<(), Failure> {
    let preset = channel.get("preset").and_then(Value::as_str);
    if PRESET_NEEDS_ADVANCED_TYPE && preset.is_some_and(|preset| !preset.is_empty()) && !is_advanced(channel) {
        return Err(Failure::invalid("/preset", "needs an ADVANCED type"));
    }
    let multitrack = channel.get("multitrackInputConfiguration").and_then(Value::as_object);
    if let Some(multitrack) = multitrack
        && multitrack.get("enabled") == Some(&Value::Bool(true))
    {
        let at = "/multitrackInputConfiguration/enabled";
        if channel.get("type").and_then(Value::as_str) != Some("STANDARD") {
            return Err(Failure::invalid(at, "needs the type STANDARD"));
        }
        if channel.get("containerFormat").and_then(Value::as_str) != Some("FRAGMENTED_MP4") {
            return Err(Failure::invalid(at, "needs the container format FRAGMENTED_MP4"));
        }
        for member in ["policy", "maximumResolution"] {
            if !multitrack.contains_key(member) {
                return Err(Failure::invalid(at, &format!("needs {member}")));
            }
        }
    }
    Ok(())
}

fn references_exist(channel: &Document, region: &Region) -> Result<(), Failure> {
    for (member, kind) in REFERENCES {
        let arn = channel.get(member).and_then(Value::as_str).unwrap_or_default();
        if !arn.is_empty() {
            region.get(kind, arn)?;
        }
    }
    Ok(())
}
