//! The `ivs-realtime` service: stages and all that belongs to them.

pub(crate) mod participant;
pub(crate) mod participant_token;
mod stage;

use crate::call::Handler;

/// The handlers of the service, one table a file.
pub(crate) const HANDLERS: &[&[(&str, Handler)]] =
    &[participant::HANDLERS, participant_token::HANDLERS, stage::HANDLERS];
