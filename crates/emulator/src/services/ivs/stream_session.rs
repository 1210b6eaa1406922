//! Stream sessions: the history of each stream (fact `streams`).

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::service_error::{ErrorCode, ServiceError};
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("GetStreamSession", get), ("ListStreamSessions", list)];

/// Returns the session of a stream ID, else the latest. A channel that was never live has none (404, observed).
fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    let sessions = region.streams.sessions(channel);
    let session = match call.input.text("streamId") {
        Some(id) => sessions.iter().find(|session| session.document.get("streamId").is_some_and(|found| found == id)),
        None => sessions.last(),
    };
    let missing =
        || ServiceError::new(ErrorCode::ResourceNotFound, "Resource: stream session not found").about(channel);
    call.output("streamSession", &session.ok_or_else(missing)?.document)
}

/// Lists the latest first.
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let channel = call.input.required("channelArn");
    region.get(ResourceType::Channel, channel)?;
    let cursor = call.cursor(0)?;
    let sessions = region.streams.sessions(channel).iter().rev();
    call.page(cursor, sessions.map(|session| (u64::MAX - session.position, &session.document)))
}
