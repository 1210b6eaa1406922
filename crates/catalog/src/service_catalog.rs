//! The derived facts of one service.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ivs_model::{Knowledge, Model, OperationId, ShapeId};

use crate::list_operation::ListOperation;
use crate::operation_facts::DeclaredError;
use crate::reference::References;
use crate::resource_type::{document, shows_subject};
use crate::{
    Access, ArnForm, Creation, OperationEffects, OperationFacts, Repeatability, ResourceReference, ResourceType,
    TagOperations,
};

/// The derived facts of one service.
#[derive(Debug, Clone)]
pub struct ServiceCatalog<'m> {
    model: &'m Model,
    references: References,
    /// The facts in the order of the model's operations, which are sorted by name.
    operations: Vec<OperationFacts<'m>>,
    resource_types: Vec<ResourceType>,
    tag_operations: Option<TagOperations<'m>>,
}

impl<'m> ServiceCatalog<'m> {
    /// Derives the facts of one service.
    #[must_use]
    pub fn new(model: &'m Model, knowledge: &'m Knowledge) -> Self {
        let references = References::of(model, knowledge);
        let tag_operations = TagOperations::of(model);
        let facts = |operation: &'m ivs_model::Operation| {
            let access = Access::of(operation);
            let inputs = references.in_input(model, operation);
            let effects = OperationEffects::of(model, knowledge, operation, access, &inputs, &references);
            OperationFacts {
                operation,
                access,
                repeatability: Repeatability::of(operation, access, &effects),
                creation: Creation::of(operation, &effects),
                errors: DeclaredError::of(model, operation),
                references: inputs,
                list: None,
                tag_role: tag_operations.and_then(|it| it.role(model, operation, &effects)),
                shows_subject: shows_subject(model, operation, knowledge, effects.subject.as_deref(), &references),
                effects,
            }
        };
        let mut operations: Vec<OperationFacts<'m>> = model.operations.iter().map(facts).collect();
        // Items of lists have a resource type that some operation creates.
        let created = operations.iter().flat_map(|facts| facts.effects.creates.clone()).collect();
        for facts in &mut operations {
            facts.list = ListOperation::of(model, knowledge, facts.operation, &created, references.arn_forms());
        }
        let resource_types = ResourceType::all(model, knowledge, &operations, tag_operations.as_ref());
        Self { model, references, operations, resource_types, tag_operations }
    }

    /// Returns the shared facts of a bundled service under the bundled knowledge; derives those of any other service.
    #[must_use]
    pub fn shared(model: &'m Model, knowledge: &'m Knowledge) -> Cow<'m, Self> {
        let is_bundled = std::ptr::eq(knowledge, ivs_model::bundled::knowledge());
        let mut bundled = is_bundled.then(crate::bundled).into_iter().flat_map(crate::Catalog::services);
        let known: Option<&'m Self> = bundled.find(|service| std::ptr::eq(service.model, model));
        known.map_or_else(|| Cow::Owned(Self::new(model, knowledge)), Cow::Borrowed)
    }

    /// Returns the model of the service.
    #[must_use]
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Returns the facts of all operations, sorted by name.
    pub fn operations(&self) -> impl Iterator<Item = &OperationFacts<'m>> {
        self.operations.iter()
    }

    /// Returns the facts of one operation, if it is one of this service.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> Option<&OperationFacts<'m>> {
        let index = self.operations.binary_search_by(|facts| facts.operation.id.cmp(&id)).ok()?;
        Some(&self.operations[index])
    }

    /// Returns the resource types that some operation creates, sorted by name.
    #[must_use]
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.resource_types
    }

    /// Returns the resource type of that name, such as `stream-key`.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types.iter().find(|it| it.name == name)
    }

    /// Returns whether the operation updates a resource type.
    #[must_use]
    pub fn is_update(&self, operation: OperationId) -> bool {
        self.resource_types.iter().any(|it| it.updates.contains(&operation))
    }

    /// Returns the tag operations, if the service has all three.
    #[must_use]
    pub fn tag_operations(&self) -> Option<TagOperations<'m>> {
        self.tag_operations
    }

    /// Returns the resource that a path of an operation's input names, if any.
    #[must_use]
    pub fn reference_at(&self, operation: OperationId, path: &str, shape: ShapeId) -> Option<&ResourceReference> {
        self.references.at(operation, path, shape)
    }

    /// Returns the external resource that a path of an operation's input names, if any.
    #[must_use]
    pub fn external_at(&self, operation: OperationId, path: &str) -> Option<&ResourceReference> {
        self.references.external(operation, path)
    }

    /// Returns the form of the ARNs of each resource type that a pattern of the model names.
    #[must_use]
    pub fn arn_forms(&self) -> &BTreeMap<String, ArnForm> {
        self.references.arn_forms()
    }

    /// Returns the structure of a resource in an operation's output: the output itself, or one of its members.
    #[must_use]
    pub fn document(&self, operation: OperationId) -> Option<ShapeId> {
        document(self.model, self.operation(operation)?.operation)
    }
}
