//! Encoder configurations of compositions (facts section 3.11).

use serde_json::Value;

use super::composition;
use crate::call::{Answer, Call, Fill, Handler};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateEncoderConfiguration", create),
    // Refused until the last composition that uses it has stopped.
    ("DeleteEncoderConfiguration", |call, region| call.discard(region, KIND, composition::check_unused)),
    ("GetEncoderConfiguration", |call, region| call.resource(region, KIND, OUTPUT)),
    ("ListEncoderConfigurations", |call, region| call.page_of(region, KIND, |_| true)),
];

const OUTPUT: &str = "encoderConfiguration";
const KIND: Kind = Kind::EncoderConfiguration;

/// Width times height may not exceed this: 1080p, either way round.
const MAX_PIXELS: i64 = 1920 * 1080;

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut encoder = call.draft(OUTPUT);
    let mut video = encoder.get("video").and_then(Value::as_object).cloned().unwrap_or_default();
    video.default("width", 1280);
    video.default("height", 720);
    video.default("framerate", 30.0);
    video.default("bitrate", 2_500_000);
    if !call.faulty(Fault::OddSidesTaken) {
        sides_are_even(&video)?;
    }
    is_within_bounds(&video)?;
    encoder.set("video", video);
    encoder.default("name", "");
    encoder.default("tags", Document::new());
    call.create(region, KIND, OUTPUT, encoder)
}

/// Prose only.
fn sides_are_even(video: &Document) -> Result<(), Failure> {
    match ["width", "height"].iter().find(|name| side(video, name) % 2 != 0) {
        Some(name) => Err(Failure::invalid(&format!("/video/{name}"), "must be even")),
        None => Ok(()),
    }
}

/// Prose only.
fn is_within_bounds(video: &Document) -> Result<(), Failure> {
    if side(video, "width") * side(video, "height") > MAX_PIXELS {
        return Err(Failure::invalid("/video", &format!("must not have more than {MAX_PIXELS} pixels")));
    }
    Ok(())
}

fn side(video: &Document, name: &str) -> i64 {
    video.get(name).and_then(Value::as_i64).unwrap_or_default()
}
