//! Ad breaks in a live stream (facts section 3.6).

use crate::call::{Answer, Call, Fill, Handler};
use crate::failure::Failure;
use crate::ids;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("InsertAdBreak", insert)];

/// Needs a live stream (knowledge `ad-break-on-an-idle-channel`) and a channel with an ad configuration
/// (knowledge `ad-break-without-ad-configuration`). Without a time the break is due at once.
fn insert(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("channelArn");
    let has_ads = !region.get(Kind::Channel, arn)?.text("adConfigurationArn").is_empty();
    region.streams.check_live(arn)?;
    if !has_ads {
        return Err(Failure::conflict(arn, "has no ad configuration"));
    }
    let id = call.input.text("adBreakId").map_or_else(|| ids::alphanumeric(12), str::to_owned);
    let at = call.input.text("targetStartAt").map_or_else(|| call.now.iso(), str::to_owned);
    let mut output = Document::new();
    output.set("adBreakId", id);
    output.set("targetStartAt", at);
    Ok(output.into())
}
