//! Tags, the same in all three services: everything with an ARN can be tagged (facts section 3.9).

use serde_json::Value;

use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::choices::{MAX_TAGS, RESERVED_TAG_PREFIX};
use crate::contract::Operation;
use crate::failure::{Code, Failure};
use crate::fault::{Fault, Faults};
use crate::state::{Document, Region};

/// The tag operations of every service.
pub(crate) const HANDLERS: &[(&str, Handler)] =
    &[("ListTagsForResource", list), ("TagResource", tag), ("UntagResource", untag)];

/// Rules on the `tags` of any input, those of create operations included.
pub(crate) fn rules(operation: &Operation, input: &Document, faults: Faults) -> Result<(), Failure> {
    let tags = input.get("tags").and_then(Value::as_object);
    let reserved = |key: &String| {
        let start = key.get(..RESERVED_TAG_PREFIX.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_TAG_PREFIX))
    };
    match tags.is_some_and(|tags| tags.keys().any(reserved)) {
        true if faults.is_on(Fault::ReservedTagsTaken, &operation.full_name) => Ok(()),
        true => Err(Failure::invalid("/tags", "must not have keys that begin with aws:")),
        false => Ok(()),
    }
}

/// The tags of the resource that the call names, with the way to change them.
fn tags_of<'r>(call: &Call<'_>, region: &'r mut Region) -> Result<&'r mut Document, Failure> {
    let arn = call.input.required("resourceArn");
    let missing = || {
        let text = format!("Resource: {arn} not found");
        Failure::new(Code::ResourceNotFound, text).about(arn)
    };
    let (kind, _) = region.any(arn).ok_or_else(missing)?;
    let record = region.get_mut(kind, arn)?;
    let tags = record.document.entry("tags").or_insert_with(|| Value::Object(Document::new()));
    tags.as_object_mut().ok_or_else(missing)
}

fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    let tags = tags_of(call, region)?.clone();
    let mut output = Document::new();
    output.set("tags", Value::Object(tags));
    Ok(output.into())
}

fn tag(call: &Call<'_>, region: &mut Region) -> Answer {
    let tags = tags_of(call, region)?;
    let added = call.input.object("tags").cloned().unwrap_or_default();
    let fresh = added.keys().filter(|key| !tags.contains_key(*key)).count();
    if tags.len() + fresh > MAX_TAGS && !call.faulty(Fault::TagsBeyond50Taken) {
        return Err(Failure::invalid("/tags", "would make more than 50 tags"));
    }
    if call.faulty(Fault::TagLostOnSecondUpdate) {
        tags.clear();
    }
    tags.extend(added);
    Reply::empty()
}

/// Removing a key that is not there is a success: the operation is marked idempotent.
fn untag(call: &Call<'_>, region: &mut Region) -> Answer {
    let tags = match tags_of(call, region) {
        Err(_) if call.faulty(Fault::UntagAfterDelete) => return Reply::empty(),
        tags => tags?,
    };
    if call.faulty(Fault::UntagRemovesAll) {
        tags.clear();
    }
    for key in call.input.texts("tagKeys") {
        let removed = tags.shift_remove(key);
        if removed.is_none() && call.faulty(Fault::UntagOfAbsentRefused) {
            return Err(Failure::invalid("/tagKeys", "must be keys of the resource"));
        }
    }
    Reply::empty()
}
