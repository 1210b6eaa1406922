//! Stream sessions: what is remembered of each stream (facts section 3.7).

use serde_json::{Value, json};

use crate::call::{Answer, Call, Fill, Handler};
use crate::clock::Timestamp;
use crate::failure::{Code, Failure};
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("GetStreamSession", get), ("ListStreamSessions", list)];

const EVENTS: &str = "truncatedEvents";

/// Events that a session keeps (the model's bound).
const MAX_EVENTS: usize = 500;

/// The events' types, as EventBridge names them.
const STREAM_STATE: &str = "IVS Stream State Change";
const RECORDING_STATE: &str = "IVS Recording State Change";

/// One session: a stream from its start to its end.
#[derive(Debug)]
pub(super) struct Session {
    /// Place among all streams of the region, rising.
    pub(super) position: u64,
    /// The members of the model's `StreamSession` and of its summary.
    pub(super) document: Document,
}

impl Session {
    /// A session that begins now, with the channel as it is now. It has no end while it is live.
    pub(super) fn start(id: &str, channel: &Document, now: Timestamp) -> Self {
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
        session.happens("Session Created", STREAM_STATE, now);
        session.happens("Stream Start", STREAM_STATE, now);
        session
    }

    /// Notes that the session is recorded.
    pub(super) fn record(&mut self, recording: Document, now: Timestamp) {
        self.document.set("recordingConfiguration", recording);
        self.happens("Recording Start", RECORDING_STATE, now);
    }

    /// Adds an event; the newest stands first.
    pub(super) fn happens(&mut self, name: &str, of: &str, now: Timestamp) {
        if let Some(Value::Array(events)) = self.document.get_mut(EVENTS) {
            events.insert(0, json!({"name": name, "type": of, "eventTime": now.iso()}));
            events.truncate(MAX_EVENTS);
        }
    }

    /// Ends the session.
    pub(super) fn end(&mut self, now: Timestamp) {
        if self.document.contains_key("recordingConfiguration") {
            self.happens("Recording End", RECORDING_STATE, now);
        }
        self.happens("Stream End", STREAM_STATE, now);
        self.happens("Session Ended", STREAM_STATE, now);
        self.document.set("endTime", now.iso());
    }
}

/// What the emulated encoder sends: video and audio.
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

/// The session of a stream id, else the latest; a channel that was never on air has none (404, observed).
fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    region.get(Kind::Channel, channel)?;
    let sessions = region.streams.sessions(channel);
    let session = match call.input.text("streamId") {
        Some(id) => sessions.iter().find(|session| session.document.get("streamId").is_some_and(|found| found == id)),
        None => sessions.last(),
    };
    let missing = || Failure::new(Code::ResourceNotFound, "Resource: stream session not found").about(channel);
    call.answer("streamSession", &session.ok_or_else(missing)?.document)
}

/// The latest first.
fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    region.get(Kind::Channel, channel)?;
    let cursor = call.cursor(0)?;
    let sessions = region.streams.sessions(channel).iter().rev();
    call.page(cursor, sessions.map(|session| (u64::MAX - session.position, &session.document)))
}
