//! Stream keys: one a channel (facts section 3.2).

use super::channel::batch;
use crate::arn::Arn;
use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::ids;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("BatchGetStreamKey", batch_get),
    ("CreateStreamKey", create),
    ("DeleteStreamKey", delete),
    ("GetStreamKey", get),
    ("ListStreamKeys", list),
];

/// Makes the key of a channel and gives its members.
pub(super) fn make(region: &mut Region, channel: &str, tags: Document) -> Result<Document, Failure> {
    let id = Arn::parse(channel).map(|arn| arn.id).unwrap_or_default();
    let value = format!("sk_{}_{id}_{}", region.name(), ids::alphanumeric(30));
    let mut key = Document::new();
    key.set("channelArn", channel);
    key.set("value", value);
    key.set("tags", tags);
    Ok(region.create(Kind::StreamKey, key)?.document.clone())
}

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    region.get(Kind::Channel, channel)?;
    let there = region.store(Kind::StreamKey).matching("channelArn", channel, 0).count() as u64;
    if let Some(limit) = Kind::StreamKey.quota_of("channelArn").filter(|limit| there >= *limit) {
        let mut failure = Failure::quota("stream keys per channel", limit, channel);
        if call.faulty(Fault::SecretInError) {
            let key = region.referrer(Kind::StreamKey, "channelArn", channel).map(|key| key.text("value"));
            failure.message = format!("The channel has the key {} already", key.unwrap_or_default());
        }
        return Err(failure);
    }
    let tags = call.input.object("tags").cloned().unwrap_or_default();
    let key = make(region, channel, tags)?;
    call.answer("streamKey", &key)
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, Kind::StreamKey, "streamKey")
}

/// A live stream goes on without its key.
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    region.remove(Kind::StreamKey, call.input.required("arn"))?;
    Reply::empty()
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    let channel = call.input.required("channelArn");
    region.get(Kind::Channel, channel)?;
    call.page_where(region, Kind::StreamKey, "channelArn", channel)
}

fn batch_get(call: &Call<'_>, region: &mut Region) -> Answer {
    batch(call, region, Kind::StreamKey, "streamKeys")
}
