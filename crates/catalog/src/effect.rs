//! The effects of an operation's success on resources, by type.

use std::collections::BTreeSet;

use ivs_model::{Knowledge, Model, Operation, ShapeId, ShapeKind};

use crate::access::Access;
use crate::reference::{InputReference, References};
use crate::verb::{Verb, noun};

/// The effects of an operation's success on resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationEffects {
    /// The type of the resource that the operation is about: its first required reference.
    pub subject: Option<String>,
    /// The resource types that the operation creates, one resource each, sorted.
    pub creates: Vec<String>,
    /// The effect on the subject.
    pub on_subject: SubjectEffect,
}

/// The effect of an operation on the resource that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SubjectEffect {
    /// No known effect.
    #[default]
    None,
    /// The operation changes the resource, or uses a quota of the resource.
    Changes,
    /// The operation deletes or ends the resource.
    Deletes,
}

impl OperationEffects {
    pub(crate) fn of(
        model: &Model,
        knowledge: &Knowledge,
        operation: &Operation,
        access: Access,
        inputs: &[InputReference],
        references: &References,
    ) -> Self {
        let mut required = inputs.iter().filter(|input| input.is_required && input.reference.is_of_existing());
        let subject = required.next().map(|input| input.reference.resource_type.clone());
        if access.is_read() {
            return Self { subject, ..Self::default() };
        }
        let mut creates = creates(model, operation, subject.as_deref(), references);
        let described = knowledge.resource_kinds.iter().filter(|kind| kind.is_created_by(operation.id));
        creates.extend(described.map(|kind| kind.resource.clone()));
        creates.sort();
        creates.dedup();
        let on_subject =
            subject.as_deref().map(|subject| on_subject(knowledge, operation, subject)).unwrap_or_default();
        Self { subject, creates, on_subject }
    }
}

/// Returns the types whose ARN is in the response, other than the subject's type.
fn creates(model: &Model, operation: &Operation, subject: Option<&str>, references: &References) -> Vec<String> {
    let is_structure = |shape: ShapeId| matches!(model.shape(shape).kind, ShapeKind::Structure { .. });
    let outer = model.members(operation.output);
    let inner =
        outer.iter().filter(|member| is_structure(member.shape)).flat_map(|member| model.members(Some(member.shape)));
    let types: BTreeSet<String> = outer
        .iter()
        .chain(inner)
        .filter(|member| member.name == "arn")
        .filter_map(|member| references.of_shape(member.shape))
        .map(|reference| reference.resource_type.clone())
        .filter(|name| Some(name.as_str()) != subject)
        .collect();
    types.into_iter().collect()
}

fn on_subject(knowledge: &Knowledge, operation: &Operation, subject: &str) -> SubjectEffect {
    let ends = knowledge.removals.iter().any(|removal| {
        removal.service == operation.id.service()
            && removal.resource == subject
            && removal.operation.as_deref() == Some(&operation.name)
    });
    let verb = Verb::of(&operation.name);
    if let Some(kind) = knowledge.resource_kind(subject) {
        if kind.is_deleted_by(operation.id) {
            return SubjectEffect::Deletes;
        }
        if kind.is_changed_by(operation.id) {
            return SubjectEffect::Changes;
        }
    }
    let fills = knowledge.quotas.iter().any(|quota| quota.limits(operation.id) && quota.of.is_some());
    // `DeletePlaybackKeyPair` deletes a `playback-key`.
    if ends || verb == Verb::Delete && noun(&operation.name).starts_with(subject) {
        SubjectEffect::Deletes
    } else if fills || matches!(verb, Verb::Update | Verb::Tag | Verb::Untag) {
        SubjectEffect::Changes
    } else {
        SubjectEffect::None
    }
}
