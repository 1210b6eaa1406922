//! The errors of a Locust worker.

use std::time::Duration;

use crate::error::LoadError;

/// The reason why a Locust worker could not generate load.
#[derive(Debug, thiserror::Error)]
pub enum LocustError {
    /// The Locust master does not respond.
    #[error("no Locust master at {address} responded within {} s: {reason}", waited.as_secs())]
    NoMaster {
        /// Host and port.
        address: String,
        /// The time waited.
        waited: Duration,
        /// The last failure.
        reason: String,
    },
    /// The master uses another protocol.
    #[error("the master at {address} does not use the protocol of Locust 2.x: {source}")]
    Foreign {
        /// Host and port.
        address: String,
        /// The frame that could not be decoded.
        source: FrameError,
    },
    /// The master asks for a user class that this worker does not have.
    #[error(
        "unknown user class '{class}': this worker has {known}. Start the master with a locustfile that names them"
    )]
    UnknownClass {
        /// The unknown class.
        class: String,
        /// The classes of this worker.
        known: String,
    },
    /// The run could not be prepared.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// The reason why a frame could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The frame is not msgpack, or contains more than one value.
    #[error("a frame is not a single msgpack value: {reason}")]
    Msgpack {
        /// The decoder's message.
        reason: String,
    },
    /// The frame is msgpack, but not an array of a type, data and a node id.
    #[error("a frame is not [type, data, node id]")]
    Form,
    /// A message lacks a member or has it in another form.
    #[error("a '{kind}' message has no usable '{member}'")]
    Member {
        /// The message's type.
        kind: String,
        /// The member.
        member: &'static str,
    },
}
