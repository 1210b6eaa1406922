//! What became of one Case.

use crate::Finding;

/// The outcome of judging one Case. A check that could not judge is never a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The endpoint keeps the contract here, and a control shows that it can tell the difference.
    Pass,
    /// It departs from it.
    Fail(Vec<Finding>),
    /// It could not be judged, and why.
    Indeterminate(String),
    /// It does not apply or may not be sent, and why.
    Skipped(String),
    /// The run or its operation ended before it, and why.
    NotSent(String),
}
