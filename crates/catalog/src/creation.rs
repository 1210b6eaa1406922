//! The kind of creation by a successful call.

use ivs_model::Operation;

use crate::effect::OperationEffects;
use crate::verb::Verb;

/// The kind of creation by a successful call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Creation {
    /// Nothing.
    Nothing,
    /// A resource with an ARN; [`OperationEffects::creates`] has the types.
    Resource,
    /// Something without an ARN, such as a token, a revocation or a replication.
    WithoutArn,
}

impl Creation {
    pub(crate) fn of(operation: &Operation, effects: &OperationEffects) -> Self {
        match Verb::of(&operation.name) {
            _ if !effects.creates.is_empty() => Self::Resource,
            Verb::Create => Self::WithoutArn,
            _ => Self::Nothing,
        }
    }

    /// Returns whether a success creates anything.
    #[must_use]
    pub fn creates(self) -> bool {
        self != Self::Nothing
    }
}
