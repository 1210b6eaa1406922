//! The errors of setting up a client.

use crate::EndpointError;

/// The reason why a client could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A service has no endpoint.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The certificate bundle cannot be used.
    #[error("the certificate bundle cannot be used: {reason}")]
    Bundle {
        /// The defect of the bundle.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be set up.
    #[cfg(feature = "reqwest")]
    #[error("the HTTP client cannot be set up")]
    Transport(#[source] reqwest::Error),
}
