//! Errors that models do not declare, and faults of requests with the errors that answer them.

use serde::{Deserialize, Serialize};

use super::entries;
use crate::Authority;

/// An error by name and status; both must agree.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedError {
    /// The name, such as `ValidationException`.
    pub code: String,
    /// Its HTTP status.
    pub status: u16,
}

/// The errors that are a right answer, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rejection {
    /// The names.
    pub codes: Vec<String>,
    /// The statuses that go with any of these names.
    pub statuses: Vec<u16>,
    /// Statuses that were seen in old lists: right, but worth a warning.
    #[serde(default)]
    pub odd_statuses: Vec<u16>,
    /// Why *these* errors are expected; that the request is rejected at all may rest on more.
    pub authority: Authority,
}

impl Rejection {
    /// Whether the name is among those expected.
    #[must_use]
    pub fn names(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    /// All statuses that are right, the odd ones included.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.statuses.iter().chain(&self.odd_statuses).copied()
    }

    /// Every right pair of name and status, the odd ones left out.
    pub fn errors(&self) -> impl Iterator<Item = NamedError> {
        self.codes
            .iter()
            .flat_map(|code| self.statuses.iter().map(move |status| NamedError { code: code.clone(), status: *status }))
    }
}

/// A pattern that matches nothing real.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PatternCorrection {
    /// The services whose model has it.
    pub services: Vec<String>,
    /// The shape.
    pub shape: String,
    /// The pattern of the model. A model with another one, say a later release, is left alone.
    pub broken: String,
    /// The pattern to use.
    pub corrected: String,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// An answer that is right on every operation although the model does not declare it there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllowedAnywhere {
    /// The names; empty means any name.
    pub codes: Vec<String>,
    /// The statuses.
    pub statuses: Vec<u16>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

impl AllowedAnywhere {
    /// Whether this answer is such a one.
    #[must_use]
    pub fn covers(&self, code: &str, status: u16) -> bool {
        self.statuses.contains(&status) && (self.codes.is_empty() || self.codes.iter().any(|known| known == code))
    }
}

/// One way to break SigV4.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuthFault {
    /// Its name, such as `unsigned`.
    pub id: String,
    /// What is wrong with the request, in a few words.
    pub fault: String,
    /// What answers it.
    pub rejection: Rejection,
    /// What our emulator answers.
    pub emulator: NamedError,
    /// Why the request must be rejected at all.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// One way to break restJson1 or the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProtocolFault {
    /// Its name, such as `malformed-json`.
    pub id: String,
    /// What is wrong with the request, in a few words.
    pub fault: String,
    /// What answers it.
    pub rejection: Rejection,
    /// Why the request must be rejected (4xx) at all.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

entries!(PatternCorrection, AllowedAnywhere, AuthFault, ProtocolFault);
