//! The `ivschat` service: rooms, tokens, messages and logging.

mod logging_configuration;
mod message;
mod room;

use crate::call::Handler;

/// The handlers of the service, one table per file.
pub(super) const HANDLERS: &[&[(&str, Handler)]] =
    &[logging_configuration::HANDLERS, message::HANDLERS, room::HANDLERS];
