//! Encoder configurations of compositions (fact `encoder-configurations`).

use serde_json::Value;

use super::composition;
use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::fault::{Fault, faults};
use crate::service_error::ServiceError;
use crate::state::Region;

faults! {
    ODD_SIDES_TAKEN "odd-sides-taken" Validation "errors" "declared-error" ["ivs-realtime.CreateEncoderConfiguration"]
        "The width and height of a video may be odd."
        why "The handler stores the size that it checks; a request that a layer makes even is stored even.";
}

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateEncoderConfiguration", create),
    // Returns ConflictException until the last composition that uses it has stopped.
    ("DeleteEncoderConfiguration", |call, region| {
        call.delete_resource(region, RESOURCE_TYPE, composition::check_unused)
    }),
    ("GetEncoderConfiguration", |call, region| call.get_resource(region, RESOURCE_TYPE, OUTPUT)),
    ("ListEncoderConfigurations", |call, region| call.list_resources(region, RESOURCE_TYPE, |_| true)),
];

const OUTPUT: &str = "encoderConfiguration";
const RESOURCE_TYPE: ResourceType = ResourceType::EncoderConfiguration;

/// The largest product of width and height: 1080p, in portrait or landscape.
const MAX_PIXELS: i64 = 1920 * 1080;

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut encoder = call.draft(OUTPUT);
    let mut video = encoder.get("video").and_then(Value::as_object).cloned().unwrap_or_default();
    video.default("width", 1280);
    video.default("height", 720);
    video.default("framerate", 30.0);
    video.default("bitrate", 2_500_000);
    if !call.has_fault(Fault::ODD_SIDES_TAKEN) {
        check_even_sides(&video)?;
    }
    check_pixels(&video)?;
    encoder.set("video", video);
    encoder.default("name", "");
    encoder.default("tags", Document::new());
    call.create_resource(region, RESOURCE_TYPE, OUTPUT, encoder)
}

/// Checks that width and height are even. Only the API reference states this rule.
fn check_even_sides(video: &Document) -> Result<(), ServiceError> {
    match ["width", "height"].iter().find(|name| side(video, name) % 2 != 0) {
        Some(name) => Err(ServiceError::invalid(&format!("/video/{name}"), "must be even")),
        None => Ok(()),
    }
}

/// Checks the number of pixels. Only the API reference states this rule.
fn check_pixels(video: &Document) -> Result<(), ServiceError> {
    if side(video, "width") * side(video, "height") > MAX_PIXELS {
        return Err(ServiceError::invalid("/video", &format!("must not have more than {MAX_PIXELS} pixels")));
    }
    Ok(())
}

fn side(video: &Document, name: &str) -> i64 {
    video.get(name).and_then(Value::as_i64).unwrap_or_default()
}
