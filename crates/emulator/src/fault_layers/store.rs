//! Faults in what the emulator stores, and in how a handler's result follows from it.

use serde_json::Value;

use super::race;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::{Document, Fill};
use crate::fault::{Fault, faults};
use crate::service_error::{ErrorCode, ServiceError};
use crate::state::{Region, Store};

faults! {
    SECRET_IN_ERROR "secret-in-error" Errors "errors" "secret-echoed" ["ivs.CreateStreamKey"]
        "The error for a second stream key shows the value of the first.";

    DELETE_KEEPS "delete-keeps" State "lifecycle" "deleted-is-gone" ["ivs.DeletePlaybackRestrictionPolicy"]
        "A deleted policy still exists.";
    ATTACHED_DELETABLE "attached-deletable" State "lifecycle" "attached-is-kept" ["ivs.DeleteRecordingConfiguration"]
        "A recording configuration can be deleted while a channel refers to it.";
    DELETE_RENAMES_NEXT "delete-renames-next" State "lifecycle" "stays-as-written"
        ["ivs-realtime.CreateEncoderConfiguration", "ivs-realtime.DeleteEncoderConfiguration",
         "ivs-realtime.GetEncoderConfiguration", "ivs-realtime.ListEncoderConfigurations"]
        "Deleting an encoder configuration also clears the name of the next one.";
    DETACHED_IS_HELD "detached-is-held" State "lifecycle" "detached-can-go" ["ivs.DeletePlaybackRestrictionPolicy"]
        "A policy that a channel referred to before cannot be deleted.";
    GET_AFTER_DELETE "get-after-delete" State "lifecycle" "deleted-is-gone"
        ["ivs-realtime.DeleteEncoderConfiguration", "ivs-realtime.GetEncoderConfiguration"]
        "A deleted encoder configuration can still be read.";
    MADE_IS_LOST "made-is-lost" State "lifecycle" "made-is-there" ["ivs.CreatePlaybackRestrictionPolicy"]
        "A policy with strict origin enforcement is returned, but not stored.";
    STREAM_KEY_OUTLIVES_CHANNEL "stream-key-outlives-channel" State "lifecycle" "cascade" ["ivs.DeleteChannel"]
        "Deleting a channel leaves its stream key behind.";
    UNTAG_AFTER_DELETE "untag-after-delete" State "lifecycle" "use-after-delete" ["ivschat.UntagResource"]
        "Tags can be removed from an unknown resource.";
    UPDATE_NOT_KEPT "update-not-kept" State "lifecycle" "write-reads-back" ["ivs-realtime.UpdateStage"]
        "UpdateStage returns the changes, but does not store them.";
    UPDATE_RESETS_OTHERS "update-resets-others" State "lifecycle" "update-keeps-others" ["ivschat.UpdateRoom"]
        "An update resets the numbers of a room that it leaves out.";

    UPDATE_DROPS_TAGS "update-drops-tags" Tags "lifecycle" "tags-read-back" ["ivs.UpdateAdConfiguration"]
        "An update removes the tags.";
    TAG_LOST_ON_SECOND_UPDATE "tag-lost-on-second-update" Tags "tags" "tags-change"
        ["ivs.TagResource", "ivs-realtime.TagResource", "ivschat.TagResource"]
        "TagResource replaces the existing tags instead of merging.";
    TAGS_ON_BY_PRODUCT "tags-on-by-product" Tags "tags" "tags-apart" ["ivs.CreateChannel"]
        "The stream key that is created with a channel gets its tags.";
    UNTAG_OF_ABSENT_REFUSED "untag-of-absent-refused" Tags "tags" "tags-change" ["ivs-realtime.UntagResource"]
        "Removing an absent tag is an error.";
    UNTAG_REMOVES_ALL "untag-removes-all" Tags "tags" "tags-change" ["ivs.UntagResource"]
        "UntagResource removes all tags.";

    DELETE_AGAIN_SUCCEEDS "delete-again-succeeds" Idempotency "idempotency" "repeat" ["ivschat.DeleteRoom"]
        "Deleting an unknown room succeeds.";
    TOKEN_CONFLICT_UNNOTICED "token-conflict-unnoticed" Idempotency "idempotency" "repeat"
        ["ivs-realtime.StartComposition"]
        "An idempotency token is accepted again with a different input.";
}

/// A member of channels that no operation shows: the policy that a channel referred to before.
const FORMER_POLICY: &str = "formerPolicy";

/// Runs the handler of a call, and lets the planted fault misbehave before or after it.
pub(crate) fn serve(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let Some(fault) = call.planted.fault() else {
        return handler(call, region);
    };
    // These two remember a call of one operation to misbehave in another.
    match (fault, call.operation.full_name.as_str()) {
        (Fault::DETACHED_IS_HELD, "ivs.UpdateChannel") => return remember_policy(call, region, handler),
        (Fault::DELETED_IS_LISTED, "ivs-realtime.DeleteStorageConfiguration") => {
            return retain_deleted(ResourceType::StorageConfiguration, call, region, handler);
        }
        _ => {}
    }
    if call.planted.on(&call.operation.full_name).is_none() {
        return handler(call, region);
    }
    match fault {
        _ if race::is_race(fault) => race::serve(fault, call, region, handler),
        Fault::ATTACHED_DELETABLE => delete_in_spite_of_conflict(call, region, handler),
        Fault::DELETE_AGAIN_SUCCEEDS | Fault::UNTAG_AFTER_DELETE => succeed_if_absent(handler(call, region)),
        Fault::DELETE_KEEPS | Fault::MADE_IS_LOST | Fault::STREAM_KEY_OUTLIVES_CHANNEL | Fault::UPDATE_NOT_KEPT => {
            forget_changes(fault, call, region, handler)
        }
        Fault::DELETE_RENAMES_NEXT => unname_next(call, region, handler),
        Fault::DETACHED_IS_HELD => refuse_held_policy(call, region, handler),
        Fault::GET_AFTER_DELETE => show_deleted(call, region, handler),
        Fault::SECRET_IN_ERROR => show_key_in_error(call, region, handler),
        Fault::TAG_LOST_ON_SECOND_UPDATE
        | Fault::TAGS_ON_BY_PRODUCT
        | Fault::UNTAG_OF_ABSENT_REFUSED
        | Fault::UNTAG_REMOVES_ALL => change_tags(fault, call, region, handler),
        Fault::TOKEN_CONFLICT_UNNOTICED => show_composition_of_token(call, region, handler),
        Fault::UPDATE_DROPS_TAGS | Fault::UPDATE_RESETS_OTHERS => change_before_update(fault, call, region, handler),
        _ => handler(call, region),
    }
}

/// Deletes a recording configuration although its handler refuses that with a conflict.
fn delete_in_spite_of_conflict(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    match handler(call, region) {
        Err(error) if error.code == ErrorCode::Conflict => {
            region.remove(ResourceType::RecordingConfiguration, call.input.required("arn"))?;
            HandlerOutput::empty()
        }
        result => result,
    }
}

/// Turns ResourceNotFoundException into a success.
fn succeed_if_absent(result: HandlerResult) -> HandlerResult {
    match result {
        Err(error) if error.code == ErrorCode::ResourceNotFound => HandlerOutput::empty(),
        result => result,
    }
}

/// Puts a store back as it was before the handler.
fn forget_changes(fault: Fault, call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let resource_type = match fault {
        Fault::STREAM_KEY_OUTLIVES_CHANNEL => ResourceType::StreamKey,
        Fault::UPDATE_NOT_KEPT => ResourceType::Stage,
        _ => ResourceType::PlaybackRestrictionPolicy,
    };
    let before = region.store(resource_type).clone();
    let result = handler(call, region);
    if fault != Fault::MADE_IS_LOST || call.input.flag("enableStrictOriginEnforcement") == Some(true) {
        *region.store_mut(resource_type) = before;
    }
    result
}

/// Deletes a resource and retains it where a listing or a read finds it again.
fn retain_deleted(
    resource_type: ResourceType,
    call: &OperationCall<'_>,
    region: &mut Region,
    handler: Handler,
) -> HandlerResult {
    let record = region.store(resource_type).get(call.input.required("arn")).cloned();
    let output = handler(call, region)?;
    if let Some(record) = record {
        region.retained_deletes.push(resource_type, record);
    }
    Ok(output)
}

/// Retains a deleted encoder configuration, and shows a retained one where the handler finds none.
fn show_deleted(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let encoder = ResourceType::EncoderConfiguration;
    if call.operation.name() == "DeleteEncoderConfiguration" {
        return retain_deleted(encoder, call, region, handler);
    }
    let result = handler(call, region);
    let arn = call.input.required("arn");
    match region.retained_deletes.of(encoder).find(|deleted| *deleted.arn == *arn) {
        Some(deleted) if result.is_err() => call.output("encoderConfiguration", &deleted.document),
        _ => result,
    }
}

/// Deletes an encoder configuration and clears the name of the next one.
fn unname_next(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let encoder = ResourceType::EncoderConfiguration;
    let deleted = (call.operation.name() == "DeleteEncoderConfiguration")
        .then(|| region.store(encoder).get(call.input.required("arn")))
        .flatten()
        .map(|record| record.sequence);
    let output = handler(call, region)?;
    let next = deleted.and_then(|sequence| Some(region.store(encoder).after(sequence).next()?.arn.to_string()));
    if let Some(next) = next
        && let Some(next) = region.store_mut(encoder).get_mut(&next)
    {
        next.document.set("name", "");
    }
    Ok(output)
}

/// Remembers the policy that a channel refers to before its update.
fn remember_policy(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let arn = call.input.required("arn");
    let channel = region.store(ResourceType::Channel).get(arn);
    let policy = channel.map(|channel| channel.text("playbackRestrictionPolicyArn").to_owned()).unwrap_or_default();
    let output = handler(call, region)?;
    if !policy.is_empty() {
        region.get_mut(ResourceType::Channel, arn)?.document.set(FORMER_POLICY, policy);
    }
    Ok(output)
}

/// Refuses to delete a policy that a channel referred to before.
fn refuse_held_policy(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let arn = call.input.required("arn");
    if region.store(ResourceType::PlaybackRestrictionPolicy).get(arn).is_some() {
        region.check_not_referenced(ResourceType::Channel, FORMER_POLICY, arn)?;
    }
    handler(call, region)
}

/// Shows the value of the channel's stream key in the error for a second one.
fn show_key_in_error(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let mut result = handler(call, region);
    if let Err(error) = &mut result
        && error.code == ErrorCode::ServiceQuotaExceeded
        && let Some(key) = region.referrer(ResourceType::StreamKey, "channelArn", call.input.required("channelArn"))
    {
        error.message = format!("The channel already has the key {}", key.text("value"));
    }
    result
}

/// Returns the composition that an idempotency token started, whatever the input is now.
fn show_composition_of_token(call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let result = handler(call, region);
    let token = call.input.text("idempotencyToken").filter(|token| !token.is_empty());
    let started = token.and_then(|token| region.referrer(ResourceType::Composition, "idempotencyToken", token));
    match (result, started) {
        (Err(error), Some(started)) if error.code == ErrorCode::Conflict => {
            call.output("composition", &started.document)
        }
        (result, _) => result,
    }
}

/// Changes members of a resource that an update must leave as they are.
fn change_before_update(
    fault: Fault,
    call: &OperationCall<'_>,
    region: &mut Region,
    handler: Handler,
) -> HandlerResult {
    let (resource_type, arn) = match fault {
        Fault::UPDATE_DROPS_TAGS => (ResourceType::AdConfiguration, call.input.required("arn")),
        _ => (ResourceType::Room, call.input.required("identifier")),
    };
    let before: Store = region.store(resource_type).clone();
    if let Some(record) = region.store_mut(resource_type).get_mut(arn) {
        if fault == Fault::UPDATE_DROPS_TAGS {
            record.document.set("tags", Document::new());
        } else {
            record.document.set("maximumMessageRatePerSecond", 10);
            record.document.set("maximumMessageLength", 500);
        }
    }
    let result = handler(call, region);
    if result.is_err() {
        *region.store_mut(resource_type) = before;
    }
    result
}

/// Runs the handler and changes the tags of its resource in a wrong way.
fn change_tags(fault: Fault, call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    if fault == Fault::TAGS_ON_BY_PRODUCT {
        return tag_stream_key(call, handler(call, region)?, region);
    }
    let arn = call.input.required("resourceArn");
    let tags = region.find(arn).and_then(|(_, record)| record.document.get("tags")?.as_object());
    let has_absent_key = call.input.texts("tagKeys").any(|key| tags.is_none_or(|tags| !tags.contains_key(key)));
    let output = handler(call, region)?;
    match fault {
        Fault::UNTAG_OF_ABSENT_REFUSED if has_absent_key => {
            return Err(ServiceError::invalid("/tagKeys", "must be keys of the resource"));
        }
        Fault::UNTAG_REMOVES_ALL => set_tags(region, arn, Document::new())?,
        Fault::TAG_LOST_ON_SECOND_UPDATE => {
            set_tags(region, arn, call.input.object("tags").cloned().unwrap_or_default())?;
        }
        _ => {}
    }
    Ok(output)
}

fn set_tags(region: &mut Region, arn: &str, tags: Document) -> Result<(), ServiceError> {
    if let Some((resource_type, _)) = region.find(arn) {
        region.get_mut(resource_type, arn)?.document.set("tags", tags);
    }
    Ok(())
}

/// Gives the tags of a new channel to the stream key that is created with it.
fn tag_stream_key(call: &OperationCall<'_>, output: HandlerOutput, region: &mut Region) -> HandlerResult {
    let tags = call.input.object("tags").cloned().unwrap_or_default();
    let HandlerOutput::Members(mut members) = output else {
        return Ok(output);
    };
    if let Some(Value::Object(key)) = members.get_mut("streamKey") {
        key.set("tags", tags.clone());
        set_tags(region, key.get("arn").and_then(Value::as_str).unwrap_or_default(), tags)?;
    }
    Ok(members.into())
}
