//! The control API under `/_emulator/`, for actions that the services' operations do not have.
//!
//! `GET /_emulator/capabilities` lists the actions, `GET /_emulator/health` shows that the emulator serves, and
//! `GET /_emulator/requests` what was called. An action is a `POST /_emulator/{name}` with a JSON object. It
//! returns 200 with a JSON object, or an error status with `{"message": …}`. No signature is needed. Pages of other sites
//! are refused.
//!
//! Actions on resources are in the `CONTROL_ACTIONS` of the service's files. They work in the region of the ARN in
//! the body's `arn`.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode, Uri};
use serde_json::{Value, json};

use crate::arn::Arn;
use crate::auth::DEFAULT_ACCOUNT;
use crate::contract::ResourceType;
use crate::control_action::ControlAction;
use crate::document::Document;
use crate::endpoint::EmulatorEndpoint;
use crate::fault_list::FAULTS;
use crate::input::Input;
use crate::journal::Entry;
use crate::service_error::{ErrorCode, ServiceError};
use crate::services;
use crate::state::Region;
use crate::wire::{percent_decode, query_pairs};

/// The prefix of the paths of the control API. No operation has it.
pub(crate) const PREFIX: &str = "/_emulator/";

/// An action on the whole emulator.
type EmulatorAction = fn(&EmulatorEndpoint, &Input) -> Result<Document, ServiceError>;

/// The actions on the whole emulator that a journal repeats.
const REPEATED_ACTIONS: [(&str, EmulatorAction); 3] = [("clock", clock), ("quota", quota), ("settling", settling)];

/// The other actions on the whole emulator.
const PLAIN_ACTIONS: [(&str, EmulatorAction); 2] = [("reset", reset), ("requests/clear", clear_requests)];

/// A function that shows something of the emulator; it gets the query.
type View = fn(&EmulatorEndpoint, &str) -> Result<Document, ServiceError>;

/// What a `GET` shows.
const VIEWS: [(&str, View); 3] = [("capabilities", capabilities), ("health", health), ("requests", requests)];

/// Answers a request to a path under [`PREFIX`].
pub(crate) fn answer(endpoint: &EmulatorEndpoint, method: &Method, uri: &Uri, body: &[u8]) -> Response<Bytes> {
    let name = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    if let Some((_, show)) = VIEWS.iter().find(|(view, _)| *view == name) {
        return if matches!(*method, Method::GET | Method::HEAD) {
            respond(show(endpoint, uri.query().unwrap_or_default()))
        } else {
            empty(StatusCode::METHOD_NOT_ALLOWED, Some("GET,HEAD"))
        };
    }
    let find = |actions: &[(&str, EmulatorAction)]| actions.iter().find(|(own, _)| *own == name).map(|(_, run)| *run);
    let run = match (find(&PLAIN_ACTIONS), find(&REPEATED_ACTIONS), action_named(name)) {
        (None, None, None) => return empty(StatusCode::NOT_FOUND, None),
        _ if *method != Method::POST => return empty(StatusCode::METHOD_NOT_ALLOWED, Some("POST")),
        (Some(run), ..) => read(body).and_then(|input| run(endpoint, &input)),
        (_, Some(run), _) => read(body).and_then(|input| repeated(endpoint, name, run, &input)),
        (.., Some(action)) => read(body).and_then(|input| in_region(endpoint, action, &input)),
    };
    respond(run)
}

/// Returns the action of a service with this name.
pub(crate) fn action_named(name: &str) -> Option<&'static ControlAction> {
    services::control_actions().find(|action| action.name == name)
}

/// Runs an action on the whole emulator, and writes it to the journal if it succeeds.
///
/// Such an action sets what it is told, so it can be written after it was carried out.
fn repeated(
    endpoint: &EmulatorEndpoint,
    name: &str,
    run: EmulatorAction,
    input: &Input,
) -> Result<Document, ServiceError> {
    let output = run(endpoint, input)?;
    if let Some(journal) = &endpoint.journal {
        journal.write(&Entry::Control { action: name.to_owned(), input: input.0.clone() })?;
    }
    Ok(output)
}

/// Runs an action of a journal again; returns `None` if there is no such action.
pub(crate) fn repeat(endpoint: &EmulatorEndpoint, name: &str, input: Document) -> Option<()> {
    let (_, run) = REPEATED_ACTIONS.iter().find(|(own, _)| *own == name)?;
    drop(run(endpoint, &Input(input)));
    Some(())
}

/// A response without a body.
fn empty(status: StatusCode, allow: Option<&'static str>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    if let Some(methods) = allow {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    }
    response
}

/// Shows that the emulator serves, and how much it holds.
#[allow(clippy::unnecessary_wraps, reason = "every view returns a Result")]
fn health(endpoint: &EmulatorEndpoint, _: &str) -> Result<Document, ServiceError> {
    let mut document = Document::new();
    document.insert("status".to_owned(), json!("ok"));
    document.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    document.insert("resources".to_owned(), json!(endpoint.accounts.resources()));
    document.insert("requests".to_owned(), json!(endpoint.requests.total()));
    Ok(document)
}

/// Shows the latest requests: all, those of an `operation`, or those `after` a number.
fn requests(endpoint: &EmulatorEndpoint, query: &str) -> Result<Document, ServiceError> {
    let (mut operation, mut after) = (None, 0);
    for (name, value) in query_pairs(query) {
        let value = percent_decode(value).unwrap_or_default();
        match name {
            "operation" => operation = Some(value),
            "after" => {
                let number = value.parse().ok();
                after = number.ok_or_else(|| ServiceError::invalid("/after", "must be the number of a request"))?;
            }
            _ => return Err(ServiceError::new(ErrorCode::Validation, "The parameters are operation and after")),
        }
    }
    match endpoint.requests.show(operation.as_deref(), after) {
        Value::Object(shown) => Ok(shown),
        _ => Ok(Document::new()),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "every action returns a Result")]
fn clear_requests(endpoint: &EmulatorEndpoint, _: &Input) -> Result<Document, ServiceError> {
    endpoint.requests.clear();
    Ok(Document::new())
}

#[allow(clippy::unnecessary_wraps, reason = "every view returns a Result")]
fn capabilities(endpoint: &EmulatorEndpoint, _: &str) -> Result<Document, ServiceError> {
    let actions: Vec<Value> = [
        ("reset", "Deletes every resource and sets the clock back to the machine's time; no body."),
        ("requests/clear", "Forgets the requests that `GET /_emulator/requests` shows; no body."),
        (
            "clock",
            "Advances the clock of the resources by `seconds`; signatures are still verified with the machine's time.",
        ),
        (
            "quota",
            "Sets the quota of the resource type `kind` (the type in an ARN) to `limit`, for `account` and `region`; \
             without `limit`, restores the default.",
        ),
        (
            "settling",
            "Sets how many `milliseconds` a resource stays in each transitional state, for `account` and `region`; \
             without `milliseconds`, restores the default.",
        ),
    ]
    .into_iter()
    .chain(services::control_actions().map(|action| (action.name, action.summary)))
    .map(|(name, summary)| json!({"name": name, "summary": summary}))
    .collect();
    let faults: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
    let mut document = Document::new();
    document.insert("emulator".to_owned(), json!("ivs-contract"));
    document.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    document.insert("now".to_owned(), json!(endpoint.clock.now().iso()));
    document.insert("actions".to_owned(), Value::Array(actions));
    document.insert("faults".to_owned(), json!(faults));
    Ok(document)
}

fn reset(endpoint: &EmulatorEndpoint, _: &Input) -> Result<Document, ServiceError> {
    endpoint.accounts.reset(|| match &endpoint.journal {
        Some(journal) => journal.restart(&endpoint.settings()),
        None => Ok(()),
    })?;
    endpoint.clock.reset();
    endpoint.requests.clear();
    Ok(Document::new())
}

fn clock(endpoint: &EmulatorEndpoint, input: &Input) -> Result<Document, ServiceError> {
    let seconds = input
        .get("seconds")
        .and_then(Value::as_f64)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| ServiceError::invalid("/seconds", "must be a number of seconds, 0 or more"))?;
    endpoint.clock.advance(seconds);
    let mut now = Document::new();
    now.insert("now".to_owned(), json!(endpoint.clock.now().iso()));
    Ok(now)
}

fn quota(endpoint: &EmulatorEndpoint, input: &Input) -> Result<Document, ServiceError> {
    let resource_type = ResourceType::ALL
        .into_iter()
        .find(|resource_type| Some(resource_type.arn_type()) == input.text("kind"))
        .ok_or_else(|| ServiceError::invalid("/kind", "must be the type in an ARN, such as channel"))?;
    let limit = optional_integer(input, "limit")?;
    match input.object("tag").and_then(|tag| tag.iter().next()) {
        Some((key, Value::String(value))) => {
            let tag = (key.clone(), value.clone());
            with_region(endpoint, input, |region| region.set_tagged_quota(resource_type, tag, limit));
        }
        Some(_) => return Err(ServiceError::invalid("/tag", "must be a key with a text")),
        None => with_region(endpoint, input, |region| region.set_quota(resource_type, limit)),
    }
    Ok(Document::new())
}

fn settling(endpoint: &EmulatorEndpoint, input: &Input) -> Result<Document, ServiceError> {
    let settling = optional_integer(input, "milliseconds")?.map(Duration::from_millis);
    with_region(endpoint, input, |region| region.set_settling(settling));
    Ok(Document::new())
}

/// Returns a whole number that may be absent.
fn optional_integer(input: &Input, member: &str) -> Result<Option<u64>, ServiceError> {
    match input.get(member) {
        None => Ok(None),
        Some(value) => {
            let invalid = || ServiceError::invalid(&format!("/{member}"), "must be a whole number");
            value.as_u64().map(Some).ok_or_else(invalid)
        }
    }
}

/// Runs a function with the region that the `account` and `region` of a body name; each has a default.
fn with_region(endpoint: &EmulatorEndpoint, input: &Input, run: impl FnOnce(&mut Region)) {
    let account = input.text("account").unwrap_or(DEFAULT_ACCOUNT);
    endpoint.accounts.with(account, input.text("region").unwrap_or("us-east-1"), run);
}

/// Runs an action in the region of the ARN in its body, after the journal has it.
fn in_region(endpoint: &EmulatorEndpoint, action: &ControlAction, input: &Input) -> Result<Document, ServiceError> {
    let arn = Arn::parse(input.required("arn")).ok_or_else(|| ServiceError::invalid("/arn", "must be an ARN"))?;
    endpoint.accounts.with(arn.account, arn.region, |region| {
        let now = region.advance_to(endpoint.clock.now());
        if let Some(journal) = &endpoint.journal {
            let (action, input) = (action.name.to_owned(), input.0.clone());
            journal.write_seeded(|seed| Entry::Act { at: now, seed, action, input })?;
        }
        (action.run)(input, region, now)
    })
}

fn read(body: &[u8]) -> Result<Input, ServiceError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Input(members)),
        _ if body.is_empty() => Ok(Input(Document::new())),
        _ => Err(ServiceError::new(ErrorCode::Validation, "The body must be a JSON object")),
    }
}

/// Returns the response to a request that may not control the emulator.
pub(crate) fn refuse(reason: &str) -> Response<Bytes> {
    json_response(403, &json!({ "message": reason }))
}

/// Returns the response of an error.
pub(crate) fn fail(error: ServiceError) -> Response<Bytes> {
    respond(Err(error))
}

fn respond(result: Result<Document, ServiceError>) -> Response<Bytes> {
    match result {
        Ok(document) => json_response(200, &Value::Object(document)),
        Err(error) => json_response(error.code.status(), &json!({ "message": error.message })),
    }
}

fn json_response(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
