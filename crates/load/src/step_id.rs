//! The index and the name of a step.

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
    /// [`ivs_model::Service::id`].
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The use, such as `x50` or `deleted`; empty for the plain one.
    pub variant: String,
}

impl StepName {
    /// Names a step of an operation.
    #[must_use]
    pub fn new(service: &str, operation: &str, variant: &str) -> Self {
        Self { service: service.to_owned(), operation: operation.to_owned(), variant: variant.to_owned() }
    }

    /// The name in reports and gates, such as `ivs.BatchGetChannel/x50`.
    #[must_use]
    pub fn label(&self) -> String {
        let separator = if self.variant.is_empty() { "" } else { "/" };
        format!("{}.{}{separator}{}", self.service, self.operation, self.variant)
    }
}
