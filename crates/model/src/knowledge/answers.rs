//! Errors that models do not declare, and faults of requests with the errors that reject them.

use serde::{Deserialize, Serialize};

use super::entries;
use crate::Authority;

/// An error by name and status; both must agree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedError {
    /// The name, such as `ValidationException`.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
}

/// The errors that correctly reject a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rejection {
    /// The names.
    pub codes: Vec<String>,
    /// The statuses allowed with these names.
    pub statuses: Vec<u16>,
    /// Statuses of old lists, which are allowed but give a warning.
    #[serde(default)]
    pub odd_statuses: Vec<u16>,
    /// The authority of *these* errors. The rejection itself may have a stronger one.
    pub authority: Authority,
}

impl Rejection {
    /// Returns whether the name is one of those expected.
    #[must_use]
    pub fn names(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// Returns all allowed statuses, including the odd ones.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.statuses.iter().chain(&self.odd_statuses).copied()
    }

    /// Returns every allowed pair of name and status, without the odd statuses.
    pub fn errors(&self) -> impl Iterator<Item = NamedError> {
        self.codes
            .iter()
            .flat_map(|code| self.statuses.iter().map(move |status| NamedError { code: code.clone(), status: *status }))
    }
}

/// A correction of a pattern that does not match real values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PatternCorrection {
    /// The services whose model has the pattern.
    pub services: Vec<String>,
    /// The shape.
    pub shape: String,
    /// The pattern of the model. A model with another pattern, such as a later release, is not corrected.
    pub broken: String,
    /// The pattern to use.
    pub corrected: String,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// An error that every operation may return, although the model does not declare it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllowedAnywhere {
    /// The names; empty means any name.
    pub codes: Vec<String>,
    /// The statuses.
    pub statuses: Vec<u16>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

impl AllowedAnywhere {
    /// Returns whether the entry covers an error with that name and status.
    #[must_use]
    pub fn covers(&self, code: &str, status: u16) -> bool {
        self.statuses.contains(&status) && (self.codes.is_empty() || self.codes.iter().any(|known| known == code))
    }
}

/// One violation of SigV4.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuthFault {
    /// The name, such as `unsigned`.
    pub id: String,
    /// A short description of the fault.
    pub fault: String,
    /// The expected rejection.
    pub rejection: Rejection,
    /// The error that the emulator returns.
    pub emulator: NamedError,
    /// The authority of the rejection itself.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// One violation of restJson1 or the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProtocolFault {
    /// The name, such as `malformed-json`.
    pub id: String,
    /// A short description of the fault.
    pub fault: String,
    /// The expected rejection.
    pub rejection: Rejection,
    /// The authority of the rejection itself (4xx).
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

entries!(PatternCorrection, AllowedAnywhere, AuthFault, ProtocolFault);
