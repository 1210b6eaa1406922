//! Playback restriction policies (facts section 3.5).

use serde_json::Value;

use super::channel;
use crate::call::{Answer, Call, Fill, Handler};
use crate::fault::Fault;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreatePlaybackRestrictionPolicy", create),
    ("DeletePlaybackRestrictionPolicy", delete),
    ("GetPlaybackRestrictionPolicy", get),
    ("ListPlaybackRestrictionPolicies", list),
    ("UpdatePlaybackRestrictionPolicy", update),
];

const OUTPUT: &str = "playbackRestrictionPolicy";

/// Empty lists allow everything.
fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut policy = call.draft(OUTPUT);
    policy.default("name", "");
    policy.default("tags", Document::new());
    policy.default("allowedCountries", Value::Array(Vec::new()));
    policy.default("allowedOrigins", Value::Array(Vec::new()));
    policy.default("enableStrictOriginEnforcement", false);
    let record = region.create(Kind::PlaybackRestrictionPolicy, policy)?;
    let output = call.answer(OUTPUT, &record.document);
    if call.faulty(Fault::MadeIsLost) && call.input.flag("enableStrictOriginEnforcement") == Some(true) {
        let arn = record.arn.to_string();
        region.remove(Kind::PlaybackRestrictionPolicy, &arn)?;
    }
    output
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, Kind::PlaybackRestrictionPolicy, OUTPUT)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, Kind::PlaybackRestrictionPolicy, |_| true)
}

/// Members that are sent change, lists as a whole.
fn update(call: &Call<'_>, region: &mut Region) -> Answer {
    let policy = region.get_mut(Kind::PlaybackRestrictionPolicy, call.input.required("arn"))?;
    policy.document.extend(call.draft(OUTPUT));
    call.answer(OUTPUT, &policy.document)
}

/// Refused while a channel refers to it.
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    call.discard(region, Kind::PlaybackRestrictionPolicy, |region, arn| {
        if call.faulty(Fault::DetachedIsHeld) {
            region.check_unreferred(Kind::Channel, channel::FORMER_POLICY, arn)?;
        }
        region.check_unreferred(Kind::Channel, "playbackRestrictionPolicyArn", arn)
    })
}
