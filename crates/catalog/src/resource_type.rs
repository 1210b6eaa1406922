//! The resource types of a service, and the operations that belong to each.

use std::collections::BTreeSet;

use ivs_model::{Knowledge, Model, Operation, OperationId, ShapeId};

use crate::effect::SubjectEffect;
use crate::reference::References;
use crate::verb::Verb;
use crate::{OperationFacts, TagOperations};

/// One resource type, and the operations that create, get, update, list and delete it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// The name, as in ARNs: `recording-configuration`.
    pub name: String,
    /// The operations that create one. Those that create nothing else come first.
    pub creates: Vec<OperationId>,
    /// The operations that get one by its ARN. The shortest name comes first.
    pub gets: Vec<OperationId>,
    /// The operations that update one.
    pub updates: Vec<OperationId>,
    /// The operations that delete or end one.
    pub deletes: Vec<OperationId>,
    /// The operation that lists them.
    pub list: Option<OperationId>,
    /// True if the resource type supports tags.
    pub is_taggable: bool,
}

impl ResourceType {
    /// Derives the resource types that some operation creates, sorted by name.
    pub(crate) fn all(
        model: &Model,
        knowledge: &Knowledge,
        operations: &[OperationFacts<'_>],
        tag_operations: Option<&TagOperations<'_>>,
    ) -> Vec<Self> {
        let names: BTreeSet<&String> = operations.iter().flat_map(|facts| &facts.effects.creates).collect();
        names.into_iter().map(|name| Self::of(model, knowledge, operations, tag_operations, name)).collect()
    }

    fn of(
        model: &Model,
        knowledge: &Knowledge,
        operations: &[OperationFacts<'_>],
        tag_operations: Option<&TagOperations<'_>>,
        name: &str,
    ) -> Self {
        let ids = |belongs: &dyn Fn(&OperationFacts<'_>) -> bool| {
            operations.iter().filter(|facts| belongs(facts)).map(|facts| facts.operation.id).collect::<Vec<_>>()
        };
        let is_about = |facts: &OperationFacts<'_>| facts.effects.subject.as_deref() == Some(name);
        let mut creators: Vec<&OperationFacts<'_>> =
            operations.iter().filter(|facts| facts.effects.creates.iter().any(|it| it == name)).collect();
        creators.sort_by_key(|facts| facts.effects.creates.len());
        let mut gets = ids(&|facts| is_about(facts) && facts.shows_subject);
        gets.sort_by_key(|id| id.name().len());
        let is_update = |facts: &OperationFacts<'_>| Verb::of(&facts.operation.name) == Verb::Update;
        Self {
            name: name.to_owned(),
            creates: creators.iter().map(|facts| facts.operation.id).collect(),
            gets,
            updates: ids(&|facts| is_about(facts) && is_update(facts)),
            deletes: ids(&|facts| is_about(facts) && facts.effects.on_subject == SubjectEffect::Deletes),
            list: ids(&|facts| facts.list.as_ref().is_some_and(|list| list.resource_type.as_deref() == Some(name)))
                .first()
                .copied(),
            is_taggable: tag_operations.is_some()
                && knowledge.taggables.iter().any(|it| it.service == model.service.id && it.resource == name),
        }
    }
}

/// Returns the structure of a resource in an output: the output itself, or one of its members.
pub(crate) fn document(model: &Model, operation: &Operation) -> Option<ShapeId> {
    let has_arn = |shape: &ShapeId| model.members(Some(*shape)).iter().any(|member| member.name == "arn");
    let output = operation.output?;
    let inner = model.members(Some(output)).iter().map(|member| member.shape);
    std::iter::once(output).chain(inner).find(has_arn)
}

/// Returns whether the operation returns the resource that it is about.
pub(crate) fn shows_subject(
    model: &Model,
    operation: &Operation,
    knowledge: &Knowledge,
    subject: Option<&str>,
    references: &References,
) -> bool {
    let kind = subject.and_then(|subject| knowledge.resource_kind(subject));
    if let Some(kind) = kind.filter(|kind| kind.service == operation.id.service()) {
        return kind.is_shown_by(operation.id);
    }
    let arn = document(model, operation)
        .and_then(|document| model.members(Some(document)).iter().find(|member| member.name == "arn"))
        .and_then(|member| references.of_shape(member.shape));
    Verb::of(&operation.name) == Verb::Get
        && arn.is_some_and(|reference| Some(reference.resource_type.as_str()) == subject)
}
