//! Ad breaks in a live stream (fact `ad-breaks`).

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("InsertAdBreak", insert)];

/// Inserts an ad break. The channel must be live (knowledge `ad-break-on-an-idle-channel`) and have an ad configuration
/// (knowledge `ad-break-without-ad-configuration`). Without a time, the break starts at once.
fn insert(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("channelArn");
    let has_ads = !region.get(ResourceType::Channel, arn)?.text("adConfigurationArn").is_empty();
    region.streams.check_live(arn)?;
    if !has_ads {
        return Err(ServiceError::conflict(arn, "has no ad configuration"));
    }
    let id = call.input.text("adBreakId").map_or_else(|| ids::alphanumeric(12), str::to_owned);
    let at = call.input.text("targetStartAt").map_or_else(|| call.now.iso(), str::to_owned);
    let mut output = Document::new();
    output.set("adBreakId", id);
    output.set("targetStartAt", at);
    Ok(output.into())
}
