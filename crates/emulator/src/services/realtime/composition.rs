//! Compositions: a stage mixed into one picture, broadcast or recorded (fact `compositions`).

use serde_json::Value;

use super::{destination, layout};
use crate::arn::Arn;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::service_error::ServiceError;
use crate::state::{DeferredChange, Record, Region};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("GetComposition", get), ("ListCompositions", list), ("StartComposition", start), ("StopComposition", stop)];

const OUTPUT: &str = "composition";
const RESOURCE_TYPE: ResourceType = ResourceType::Composition;

/// A member that no operation shows: the input that started the composition, to recognize a repeated call.
const REQUEST: &str = "request";

/// The seconds for which a stage must have no publisher before its compositions stop (fact `D4`).
const NO_PUBLISHER_SECONDS: i64 = 60;

/// The longest duration of a composition, in seconds.
const LIFE_SECONDS: i64 = 24 * 3600;

/// The states that count for the quota of concurrent compositions.
const RUNNING: [&str; 2] = ["STARTING", "ACTIVE"];

/// Starts a composition. It is STARTING first and ACTIVE after the transition.
///
/// The same idempotency token with the same input returns the existing composition. With another input it is a conflict
/// (knowledge `idempotency-token-with-other-input`).
fn start(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let token = call.input.text("idempotencyToken").unwrap_or_default();
    let mut request = call.input.0.clone();
    request.remove("idempotencyToken");
    request.retain(|_, value| !value.is_null());
    let known = Some(token).filter(|token| !token.is_empty());
    if let Some(known) = known.and_then(|token| region.referrer(RESOURCE_TYPE, "idempotencyToken", token)) {
        let same = known.document.get(REQUEST).and_then(Value::as_object) == Some(&request);
        if !same {
            return Err(ServiceError::conflict(&known.arn, "was started with this token and other parameters"));
        }
        return call.output(OUTPUT, &known.document);
    }

    let wanted = call.input.list("destinations");
    destination::check_types(wanted)?;
    let layout = layout::fill(call.input.object("layout"))?;
    let stage = call.input.required("stageArn");
    region.get(ResourceType::Stage, stage)?;
    destination::check_references(wanted, region)?;
    let running: usize =
        RUNNING.iter().map(|state| region.store(RESOURCE_TYPE).matching("state", state, 0).count()).sum();
    region.check_count(RESOURCE_TYPE, running as u64, call.input.get("tags"))?;
    let on_stage = running_on(region, stage).count() as u64;
    if let Some(limit) = RESOURCE_TYPE.quota_of("stageArn").filter(|limit| on_stage >= *limit) {
        return Err(ServiceError::quota("compositions per stage", limit, stage));
    }

    let mut composition = Document::new();
    composition.set("stageArn", stage);
    composition.set("state", "STARTING");
    composition.set("layout", layout);
    composition.set("tags", call.input.object("tags").cloned().unwrap_or_default());
    composition.set("startTime", call.now.iso());
    composition.set("idempotencyToken", token);
    composition.set(REQUEST, request);
    let record = region.create(RESOURCE_TYPE, composition)?;
    let arn = record.arn.to_string();
    let [stage, own] = [stage, &arn].map(|arn| Arn::parse(arn).map(|arn| arn.id).unwrap_or_default());
    let destinations: Vec<Value> = wanted.iter().map(|wanted| destination::start(wanted, [stage, own])).collect();
    record.document.set("destinations", destinations);
    let output = call.show(OUTPUT, &record.document);

    let started = arn.clone();
    region.schedule(
        call.transition_end,
        DeferredChange::run(move |region, due| {
            if let Some(record) = region.store_mut(RESOURCE_TYPE).get_mut(&started)
                && record.text("state") == "STARTING"
            {
                set_state(&mut record.document, "ACTIVE");
                for destination in destinations_mut(&mut record.document) {
                    destination.set("startTime", due.iso());
                }
            }
        }),
    );
    let old = arn.clone();
    let end = call.now.plus_seconds(LIFE_SECONDS);
    region.schedule(end, DeferredChange::run(move |region, due| end_now(region, &old, due)));
    end_if_nobody_publishes(region, arn, call.now);
    Ok(output.into())
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    call.get_resource(region, RESOURCE_TYPE, OUTPUT)
}

/// Lists compositions, including those that stopped a short time ago. A composition must match both filters.
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let encoder = call.input.text("filterByEncoderConfigurationArn");
    let uses = |record: &Record| encoder.is_none_or(|arn| refers_to(record, arn));
    match call.input.text("filterByStageArn") {
        Some(stage) => {
            call.list_resources(region, RESOURCE_TYPE, |record| record.text("stageArn") == stage && uses(record))
        }
        None => call.list_resources(region, RESOURCE_TYPE, uses),
    }
}

/// Stops a composition. It succeeds for one that has already stopped.
fn stop(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("arn");
    region.get(RESOURCE_TYPE, arn)?;
    end_now(region, arn, call.now);
    HandlerOutput::empty()
}

/// Returns ConflictException while a composition that has not stopped refers to an encoder or storage configuration.
pub(super) fn check_unused(region: &Region, arn: &str) -> Result<(), ServiceError> {
    let store = region.store(RESOURCE_TYPE);
    for state in ["STARTING", "ACTIVE", "STOPPING"] {
        if store.matching("state", state, 0).any(|record| refers_to(record, arn)) {
            return Err(ServiceError::conflict(arn, "is used by a composition"));
        }
    }
    Ok(())
}

/// Returns the running compositions of a stage.
fn running_on<'r>(region: &'r Region, stage: &'r str) -> impl Iterator<Item = &'r Record> {
    let of_stage = region.store(RESOURCE_TYPE).matching("stageArn", stage, 0);
    of_stage.filter(|record| RUNNING.contains(&record.text("state")))
}

/// Returns the ARNs of the running compositions of a stage.
fn arns_on(region: &Region, stage: &str) -> Vec<String> {
    running_on(region, stage).map(|record| record.arn.to_string()).collect()
}

/// Ends the compositions of a stage that is deleted (fact `D16`).
pub(super) fn end_all_on(region: &mut Region, stage: &str, now: Timestamp) {
    for arn in arns_on(region, stage) {
        end_now(region, &arn, now);
    }
}

/// Schedules the end of the compositions of a stage whose last publisher stopped.
pub(super) fn last_publisher_stopped(region: &mut Region, stage: &str, now: Timestamp) {
    for arn in arns_on(region, stage) {
        end_if_nobody_publishes(region, arn, now);
    }
}

/// Schedules the end of a composition in one minute, unless someone publishes on its stage in that time.
fn end_if_nobody_publishes(region: &mut Region, arn: String, now: Timestamp) {
    let watch = move |region: &mut Region, due: Timestamp| {
        let Some(record) = region.store(RESOURCE_TYPE).get(&arn) else {
            return;
        };
        if region.stages.has_no_publisher_since(record.text("stageArn"), now) {
            end_now(region, &arn, due);
        }
    };
    region.schedule(now.plus_seconds(NO_PUBLISHER_SECONDS), DeferredChange::run(watch));
}

/// Takes a deleted channel from the compositions that broadcast to it (fact `D16`).
///
/// Its destination is RECONNECTING first, FAILED after the transition. A composition whose last destination failed is
/// FAILED too.
pub(in crate::services) fn channel_deleted(region: &mut Region, channel: &str, now: Timestamp) {
    let store = region.store(RESOURCE_TYPE);
    let running = RUNNING.iter().flat_map(|state| store.matching("state", state, 0));
    let broadcasting: Vec<String> =
        running.filter(|record| refers_to(record, channel)).map(|record| record.arn.to_string()).collect();
    for arn in broadcasting {
        set_destination_state(region, &arn, channel, "RECONNECTING");
        let channel = channel.to_owned();
        let failed = move |region: &mut Region, due: Timestamp| {
            let state = region.store(RESOURCE_TYPE).get(&arn).map(|record| record.text("state").to_owned());
            if !state.is_some_and(|state| RUNNING.contains(&state.as_str())) {
                return;
            }
            set_destination_state(region, &arn, &channel, "FAILED");
            let Some(record) = region.store_mut(RESOURCE_TYPE).get_mut(&arn) else {
                return;
            };
            if destinations_mut(&mut record.document).all(|destination| has_failed(destination)) {
                finish(region, arn, "FAILED", due);
            }
        };
        region.schedule(region.transition_end(now), DeferredChange::run(failed));
    }
}

/// Sets the state of the destinations of a composition that broadcast to a channel.
fn set_destination_state(region: &mut Region, composition: &str, channel: &str, state: &str) {
    let Some(record) = region.store_mut(RESOURCE_TYPE).get_mut(composition) else {
        return;
    };
    for destination in destinations_mut(&mut record.document) {
        if destination.get("configuration").is_some_and(|configuration| destination::refers_to(configuration, channel))
        {
            destination.set("state", state);
        }
    }
}

/// Returns whether a destination has failed.
fn has_failed(destination: &Document) -> bool {
    destination.get("state").and_then(Value::as_str) == Some("FAILED")
}

/// Ends a running composition. It is STOPPING first, and STOPPED after the transition.
fn end_now(region: &mut Region, arn: &str, now: Timestamp) {
    let Some(record) = region.store_mut(RESOURCE_TYPE).get_mut(arn) else {
        return;
    };
    if !RUNNING.contains(&record.text("state")) {
        return;
    }
    set_state(&mut record.document, "STOPPING");
    let arn = arn.to_owned();
    let stopped = move |region: &mut Region, due: Timestamp| finish(region, arn, "STOPPED", due);
    region.schedule(region.transition_end(now), DeferredChange::run(stopped));
}

/// Gives a composition its last state. It is removed five minutes later (fact `D4`).
fn finish(region: &mut Region, arn: String, state: &str, now: Timestamp) {
    let Some(record) = region.store_mut(RESOURCE_TYPE).get_mut(&arn) else {
        return;
    };
    set_state(&mut record.document, state);
    record.document.set("endTime", now.iso());
    for destination in destinations_mut(&mut record.document) {
        destination.set("endTime", now.iso());
    }
    let end = now.plus(region.retention);
    region.schedule(end, DeferredChange::Remove { resource_type: RESOURCE_TYPE, arn });
}

/// Sets the state of a composition and of its destinations that have not failed.
fn set_state(composition: &mut Document, state: &str) {
    composition.set("state", state);
    for destination in destinations_mut(composition).filter(|destination| !has_failed(destination)) {
        destination.set("state", state);
    }
}

fn destinations_mut(composition: &mut Document) -> impl Iterator<Item = &mut Document> {
    let destinations = composition.get_mut("destinations").and_then(Value::as_array_mut);
    destinations.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// Returns whether a destination of a composition refers to an ARN.
fn refers_to(composition: &Record, arn: &str) -> bool {
    let destinations = composition.document.get("destinations").and_then(Value::as_array);
    let configurations = destinations.into_iter().flatten().filter_map(|one| one.get("configuration"));
    configurations.into_iter().any(|configuration| destination::refers_to(configuration, arn))
}
