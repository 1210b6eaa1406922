//! Recording configurations (fact `recording-configurations`).

use serde_json::{Value, json};

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::ServiceError;
use crate::state::{DeferredChange, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateRecordingConfiguration", create),
    ("DeleteRecordingConfiguration", delete),
    ("GetRecordingConfiguration", get),
    ("ListRecordingConfigurations", list),
];

const OUTPUT: &str = "recordingConfiguration";
const RESOURCE_TYPE: ResourceType = ResourceType::RecordingConfiguration;

/// Creates a recording configuration. It is CREATING first and ACTIVE after the transition.
fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut recording = call.draft(OUTPUT);
    check_rules(&recording)?;
    recording.default("name", "");
    recording.default("tags", Document::new());
    recording.default("recordingReconnectWindowSeconds", 0);
    fill(&mut recording, "thumbnailConfiguration", json!({"recordingMode": "INTERVAL", "storage": ["SEQUENTIAL"]}));
    fill(&mut recording, "renditionConfiguration", json!({"renditionSelection": "ALL"}));
    if let Some(Value::Object(thumbnails)) = recording.get_mut("thumbnailConfiguration")
        && thumbnails.get("recordingMode") == Some(&Value::from("INTERVAL"))
    {
        thumbnails.default("targetIntervalSeconds", 60);
    }
    recording.set("state", "CREATING");
    let record = region.create(RESOURCE_TYPE, recording)?;
    let output = call.show(OUTPUT, &record.document);
    let arn = record.arn.to_string();
    region.schedule(call.transition_end, DeferredChange::state(RESOURCE_TYPE, &arn, "ACTIVE"));
    Ok(output.into())
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, RESOURCE_TYPE, OUTPUT)
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, RESOURCE_TYPE, |_| true)
}

/// Deletes a recording configuration. Returns ConflictException while a channel refers to it, or while it is CREATING
/// (knowledge `delete-while-creating`).
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.delete_resource(region, RESOURCE_TYPE, |region, arn| {
        region.check_stable(RESOURCE_TYPE, arn)?;
        region.check_not_referenced(ResourceType::Channel, "recordingConfigurationArn", arn)
    })
}

/// Sets the absent members of a nested structure.
fn fill(recording: &mut Document, member: &str, defaults: Value) {
    let mut nested = recording.get(member).and_then(Value::as_object).cloned().unwrap_or_default();
    if let Value::Object(defaults) = defaults {
        for (name, value) in defaults {
            nested.default(&name, value);
        }
    }
    recording.set(member, nested);
}

/// Checks the rules on several members that only the API reference states.
fn check_rules(recording: &Document) -> Result<(), ServiceError> {
    let member = |of: &str, name: &str| recording.get(of).and_then(|of| of.get(name));
    if member("destinationConfiguration", "s3").is_none() {
        return Err(ServiceError::invalid(
            "/destinationConfiguration/s3",
            "is required: it is the only type of destination",
        ));
    }
    let selection = member("renditionConfiguration", "renditionSelection").and_then(Value::as_str);
    let renditions = member("renditionConfiguration", "renditions").and_then(Value::as_array);
    if selection == Some("CUSTOM") && renditions.is_none_or(Vec::is_empty) {
        return Err(ServiceError::invalid("/renditionConfiguration/renditions", "must name the renditions of CUSTOM"));
    }
    Ok(())
}
