//! The streams of a region: live channels, their viewers, and the sessions of ended streams.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::document::{Document, Fill};
use crate::service_error::{ErrorCode, ServiceError};

/// The streams of a region, and the sessions of those that have ended.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    live: HashMap<String, LiveStream>,
    /// The live channels in the order in which their streams started.
    channels: BTreeMap<u64, String>,
    /// The sessions by channel, oldest first. The last session is live if the channel is.
    sessions: HashMap<String, Vec<StreamSession>>,
    /// The number of streams so far. The position of the next stream is one more.
    started: u64,
}

/// One live stream.
#[derive(Debug)]
struct LiveStream {
    position: u64,
    /// The members of the model's `Stream`.
    document: Document,
    viewers: Vec<ViewerSession>,
}

/// One session: a stream from its start to its end.
#[derive(Debug)]
pub(crate) struct StreamSession {
    /// The position among all streams of the region, ascending.
    pub(crate) position: u64,
    /// The members of the model's `StreamSession` and of its summary.
    pub(crate) document: Document,
}

/// One viewer of a live stream. A viewer without a playback token has no ID and cannot be revoked.
#[derive(Debug)]
pub(crate) struct ViewerSession {
    pub(crate) viewer_id: String,
    pub(crate) version: i64,
}

impl Streams {
    /// Returns whether a channel is live.
    pub(crate) fn is_live(&self, channel: &str) -> bool {
        self.live.contains_key(channel)
    }

    /// Returns ChannelNotBroadcasting unless a channel is live.
    pub(crate) fn check_live(&self, channel: &str) -> Result<(), ServiceError> {
        self.stream(channel).map(|_| ())
    }

    /// Returns the live stream of a channel.
    ///
    /// # Errors
    /// ChannelNotBroadcasting if the channel is not live.
    pub(crate) fn stream(&self, channel: &str) -> Result<&Document, ServiceError> {
        self.live.get(channel).map(|live| &live.document).ok_or_else(|| not_broadcasting(channel))
    }

    /// Returns the live streams that started after a position, in the order in which they started.
    pub(crate) fn live_after(&self, position: u64) -> impl Iterator<Item = (u64, &Document)> {
        let channels = self.channels.range(position.saturating_add(1)..);
        channels.filter_map(|(position, channel)| Some((*position, &self.live.get(channel)?.document)))
    }

    /// Returns the sessions of a channel, oldest first.
    pub(crate) fn sessions(&self, channel: &str) -> &[StreamSession] {
        self.sessions.get(channel).map_or(&[], Vec::as_slice)
    }

    /// Starts the stream of a channel that is not live.
    pub(crate) fn start(&mut self, channel: &str, document: Document, mut session: StreamSession) {
        self.started += 1;
        session.position = self.started;
        self.channels.insert(self.started, channel.to_owned());
        self.live.insert(channel.to_owned(), LiveStream { position: self.started, document, viewers: Vec::new() });
        self.sessions.entry(channel.to_owned()).or_default().push(session);
    }

    /// Ends the stream of a channel and the sessions of its viewers.
    ///
    /// # Errors
    /// ChannelNotBroadcasting if the channel is not live.
    pub(crate) fn end(&mut self, channel: &str, now: Timestamp) -> Result<(), ServiceError> {
        let live = self.live.remove(channel).ok_or_else(|| not_broadcasting(channel))?;
        self.channels.remove(&live.position);
        if let Some(session) = self.sessions.get_mut(channel).and_then(|sessions| sessions.last_mut()) {
            session.end(now);
        }
        Ok(())
    }

    /// Sets the health of a live stream; its session gets an event when starvation starts or ends.
    ///
    /// # Errors
    /// ChannelNotBroadcasting if the channel is not live.
    pub(crate) fn set_health(&mut self, channel: &str, health: &str, now: Timestamp) -> Result<(), ServiceError> {
        let live = self.live.get_mut(channel).ok_or_else(|| not_broadcasting(channel))?;
        let was_starving = live.document.get("health").is_some_and(|health| health == "STARVING");
        live.document.set("health", health);
        if let Some(session) = self.sessions.get_mut(channel).and_then(|sessions| sessions.last_mut()) {
            match (was_starving, health == "STARVING") {
                (false, true) => session.add_event("Starvation Start", HEALTH_CHANGE, now),
                (true, false) => session.add_event("Starvation End", HEALTH_CHANGE, now),
                _ => {}
            }
        }
        Ok(())
    }

    /// Adds a viewer and returns the number of viewers.
    ///
    /// # Errors
    /// ChannelNotBroadcasting if the channel is not live.
    pub(crate) fn start_view(&mut self, channel: &str, session: ViewerSession) -> Result<usize, ServiceError> {
        let live = self.live.get_mut(channel).ok_or_else(|| not_broadcasting(channel))?;
        live.viewers.push(session);
        Ok(live.count_viewers())
    }

    /// Ends the viewers' sessions that a predicate selects, and returns the number of remaining viewers.
    pub(crate) fn end_views(&mut self, channel: &str, mut ends: impl FnMut(&ViewerSession) -> bool) -> usize {
        let Some(live) = self.live.get_mut(channel) else {
            return 0;
        };
        live.viewers.retain(|session| !ends(session));
        live.count_viewers()
    }

    /// Drops everything that belongs to a deleted channel.
    pub(crate) fn forget(&mut self, channel: &str) {
        if let Some(live) = self.live.remove(channel) {
            self.channels.remove(&live.position);
        }
        self.sessions.remove(channel);
    }
}

impl LiveStream {
    fn count_viewers(&mut self) -> usize {
        let count = self.viewers.len();
        self.document.set("viewerCount", count);
        count
    }
}

fn not_broadcasting(channel: &str) -> ServiceError {
    let text = format!("Channel: {channel} is not currently online");
    ServiceError::new(ErrorCode::ChannelNotBroadcasting, text).about(channel)
}

const EVENTS: &str = "truncatedEvents";

/// The number of events that a session keeps (the model's bound).
const MAX_EVENTS: usize = 500;

/// The types of events, as EventBridge names them.
const STATE_CHANGE: &str = "IVS Stream State Change";
const HEALTH_CHANGE: &str = "IVS Stream Health Change";
const RECORDING_CHANGE: &str = "IVS Recording State Change";

impl StreamSession {
    /// Starts a session with the channel as it is now. A live session has no end.
    pub(crate) fn start(id: &str, channel: &Document, now: Timestamp) -> Self {
        let mut document = Document::new();
        document.set("streamId", id);
        document.set("startTime", now.iso());
        document.set("channel", channel.clone());
        document.set("hasErrorEvent", false);
        let (video, audio) = encoder();
        document.set("ingestConfigurations", json!({"videoConfigurations": [video], "audioConfigurations": [audio]}));
        document.set("ingestConfiguration", json!({"video": video, "audio": audio}));
        document.set(EVENTS, Value::Array(Vec::new()));
        let mut session = Self { position: 0, document };
        session.add_event("Session Created", STATE_CHANGE, now);
        session.add_event("Stream Start", STATE_CHANGE, now);
        session
    }

    /// Starts the recording of the session.
    pub(crate) fn record(&mut self, recording: Document, now: Timestamp) {
        self.document.set("recordingConfiguration", recording);
        self.add_event("Recording Start", RECORDING_CHANGE, now);
    }

    /// Adds an event. The newest is first.
    pub(crate) fn add_event(&mut self, name: &str, of: &str, now: Timestamp) {
        if let Some(Value::Array(events)) = self.document.get_mut(EVENTS) {
            events.insert(0, json!({"name": name, "type": of, "eventTime": now.iso()}));
            events.truncate(MAX_EVENTS);
        }
    }

    /// Ends the session.
    pub(crate) fn end(&mut self, now: Timestamp) {
        if self.document.contains_key("recordingConfiguration") {
            self.add_event("Recording End", RECORDING_CHANGE, now);
        }
        self.add_event("Stream End", STATE_CHANGE, now);
        self.add_event("Session Ended", STATE_CHANGE, now);
        self.document.set("endTime", now.iso());
    }
}

/// Returns the video and audio settings of the emulated encoder.
fn encoder() -> (Value, Value) {
    let video = json!({
        "avcProfile": "Main",
        "avcLevel": "4.0",
        "codec": "avc1.4D4028",
        "encoder": "ivs-contract",
        "targetBitrate": 3_500_000,
        "targetFramerate": 30,
        "videoHeight": 1080,
        "videoWidth": 1920,
        "level": "4.0",
        "track": "Track0",
        "profile": "Main",
    });
    let audio = json!({
        "codec": "mp4a.40.2",
        "targetBitrate": 160_000,
        "sampleRate": 48_000,
        "channels": 2,
        "track": "Track0",
    });
    (video, audio)
}
