//! The control surface under `/_emulator/`: what the services' own control plane cannot do.
//!
//! `GET /_emulator/capabilities` lists what there is. Every action is a `POST /_emulator/{name}` with a
//! JSON object and answers 200 with one, or 400 or 404 with `{"message": …}`. No signature is needed.
//!
//! To add an action on something in a region: a line in the `ACTIONS` of the file that keeps the state,
//! and that table in [`tables`] below. The region is that of the ARN in the body's `arn`.

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
use crate::call::Input;
use crate::clock::Timestamp;
use crate::endpoint::Endpoint;
use crate::failure::{Code, Failure};
use crate::fault::FAULTS;
use crate::state::{Document, Kind, Region, lock};
use crate::{ivs, realtime};

/// Something that an action does to the region of an ARN.
pub(crate) struct Action {
    /// The path below `/_emulator/`, such as `channel/on-air`.
    pub(crate) name: &'static str,
    /// What it does and which members its body has, in one sentence.
    pub(crate) summary: &'static str,
    /// Does it; the input always has an `arn`.
    pub(crate) run: fn(&Input, &mut Region, Timestamp) -> Result<Document, Failure>,
}

/// All actions on regions.
fn tables() -> impl Iterator<Item = &'static Action> {
    [
        ivs::stream::ACTIONS,
        ivs::viewer_session::ACTIONS,
        realtime::client::ACTIONS,
        realtime::ingest_configuration::ACTIONS,
    ]
    .into_iter()
    .flatten()
}

/// Where the paths of the control surface begin; no operation is served there.
pub(crate) const PREFIX: &str = "/_emulator/";

/// The routes of the control surface.
pub(crate) fn routes() -> Router<Arc<Endpoint>> {
    let mut router = Router::new()
        .route("/_emulator/capabilities", get(capabilities))
        .route("/_emulator/reset", post(reset))
        .route("/_emulator/clock", post(clock))
        .route("/_emulator/quota", post(quota))
        .route("/_emulator/settling", post(settling));
    for action in tables() {
        let path = format!("/_emulator/{}", action.name);
        let run = action.run;
        let handle = move |State(endpoint): State<Arc<Endpoint>>, body: Bytes| async move {
            respond(in_region(&endpoint, &body, run))
        };
        router = router.route(&path, post(handle));
    }
    router
}

async fn capabilities(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let actions: Vec<Value> = [
        ("reset", "Forgets every resource and sets the clock back to the machine's; no body."),
        ("clock", "Advances the clock of the resources by `seconds`; signatures keep the machine's time."),
        (
            "quota",
            "Sets how many resources of `kind` (the type in its ARN) may exist: `limit`, for `account` and `region`; \
             without `limit` the usual number again.",
        ),
        (
            "settling",
            "Sets how many `milliseconds` a resource stays in each passing state from now on, for `account` and \
             `region`; without them as long as the emulator was started with.",
        ),
    ]
    .into_iter()
    .chain(tables().map(|action| (action.name, action.summary)))
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

async fn reset(State(endpoint): State<Arc<Endpoint>>) -> Response {
    endpoint.accounts.reset();
    endpoint.clock.reset();
    respond(Ok(Document::new()))
}

async fn clock(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|input| {
        let seconds = input
            .get("seconds")
            .and_then(Value::as_f64)
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| Failure::invalid("/seconds", "must be a number of seconds, 0 or more"))?;
        endpoint.clock.advance(seconds);
        let mut now = Document::new();
        now.insert("now".to_owned(), json!(endpoint.clock.now().iso()));
        Ok(now)
    }))
}

async fn quota(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|input| {
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| Some(kind.arn_type()) == input.text("kind"))
            .ok_or_else(|| Failure::invalid("/kind", "must be the type in an ARN, such as channel"))?;
        let limit = whole(&input, "limit")?;
        lock(&region_of(&endpoint, &input)).set_quota(kind, limit);
        Ok(Document::new())
    }))
}

async fn settling(State(endpoint): State<Arc<Endpoint>>, body: Bytes) -> Response {
    respond(read(&body).and_then(|input| {
        let settling = whole(&input, "milliseconds")?.map(Duration::from_millis);
        lock(&region_of(&endpoint, &input)).set_settling(settling);
        Ok(Document::new())
    }))
}

/// A whole number that may be left out.
fn whole(input: &Input, member: &str) -> Result<Option<u64>, Failure> {
    match input.get(member) {
        None => Ok(None),
        Some(value) => {
            let wrong = || Failure::invalid(&format!("/{member}"), "must be a whole number");
            value.as_u64().map(Some).ok_or_else(wrong)
        }
    }
}

/// The region of the account that a body names, or the usual ones.
fn region_of(endpoint: &Endpoint, input: &Input) -> Arc<Mutex<Region>> {
    let account = input.text("account").unwrap_or(crate::auth::DEFAULT_ACCOUNT);
    endpoint.accounts.region(account, input.text("region").unwrap_or("us-east-1"))
}

/// Runs an action in the region of the ARN in its body.
fn in_region(
    endpoint: &Endpoint,
    body: &[u8],
    run: fn(&Input, &mut Region, Timestamp) -> Result<Document, Failure>,
) -> Result<Document, Failure> {
    let input = read(body)?;
    let arn = Arn::parse(input.required("arn")).ok_or_else(|| Failure::invalid("/arn", "must be an ARN"))?;
    let region = endpoint.accounts.region(arn.account, arn.region);
    let now = endpoint.clock.now();
    let mut region = lock(&region);
    region.settle(now);
    run(&input, &mut region, now)
}

fn read(body: &[u8]) -> Result<Input, Failure> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(Input(members)),
        _ if body.is_empty() => Ok(Input(Document::new())),
        _ => Err(Failure::new(Code::Validation, "The body must be a JSON object")),
    }
}

fn respond(result: Result<Document, Failure>) -> Response {
    let (status, document) = match result {
        Ok(document) => (200, document),
        Err(failure) => {
            let mut document = Document::new();
            document.insert("message".to_owned(), Value::from(failure.message));
            (failure.code.status(), document)
        }
    };
    let body = serde_json::to_vec(&document).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
