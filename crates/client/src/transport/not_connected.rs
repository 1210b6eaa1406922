//! The error of the connector.

use crate::Failure;

/// The reason why no connection was opened, as an error of hyper's client.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(super) struct NotConnected(pub(super) Failure);
