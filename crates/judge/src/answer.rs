//! What an answer is, before anyone says whether it is right.

use std::fmt;

use ivs_client::{Exchange, FailureKind, error_name};
use ivs_generators::ExpectedError;
use ivs_model::{Knowledge, Model};

use crate::allowance;
use crate::coverage::Coverage;

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
    /// As if there were no such operation: 501, 404 or 405 without a known error name, UnknownOperationException, or the output
    /// of another operation.
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

    /// Whether it is a 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success { .. })
    }

    /// Whether it is one of these errors, by name and status.
    ///
    /// A 404, 405 or 501 that also reads as a missing operation counts: name and status are what an error is expected by.
    #[must_use]
    pub fn is_one_of(&self, errors: &[ExpectedError]) -> bool {
        match self {
            Self::Error { name, status } | Self::Absent { name: Some(name), status } => {
                errors.iter().any(|error| error.code == *name && error.status == *status)
            }
            _ => false,
        }
    }

    /// Whether it is about rate, quota or permission, from which nothing about the request follows.
    #[must_use]
    pub fn is_account_error(&self) -> bool {
        matches!(self, Self::Throttled { .. }) || matches!(self.status(), Some(402 | 403))
    }

    /// Whether, as the answer to a control, it shows nothing: no answer, a redirect, a failing server, an account error.
    #[must_use]
    pub fn is_inconclusive(&self) -> bool {
        matches!(self, Self::None(_) | Self::Other { .. })
            || self.is_account_error()
            || self.status().is_some_and(|status| status >= 500)
    }

    /// Whether it refuses the request, by whatever name: a 4xx.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.status().is_some_and(|status| (400..500).contains(&status))
    }

    /// Whether the operation is there, where this answers a valid call.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        match self {
            Self::Absent { .. } => Coverage::NotImplemented(self.to_string()),
            Self::Success { .. } => Coverage::Implemented,
            Self::Error { .. } if !self.is_inconclusive() => Coverage::Implemented,
            _ => Coverage::Unknown(format!("a valid call got {self}")),
        }
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
            Self::Absent { name: None, status: 200..=299 } => formatter.write_str("the output of another operation"),
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
        FailureKind::BrokenBody => "an answer whose body cannot be read",
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

#[cfg(test)]
mod tests {
    use ivs_client::FailureKind;

    use super::*;

    fn error(name: &str, status: u16) -> Answer {
        Answer::Error { name: name.to_owned(), status }
    }

    #[test]
    fn what_tells_nothing_of_the_operation_leaves_it_unknown() {
        let vague = [
            Answer::Nameless { status: 400 },
            error("InternalServerException", 500),
            error("AccessDeniedException", 403),
            Answer::Throttled { status: 429 },
            Answer::None(FailureKind::Closed),
        ];
        for answer in vague {
            assert!(matches!(answer.coverage(), Coverage::Unknown(_)), "{answer}");
        }
        assert_eq!(error("ResourceNotFoundException", 404).coverage(), Coverage::Implemented);
        assert!(matches!(Answer::Absent { status: 501, name: None }.coverage(), Coverage::NotImplemented(_)));
    }

    #[test]
    fn name_and_status_must_both_fit() {
        let expected = [ExpectedError { code: "ValidationException".into(), status: 400 }];
        assert!(error("ValidationException", 400).is_one_of(&expected));
        assert!(!error("ValidationException", 403).is_one_of(&expected));
        assert!(!Answer::Nameless { status: 400 }.is_one_of(&expected));
        assert!(!Answer::Success { status: 200 }.is_one_of(&expected));
    }

    #[test]
    fn an_error_of_the_expected_name_and_status_counts_though_it_reads_as_a_missing_operation() {
        let expected = [ExpectedError { code: "UnknownOperationException".into(), status: 404 }];
        let absent = |name: &str| Answer::Absent { status: 404, name: Some(name.to_owned()) };
        assert!(absent("UnknownOperationException").is_one_of(&expected));
        assert!(!absent("NotFound").is_one_of(&expected));
        assert!(!Answer::Absent { status: 404, name: None }.is_one_of(&expected));
    }
}
