//! The `ivs-realtime` service: stages, their participants, and compositions.

mod claims;
mod client;
mod composition;
mod connection_token;
mod destination;
mod encoder_configuration;
mod ingest_configuration;
mod layout;
mod participant;
mod participant_token;
mod public_key;
mod recording;
mod replication;
mod session;
mod stage;
mod storage_configuration;

pub(super) use composition::channel_deleted;

use crate::call::Handler;
use crate::control_action::ControlAction;
use crate::fault::FaultInfo;

/// The handlers of the service, one table per file.
pub(super) const HANDLERS: &[&[(&str, Handler)]] = &[
    composition::HANDLERS,
    connection_token::HANDLERS,
    encoder_configuration::HANDLERS,
    ingest_configuration::HANDLERS,
    participant::HANDLERS,
    participant_token::HANDLERS,
    public_key::HANDLERS,
    replication::HANDLERS,
    session::HANDLERS,
    stage::HANDLERS,
    storage_configuration::HANDLERS,
];

/// The control actions on the service's resources, one table per file.
pub(super) const CONTROL_ACTIONS: &[&[ControlAction]] =
    &[client::CONTROL_ACTIONS, ingest_configuration::CONTROL_ACTIONS];

/// The faults that the service's handlers carry out, one table per file.
pub(super) const FAULTS: &[&[FaultInfo]] = &[encoder_configuration::FAULTS];
