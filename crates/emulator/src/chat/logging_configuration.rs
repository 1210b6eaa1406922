//! Logging configurations of rooms (facts section 3.14). Outputs are flat.

use crate::arn::Arn;
use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::failure::Failure;
use crate::state::{Change, Document, Kind, Region};

use super::room;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateLoggingConfiguration", create),
    ("DeleteLoggingConfiguration", delete),
    ("GetLoggingConfiguration", get),
    ("ListLoggingConfigurations", list),
    ("UpdateLoggingConfiguration", update),
];

const KIND: Kind = Kind::LoggingConfiguration;

/// The one state that create and update answers may show; get and list show what it is.
const ANSWERED_STATE: &str = "ACTIVE";

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut logging = call.draft_flat();
    logging.default("name", "");
    logging.default("tags", Document::new());
    logging.set("createTime", call.now.iso());
    logging.set("updateTime", call.now.iso());
    logging.set("state", "CREATING");
    let record = region.create(KIND, logging)?;
    let arn = record.arn.to_string();
    let id = Arn::parse(&arn).map(|arn| arn.id).unwrap_or_default();
    record.document.set("id", id);
    let output = answered(call, &record.document);
    region.schedule(call.settled, Change::state(KIND, &arn, "ACTIVE"));
    Ok(output.into())
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    let logging = region.get(KIND, call.input.required("identifier"))?;
    call.answer_flat(&logging.document)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, KIND, |_| true)
}

/// Refused until the last change has settled.
fn update(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("identifier");
    region.check_settled(KIND, arn)?;
    let record = region.get_mut(KIND, arn)?;
    record.document.extend(call.draft_flat());
    record.document.set("updateTime", call.now.iso());
    record.document.set("state", "UPDATING");
    let output = answered(call, &record.document);
    region.schedule(call.settled, Change::state(KIND, arn, "ACTIVE"));
    Ok(output.into())
}

/// It is DELETING until it is gone. Refused until the last change has settled, and while a room uses it
/// (knowledge `delete-attached-logging`).
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("identifier");
    region.check_settled(KIND, arn)?;
    if room::logs_to(region, arn) {
        return Err(Failure::conflict(arn, "is used by a room"));
    }
    region.get_mut(KIND, arn)?.document.set("state", "DELETING");
    region.schedule(call.settled, Change::Remove { kind: KIND, arn: arn.to_owned() });
    Reply::empty()
}

fn answered(call: &Call<'_>, logging: &Document) -> Document {
    let mut output = call.show_flat(logging);
    output.set("state", ANSWERED_STATE);
    output
}
