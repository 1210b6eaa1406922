//! Failover slate configurations (facts section 3.6).

use crate::call::{Answer, Call, Fill, Handler};
use crate::state::{Change, Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateFailoverSlateConfiguration", create),
    ("DeleteFailoverSlateConfiguration", delete),
    ("GetFailoverSlateConfiguration", get),
    ("ListFailoverSlateConfigurations", list),
    ("UpdateFailoverSlateConfiguration", update),
];

const OUTPUT: &str = "failoverSlateConfiguration";
const KIND: Kind = Kind::FailoverSlateConfiguration;

/// It is CREATING at first and CREATED (not ACTIVE) by itself a little later.
fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut slate = call.draft(OUTPUT);
    slate.default("name", "");
    slate.default("tags", Document::new());
    slate.default("activationThresholdSeconds", 3);
    slate.default("minSlateDisplaySeconds", 3);
    slate.default("maxSlateDisplaySeconds", 60);
    slate.set("state", "CREATING");
    let record = region.create(KIND, slate)?;
    let output = call.show(OUTPUT, &record.document);
    let arn = record.arn.to_string();
    region.schedule(call.settled, Change::state(KIND, &arn, "CREATED"));
    Ok(output.into())
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    call.resource(region, KIND, OUTPUT)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    call.page_of(region, KIND, |_| true)
}

/// Members that are sent change at once; it is UPDATING until it has settled.
fn update(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("arn");
    region.check_settled(KIND, arn)?;
    let record = region.get_mut(KIND, arn)?;
    record.document.extend(call.draft(OUTPUT));
    record.document.set("state", "UPDATING");
    let output = call.show(OUTPUT, &record.document);
    region.schedule(call.settled, Change::state(KIND, arn, "CREATED"));
    Ok(output.into())
}

/// Refused while a channel refers to it, and while it is made or changed.
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    call.discard(region, KIND, |region, arn| {
        region.check_settled(KIND, arn)?;
        region.check_unreferred(Kind::Channel, "failoverSlateConfigurationArn", arn)
    })
}
