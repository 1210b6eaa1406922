//! The explanation of an error: its statuses, the operations that declare it, and what brings it about.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::knowledge::Rejection;
use ivs_model::{Authority, Model, Shape, bundled};

use super::check::{accept, meaning};
use super::page::Page;

/// Returns the names of all errors of the models and the knowledge files.
pub(super) fn names() -> Vec<String> {
    let mut names: BTreeSet<String> = declarations().map(|(_, shape, _)| shape.name.clone()).collect();
    let knowledge = bundled::knowledge();
    names.extend(knowledge.allowed_anywhere.iter().flat_map(|entry| entry.codes.iter().cloned()));
    names.extend(causes().flat_map(|cause| cause.rejection.codes.iter().cloned()));
    names.into_iter().collect()
}

/// Returns each declaration: the model, the error's shape, the name of the operation.
fn declarations() -> impl Iterator<Item = (&'static Model, &'static Shape, &'static str)> {
    bundled::models().iter().flat_map(|model| {
        model.operations.iter().flat_map(move |operation| {
            operation.errors.iter().map(move |error| (model, model.shape(*error), operation.name.as_str()))
        })
    })
}

/// One way to bring an error about, with its source.
struct Cause {
    description: String,
    rejection: &'static Rejection,
    source: &'static str,
}

fn causes() -> impl Iterator<Item = Cause> {
    let knowledge = bundled::knowledge();
    let auth = knowledge.auth_faults.iter().map(|fault| Cause {
        description: fault.fault.clone(),
        rejection: &fault.rejection,
        source: &fault.source,
    });
    let protocol = knowledge.protocol_faults.iter().map(|fault| Cause {
        description: fault.fault.clone(),
        rejection: &fault.rejection,
        source: &fault.source,
    });
    let situations = knowledge.situations.iter().filter_map(|situation| {
        let description = format!("{}: {}", situation.operations.join(", "), situation.id.replace('-', " "));
        Some(Cause { description, rejection: situation.rejection.as_ref()?, source: &situation.source })
    });
    auth.chain(protocol).chain(situations)
}

fn statuses(name: &str) -> BTreeSet<u16> {
    let declared =
        declarations().filter(|(_, shape, _)| shape.name == name).filter_map(|(_, shape, _)| shape.error_status);
    let mut statuses: BTreeSet<u16> = declared.collect();
    if statuses.is_empty() {
        statuses.extend(
            causes().filter(|cause| cause.rejection.names(name)).flat_map(|cause| cause.rejection.statuses.clone()),
        );
        let anywhere =
            bundled::knowledge().allowed_anywhere.iter().filter(|entry| entry.codes.iter().any(|it| it == name));
        statuses.extend(anywhere.flat_map(|entry| entry.statuses.iter().copied()));
    }
    statuses
}

fn joined(numbers: &BTreeSet<u16>) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

/// Returns the statuses and the number of declaring operations in one line.
pub(super) fn summary(name: &str) -> String {
    let count = declarations().filter(|(_, shape, _)| shape.name == name).count();
    let declared = match count {
        0 => "declared by no operation".to_owned(),
        1 => "declared by 1 operation".to_owned(),
        count => format!("declared by {count} operations"),
    };
    format!("{}, {declared}", joined(&statuses(name)))
}

pub(super) fn text(name: &str) -> String {
    let statuses = statuses(name);
    let mut page = Page::default();
    page.heading(&format!("Error {name}"));
    let mut operations: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (model, _, operation) in declarations().filter(|(_, shape, _)| shape.name == name) {
        operations.entry(&model.service.id).or_default().push(operation);
    }
    match operations.is_empty() {
        true => page.paragraph("No operation declares it. Any operation may answer it where its cause is given."),
        false => page.paragraph("An operation may answer it if its model declares it. These do:"),
    }
    for (service, names) in &operations {
        let total = bundled::model(service).map_or(0, |model| model.operations.len());
        if names.len() == total {
            page.term(service, &format!("all {total} operations"));
        } else {
            page.term(service, &names.join(", "));
        }
    }
    page.heading("Status");
    page.paragraph(&joined(&statuses));
    page.heading("Authority");
    page.paragraph(meaning(if operations.is_empty() { Authority::Inferred } else { Authority::Model }));
    page.heading("Right");
    let status = statuses.first().copied().unwrap_or(400);
    let shape = declarations().find(|(_, shape, _)| shape.name == name);
    let body = shape.map_or_else(|| r#"{"message":"…"}"#.to_owned(), |(model, shape, _)| body(model, shape));
    page.verbatim(&format!("< HTTP/1.1 {status}\n< x-amzn-errortype: {name}\n< {body}"));
    page.heading("Wrong");
    let wrong = if status == 400 { 422 } else { 400 };
    page.verbatim(&format!("< HTTP/1.1 {wrong}\n< x-amzn-errortype: {name}\n< {body}"));
    page.heading("Usual causes");
    let mut shown = 0;
    for cause in causes().filter(|cause| cause.rejection.names(name)) {
        page.item(&format!("{} ({})", cause.description, cause.source));
        shown += 1;
    }
    for entry in &bundled::knowledge().unprovocables {
        if entry.error == name && shown < 40 {
            page.item(&format!("{} ({})", entry.reason, entry.source));
            shown += 1;
        }
    }
    if shown == 0 {
        page.item(usual_cause(name));
    }
    page.heading("Accept");
    accept(&mut page, "error-status:*");
    page.text()
}

/// Returns whether a text is written like the name of an error: `InvalidToken`.
pub(super) fn is_like_a_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.chars().all(|character| character.is_ascii_alphanumeric())
        && text.chars().any(|character| character.is_ascii_lowercase())
}

/// Returns the explanation of an error that no source has, such as one that an emulator made up.
pub(super) fn unknown(name: &str, closest: Option<&str>) -> String {
    let mut page = Page::default();
    page.heading(&format!("Error {name}"));
    page.paragraph(
        "No model, documentation or recording of these services has this error. No operation may answer it.",
    );
    if let Some(closest) = closest {
        page.paragraph(&format!("Did you mean '{closest}'?"));
    }
    page.heading("Authority");
    page.paragraph(meaning(Authority::Model));
    page.heading("Right");
    page.verbatim("< HTTP/1.1 400\n< x-amzn-errortype: ValidationException\n< {\"exceptionMessage\":\"…\"}");
    page.heading("Wrong");
    page.verbatim(&format!("< HTTP/1.1 400\n< x-amzn-errortype: {name}\n< {{\"exceptionMessage\":\"…\"}}"));
    page.heading("Usual causes");
    page.item("An emulator that uses the same errors for all services. SDKs have no class for such an error.");
    page.heading("Accept");
    accept(&mut page, &format!("error-declared:*:{name}"));
    page.text()
}

/// Returns what brings about an error for which the knowledge files have no entry.
fn usual_cause(name: &str) -> &'static str {
    match name {
        "ResourceNotFoundException" => "The resource that the request names does not exist.",
        "ThrottlingException" => "More calls per second than the documented rate.",
        "ServiceQuotaExceededException" => "More resources than the quota of the account allows.",
        "ConflictException" => "Another resource refers to the one that the request changes or deletes.",
        "AccessDeniedException" | "PendingVerification" => "The account or the key may not call the operation.",
        "InternalServerException" | "InternalServerError" => "The service failed. Clients send the request again.",
        _ => "The situation that the documentation of the operation describes.",
    }
}

/// Returns a body with the members of an error, the texts left out.
fn body(model: &Model, shape: &Shape) -> String {
    let members = model.members(model.shape_id(&shape.name));
    let in_body = members.iter().filter(|member| member.location == ivs_model::Location::Body);
    let texts: Vec<String> = in_body.map(|member| format!("\"{}\":\"…\"", member.name)).collect();
    format!("{{{}}}", texts.join(","))
}
