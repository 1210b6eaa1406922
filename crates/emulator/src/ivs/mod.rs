//! The `ivs` service: channels and all that belongs to low-latency streaming.

mod channel;
pub(crate) mod stream;
mod stream_key;

use crate::call::Handler;

/// The handlers of the service, one table a file.
pub(crate) const HANDLERS: &[&[(&str, Handler)]] = &[channel::HANDLERS, stream_key::HANDLERS];
