//! The index and the name of a step.

use std::str::FromStr;

use ivs_model::{CaseId, OperationId, ParseIdError, SuiteName};

/// The index of a step in the run's list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub(crate) u16);

impl StepId {
    /// The index into the list of steps.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The name of a step: an operation and its use.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepName {
    /// The operation.
    pub operation: OperationId,
    /// The use, such as `x50` or `deleted`; empty for the plain one.
    pub variant: String,
}

/// Reads a label: `ivs.BatchGetChannel/x50`.
impl FromStr for StepName {
    type Err = ParseIdError;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        let (operation, variant) = label.split_once('/').unwrap_or((label, ""));
        Ok(Self { operation: operation.parse()?, variant: variant.to_owned() })
    }
}

impl StepName {
    /// Returns the id of the case that this step is: `ivs.BatchGetChannel/load/x50`.
    pub(crate) fn case(&self) -> CaseId {
        let name = if self.variant.is_empty() { "call" } else { &self.variant };
        CaseId::new(self.operation, SuiteName::from_static("load"), name)
    }

    /// The name in reports and gates, such as `ivs.BatchGetChannel/x50`.
    #[must_use]
    pub fn label(&self) -> String {
        let separator = if self.variant.is_empty() { "" } else { "/" };
        format!("{}{separator}{}", self.operation, self.variant)
    }
}
