//! Stream keys: one per channel (fact `stream-key-quota`).

use super::batch::get_batch;
use crate::arn::Arn;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("BatchGetStreamKey", batch_get),
    ("CreateStreamKey", create),
    ("DeleteStreamKey", delete),
    ("GetStreamKey", get),
    ("ListStreamKeys", list),
];

/// Creates the key of a channel and returns its members.
pub(super) fn create_for(region: &mut Region, channel: &str, tags: Document) -> Result<Document, ServiceError> {
    let mut key = Document::new();
    key.set("channelArn", channel);
    key.set("tags", tags);
    let region_name = region.name().to_owned();
    let record = region.create(ResourceType::StreamKey, key)?;
    // The value names the key, not its channel (fact `D12`).
    let id = Arn::parse(&record.arn).map(|arn| arn.id).unwrap_or_default();
    let value = format!("sk_{region_name}_{id}_{}", ids::alphanumeric(30));
    record.document.set("value", value);
    Ok(record.document.clone())
}

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    let existing = region.store(ResourceType::StreamKey).matching("channelArn", channel, 0).count() as u64;
    if let Some(limit) = ResourceType::StreamKey.quota_of("channelArn").filter(|limit| existing >= *limit) {
        return Err(ServiceError::quota("stream keys per channel", limit, channel));
    }
    let tags = call.input.object("tags").cloned().unwrap_or_default();
    let key = create_for(region, channel, tags)?;
    call.output("streamKey", &key)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, ResourceType::StreamKey, "streamKey")
}

/// Deletes a key. A live stream continues without it.
fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    region.remove(ResourceType::StreamKey, call.input.required("arn"))?;
    HandlerOutput::empty()
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    call.list_matching(region, ResourceType::StreamKey, "channelArn", channel)
}

fn batch_get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    get_batch(call, region, ResourceType::StreamKey, "streamKeys")
}
