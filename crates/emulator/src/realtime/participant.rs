//! Participants of a stage (facts section 3.10).

use crate::call::{Answer, Call, Handler, Reply};
use crate::control::Action;
use crate::state::{Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] = &[("DisconnectParticipant", disconnect)];

/// Control actions on participants.
pub(crate) const ACTIONS: &[Action] = &[];

/// Disconnecting someone who never joined is a success (knowledge `disconnect-who-never-joined`).
fn disconnect(call: &Call<'_>, region: &mut Region) -> Answer {
    region.get(Kind::Stage, call.input.required("stageArn"))?;
    Reply::empty()
}
