//! The expected responses to cases, from the model's errors and the knowledge of states.

use ivs_model::knowledge::{Identifier, Origin};
use ivs_model::{Authority, Knowledge, Model, Operation, ShapeId, ShapeKind};

use crate::field_path::field_path_at;
use crate::{Expectation, ExpectedError, Mutation, SiteKind};

/// The error of restJson1 servers for input that they cannot parse (Smithy protocol tests).
const SERIALIZATION: &str = "SerializationException";

/// Returns the errors with which the operation rejects invalid input, and their authority: `Model` if it declares them.
pub(crate) fn validation_errors(model: &Model, operation: &Operation) -> (Vec<ExpectedError>, Authority) {
    let mut declared = declared(model, operation, 400);
    // If there is a validation error, other errors of status 400 concern limits and states.
    let validation: Vec<ExpectedError> =
        declared.iter().filter(|error| error.code.contains("Validation")).cloned().collect();
    if !validation.is_empty() {
        return (validation, Authority::Model);
    }
    if declares_general_error(model, operation) {
        return (declared, Authority::Model);
    }
    // Each error is about something special, such as a page token. AWS then answers an error that the model does not have.
    declared.push(ExpectedError { code: "ValidationException".to_owned(), status: 400 });
    (declared, Authority::Inferred)
}

/// Whether the operation declares an error of status 400 that most operations of the service declare: it is about requests in
/// general.
fn declares_general_error(model: &Model, operation: &Operation) -> bool {
    let is_general = |error: &ShapeId| {
        let declaring = model.operations.iter().filter(|operation| operation.errors.contains(error));
        model.shape(*error).error_status == Some(400) && declaring.count() * 2 > model.operations.len()
    };
    operation.errors.iter().any(is_general)
}

/// Returns the expectation of an invalid input.
pub(crate) fn rejected(
    model: &Model,
    operation: &Operation,
    knowledge: &Knowledge,
    mutation: &Mutation,
) -> Expectation {
    let (mut errors, declared) = validation_errors(model, operation);
    // Of a service that no knowledge describes nobody knows which of its errors it answers.
    let code_authority = if knowledge.describes(&model.service.id) { declared } else { Authority::Inferred };
    match mutation.site.kind {
        // The body is parsed before constraints are checked, so restJson1 requires the rejection. Which of the two
        // codes IVS returns is unknown (fact `V08`).
        SiteKind::Type | SiteKind::TimestampFormat | SiteKind::Union => {
            errors.push(ExpectedError { code: SERIALIZATION.to_owned(), status: 400 });
            Expectation::Rejected { errors, authority: Authority::Protocol, code_authority: Authority::Inferred }
        }
        kind => {
            let corrected = (kind == SiteKind::Pattern)
                .then(|| correction(model, operation, knowledge, &mutation.site.path))
                .flatten();
            let items = knowledge.batch(operation.id).map(|batch| format!("/{}/", batch.items));
            let authority = match corrected {
                Some(authority) => authority,
                // It is unknown whether the whole call or only the malformed item is rejected (fact
                // `batch-malformed-item`).
                None if items.is_some_and(|items| mutation.site.path.starts_with(&items)) => Authority::Inferred,
                None => Authority::Model,
            };
            Expectation::Rejected { errors, authority, code_authority: code_authority.max(authority) }
        }
    }
}

/// Returns the expectation of a valid input.
pub(crate) fn accepted(model: &Model, operation: &Operation, knowledge: &Knowledge) -> Expectation {
    let service = &model.service.id;
    let (not_found, states): (Vec<_>, Vec<_>) =
        declared(model, operation, 404).into_iter().partition(|error| error.code.contains("NotFound"));
    let mut unless = Vec::new();
    if !states.is_empty() {
        // A declared 404 with a special name concerns a state: the channel is not live (fact `stream-idle-channel`).
        unless.extend(states);
        unless.extend(declared(model, operation, 409));
    }
    if names_what_no_request_makes(model, operation, knowledge) {
        // Lists of sessions do not declare such an error, but their response is unknown (fact `stage-lists-unknown`).
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
        // The parent is created with one already (fact `stream-key-quota`).
        unless.extend(declared(model, operation, 402));
    }
    let is_unknown = knowledge
        .unknowns
        .iter()
        .any(|unknown| unknown.services.contains(service) && unknown.operations.contains(&operation.name));
    let authority = if is_unknown && !unless.is_empty() { Authority::Inferred } else { Authority::Model };
    Expectation::Accepted { authority, unless }
}

/// Returns whether the operation concerns something that no request can create, such as a session. Its input then has a
/// member for an identifier that is not an ARN and that the caller does not choose. If omitted, it means the latest
/// one, which does not exist either.
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

/// Returns the authority of a corrected pattern, which is no longer the model's.
fn correction(model: &Model, operation: &Operation, knowledge: &Knowledge, path: &str) -> Option<Authority> {
    // Here the place of a key is the map of its entry.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Three operations: one with an error that all declare, one with an error of its own, one with a validation error.
    const MODEL: &str = r#"{
        "version": "2.0",
        "metadata": {"apiVersion": "2026-01-01", "protocol": "rest-json", "serviceId": "Things", "signingName": "things",
            "endpointPrefix": "things", "serviceFullName": "Things", "signatureVersion": "v4"},
        "operations": {
            "GetThing": {"name": "GetThing", "http": {"method": "GET", "requestUri": "/get"}, "errors": ERRORS},
            "ListThings": {"name": "ListThings", "http": {"method": "GET", "requestUri": "/list"},
                "errors": [{"shape": "InvalidTokenException"}]},
            "PutThing": {"name": "PutThing", "http": {"method": "PUT", "requestUri": "/put"},
                "errors": [{"shape": "InvalidTokenException"}, {"shape": "ValidationException"}]}
        },
        "shapes": {
            "BadRequestException": {"type": "structure", "members": {}, "error": {"httpStatusCode": 400}, "exception": true},
            "InvalidTokenException": {"type": "structure", "members": {}, "error": {"httpStatusCode": 400}, "exception": true},
            "ValidationException": {"type": "structure", "members": {}, "error": {"httpStatusCode": 400}, "exception": true}
        }
    }"#;

    fn errors_of(model: &Model, operation: &str) -> (Vec<String>, Authority) {
        let operation = model.operation(operation).expect("it is there");
        let (errors, authority) = validation_errors(model, operation);
        (errors.into_iter().map(|error| error.code).collect(), authority)
    }

    #[test]
    fn the_model_says_how_invalid_input_is_rejected_only_by_an_error_about_requests_in_general() {
        let model = |errors: &str| Model::from_slice(MODEL.replace("ERRORS", errors).as_bytes()).expect("a model");
        let few = model(r#"[{"shape": "BadRequestException"}]"#);
        let guess = |declared: &[&str]| {
            let codes = declared.iter().chain(&["ValidationException"]).map(|code| (*code).to_owned());
            (codes.collect::<Vec<_>>(), Authority::Inferred)
        };
        let known = |codes: &[&str]| (codes.iter().map(|code| (*code).to_owned()).collect(), Authority::Model);
        // One of three operations declares it.
        assert_eq!(errors_of(&few, "GetThing"), guess(&["BadRequestException"]));
        assert_eq!(errors_of(&model("[]"), "GetThing"), guess(&[]));
        // Two of three do.
        assert_eq!(errors_of(&few, "ListThings"), known(&["InvalidTokenException"]));
        assert_eq!(errors_of(&few, "PutThing"), known(&["ValidationException"]));
    }
}
