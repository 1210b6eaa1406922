//! Gaps: the parts of a model file that a [`Model`](crate::Model) cannot express.

use std::fmt;

use crate::OperationId;

/// One part of a model file that a [`Model`](crate::Model) cannot express. It costs a place or an operation, never the
/// file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelGap {
    /// The part that is left out.
    pub scope: GapScope,
    /// The reason.
    pub reason: GapReason,
}

/// The extent of a gap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapScope {
    /// Nothing is left out but the key itself, at the top level, in the metadata or in the pagination.
    File,
    /// The model does not have the operation.
    Operation(OperationId),
    /// No value of the shape with this name can be built, and its pattern cannot be judged.
    Shape(String),
}

/// The reason for a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GapReason {
    /// Requests go to another host than the endpoint.
    HostPrefix,
    /// The body is a stream of events.
    EventStream,
    /// A text that contains JSON.
    JsonText,
    /// Requests have no signature, or one of another kind.
    Authentication,
    /// The signature need not cover the body.
    UnsignedPayload,
    /// Requests need a checksum.
    Checksum,
    /// A pattern that no regular expression engine here can read.
    Pattern {
        /// The engine's message.
        problem: String,
    },
    /// A key or trait that this reader does not know.
    UnknownKey {
        /// The key or the trait's id.
        key: String,
        /// A JSON pointer to the object that contains it.
        place: String,
    },
    /// Another key or trait that a model cannot express.
    Inexpressible {
        /// The key or the trait's id.
        key: String,
        /// A JSON pointer to the object that contains it.
        place: String,
    },
    /// A pack says that no run calls the operation.
    NeverCalled {
        /// The pack's reason.
        reason: String,
    },
    /// The operation uses a shape that cannot be expressed.
    Uses {
        /// The name of the shape.
        shape: String,
        /// The reason of that shape.
        reason: Box<GapReason>,
    },
}

impl fmt::Display for GapReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostPrefix => formatter.write_str("requests have a host prefix, but go to one endpoint here"),
            Self::EventStream => formatter.write_str("event streams cannot be sent or read"),
            Self::JsonText => formatter.write_str("texts that contain JSON cannot be built"),
            Self::Authentication => formatter.write_str("requests are not signed by SigV4, as all requests here"),
            Self::UnsignedPayload => formatter.write_str("signatures need not cover the body, as all do here"),
            Self::Checksum => formatter.write_str("requests need a checksum, which is not computed"),
            Self::Pattern { problem } => write!(formatter, "the pattern cannot be read: {problem}"),
            Self::UnknownKey { key, place } => write!(formatter, "unknown key `{key}` at {place}"),
            Self::Inexpressible { key, place } => write!(formatter, "`{key}` at {place} cannot be expressed"),
            Self::NeverCalled { reason } => write!(formatter, "the pack never calls it: {reason}"),
            Self::Uses { shape, reason } => write!(formatter, "shape {shape}: {reason}"),
        }
    }
}

impl fmt::Display for ModelGap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, reason } = self;
        match scope {
            GapScope::File => write!(formatter, "ignored: {reason}"),
            GapScope::Operation(operation) => write!(formatter, "{operation} is left out: {reason}"),
            GapScope::Shape(shape) => write!(formatter, "no value of {shape} is built: {reason}"),
        }
    }
}
