//! Findings by severity.

use serde::{Deserialize, Serialize};

use crate::{Finding, Severity};

/// Findings by severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCounts {
    /// The contract is settled.
    pub error: u64,
    /// It is our reading.
    pub warning: u64,
}

impl FindingCounts {
    /// Returns the number of findings by severity.
    #[must_use]
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => counts.error += 1,
                Severity::Warning => counts.warning += 1,
            }
        }
        counts
    }

    /// Returns the number of findings.
    #[must_use]
    pub fn total(self) -> u64 {
        self.error + self.warning
    }
}
