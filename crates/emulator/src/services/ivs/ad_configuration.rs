//! Ad configurations (fact `ad-configurations`).

use serde_json::{Value, json};

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateAdConfiguration", create),
    ("DeleteAdConfiguration", delete),
    ("GetAdConfiguration", get),
    ("ListAdConfigurations", list),
    ("UpdateAdConfiguration", update),
];

const OUTPUT: &str = "adConfiguration";
const PLAYBACK: &str = "mediaTailorPlaybackConfigurations";

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut advertising = call.draft(OUTPUT);
    check_rules(&advertising)?;
    advertising.default("name", "");
    advertising.default("tags", Document::new());
    advertising.default("postRollConfiguration", json!({"durationSeconds": 15, "enabled": false}));
    let record = region.create(ResourceType::AdConfiguration, advertising)?;
    call.output(OUTPUT, &record.document)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, ResourceType::AdConfiguration, OUTPUT)
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, ResourceType::AdConfiguration, |_| true)
}

/// Changes the members in the request. A list is replaced as a whole.
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let record = region.get_mut(ResourceType::AdConfiguration, call.input.required("arn"))?;
    let changes = call.draft(OUTPUT);
    check_rules(&changes)?;
    record.document.extend(changes);
    call.output(OUTPUT, &record.document)
}

/// Deletes an ad configuration. Returns ConflictException while a channel refers to it.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.delete_resource(region, ResourceType::AdConfiguration, |region, arn| {
        region.check_not_referenced(ResourceType::Channel, "adConfigurationArn", arn)
    })
}

/// Checks that every item has its one member.
fn check_rules(advertising: &Document) -> Result<(), ServiceError> {
    let items = advertising.get(PLAYBACK).and_then(Value::as_array);
    for (index, item) in items.into_iter().flatten().enumerate() {
        let at = "playbackConfigurationArn";
        if item.get(at).is_none_or(Value::is_null) {
            return Err(ServiceError::invalid(&format!("/{PLAYBACK}/{index}/{at}"), "is required"));
        }
    }
    Ok(())
}
