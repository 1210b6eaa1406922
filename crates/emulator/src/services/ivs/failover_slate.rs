//! Failover slate configurations (fact `failover-slates`).

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::state::{DeferredChange, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateFailoverSlateConfiguration", create),
    ("DeleteFailoverSlateConfiguration", delete),
    ("GetFailoverSlateConfiguration", get),
    ("ListFailoverSlateConfigurations", list),
    ("UpdateFailoverSlateConfiguration", update),
];

const OUTPUT: &str = "failoverSlateConfiguration";
const RESOURCE_TYPE: ResourceType = ResourceType::FailoverSlateConfiguration;

/// Creates a slate. It is CREATING first and CREATED (not ACTIVE) after the transition.
fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut slate = call.draft(OUTPUT);
    slate.default("name", "");
    slate.default("tags", Document::new());
    slate.default("activationThresholdSeconds", 3);
    slate.default("minSlateDisplaySeconds", 3);
    slate.default("maxSlateDisplaySeconds", 60);
    slate.set("state", "CREATING");
    let record = region.create(RESOURCE_TYPE, slate)?;
    let output = call.show(OUTPUT, &record.document);
    let arn = record.arn.to_string();
    region.schedule(call.transition_end, DeferredChange::state(RESOURCE_TYPE, &arn, "CREATED"));
    Ok(output.into())
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, RESOURCE_TYPE, OUTPUT)
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.list_resources(region, RESOURCE_TYPE, |_| true)
}

/// Changes the members in the request at once. The state is UPDATING until the transition ends.
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    region.check_stable(RESOURCE_TYPE, arn)?;
    let record = region.get_mut(RESOURCE_TYPE, arn)?;
    record.document.extend(call.draft(OUTPUT));
    record.document.set("state", "UPDATING");
    let output = call.show(OUTPUT, &record.document);
    region.schedule(call.transition_end, DeferredChange::state(RESOURCE_TYPE, arn, "CREATED"));
    Ok(output.into())
}

/// Deletes a slate. Returns ConflictException while a channel refers to it or its state is transitional.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.delete_resource(region, RESOURCE_TYPE, |region, arn| {
        region.check_stable(RESOURCE_TYPE, arn)?;
        region.check_not_referenced(ResourceType::Channel, "failoverSlateConfigurationArn", arn)
    })
}
