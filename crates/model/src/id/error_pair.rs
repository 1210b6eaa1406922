//! An operation and an error that it may return.

use std::fmt;
use std::str::FromStr;

use super::OperationId;
use super::intern::intern;
use super::text::{ParseIdError, is_name, serde_as_text};

/// An operation and the name of an error that it may return: `ivs.GetChannel:ResourceNotFoundException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorPair {
    /// The operation.
    pub operation: OperationId,
    /// The name of the error.
    pub error: &'static str,
}

impl ErrorPair {
    /// Returns the pair of an operation and the name of an error.
    #[must_use]
    pub fn new(operation: OperationId, error: &str) -> Self {
        Self { operation, error: intern(error) }
    }
}

impl fmt::Display for ErrorPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.operation, self.error)
    }
}

impl FromStr for ErrorPair {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (operation, error) = text.split_once(':').filter(|(_, error)| is_name(error))?;
            Some(Self::new(operation.parse().ok()?, error))
        };
        read().ok_or_else(|| {
            ParseIdError::new(text, "an error of an operation", "ivs.GetChannel:ResourceNotFoundException")
        })
    }
}

serde_as_text!(ErrorPair);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::operation::tests::operation_ids;
    use super::*;

    proptest! {
        #[test]
        fn the_text_form_reads_back(operation in operation_ids(), error in "[A-Za-z.]{1,20}") {
            let pair = ErrorPair::new(operation, &error);
            prop_assert_eq!(pair.to_string().parse(), Ok(pair));
        }
    }

    #[test]
    fn a_wrong_text_is_named_with_an_example() {
        for text in ["", "ivs.GetChannel", "ivs.GetChannel:", "GetChannel:X"] {
            let error = text.parse::<ErrorPair>().expect_err(text);
            let expected = "is not an error of an operation (example: ivs.GetChannel:ResourceNotFoundException)";
            assert_eq!(error.to_string(), format!("'{text}' {expected}"));
        }
    }
}
