//! The control API under `/_emulator/`, for actions that the services' operations do not have.
//!
//! `GET /_emulator/capabilities` lists the actions. An action is a `POST /_emulator/{name}` with a JSON object. It
//! returns 200 with a JSON object, or an error status with `{"message": …}`. No signature is needed. Pages of other sites
//! are refused.
//!
//! Actions on resources are in the `CONTROL_ACTIONS` of the service's files. They work in the region of the ARN in
//! the body's `arn`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use crate::arn::Arn;
use crate::auth::DEFAULT_ACCOUNT;
use crate::contract::ResourceType;
use crate::control_action::RunAction;
use crate::document::Document;
use crate::endpoint::EmulatorEndpoint;
use crate::fault::FAULTS;
use crate::input::Input;
use crate::service_error::{ErrorCode, ServiceError};
use crate::services;
use crate::state::{Region, lock};

/// The prefix of the paths of the control API. No operation has it.
pub(crate) const PREFIX: &str = "/_emulator/";

/// Returns the routes of the control API.
pub(crate) fn routes() -> Router<Arc<EmulatorEndpoint>> {
    let mut router = Router::new()
        .route("/_emulator/capabilities", get(capabilities))
        .route("/_emulator/reset", post(reset))
        .route("/_emulator/clock", post(clock))
        .route("/_emulator/quota", post(quota))
        .route("/_emulator/settling", post(settling));
    for action in services::control_actions() {
        let path = format!("/_emulator/{}", action.name);
        let run = action.run;
        let handle = move |State(endpoint): State<Arc<EmulatorEndpoint>>, body: Bytes| async move {
            respond(in_region(&endpoint, &body, run))
        };
        router = router.route(&path, post(handle));
    }
    router
}

async fn capabilities(State(endpoint): State<Arc<EmulatorEndpoint>>) -> Response {
    let actions: Vec<Value> = [
        ("reset", "Deletes every resource and sets the clock back to the machine's time; no body."),
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
    respond(Ok(document))
}

async fn reset(State(endpoint): State<Arc<EmulatorEndpoint>>) -> Response {
    endpoint.accounts.reset();
    endpoint.clock.reset();
    respond(Ok(Document::new()))
}

async fn clock(State(endpoint): State<Arc<EmulatorEndpoint>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|input| {
        let seconds = input
            .get("seconds")
            .and_then(Value::as_f64)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| ServiceError::invalid("/seconds", "must be a number of seconds, 0 or more"))?;
        endpoint.clock.advance(seconds);
        let mut now = Document::new();
        now.insert("now".to_owned(), json!(endpoint.clock.now().iso()));
        Ok(now)
    }))
}

async fn quota(State(endpoint): State<Arc<EmulatorEndpoint>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|input| {
        let resource_type = ResourceType::ALL
            .into_iter()
            .find(|resource_type| Some(resource_type.arn_type()) == input.text("kind"))
            .ok_or_else(|| ServiceError::invalid("/kind", "must be the type in an ARN, such as channel"))?;
        let limit = optional_integer(&input, "limit")?;
        let region = region_of(&endpoint, &input);
        match input.object("tag").and_then(|tag| tag.iter().next()) {
            Some((key, Value::String(value))) => {
                lock(&region).set_tagged_quota(resource_type, (key.clone(), value.clone()), limit);
            }
            Some(_) => return Err(ServiceError::invalid("/tag", "must be a key with a text")),
            None => lock(&region).set_quota(resource_type, limit),
        }
        Ok(Document::new())
    }))
}

async fn settling(State(endpoint): State<Arc<EmulatorEndpoint>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|input| {
        let settling = optional_integer(&input, "milliseconds")?.map(Duration::from_millis);
        lock(&region_of(&endpoint, &input)).set_settling(settling);
        Ok(Document::new())
    }))
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

/// Returns the region that the `account` and `region` of a body name; each has a default.
fn region_of(endpoint: &EmulatorEndpoint, input: &Input) -> Arc<Mutex<Region>> {
    let account = input.text("account").unwrap_or(DEFAULT_ACCOUNT);
    endpoint.accounts.region(account, input.text("region").unwrap_or("us-east-1"))
}

/// Runs an action in the region of the ARN in its body.
fn in_region(endpoint: &EmulatorEndpoint, body: &[u8], run: RunAction) -> Result<Document, ServiceError> {
    let input = read(body)?;
    let arn = Arn::parse(input.required("arn")).ok_or_else(|| ServiceError::invalid("/arn", "must be an ARN"))?;
    let region = endpoint.accounts.region(arn.account, arn.region);
    let now = endpoint.clock.now();
    let mut region = lock(&region);
    region.apply_due_changes(now);
    run(&input, &mut region, now)
}

fn read(body: &[u8]) -> Result<Input, ServiceError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Input(members)),
        _ if body.is_empty() => Ok(Input(Document::new())),
        _ => Err(ServiceError::new(ErrorCode::Validation, "The body must be a JSON object")),
    }
}

/// Returns the response to a request that may not control the emulator.
pub(crate) fn refuse(reason: &str) -> Response {
    json_response(403, &json!({ "message": reason }))
}

fn respond(result: Result<Document, ServiceError>) -> Response {
    match result {
        Ok(document) => json_response(200, &Value::Object(document)),
        Err(error) => json_response(error.code.status(), &json!({ "message": error.message })),
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
