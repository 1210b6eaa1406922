//! Streams: which channels are on air, and what can be done to them (facts section 3.7).

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::stream_session::Session;
use super::viewer_session::ViewerSession;
use crate::call::{Answer, Call, Fill, Handler, Input, Reply};
use crate::choices::MAX_METADATA_BYTES;
use crate::clock::Timestamp;
use crate::control::Action;
use crate::failure::{Code, Failure};
use crate::ids;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("GetStream", get), ("ListStreams", list), ("PutMetadata", put_metadata), ("StopStream", stop)];

/// The streams of a region, and the sessions of those that have ended.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    live: HashMap<String, Live>,
    /// The channels on air in the order in which they went there.
    on_air: BTreeMap<u64, String>,
    /// By channel, oldest first; the last is live if the channel is.
    sessions: HashMap<String, Vec<Session>>,
    /// Streams so far: the position of the next is one more.
    started: u64,
}

/// One stream on air.
#[derive(Debug)]
struct Live {
    position: u64,
    /// The members of the model's `Stream`.
    stream: Document,
    viewers: Vec<ViewerSession>,
}

impl Streams {
    /// Whether a channel is on air.
    pub(crate) fn is_live(&self, channel: &str) -> bool {
        self.live.contains_key(channel)
    }

    /// ChannelNotBroadcasting unless a channel is on air.
    pub(super) fn check_live(&self, channel: &str) -> Result<(), Failure> {
        self.stream(channel).map(|_| ())
    }

    fn stream(&self, channel: &str) -> Result<&Document, Failure> {
        self.live.get(channel).map(|live| &live.stream).ok_or_else(|| not_broadcasting(channel))
    }

    /// The sessions of a channel, oldest first.
    pub(super) fn sessions(&self, channel: &str) -> &[Session] {
        self.sessions.get(channel).map_or(&[], Vec::as_slice)
    }

    /// Drops what belongs to a channel that is deleted.
    pub(super) fn forget(&mut self, channel: &str) {
        if let Some(live) = self.live.remove(channel) {
            self.on_air.remove(&live.position);
        }
        self.sessions.remove(channel);
    }

    /// Ends the stream of a channel and its viewers' sessions; `None` if it has none.
    fn end(&mut self, channel: &str, now: Timestamp) -> Option<()> {
        let live = self.live.remove(channel)?;
        self.on_air.remove(&live.position);
        self.sessions.get_mut(channel)?.last_mut()?.end(now);
        Some(())
    }

    /// Adds a viewer; gives the number of viewers.
    pub(super) fn start_view(&mut self, channel: &str, session: ViewerSession) -> Result<usize, Failure> {
        let live = self.live.get_mut(channel).ok_or_else(|| not_broadcasting(channel))?;
        live.viewers.push(session);
        Ok(live.count_viewers())
    }

    /// Ends the viewers' sessions that a test picks; gives the number that stay.
    pub(super) fn end_views(&mut self, channel: &str, mut ends: impl FnMut(&ViewerSession) -> bool) -> usize {
        let Some(live) = self.live.get_mut(channel) else {
            return 0;
        };
        live.viewers.retain(|session| !ends(session));
        live.count_viewers()
    }
}

impl Live {
    fn count_viewers(&mut self) -> usize {
        let count = self.viewers.len();
        self.stream.set("viewerCount", count);
        count
    }
}

fn not_broadcasting(channel: &str) -> Failure {
    Failure::new(Code::ChannelNotBroadcasting, format!("Channel: {channel} is not currently online")).about(channel)
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    region.get(Kind::Channel, channel)?;
    call.answer("stream", region.streams.stream(channel)?)
}

/// Only what is on air, in the order in which it went there.
fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    let cursor = call.cursor(0)?;
    let health = call.input.object("filterBy").and_then(|filter| filter.get("health")).and_then(Value::as_str);
    let streams = &region.streams;
    let rows = streams
        .on_air
        .range(cursor.after.saturating_add(1)..)
        .filter_map(|(position, channel)| Some((*position, &streams.live.get(channel)?.stream)))
        .filter(|(_, stream)| health.is_none_or(|health| stream.get("health").is_some_and(|found| found == health)));
    call.page(cursor, rows)
}

/// The encoder is cut off; the session ends.
fn stop(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    region.get(Kind::Channel, channel)?;
    region.streams.end(channel, call.now).ok_or_else(|| not_broadcasting(channel))?;
    Reply::empty()
}

/// Metadata goes to the viewers and is kept nowhere.
fn put_metadata(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    if call.input.required("metadata").len() > MAX_METADATA_BYTES {
        return Err(Failure::invalid("/metadata", "exceeds the payload limit"));
    }
    region.get(Kind::Channel, channel)?;
    region.streams.check_live(channel)?;
    Reply::empty()
}

/// Control actions on streams.
pub(crate) const ACTIONS: &[Action] = &[
    Action {
        name: "channel/on-air",
        summary: "Puts the channel `arn` on air, as an encoder would; answers its `streamId`.",
        run: on_air,
    },
    Action {
        name: "channel/off-air",
        summary: "Takes the channel `arn` off air, as an encoder that stops.",
        run: off_air,
    },
    Action {
        name: "channel/health",
        summary: "Sets the `health` of the stream of the channel `arn`: HEALTHY, STARVING or UNKNOWN.",
        run: set_health,
    },
];

fn on_air(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, Failure> {
    let arn = input.required("arn");
    let channel = region.get(Kind::Channel, arn)?;
    if !region.streams.is_live(arn) {
        let id = format!("st-{}", ids::alphanumeric(23));
        let attached = |kind: Kind, member: &str| Some(region.store(kind).get(channel.text(member))?.document.clone());
        let mut session = Session::start(&id, &channel.document, now);
        if let Some(recording) = attached(Kind::RecordingConfiguration, "recordingConfigurationArn") {
            session.record(recording, now);
        }
        if let Some(slate) = attached(Kind::FailoverSlateConfiguration, "failoverSlateConfigurationArn") {
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
        let streams = &mut region.streams;
        streams.started += 1;
        session.position = streams.started;
        streams.on_air.insert(streams.started, arn.to_owned());
        streams.live.insert(arn.to_owned(), Live { position: streams.started, stream, viewers: Vec::new() });
        streams.sessions.entry(arn.to_owned()).or_default().push(session);
    }
    let mut output = Document::new();
    let id = region.streams.stream(arn)?.get("streamId");
    output.set("streamId", id.cloned().unwrap_or_default());
    Ok(output)
}

fn off_air(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, Failure> {
    let arn = input.required("arn");
    region.get(Kind::Channel, arn)?;
    // An encoder may stop twice.
    let _ = region.streams.end(arn, now);
    Ok(Document::new())
}

fn set_health(input: &Input, region: &mut Region, now: Timestamp) -> Result<Document, Failure> {
    let arn = input.required("arn");
    region.get(Kind::Channel, arn)?;
    let health = input.required("health");
    if !["HEALTHY", "STARVING", "UNKNOWN"].contains(&health) {
        return Err(Failure::invalid("/health", "must be HEALTHY, STARVING or UNKNOWN"));
    }
    let streams = &mut region.streams;
    let live = streams.live.get_mut(arn).ok_or_else(|| not_broadcasting(arn))?;
    let starved = live.stream.get("health").is_some_and(|health| health == "STARVING");
    live.stream.set("health", health);
    if let Some(session) = streams.sessions.get_mut(arn).and_then(|sessions| sessions.last_mut()) {
        match (starved, health == "STARVING") {
            (false, true) => session.happens("Starvation Start", "IVS Stream Health Change", now),
            (true, false) => session.happens("Starvation End", "IVS Stream Health Change", now),
            _ => {}
        }
    }
    Ok(Document::new())
}
