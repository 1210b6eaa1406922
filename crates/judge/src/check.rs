//! What every universal check is: a name, an authority, a source, and a judgement of one exchange.

use crate::response_view::ResponseView;
use crate::{CheckInfo, Mismatch};

/// Judges one answered exchange. Stateless; one check a file under `checks/`.
pub trait Check: Sync {
    /// What it demands.
    fn rule(&self) -> &'static CheckInfo;

    /// Every departure from the rule; none if it is kept or does not apply.
    ///
    /// # Errors
    /// When the exchange cannot be judged: indeterminate, never a pass.
    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided>;
}

/// Why a check could not judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecided(pub String);
