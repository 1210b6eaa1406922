//! The derived facts of one operation.

use ivs_model::{Model, Operation};

use crate::verb::noun;
use crate::{Access, Creation, InputReference, ListOperation, OperationEffects, Repeatability, TagRole};

/// The derived facts of one operation.
#[derive(Debug, Clone)]
pub struct OperationFacts<'m> {
    /// The operation.
    pub operation: &'m Operation,
    /// The access: read or write.
    pub access: Access,
    /// The safety of repeating a call, with its reason.
    pub repeatability: Repeatability,
    /// The kind of creation by a successful call.
    pub creation: Creation,
    /// The effects of a success on resources.
    pub effects: OperationEffects,
    /// The declared errors, in the model's order.
    pub errors: Vec<DeclaredError<'m>>,
    /// The members of the input that name a resource, at any depth.
    pub references: Vec<InputReference>,
    /// The operation as a list, if it pages.
    pub list: Option<ListOperation<'m>>,
    /// The role in tagging.
    pub tag_role: Option<TagRole>,
    /// True if the response contains the resource that the operation is about.
    pub shows_subject: bool,
}

impl OperationFacts<'_> {
    /// Returns whether the noun of the operation's name is its subject's type: true for `GetStreamKey`, false for
    /// `GetPlaybackKeyPair`.
    #[must_use]
    pub fn is_named_after_subject(&self) -> bool {
        self.effects.subject.as_deref() == Some(noun(&self.operation.name).as_str())
    }

    /// Returns the declared error of that name.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<DeclaredError<'_>> {
        self.errors.iter().copied().find(|error| error.name == name)
    }
}

/// An error that the model declares for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredError<'m> {
    /// The name, such as `ValidationException`.
    pub name: &'m str,
    /// The status, if the model states one.
    pub status: Option<u16>,
}

impl<'m> DeclaredError<'m> {
    pub(crate) fn of(model: &'m Model, operation: &Operation) -> Vec<Self> {
        let shapes = operation.errors.iter().map(|id| model.shape(*id));
        shapes.map(|shape| Self { name: &shape.name, status: shape.error_status }).collect()
    }
}
