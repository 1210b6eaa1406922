//! What every universal check is: a name, an authority, a source, and a judgement of one exchange.

use crate::subject::Subject;
use crate::{Departure, Rule};

/// Judges one answered exchange. Stateless; one check a file under `checks/`.
pub trait Check: Sync {
    /// What it demands.
    fn rule(&self) -> &'static Rule;

    /// Every departure from the rule; none if it is kept or does not apply.
    ///
    /// # Errors
    /// When the exchange cannot be judged: indeterminate, never a pass.
    fn judge(&self, subject: &Subject<'_>) -> Result<Vec<Departure>, Undecided>;
}

/// Why a check could not judge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecided(pub String);
