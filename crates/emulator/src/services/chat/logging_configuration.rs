//! Logging configurations of rooms (fact `logging-configurations`). Outputs are flat.

use crate::arn::Arn;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::ServiceError;
use crate::state::{DeferredChange, Region};

use super::room;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateLoggingConfiguration", create),
    ("DeleteLoggingConfiguration", delete),
    ("GetLoggingConfiguration", get),
    ("ListLoggingConfigurations", list),
    ("UpdateLoggingConfiguration", update),
];

const RESOURCE_TYPE: ResourceType = ResourceType::LoggingConfiguration;

/// The only state that the model allows in create and update outputs. Get and list show the real state.
const OUTPUT_STATE: &str = "ACTIVE";

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut logging = call.draft_flat();
    logging.default("name", "");
    logging.default("tags", Document::new());
    logging.set("createTime", call.now.iso());
    logging.set("updateTime", call.now.iso());
    logging.set("state", "CREATING");
    let record = region.create(RESOURCE_TYPE, logging)?;
    let arn = record.arn.to_string();
    let id = Arn::parse(&arn).map(|arn| arn.id).unwrap_or_default();
    record.document.set("id", id);
    let output = output_of(call, &record.document);
    region.schedule(call.transition_end, DeferredChange::state(RESOURCE_TYPE, &arn, "ACTIVE"));
    Ok(output.into())
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let logging = region.get(RESOURCE_TYPE, call.input.required("identifier"))?;
    call.flat_output(&logging.document)
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, RESOURCE_TYPE, |_| true)
}

/// Updates a logging configuration. Returns ConflictException while its state is transitional.
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("identifier");
    region.check_stable(RESOURCE_TYPE, arn)?;
    let record = region.get_mut(RESOURCE_TYPE, arn)?;
    record.document.extend(call.draft_flat());
    record.document.set("updateTime", call.now.iso());
    record.document.set("state", "UPDATING");
    let output = output_of(call, &record.document);
    region.schedule(call.transition_end, DeferredChange::state(RESOURCE_TYPE, arn, "ACTIVE"));
    Ok(output.into())
}

/// Deletes a logging configuration. It is DELETING until the transition ends.
///
/// Returns ConflictException while its state is transitional, or while a room uses it (knowledge
/// `delete-attached-logging`).
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("identifier");
    region.check_stable(RESOURCE_TYPE, arn)?;
    if room::any_uses(region, arn) {
        return Err(ServiceError::conflict(arn, "is used by a room"));
    }
    region.get_mut(RESOURCE_TYPE, arn)?.document.set("state", "DELETING");
    region.schedule(call.transition_end, DeferredChange::Remove { resource_type: RESOURCE_TYPE, arn: arn.to_owned() });
    HandlerOutput::empty()
}

fn output_of(call: &OperationCall<'_>, logging: &Document) -> Document {
    let mut output = call.show_flat(logging);
    output.set("state", OUTPUT_STATE);
    output
}
