//! What every universal check is: a name, an authority, a source, the responses that it looks at, and a judgement of one exchange.

use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::{CheckInfo, Mismatch};

/// The responses that a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseKind {
    /// Every response.
    Any,
    /// Successes only.
    Success,
    /// Errors only.
    Error,
}

/// Judges one answered exchange. Stateless; one check a file under `checks/`.
pub trait UniversalCheck: Sync {
    /// What it demands.
    fn rule(&self) -> &'static CheckInfo;

    /// Explains the check to a person.
    fn explanation(&self) -> &'static Explanation;

    /// Returns the responses that the check looks at. Its silence about any other response is not a pass.
    fn looks_at(&self) -> ResponseKind;

    /// Every departure from the rule; none if it is kept or does not apply.
    ///
    /// # Errors
    /// When the exchange cannot be judged: indeterminate, never a pass.
    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided>;

    /// Returns exchanges in which this check finds something and no other check does. A check without any fails a test.
    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn;
}

/// Why a check could not judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecided(pub String);
