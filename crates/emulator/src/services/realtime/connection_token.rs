//! Connection tokens: JWTs that customers sign, each for one connection to many stages (fact `D2`).

use super::claims::Claims;
use super::participant;
use crate::assumptions::REMEMBERED_REVOCATIONS;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::clock::Timestamp;
use crate::service_error::ServiceError;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("RevokeConnectionToken", revoke)];

/// The longest lifetime of a connection token, in seconds: four weeks.
const LONGEST_SECONDS: i64 = 28 * 24 * 3600;

/// Revokes a token: it becomes invalid, and the participants of its connection are disconnected. Their participant tokens
/// stay valid.
///
/// The ID of a token is its `jti`. Revoking an unknown token succeeds (knowledge `unknown-connection-token`).
fn revoke(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let id = call.input.required("tokenId");
    for (stage, participant) in region.stages.connected_by(id) {
        participant::leave(region, &stage, &participant, call.now);
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

/// Returns the ID of a token that opens a connection now.
///
/// # Errors
/// ValidationException for any other text, and for a revoked token.
pub(super) fn check(token: &str, region: &Region, now: Timestamp) -> Result<String, ServiceError> {
    const POINTER: &str = "/connectionToken";
    let token = Claims::read(POINTER, token, region)?;
    if !token.is_self_signed {
        return Err(ServiceError::invalid(POINTER, "must be signed with an imported key"));
    }
    token.check_not_expired(now)?;
    token.check_form(LONGEST_SECONDS)?;
    token.is("account_id", region.account())?;
    token.is("region", region.name())?;
    let id = token.id()?;
    if region.stages.revoked.iter().any(|known| known == id) {
        return Err(ServiceError::invalid(POINTER, "is revoked"));
    }
    Ok(id.to_owned())
}
