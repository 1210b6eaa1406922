//! The HTTP service of an emulator: bodies, preflights, request IDs and the observer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{CONNECTION, DATE, HeaderName, HeaderValue, ORIGIN};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::Service;

use crate::body::{self, BodyMemory};
use crate::control;
use crate::control_guard;
use crate::endpoint::{self, EmulatorEndpoint, RequestOutcome};
use crate::fault_layers::race;
use crate::fault_layers::response::{drops_connection, mutate_response};
use crate::ids;
use crate::options::Observed;
use crate::request_log::LoggedRequest;
use crate::router;
use crate::service_error::{ErrorCode, ServiceError};
use crate::wire::{self, WireResponse};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The service of an emulator: the control API under [`control::PREFIX`], and the operations.
#[derive(Clone)]
pub(crate) struct EmulatorService {
    endpoint: Arc<EmulatorEndpoint>,
    body_memory: BodyMemory,
}

impl EmulatorService {
    pub(crate) fn new(endpoint: EmulatorEndpoint) -> Self {
        Self { endpoint: Arc::new(endpoint), body_memory: BodyMemory::default() }
    }
}

/// A planted fault closes the connection instead of a response.
#[derive(Debug, thiserror::Error)]
#[error("a planted fault closes the connection")]
pub(crate) struct ConnectionDropped;

impl Service<Request<Incoming>> for EmulatorService {
    type Response = Response<Full<Bytes>>;
    type Error = ConnectionDropped;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectionDropped>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (endpoint, memory) = (Arc::clone(&self.endpoint), self.body_memory.clone());
        Box::pin(async move {
            let response = if request.uri().path().starts_with(control::PREFIX) {
                control_response(&endpoint, request, &memory).await
            } else {
                respond(&endpoint, request, &memory).await?
            };
            Ok(response.map(Full::new))
        })
    }
}

async fn control_response(
    endpoint: &EmulatorEndpoint,
    request: Request<Incoming>,
    memory: &BodyMemory,
) -> WireResponse {
    let (parts, body) = request.into_parts();
    if let Some(reason) = control_guard::refusal(&parts.headers, &endpoint.control_hosts) {
        return control::refuse(&reason);
    }
    match body::read(body, memory).await {
        Ok(body) => control::answer(endpoint, &parts.method, &parts.uri, &body),
        Err(error) => control::fail(error),
    }
}

#[allow(clippy::disallowed_methods, reason = "the duration of a request is real time, not the emulated one")]
async fn respond(
    endpoint: &EmulatorEndpoint,
    request: Request<Incoming>,
    memory: &BodyMemory,
) -> Result<WireResponse, ConnectionDropped> {
    let started = endpoint.observer.as_ref().map(|_| Instant::now());
    let (parts, body) = request.into_parts();
    let body = body::read(body, memory).await;
    let logged_body = match &body {
        Ok(body) if endpoint.requests.is_on() => LoggedRequest::kept_body(body),
        _ => None,
    };
    if !endpoint.latency.is_zero() {
        tokio::time::sleep(endpoint.latency).await;
    }
    if let Some(delay) = race::delay(endpoint.planted, router::operation_of(&parts)) {
        tokio::time::sleep(delay).await;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        if parts.method == Method::OPTIONS { preflight() } else { endpoint.respond(&parts, body) }
    }));
    let outcome = outcome.unwrap_or_else(|_| {
        let error = ServiceError::new(ErrorCode::InternalServer, "The request could not be handled");
        endpoint::refuse(&parts, None, &error)
    });
    if drops_connection(endpoint.planted, outcome.operation) {
        return Err(ConnectionDropped);
    }
    let request_id = ids::uuid();
    let mut response = outcome.response;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, id);
    }
    // The clock of the resources, which may be ahead of the machine's.
    let now = endpoint.clock.now();
    if let Ok(date) = HeaderValue::from_str(&now.http_date()) {
        headers.insert(DATE, date);
    }
    if endpoint.closes_connections {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if parts.headers.contains_key(ORIGIN) {
        headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        let exposed = HeaderValue::from_static(wire::EXPOSED);
        headers.insert("access-control-expose-headers", exposed);
    }
    mutate_response(endpoint.planted, outcome.operation, &mut response);
    if endpoint.requests.is_on() {
        endpoint.requests.add(LoggedRequest {
            at: now,
            method: parts.method.as_str().to_owned(),
            path: LoggedRequest::kept_path(parts.uri.path_and_query().map_or("/", PathAndQuery::as_str)),
            operation: outcome.operation,
            status: response.status().as_u16(),
            error: outcome.error,
            request_id: request_id.clone(),
            body: logged_body,
        });
    }
    if let Some(observer) = &endpoint.observer {
        observer.observe(&Observed {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            operation: outcome.operation.map(|operation| operation.full_name.as_str()),
            status: response.status().as_u16(),
            error: outcome.error,
            request_id: &request_id,
            elapsed: started.map(|started| started.elapsed()).unwrap_or_default(),
        });
    }
    Ok(response)
}

/// Responds to the preflight request of a browser (the CORS trait of the services).
fn preflight() -> RequestOutcome {
    let mut response = WireResponse::new(Bytes::new());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET,POST,DELETE,OPTIONS"),
        (
            "access-control-allow-headers",
            "authorization,content-type,x-amz-date,x-amz-security-token,x-api-key,\
             x-amz-content-sha256,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request",
        ),
        ("access-control-expose-headers", wire::EXPOSED),
        ("access-control-max-age", "86400"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    RequestOutcome { response, operation: None, error: None }
}
