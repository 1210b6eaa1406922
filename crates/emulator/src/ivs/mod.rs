//! The `ivs` service: channels and all that belongs to low-latency streaming.

mod ad_break;
mod ad_configuration;
mod channel;
mod failover_slate;
mod playback_key_pair;
mod playback_restriction_policy;
mod recording_configuration;
pub(crate) mod stream;
mod stream_key;
mod stream_session;
pub(crate) mod viewer_session;

use crate::call::Handler;

/// The handlers of the service, one table a file.
pub(crate) const HANDLERS: &[&[(&str, Handler)]] = &[
    ad_break::HANDLERS,
    ad_configuration::HANDLERS,
    channel::HANDLERS,
    failover_slate::HANDLERS,
    playback_key_pair::HANDLERS,
    playback_restriction_policy::HANDLERS,
    recording_configuration::HANDLERS,
    stream::HANDLERS,
    stream_key::HANDLERS,
    stream_session::HANDLERS,
    viewer_session::HANDLERS,
];
