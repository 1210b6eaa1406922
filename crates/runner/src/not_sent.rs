//! The reason why a request was not sent.

use ivs_judge::Verdict;

/// The reason why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSent(pub String);

/// A case that leans on a request which was not sent is indeterminate.
impl From<NotSent> for Verdict {
    fn from(NotSent(reason): NotSent) -> Self {
        Self::Indeterminate(reason)
    }
}
