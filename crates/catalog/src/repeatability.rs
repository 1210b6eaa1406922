//! The safety of repeating a call.

use ivs_model::Operation;

use crate::access::Access;
use crate::effect::{OperationEffects, SubjectEffect};
use crate::verb::Verb;

/// The safety of repeating a call. It is safe if the second response equals the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeatability {
    /// The repeated call gets the same response.
    Safe(RepeatBasis),
    /// The first call may change the response to the second one.
    Unsafe,
}

/// The reason why a call may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RepeatBasis {
    /// The operation only reads.
    Reads,
    /// The model's `idempotent` trait, on an operation that deletes nothing.
    IdempotentTrait,
    /// The operation sets the state of its input, so that the second call changes nothing.
    SetsState,
}

impl Repeatability {
    /// Derives the repeatability. An idempotent deletion is unsafe here, since the second response may be 404.
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

    /// Returns whether a call may be repeated.
    #[must_use]
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Safe(_))
    }
}

#[cfg(test)]
mod tests {
    use ivs_model::{Model, bundled};

    use super::*;

    fn repeatability(operation: &Operation) -> Repeatability {
        Repeatability::of(operation, Access::of(operation), &OperationEffects::default())
    }

    fn operation<'m>(model: &'m Model, name: &str) -> &'m Operation {
        model.operation(name).expect("an operation of the model")
    }

    #[test]
    fn an_idempotent_deletion_is_not_repeatable() {
        let model = bundled::model("ivs").expect("a bundled model");
        let mut delete = operation(model, "DeleteChannel").clone();
        delete.idempotent = true;
        assert_eq!(repeatability(&delete), Repeatability::Unsafe);
        let mut stop = operation(model, "StopStream").clone();
        assert_eq!(repeatability(&stop), Repeatability::Unsafe);
        stop.idempotent = true;
        assert_eq!(repeatability(&stop), Repeatability::Safe(RepeatBasis::IdempotentTrait));
    }
}
