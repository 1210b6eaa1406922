//! The classes of answers that results count separately.

use serde::Serialize;

/// The class of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerClass {
    /// The answer that the step expects: success, or the rejection it provokes.
    Expected,
    /// 429, or an error named ThrottlingException: load beyond a limit, not a failure.
    Throttled,
    /// An error that the operation declares (or that any operation may return), where none was expected.
    Declared,
    /// Any other answer.
    Undeclared,
    /// No answer: connection refused, reset or timed out, or not HTTP.
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

    /// Whether it counts into the error rate.
    #[must_use]
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Expected | Self::Throttled)
    }
}
