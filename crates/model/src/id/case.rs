//! The id of a case.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::text::{ParseIdError, serde_as_text};
use super::{OperationId, SuiteName};

const RESOURCE: &str = "resource";
const EXAMPLE: &str = "ivs.CreateChannel/validation/length-above-max/name";

/// One case of one suite on one operation: `ivs.CreateChannel/validation/length-above-max/name`. It is the same across runs,
/// machines and seeds, and cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId {
    /// The operation under test.
    pub operation: OperationId,
    /// The suite.
    pub suite: SuiteName,
    /// The name within the suite; it may contain `/`.
    pub name: Arc<str>,
}

impl CaseId {
    /// Returns the id of a case.
    #[must_use]
    pub fn new(operation: OperationId, suite: SuiteName, name: impl Into<Arc<str>>) -> Self {
        Self { operation, suite, name: name.into() }
    }

    /// Returns the id of the control request of an operation, which precedes its cases:
    /// `ivs.CreateChannel/setup/control`.
    #[must_use]
    pub fn control(operation: OperationId) -> Self {
        Self::new(operation, SuiteName::SETUP, "control")
    }

    /// Returns the id of the calls that create, read and delete the resources of cases:
    /// `ivs.CreateChannel/setup/resource`.
    #[must_use]
    pub fn resource(operation: OperationId) -> Self {
        Self::new(operation, SuiteName::SETUP, RESOURCE)
    }

    /// Returns whether a run of this case alone repeats it. Calls for resources depend on other cases.
    #[must_use]
    pub fn is_replayable(&self) -> bool {
        self.suite != SuiteName::SETUP || &*self.name != RESOURCE
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{}", self.operation, self.suite, self.name)
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CaseId({self})")
    }
}

impl FromStr for CaseId {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (operation, rest) = text.split_once('/')?;
            let (suite, name) = rest.split_once('/').filter(|(_, name)| !name.is_empty())?;
            Some(Self::new(operation.parse().ok()?, suite.parse().ok()?, name))
        };
        read().ok_or_else(|| ParseIdError::new(text, "a case ID", EXAMPLE))
    }
}

serde_as_text!(CaseId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::operation::tests::operation_ids;
    use super::super::suite::tests::suite_names;
    use super::*;

    proptest! {
        #[test]
        fn the_text_form_reads_back(operation in operation_ids(), suite in suite_names(), name in ".+") {
            let id = CaseId::new(operation, suite, name);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn the_name_keeps_its_slashes() {
        let id: CaseId = EXAMPLE.parse().expect("a case id");
        assert_eq!((id.suite.as_str(), &*id.name), ("validation", "length-above-max/name"));
    }

    #[test]
    fn only_calls_for_resources_cannot_be_replayed() {
        let operation = OperationId::new("ivs", "CreateChannel");
        assert!(!CaseId::resource(operation).is_replayable());
        assert!(CaseId::control(operation).is_replayable());
        assert!(CaseId::new(operation, SuiteName::from_static("tags"), RESOURCE).is_replayable());
    }

    #[test]
    fn a_wrong_text_is_named_with_an_example() {
        for text in ["", "ivs.GetChannel", "ivs.GetChannel/errors", "ivs.GetChannel/errors/", "GetChannel/errors/x"] {
            let error = text.parse::<CaseId>().expect_err(text);
            assert_eq!(error.to_string(), format!("'{text}' is not a case ID (example: {EXAMPLE})"));
        }
    }
}
