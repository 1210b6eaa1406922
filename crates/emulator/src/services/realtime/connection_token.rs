//! Revocation of connection tokens (fact `connection-tokens`).

use super::participant;
use crate::assumptions::REMEMBERED_REVOCATIONS;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("RevokeConnectionToken", revoke)];

/// Revokes a token: it becomes invalid, and a participant that joined with it is disconnected.
///
/// The ID of a token is that of its participant, its `jti` (knowledge `connection-token-id`). Revoking an unknown token
/// succeeds (knowledge `unknown-connection-token`).
fn revoke(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let id = call.input.required("tokenId");
    for stage in region.stages.stages_with(id) {
        participant::disconnect_and_detach(region, &stage, id, call.now);
    }
    let revoked = &mut region.stages.revoked;
    if !revoked.iter().any(|known| known == id) {
        revoked.push_back(id.to_owned());
        if revoked.len() > REMEMBERED_REVOCATIONS {
            revoked.pop_front();
        }
    }
    HandlerOutput::empty()
}

/// Returns ValidationException if a token was revoked.
pub(super) fn check_not_revoked(region: &Region, id: &str) -> Result<(), ServiceError> {
    match region.stages.revoked.iter().any(|known| known == id) {
        true => Err(ServiceError::invalid("/token", "is revoked")),
        false => Ok(()),
    }
}
