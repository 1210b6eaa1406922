//! Storage configurations: where compositions and participants are recorded to (facts section 3.11).

use super::composition;
use crate::call::{Answer, Call, Fill, Handler};
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateStorageConfiguration", create),
    ("DeleteStorageConfiguration", delete),
    ("GetStorageConfiguration", |call, region| call.resource(region, KIND, OUTPUT)),
    ("ListStorageConfigurations", |call, region| call.page_of(region, KIND, |_| true)),
];

const OUTPUT: &str = "storageConfiguration";
const KIND: Kind = Kind::StorageConfiguration;

/// The bucket is not looked for: it stands outside the service.
fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut storage = call.draft(OUTPUT);
    storage.default("name", "");
    storage.default("tags", Document::new());
    call.create(region, KIND, OUTPUT, storage)
}

/// Refused until the last composition that uses it has stopped, and while a stage records to it (knowledge
/// `delete-storage-of-a-stage`).
fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    call.discard(region, KIND, |region, arn| {
        composition::check_unused(region, arn)?;
        region.check_unreferred(Kind::Stage, "storageConfigurationArn", arn)
    })
}
