//! The `ivschat` service: rooms, tokens, messages and logging.

mod logging_configuration;
mod message;
mod room;

use crate::call::Handler;
use crate::fault::FaultInfo;

/// The handlers of the service, one table per file.
pub(super) const HANDLERS: &[&[(&str, Handler)]] =
    &[logging_configuration::HANDLERS, message::HANDLERS, room::HANDLERS];

/// The faults that the service's handlers carry out, one table per file.
pub(super) const FAULTS: &[&[FaultInfo]] = &[room::FAULTS];
