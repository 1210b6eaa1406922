//! The `ivs` service: channels, and everything else of low-latency streaming.

mod ad_break;
mod ad_configuration;
mod batch;
mod channel;
mod failover_slate;
mod playback_key_pair;
mod playback_restriction_policy;
mod recording_configuration;
mod stream;
mod stream_key;
mod stream_session;
mod viewer_session;

use crate::call::Handler;
use crate::control_action::ControlAction;
use crate::fault::FaultInfo;

/// The handlers of the service, one table per file.
pub(super) const HANDLERS: &[&[(&str, Handler)]] = &[
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

/// The control actions on the service's resources, one table per file.
pub(super) const CONTROL_ACTIONS: &[&[ControlAction]] = &[stream::CONTROL_ACTIONS, viewer_session::CONTROL_ACTIONS];

/// The faults that the service's handlers carry out, one table per file.
pub(super) const FAULTS: &[&[FaultInfo]] = &[channel::FAULTS];
