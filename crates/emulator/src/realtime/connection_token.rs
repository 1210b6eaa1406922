//! Revocation of connection tokens (facts section 3.13).

use super::participant;
use crate::call::{Answer, Call, Handler, Reply};
use crate::choices::REMEMBERED_REVOCATIONS;
use crate::failure::Failure;
use crate::state::Region;

pub(super) const HANDLERS: &[(&str, Handler)] = &[("RevokeConnectionToken", revoke)];

/// The token admits nobody any more, and who came with it is disconnected. Its id is that of the participant, the
/// `jti` of the token (knowledge `connection-token-id`); one that nobody knows is revoked all the same (knowledge
/// `unknown-connection-token`).
fn revoke(call: &Call<'_>, region: &mut Region) -> Answer {
    let id = call.input.required("tokenId");
    for stage in region.stages.stages_with(id) {
        participant::eject(region, &stage, id, call.now);
    }
    let revoked = &mut region.stages.revoked;
    if !revoked.iter().any(|known| known == id) {
        revoked.push_back(id.to_owned());
        if revoked.len() > REMEMBERED_REVOCATIONS {
            revoked.pop_front();
        }
    }
    Reply::empty()
}

/// ValidationException for a token that was revoked.
pub(super) fn check(region: &Region, id: &str) -> Result<(), Failure> {
    match region.stages.revoked.iter().any(|known| known == id) {
        true => Err(Failure::invalid("/token", "is revoked")),
        false => Ok(()),
    }
}
