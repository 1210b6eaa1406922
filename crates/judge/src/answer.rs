//! What an answer is, before anyone says whether it is right.

use std::fmt;

use ivs_client::{Exchange, FailureKind, error_name};
use ivs_model::{Knowledge, Model};

use crate::allowance;

/// The kinds of answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A 2xx.
    Success {
        /// Its status.
        status: u16,
    },
    /// A 4xx or 5xx that names its error.
    Error {
        /// The name.
        name: String,
        /// The status.
        status: u16,
    },
    /// A 4xx or 5xx that does not.
    Nameless {
        /// The status.
        status: u16,
    },
    /// Calls came too fast.
    Throttled {
        /// The status.
        status: u16,
    },
    /// As if there were no such operation: 501, 404 or 405 without a known error name, or UnknownOperationException.
    Absent {
        /// The status.
        status: u16,
        /// The name, if there is one.
        name: Option<String>,
    },
    /// 1xx or 3xx.
    Other {
        /// The status.
        status: u16,
    },
    /// No answer.
    None(FailureKind),
}

impl Answer {
    /// What an exchange came to. Without a model every error name is unknown.
    #[must_use]
    pub fn of(exchange: &Exchange, model: Option<&Model>, knowledge: &Knowledge) -> Self {
        let response = match &exchange.outcome {
            Ok(response) => response,
            Err(failure) => return Self::None(failure.kind),
        };
        let status = response.status;
        if (200..300).contains(&status) {
            return Self::Success { status };
        }
        if status < 400 {
            return Self::Other { status };
        }
        let name = error_name(response).map(|error| error.name);
        if allowance::is_throttling(knowledge, name.as_deref(), status) {
            return Self::Throttled { status };
        }
        let known = name.as_deref().is_some_and(|name| is_known(model, knowledge, name));
        let unknown_operation =
            name.as_deref().is_some_and(|name| matches!(name, "UnknownOperationException" | "UnknownOperation"));
        match name {
            name if status == 501 || unknown_operation || (matches!(status, 404 | 405) && !known) => {
                Self::Absent { status, name }
            }
            Some(name) => Self::Error { name, status },
            None => Self::Nameless { status },
        }
    }

    /// Whether it looks as if there were no such operation.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    /// The status, if there is an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Success { status }
            | Self::Error { status, .. }
            | Self::Nameless { status }
            | Self::Throttled { status }
            | Self::Absent { status, .. }
            | Self::Other { status } => Some(*status),
            Self::None(_) => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success { status } | Self::Other { status } => write!(formatter, "{status}"),
            Self::Error { name, status } | Self::Absent { name: Some(name), status } => {
                write!(formatter, "{status} {name}")
            }
            Self::Nameless { status } | Self::Absent { name: None, status } => {
                write!(formatter, "{status} without an error name")
            }
            Self::Throttled { status } => write!(formatter, "{status}, too many calls"),
            Self::None(kind) => formatter.write_str(failure_text(*kind)),
        }
    }
}

/// What became of a request that got no answer.
pub(crate) fn failure_text(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Connect => "no connection",
        FailureKind::Tls => "no TLS connection",
        FailureKind::Timeout => "no answer in time",
        FailureKind::Closed => "a connection closed before the answer was whole",
        FailureKind::Malformed => "an answer that is no HTTP",
        FailureKind::TooLarge => "an answer larger than the client takes",
        FailureKind::Unsendable => "not sent: HTTP cannot express it",
        FailureKind::Credentials => "not sent: no credentials",
        FailureKind::Unsteady => "a failure at first, and a refusal when it was sent again",
        FailureKind::NotSent => "not sent: the run has ended or the operation was given up",
    }
}

/// Whether the service declares the error on any operation, or the knowledge files have it.
fn is_known(model: Option<&Model>, knowledge: &Knowledge, name: &str) -> bool {
    let declared = model.is_some_and(|model| {
        model.operations.iter().flat_map(|operation| &operation.errors).any(|error| model.shape(*error).name == name)
    });
    declared || !allowance::statuses(knowledge, name, false).is_empty()
}
