//! Whether a call may be repeated, and what it creates.

use ivs_model::Operation;

use crate::Access;
use crate::effect::{OperationEffects, SubjectEffect};
use crate::verb::Verb;

/// Whether the same call twice leads to the same answer as once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeatability {
    /// It does.
    Safe(RepeatBasis),
    /// It may not: the first call may be the cause of what the second one is answered.
    Unsafe,
}

/// Why a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RepeatBasis {
    /// It changes nothing.
    Reads,
    /// The model's `idempotent` trait, on an operation that deletes nothing.
    IdempotentTrait,
    /// It sets what the input holds, so that the second call finds it set.
    SetsState,
}

impl Repeatability {
    /// Derives it. An idempotent deletion is not repeatable in this sense: the second answer may be 404.
    pub(crate) fn of(operation: &Operation, access: Access, effects: &OperationEffects) -> Self {
        let verb = Verb::of(&operation.name);
        let deletes = verb == Verb::Delete || effects.on_subject == SubjectEffect::Deletes;
        match verb {
            _ if access.is_read() => Self::Safe(RepeatBasis::Reads),
            _ if operation.idempotent && !deletes => Self::Safe(RepeatBasis::IdempotentTrait),
            Verb::Update | Verb::Put | Verb::Tag | Verb::Untag => Self::Safe(RepeatBasis::SetsState),
            _ => Self::Unsafe,
        }
    }

    /// Returns whether the same call twice is as good as once.
    #[must_use]
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Safe(_))
    }
}

/// What a success creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Creation {
    /// Nothing.
    Nothing,
    /// A resource with an ARN; [`OperationEffects::creates`] has the types.
    Resource,
    /// Something that no ARN names, such as a token, a revocation or a replication.
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
