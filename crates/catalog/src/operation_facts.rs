//! The derived facts of one operation.

use ivs_model::{Model, Operation};

use crate::verb::noun;
use crate::{Access, Creation, InputReference, ListOperation, OperationEffects, Repeatability, TagRole};

/// The derived facts of one operation.
#[derive(Debug, Clone)]
pub struct OperationFacts<'m> {
    /// The operation.
    pub operation: &'m Operation,
    /// Whether it reads or writes.
    pub access: Access,
    /// Whether the same call twice is as good as once, and why.
    pub repeatability: Repeatability,
    /// What a success creates.
    pub creation: Creation,
    /// The effects of a success on resources.
    pub effects: OperationEffects,
    /// The declared errors, in the model's order.
    pub errors: Vec<DeclaredError<'m>>,
    /// The members of the input that name something, at any depth.
    pub references: Vec<InputReference>,
    /// The operation as a list, if it pages.
    pub list: Option<ListOperation<'m>>,
    /// What it has to do with tags.
    pub tag_role: Option<TagRole>,
    /// Whether the answer holds the resource that the operation is about, so that it shows one.
    pub shows_subject: bool,
}

impl OperationFacts<'_> {
    /// Returns whether the noun of its name is the type of its subject, as in `GetStreamKey`, but not in `GetPlaybackKeyPair`.
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
