//! Recording configurations (facts section 3.4).

use serde_json::{Value, json};

use crate::call::{Answer, Call, Fill, Handler};
use crate::failure::Failure;
use crate::state::{Change, Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateRecordingConfiguration", create),
    ("DeleteRecordingConfiguration", delete),
    ("GetRecordingConfiguration", get),
    ("ListRecordingConfigurations", list),
];

const OUTPUT: &str = "recordingConfiguration";
const KIND: Kind = Kind::RecordingConfiguration;

/// It is CREATING at first and ACTIVE by itself a little later.
fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut recording = call.draft(OUTPUT);
    rules(&recording)?;
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
    let record = region.create(KIND, recording)?;
    let output = call.show(OUTPUT, &record.document);
    let arn = record.arn.to_string();
    region.schedule(call.settled, Change::state(KIND, &arn, "ACTIVE"));
    Ok(output.into())
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, KIND, OUTPUT)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, KIND, |_| true)
}

/// Refused while a channel refers to it, and while it is made (knowledge `delete-while-creating`).
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    call.discard(region, KIND, |region, arn| {
        region.check_settled(KIND, arn)?;
        region.check_unreferred(Kind::Channel, "recordingConfigurationArn", arn)
    })
}

/// Gives a nested structure the members that it lacks.
fn fill(recording: &mut Document, member: &str, defaults: Value) {
    let mut nested = recording.get(member).and_then(Value::as_object).cloned().unwrap_or_default();
    if let Value::Object(defaults) = defaults {
        for (name, value) in defaults {
            nested.default(&name, value);
        }
    }
    recording.set(member, nested);
}

/// What prose says of members together.
fn rules(recording: &Document) -> Result<(), Failure> {
    let member = |of: &str, name: &str| recording.get(of).and_then(|of| of.get(name));
    if member("destinationConfiguration", "s3").is_none() {
        return Err(Failure::invalid("/destinationConfiguration/s3", "is the only destination there is"));
    }
    let selection = member("renditionConfiguration", "renditionSelection").and_then(Value::as_str);
    let renditions = member("renditionConfiguration", "renditions").and_then(Value::as_array);
    if selection == Some("CUSTOM") && renditions.is_none_or(Vec::is_empty) {
        return Err(Failure::invalid("/renditionConfiguration/renditions", "must name the renditions of CUSTOM"));
    }
    Ok(())
}
