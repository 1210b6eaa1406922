//! The `ivs-realtime` service: stages and all that belongs to them.

pub(crate) mod client;
mod composition;
mod connection_token;
mod destination;
mod encoder_configuration;
pub(crate) mod ingest_configuration;
mod layout;
mod participant;
pub(crate) mod participant_token;
mod public_key;
mod recording;
mod replication;
pub(crate) mod session;
mod stage;
mod storage_configuration;

use crate::call::Handler;

/// The handlers of the service, one table a file.
pub(crate) const HANDLERS: &[&[(&str, Handler)]] = &[
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
