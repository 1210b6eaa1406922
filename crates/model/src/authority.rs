//! Why an answer is expected.

use serde::{Deserialize, Serialize};

/// Why an answer is expected: what a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// Declared in the service model.
    Model,
    /// restJson1 or SigV4 demand it.
    Protocol,
    /// AWS prose says it.
    Documented,
    /// Recorded from AWS by someone.
    Observed,
    /// Our reading. A departure is a warning, never an error.
    Inferred,
}
