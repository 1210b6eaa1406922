//! Ad configurations (facts section 3.6).

use serde_json::{Value, json};

use crate::call::{Answer, Call, Fill, Handler};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateAdConfiguration", create),
    ("DeleteAdConfiguration", delete),
    ("GetAdConfiguration", get),
    ("ListAdConfigurations", list),
    ("UpdateAdConfiguration", update),
];

const OUTPUT: &str = "adConfiguration";
const PLAYBACK: &str = "mediaTailorPlaybackConfigurations";

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut advertising = call.draft(OUTPUT);
    rules(&advertising)?;
    advertising.default("name", "");
    advertising.default("tags", Document::new());
    advertising.default("postRollConfiguration", json!({"durationSeconds": 15, "enabled": false}));
    let record = region.create(Kind::AdConfiguration, advertising)?;
    call.answer(OUTPUT, &record.document)
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, Kind::AdConfiguration, OUTPUT)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, Kind::AdConfiguration, |_| true)
}

/// Members that are sent change, lists as a whole.
fn update(call: &Call<'_>, region: &mut Region) -> Answer {
    let record = region.get_mut(Kind::AdConfiguration, call.input.required("arn"))?;
    let changes = call.draft(OUTPUT);
    rules(&changes)?;
    record.document.extend(changes);
    if call.faulty(Fault::UpdateDropsTags) {
        record.document.set("tags", Document::new());
    }
    call.answer(OUTPUT, &record.document)
}

/// Refused while a channel refers to it.
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    call.discard(region, Kind::AdConfiguration, |region, arn| {
        region.check_unreferred(Kind::Channel, "adConfigurationArn", arn)
    })
}

/// An item without the one member that it can have names nothing.
fn rules(advertising: &Document) -> Result<(), Failure> {
    let items = advertising.get(PLAYBACK).and_then(Value::as_array);
    for (index, item) in items.into_iter().flatten().enumerate() {
        let at = "playbackConfigurationArn";
        if item.get(at).is_none_or(Value::is_null) {
            return Err(Failure::invalid(&format!("/{PLAYBACK}/{index}/{at}"), "is needed"));
        }
    }
    Ok(())
}
