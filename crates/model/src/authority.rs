//! The authority behind an expectation.

use serde::{Deserialize, Serialize};

/// The authority behind an expectation, and so behind a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// Declared in the service model.
    Model,
    /// Required by restJson1 or SigV4.
    Protocol,
    /// Documented in AWS prose.
    Documented,
    /// Observed in recorded AWS responses.
    Observed,
    /// Inferred by this project. A deviation is a warning, never an error.
    Inferred,
}
