//! Storage configurations: the buckets for the recordings of compositions and participants (fact
//! `storage-configurations`).

use super::composition;
use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateStorageConfiguration", create),
    ("DeleteStorageConfiguration", delete),
    ("GetStorageConfiguration", |call, region| call.get_resource(region, RESOURCE_TYPE, OUTPUT)),
    ("ListStorageConfigurations", |call, region| call.list_resources(region, RESOURCE_TYPE, |_| true)),
];

const OUTPUT: &str = "storageConfiguration";
const RESOURCE_TYPE: ResourceType = ResourceType::StorageConfiguration;

/// Creates a storage configuration. The existence of the bucket is not checked, since it is outside the service.
fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut storage = call.draft(OUTPUT);
    storage.default("name", "");
    storage.default("tags", Document::new());
    call.create_resource(region, RESOURCE_TYPE, OUTPUT, storage)
}

/// Deletes a storage configuration. Returns ConflictException until the last composition that uses it has stopped, and
/// while a stage refers to it (knowledge `delete-storage-of-a-stage`).
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.delete_resource(region, RESOURCE_TYPE, |region, arn| {
        composition::check_unused(region, arn)?;
        region.check_not_referenced(ResourceType::Stage, "storageConfigurationArn", arn)
    })
}
