//! What an endpoint owes for a Case, from the model's errors and the knowledge of states.

use ivs_model::knowledge::{Identifier, Origin};
use ivs_model::{Authority, Knowledge, Model, Operation, ShapeKind};

use crate::field_path::field_path_at;
use crate::{Expectation, ExpectedError, Mutation, SiteKind};

/// What restJson1 servers answer to what cannot be read (Smithy protocol tests).
const SERIALIZATION: &str = "SerializationException";

/// The errors by which the operation rejects an input that breaks its constraints, and whether it declares them.
pub(crate) fn validation_errors(model: &Model, operation: &Operation) -> (Vec<ExpectedError>, Authority) {
    let declared = declared(model, operation, 400);
    if declared.is_empty() {
        let fallback = ExpectedError { code: "ValidationException".to_owned(), status: 400 };
        return (vec![fallback], Authority::Inferred);
    }
    // Beside a validation error, others of status 400 tell of limits and states.
    let validation: Vec<ExpectedError> =
        declared.iter().filter(|error| error.code.contains("Validation")).cloned().collect();
    (if validation.is_empty() { declared } else { validation }, Authority::Model)
}

/// What is owed for a break.
pub(crate) fn rejected(
    model: &Model,
    operation: &Operation,
    knowledge: &Knowledge,
    mutation: &Mutation,
) -> Expectation {
    let (mut errors, code_authority) = validation_errors(model, operation);
    match mutation.site.kind {
        // Before any constraint is looked at, the body must be read: the rejection is restJson1's, and which
        // of the two codes IVS gives is not known (fact `V08`).
        SiteKind::Type | SiteKind::TimestampFormat | SiteKind::Union => {
            errors.push(ExpectedError { code: SERIALIZATION.to_owned(), status: 400 });
            Expectation::Rejected { errors, authority: Authority::Protocol, code_authority: Authority::Inferred }
        }
        kind => {
            let corrected = correction(model, operation, knowledge, &mutation.site.path);
            let items = knowledge.batch(operation.id).map(|batch| format!("/{}/", batch.items));
            let authority = match corrected.filter(|_| kind == SiteKind::Pattern) {
                Some(authority) => authority,
                // The call as a whole, or the malformed item alone: not known (fact `batch-malformed-item`).
                None if items.is_some_and(|items| mutation.site.path.starts_with(&items)) => Authority::Inferred,
                None => Authority::Model,
            };
            Expectation::Rejected { errors, authority, code_authority: code_authority.max(authority) }
        }
    }
}

/// What is owed for a valid input.
pub(crate) fn accepted(model: &Model, operation: &Operation, knowledge: &Knowledge) -> Expectation {
    let service = &model.service.id;
    let (not_found, states): (Vec<_>, Vec<_>) =
        declared(model, operation, 404).into_iter().partition(|error| error.code.contains("NotFound"));
    let mut unless = Vec::new();
    if !states.is_empty() {
        // A declared 404 of its own name tells of a state: nothing broadcasts (fact `stream-idle-channel`).
        unless.extend(states);
        unless.extend(declared(model, operation, 409));
    }
    if names_what_no_request_makes(model, operation, knowledge) {
        // Lists of sessions declare no such error, but what they then answer is not known (fact `stage-lists-unknown`).
        let undeclared = model
            .shapes
            .iter()
            .filter(|shape| not_found.is_empty() && shape.error_status == Some(404) && shape.name.contains("NotFound"));
        unless.extend(undeclared.map(|shape| ExpectedError { code: shape.name.clone(), status: 404 }));
        unless.extend(not_found);
    }
    let fills_a_parent =
        knowledge.quotas.iter().any(|quota| quota.limits(operation.id) && quota.of.is_some() && quota.value == Some(1));
    if fills_a_parent {
        // The parent is made with one already (fact `stream-key-quota`).
        unless.extend(declared(model, operation, 402));
    }
    let is_unknown = knowledge
        .unknowns
        .iter()
        .any(|unknown| unknown.services.contains(service) && unknown.operations.contains(&operation.name));
    let authority = if is_unknown && !unless.is_empty() { Authority::Inferred } else { Authority::Model };
    Expectation::Accepted { authority, unless }
}

/// Whether the operation is about what no request can make, such as a session: its input has a member for an
/// identifier that is no ARN and that the caller does not choose. Left out, it means the latest, which is absent as well.
fn names_what_no_request_makes(model: &Model, operation: &Operation, knowledge: &Knowledge) -> bool {
    let identifiers: Vec<&Identifier> = knowledge
        .identifiers
        .iter()
        .filter(|identifier| identifier.service == model.service.id && identifier.origin != Origin::Caller)
        .filter(|identifier| !identifier.sample.starts_with("arn:"))
        .collect();
    model.members(operation.input).iter().any(|member| {
        identifiers.iter().any(|identifier| {
            identifier.shapes.contains(&model.shape(member.shape).name)
                && (identifier.members.is_empty() || identifier.members.contains(&member.name))
        })
    })
}

fn declared(model: &Model, operation: &Operation, status: u16) -> Vec<ExpectedError> {
    operation
        .errors
        .iter()
        .map(|error| model.shape(*error))
        .filter(|shape| shape.error_status == Some(status))
        .map(|shape| ExpectedError { code: shape.name.clone(), status })
        .collect()
}

/// The authority of a corrected pattern, which is not the model's any more.
fn correction(model: &Model, operation: &Operation, knowledge: &Knowledge, path: &str) -> Option<Authority> {
    // A key's place is its entry's map here.
    let path = path.strip_suffix("/*key").unwrap_or(path);
    let shape = model.shape(field_path_at(model, operation, path)?.shape);
    let shape = match shape.kind {
        ShapeKind::Map { key, .. } => model.shape(key),
        _ => shape,
    };
    knowledge
        .patterns
        .iter()
        .find(|correction| correction.shape == shape.name && correction.services.contains(&model.service.id))
        .map(|correction| correction.authority)
}
