//! Stage sessions, from the first join to the last leave (fact `stage-sessions`).

use crate::call::{Handler, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::ids;
use crate::service_error::{ErrorCode, ServiceError};
use crate::state::{Region, StageSession};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("GetStageSession", get), ("ListStageSessions", list)];

/// Returns the active session of a stage. Starts one if there is none.
pub(super) fn open<'r>(
    region: &'r mut Region,
    stage: &str,
    now: Timestamp,
) -> Result<&'r mut StageSession, ServiceError> {
    if region.stages.active(stage).is_none() {
        let id = format!("st-{}", ids::alphanumeric(13));
        region.get_mut(ResourceType::Stage, stage)?.document.set("activeSessionId", id.as_str());
        let mut document = Document::new();
        document.set("sessionId", id);
        document.set("startTime", now.iso());
        region.stages.start_session(stage, document, now);
    }
    region.stages.active_mut(stage).ok_or_else(|| missing(stage))
}

/// Ends the session of an empty stage, and returns whether it did.
pub(super) fn close_if_empty(region: &mut Region, stage: &str, now: Timestamp) -> bool {
    let Some(session) = region.stages.active_mut(stage) else {
        return false;
    };
    if !session.end_if_empty(now) {
        return false;
    }
    if let Some(stage) = region.store_mut(ResourceType::Stage).get_mut(stage) {
        stage.document.remove("activeSessionId");
    }
    true
}

/// Returns ResourceNotFoundException for an unknown session or participant.
pub(super) fn missing(stage: &str) -> ServiceError {
    ServiceError::new(ErrorCode::ResourceNotFound, "Resource: stage session or participant not found").about(stage)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let stage = call.input.required("stageArn");
    region.get(ResourceType::Stage, stage)?;
    let session = region.stages.session(stage, call.input.required("sessionId"));
    call.output("stageSession", &session.ok_or_else(|| missing(stage))?.document)
}

/// Lists the latest first. An unknown stage gets ResourceNotFoundException, although the operation does not declare
/// that error (knowledge `lists-of-an-unknown-stage`).
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let stage = call.input.required("stageArn");
    region.get(ResourceType::Stage, stage)?;
    let cursor = call.cursor(0)?;
    let sessions = region.stages.sessions(stage).iter().rev();
    call.page(cursor, sessions.map(|session| (u64::MAX - session.position, &session.document)))
}
