//! Faults of writes at the same time: one of them undoes the other, or is taken for it.
//!
//! A call of a faulty operation waits before it is served. Two calls of which one is sent after the response to the other are
//! therefore served at least [`DELAY`] apart; those that are closer together were under way at the same time.

use std::time::Duration;

use serde_json::Value;

use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::OperationContract;
use crate::fault::{Fault, PlantedFault, faults};
use crate::state::{RecentWrite, Region};

faults! {
    CREATIONS_MERGED "creations-merged" State "concurrency" "writes-at-once" ["ivs.CreateAdConfiguration"]
        "Of more than two equal creations at the same time, the later ones return the resource of the second.";
    ROOM_UPDATES_LOST "room-updates-lost" State "concurrency" "writes-at-once" ["ivschat.UpdateRoom"]
        "An update undoes another one that is made at the same time.";

    SIMULTANEOUS_TAGS_LOST "simultaneous-tags-lost" Tags "concurrency" "writes-at-once"
        ["ivs-realtime.TagResource", "ivschat.TagResource"]
        "Of two calls at the same time, the tags of one are lost.";
    SIMULTANEOUS_UNTAGS_LOST "simultaneous-untags-lost" Tags "concurrency" "writes-at-once" ["ivs.UntagResource"]
        "Of two calls at the same time, one removes nothing.";

    CHANNEL_UPDATES_LOST "channel-updates-lost" State "concurrency" "writes-at-once" ["ivs.UpdateChannel"]
        "An update undoes another one that is made at the same time.";
}

/// The time that a call of a faulty operation waits.
const DELAY: Duration = Duration::from_millis(30);

/// Equal creations at the same time that a faulty emulator keeps apart.
const KEPT_APART: usize = 2;

/// Returns how long a request waits before it is served.
pub(crate) fn delay(planted: PlantedFault, operation: Option<&OperationContract>) -> Option<Duration> {
    let fault = planted.on(&operation?.full_name)?;
    is_race(fault).then_some(DELAY)
}

/// Tells whether the fault is one of writes at the same time.
pub(crate) fn is_race(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::CHANNEL_UPDATES_LOST
            | Fault::CREATIONS_MERGED
            | Fault::ROOM_UPDATES_LOST
            | Fault::SIMULTANEOUS_TAGS_LOST
            | Fault::SIMULTANEOUS_UNTAGS_LOST
    )
}

/// Runs the handler on what it found when the write before it, at the same time, began.
pub(crate) fn serve(fault: Fault, call: &OperationCall<'_>, region: &mut Region, handler: Handler) -> HandlerResult {
    let is_creation = fault == Fault::CREATIONS_MERGED;
    let subject = if is_creation { Value::Object(call.input.0.clone()).to_string() } else { subject(call) };
    let key = format!("{} {subject}", call.operation.full_name);
    let within = i64::try_from(DELAY.as_millis()).unwrap_or(i64::MAX);
    let mut write =
        region.recent_writes.remove(&key).filter(|write| call.now.0 - write.at.0 < within).unwrap_or_default();
    write.at = call.now;
    write.count += 1;
    let result = if is_creation {
        create(call, region, handler, &mut write)
    } else {
        undo(call, region, handler, &subject, &mut write)
    };
    region.recent_writes.insert(key, write);
    result
}

/// The resource that the call names.
fn subject(call: &OperationCall<'_>) -> String {
    let names = ["resourceArn", "arn", "identifier"];
    names.iter().find_map(|name| call.input.text(name)).unwrap_or_default().to_owned()
}

fn create(call: &OperationCall<'_>, region: &mut Region, handler: Handler, write: &mut RecentWrite) -> HandlerResult {
    if write.count > KEPT_APART {
        return Ok(HandlerOutput::Json(write.output.clone()));
    }
    let result = handler(call, region);
    if let Ok(HandlerOutput::Json(output)) = &result {
        write.output.clone_from(output);
    }
    result
}

fn undo(
    call: &OperationCall<'_>,
    region: &mut Region,
    handler: Handler,
    arn: &str,
    write: &mut RecentWrite,
) -> HandlerResult {
    let Some((resource_type, record)) = region.find(arn) else { return handler(call, region) };
    let now = record.document.clone();
    let before = write.before.get_or_insert(now).clone();
    region.get_mut(resource_type, arn)?.document = before;
    handler(call, region)
}
