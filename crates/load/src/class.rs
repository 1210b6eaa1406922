//! The classes of responses that results count separately.

use serde::Serialize;

/// The class of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerClass {
    /// The response that the step expects: success, or the rejection that it triggers.
    Expected,
    /// 429, or an error named ThrottlingException: load beyond a limit, not a failure.
    Throttled,
    /// An error that the operation declares (or that any operation may return), where an error was not expected.
    Declared,
    /// Any other response.
    Undeclared,
    /// Without a response: the connection was refused, was reset or timed out, or the bytes were not HTTP.
    Transport,
}

impl AnswerClass {
    /// All classes, in the order of their counts.
    pub const ALL: [Self; 5] = [Self::Expected, Self::Throttled, Self::Declared, Self::Undeclared, Self::Transport];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Throttled => "throttled",
            Self::Declared => "declared",
            Self::Undeclared => "undeclared",
            Self::Transport => "transport",
        }
    }

    /// Returns whether the class counts toward the error rate.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Expected | Self::Throttled)
    }
}
