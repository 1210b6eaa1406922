//! Which channels are on air; the control surface puts them there (facts section 3.7).

use std::collections::HashMap;

use crate::call::{Fill, Input};
use crate::clock::Timestamp;
use crate::control::Action;
use crate::failure::Failure;
use crate::ids;
use crate::state::{Document, Kind, Region};

/// The channels of a region that are on air.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    live: HashMap<String, Live>,
}

/// One stream on air.
#[derive(Debug)]
pub(crate) struct Live {
    /// `st-` and 23 letters and digits.
    pub(crate) stream_id: String,
}

impl Streams {
    /// Whether a channel is on air.
    pub(crate) fn is_live(&self, channel: &str) -> bool {
        self.live.contains_key(channel)
    }

    /// Drops what belongs to a channel that is deleted.
    pub(crate) fn forget(&mut self, channel: &str) {
        self.live.remove(channel);
    }
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
];

fn on_air(input: &Input, region: &mut Region, _now: Timestamp) -> Result<Document, Failure> {
    let arn = input.required("arn");
    region.get(Kind::Channel, arn)?;
    let live = region
        .streams
        .live
        .entry(arn.to_owned())
        .or_insert_with(|| Live { stream_id: format!("st-{}", ids::alphanumeric(23)) });
    let mut output = Document::new();
    output.set("streamId", live.stream_id.as_str());
    Ok(output)
}

fn off_air(input: &Input, region: &mut Region, _now: Timestamp) -> Result<Document, Failure> {
    let arn = input.required("arn");
    region.get(Kind::Channel, arn)?;
    region.streams.live.remove(arn);
    Ok(Document::new())
}
