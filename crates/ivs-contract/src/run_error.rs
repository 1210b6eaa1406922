//! The reasons why a run from a test cannot begin.

use std::error::Error;

/// The reason why a run did not happen. What an endpoint does wrong is a finding, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The function that starts the endpoint returned an error.
    #[error("the endpoint did not start: {0}")]
    Endpoint(String),
    /// The function that starts the endpoint panicked.
    #[error("the function that starts the endpoint panicked: {0}")]
    EndpointPanicked(String),
    /// The service of this process is not ready for requests.
    #[error("the service cannot be called: {0}")]
    ServiceNotReady(String),
    /// The endpoint could not be judged at all.
    #[error("{0}")]
    Unusable(String),
    /// The target or the settings are wrong.
    #[error("{}", chain(.0.as_ref()))]
    Configuration(#[source] Box<dyn Error + Send + Sync>),
    /// A selected service, operation or suite does not exist.
    #[error("{text}")]
    Selection {
        /// The name and the ones that exist.
        text: String,
    },
    /// The baseline cannot be read or written.
    #[error("{text}")]
    Baseline {
        /// The file and the reason.
        text: String,
    },
    /// A report file could not be written.
    #[error("cannot write the report {path}: {reason}")]
    Report {
        /// The file.
        path: String,
        /// The error of the system, and what to do about it.
        reason: String,
    },
}

impl RunError {
    pub(crate) fn configuration(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Configuration(error.into())
    }
}

/// Writes an error with its causes on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
