//! The HTTP service of an emulator: bodies, preflights, request IDs and the observer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, DATE, HeaderName, HeaderValue, ORIGIN};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::assumptions;
use crate::control;
use crate::control_guard;
use crate::endpoint::{self, EmulatorEndpoint, RequestOutcome};
use crate::fault_layers::race;
use crate::fault_layers::response::{drops_connection, mutate_response};
use crate::ids;
use crate::options::{Observed, Options};
use crate::router;
use crate::service_error::{ErrorCode, ServiceError};
use crate::wire::{self, WireResponse};

/// The time within which a body must arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The service of an emulator: the control API under [`control::PREFIX`], and the operations.
///
/// Operations bypass the router of the control API: the contract finds them.
#[derive(Clone)]
pub(crate) struct EmulatorService {
    endpoint: Arc<EmulatorEndpoint>,
    control: TowerToHyperService<Router>,
}

impl EmulatorService {
    pub(crate) fn new(options: Options) -> Self {
        let endpoint = Arc::new(EmulatorEndpoint::new(options));
        let control = TowerToHyperService::new(control::routes().with_state(Arc::clone(&endpoint)));
        Self { endpoint, control }
    }
}

/// A planted fault closes the connection instead of a response.
#[derive(Debug, thiserror::Error)]
#[error("a planted fault closes the connection")]
pub(crate) struct ConnectionDropped;

impl Service<Request<Incoming>> for EmulatorService {
    type Response = Response<Either<Full<Bytes>, Body>>;
    type Error = ConnectionDropped;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectionDropped>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        if request.uri().path().starts_with(control::PREFIX) {
            if let Some(reason) = control_guard::refusal(request.headers(), &self.endpoint.control_hosts) {
                let response = control::refuse(&reason);
                return Box::pin(async move { Ok(response.map(Either::Right)) });
            }
            let response = self.control.call(request);
            Box::pin(async move {
                let Ok(response) = response.await;
                Ok(response.map(Either::Right))
            })
        } else {
            let endpoint = Arc::clone(&self.endpoint);
            Box::pin(async move { Ok(respond(&endpoint, request).await?.map(|body| Either::Left(Full::new(body)))) })
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "the duration of a request is real time, not the emulated one")]
async fn respond(endpoint: &EmulatorEndpoint, request: Request<Incoming>) -> Result<WireResponse, ConnectionDropped> {
    let started = endpoint.observer.as_ref().map(|_| Instant::now());
    let (parts, body) = request.into_parts();
    let body = read_body(body).await;
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
    if let Ok(date) = HeaderValue::from_str(&endpoint.clock.now().http_date()) {
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

/// Reads the rest of a body without keeping it.
///
/// A client that still sends when it gets the response may find the connection reset, and lose the response. A body
/// above the limit gets its response at once.
async fn discard(body: &mut Incoming) {
    if body.size_hint().lower() > assumptions::MAX_DISCARDED_BYTES {
        return;
    }
    let mut left = assumptions::MAX_DISCARDED_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// Reads the whole body.
async fn read_body(mut body: Incoming) -> Result<Bytes, ServiceError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let too_large = || {
        let limit = assumptions::MAX_BODY_BYTES;
        ServiceError::new(ErrorCode::RequestTooLarge, format!("The body is larger than {limit} bytes"))
    };
    if body.size_hint().lower() > assumptions::MAX_BODY_BYTES as u64 {
        discard(&mut body).await;
        return Err(too_large());
    }
    let read = async {
        let mut first = Bytes::new();
        let mut more = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| ServiceError::new(ErrorCode::Validation, "The body is incomplete"))?;
            let Ok(data) = frame.into_data() else { continue };
            if first.len() + more.len() + data.len() > assumptions::MAX_BODY_BYTES {
                discard(&mut body).await;
                return Err(too_large());
            }
            // Nearly every body arrives in one frame, which need not be copied.
            if first.is_empty() && more.is_empty() {
                first = data;
                if body.is_end_stream() {
                    break;
                }
            } else {
                more.extend_from_slice(&std::mem::take(&mut first));
                more.extend_from_slice(&data);
            }
        }
        Ok(if more.is_empty() { first } else { more.freeze() })
    };
    tokio::time::timeout(BODY_TIMEOUT, read)
        .await
        .unwrap_or_else(|_| Err(ServiceError::new(ErrorCode::RequestTimeout, "The body did not arrive in time")))
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
