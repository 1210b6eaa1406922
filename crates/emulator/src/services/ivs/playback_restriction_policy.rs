//! Playback restriction policies (fact `restriction-policies`).

use serde_json::Value;

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreatePlaybackRestrictionPolicy", create),
    ("DeletePlaybackRestrictionPolicy", delete),
    ("GetPlaybackRestrictionPolicy", get),
    ("ListPlaybackRestrictionPolicies", list),
    ("UpdatePlaybackRestrictionPolicy", update),
];

const OUTPUT: &str = "playbackRestrictionPolicy";

/// Creates a policy. Empty lists allow everything.
fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut policy = call.draft(OUTPUT);
    policy.default("name", "");
    policy.default("tags", Document::new());
    policy.default("allowedCountries", Value::Array(Vec::new()));
    policy.default("allowedOrigins", Value::Array(Vec::new()));
    policy.default("enableStrictOriginEnforcement", false);
    call.create_resource(region, ResourceType::PlaybackRestrictionPolicy, OUTPUT, policy)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, ResourceType::PlaybackRestrictionPolicy, OUTPUT)
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, ResourceType::PlaybackRestrictionPolicy, |_| true)
}

/// Changes the members in the request. A list is replaced as a whole.
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let policy = region.get_mut(ResourceType::PlaybackRestrictionPolicy, call.input.required("arn"))?;
    policy.document.extend(call.draft(OUTPUT));
    call.output(OUTPUT, &policy.document)
}

/// Deletes a policy. Returns ConflictException while a channel refers to it.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.delete_resource(region, ResourceType::PlaybackRestrictionPolicy, |region, arn| {
        region.check_not_referenced(ResourceType::Channel, "playbackRestrictionPolicyArn", arn)
    })
}
