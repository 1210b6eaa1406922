//! Tags, which work the same in all three services: every resource with an ARN can be tagged (fact `tags`).

use serde_json::Value;

use crate::assumptions::{MAX_TAGS, RESERVED_TAG_PREFIX};
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::document::Document;
use crate::document::Fill;
use crate::fault::{Fault, faults};
use crate::service_error::{ErrorCode, ServiceError};
use crate::state::Region;

faults! {
    TAGS_BEYOND_50_TAKEN "tags-beyond-50-taken" Tags "tags" "tags-refused" ["ivschat.TagResource"]
        "A resource may have more than 50 tags if they are added one by one."
        why "The handler counts the tags between reading and merging them.";
}

/// The handlers of the tag operations, the same for every service.
pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("ListTagsForResource", list), ("TagResource", tag), ("UntagResource", untag)];

/// Checks the rules on the `tags` of any input, including those of create operations.
pub(crate) fn check_tags(input: &Document) -> Result<(), ServiceError> {
    let tags = input.get("tags").and_then(Value::as_object);
    let reserved = |key: &String| {
        let start = key.get(..RESERVED_TAG_PREFIX.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(RESERVED_TAG_PREFIX))
    };
    match tags.is_some_and(|tags| tags.keys().any(reserved)) {
        true => Err(ServiceError::invalid("/tags", "must not have keys that begin with aws:")),
        false => Ok(()),
    }
}

/// Returns the tags of the resource that the call names, to read or change them.
fn tags_of<'r>(call: &OperationCall<'_>, region: &'r mut Region) -> Result<&'r mut Document, ServiceError> {
    let arn = call.input.required("resourceArn");
    let missing = || {
        let text = format!("Resource: {arn} not found");
        ServiceError::new(ErrorCode::ResourceNotFound, text).about(arn)
    };
    let (resource_type, _) = region.find(arn).ok_or_else(missing)?;
    let record = region.get_mut(resource_type, arn)?;
    let tags = record.document.entry("tags").or_insert_with(|| Value::Object(Document::new()));
    tags.as_object_mut().ok_or_else(missing)
}

fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let tags = tags_of(call, region)?.clone();
    let mut output = Document::new();
    output.set("tags", Value::Object(tags));
    Ok(output.into())
}

fn tag(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let tags = tags_of(call, region)?;
    let added = call.input.object("tags").cloned().unwrap_or_default();
    let new = added.keys().filter(|key| !tags.contains_key(*key)).count();
    if tags.len() + new > MAX_TAGS && !call.has_fault(Fault::TAGS_BEYOND_50_TAKEN) {
        return Err(ServiceError::invalid("/tags", "must not exceed 50 tags after merging"));
    }
    tags.extend(added);
    HandlerOutput::empty()
}

/// Removing an absent key succeeds: the operation is marked idempotent.
fn untag(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let tags = tags_of(call, region)?;
    for key in call.input.texts("tagKeys") {
        tags.shift_remove(key);
    }
    HandlerOutput::empty()
}
