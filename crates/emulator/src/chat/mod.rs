//! The `ivschat` service: rooms and what is said in them.

mod logging_configuration;
mod message;
mod room;

use crate::call::Handler;

/// The handlers of the service, one table a file.
pub(crate) const HANDLERS: &[&[(&str, Handler)]] =
    &[logging_configuration::HANDLERS, message::HANDLERS, room::HANDLERS];
