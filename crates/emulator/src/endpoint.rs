//! From a request to its answer: route, verify, validate, handle, write.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::{HeaderName, HeaderValue, ORIGIN};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body as _, Incoming};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;

use crate::arn::Arn;
use crate::auth::{self, Caller, Keyring};
use crate::call::{Call, Input, Reply};
use crate::choices;
use crate::clock::{Clock, Timestamp};
use crate::contract::{CONTRACT, Operation, Service as Contracted, labels};
use crate::failure::{Code, Failure};
use crate::fault::Faults;
use crate::options::{Observed, Observer, Options};
use crate::paging::Seal;
use crate::schema::{Breach, Constraint};
use crate::state::{Accounts, Document, Kind, lock};
use crate::wire::{self, Wire};
use crate::{control, ids, tags};

/// Everything that the requests of one emulator share.
pub(crate) struct Endpoint {
    pub(crate) accounts: Accounts,
    pub(crate) clock: Clock,
    keyring: Keyring,
    seal: Seal,
    faults: Faults,
    latency: Duration,
    rates: bool,
    observer: Option<Observer>,
}

/// A body must arrive within this time.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The service that serves an emulator: the control surface under [`control::PREFIX`], and the operations, which
/// take no detour through a router of paths (they are found in the contract).
#[derive(Clone)]
pub(crate) struct Front {
    endpoint: Arc<Endpoint>,
    control: TowerToHyperService<Router>,
}

impl Front {
    pub(crate) fn new(options: Options) -> Self {
        let endpoint = Arc::new(Endpoint::new(options));
        let control = TowerToHyperService::new(control::routes().with_state(Arc::clone(&endpoint)));
        Self { endpoint, control }
    }
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Either<Full<Bytes>, Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        if request.uri().path().starts_with(control::PREFIX) {
            let answer = self.control.call(request);
            Box::pin(async move { Ok(answer.await?.map(Either::Right)) })
        } else {
            let endpoint = Arc::clone(&self.endpoint);
            Box::pin(async move { Ok(answer(&endpoint, request).await.map(|body| Either::Left(Full::new(body)))) })
        }
    }
}

/// What a request turned out to be, for its answer and for the log.
pub(crate) struct Outcome {
    pub(crate) wire: Wire,
    operation: Option<&'static Operation>,
    error: Option<&'static str>,
}

#[allow(clippy::disallowed_methods, reason = "the duration of a request is real time, not the emulated one")]
async fn answer(endpoint: &Endpoint, request: Request<Incoming>) -> Wire {
    let started = endpoint.observer.as_ref().map(|_| Instant::now());
    let (parts, body) = request.into_parts();
    let body = read_body(body).await;
    if !endpoint.latency.is_zero() {
        tokio::time::sleep(endpoint.latency).await;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| endpoint.respond(&parts, body)));
    let outcome = outcome.unwrap_or_else(|_| {
        let failure = Failure::new(Code::InternalServer, "The request could not be handled");
        endpoint.refuse(&parts, None, &failure)
    });
    let request_id = ids::uuid();
    let mut response = outcome.wire;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, id);
    }
    if parts.headers.contains_key(ORIGIN) {
        headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        let exposed = HeaderValue::from_static(wire::EXPOSED);
        headers.insert("access-control-expose-headers", exposed);
    }
    endpoint.faults.distort(outcome.operation, &mut response);
    if let Some(observer) = &endpoint.observer {
        observer.tell(&Observed {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            operation: outcome.operation.map(|operation| operation.full_name.as_str()),
            status: response.status().as_u16(),
            error: outcome.error,
            request_id: &request_id,
            elapsed: started.map(|started| started.elapsed()).unwrap_or_default(),
        });
    }
    response
}

/// Reads on without keeping anything: who is answered while it still sends may find the connection reset, and the answer
/// lost with it. What is larger yet is answered at once.
async fn discard(body: &mut Incoming) {
    if body.size_hint().lower() > choices::MAX_DISCARDED_BYTES {
        return;
    }
    let mut left = choices::MAX_DISCARDED_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
        match left.checked_sub(length) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// The whole body, or why it is not taken.
async fn read_body(mut body: Incoming) -> Result<Bytes, Failure> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let too_large = || {
        let limit = choices::MAX_BODY_BYTES;
        Failure::new(Code::RequestTooLarge, format!("The body is larger than {limit} bytes"))
    };
    if body.size_hint().lower() > choices::MAX_BODY_BYTES as u64 {
        discard(&mut body).await;
        return Err(too_large());
    }
    let read = async {
        let mut first = Bytes::new();
        let mut more = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Failure::new(Code::Validation, "The body broke off"))?;
            let Ok(data) = frame.into_data() else { continue };
            if first.len() + more.len() + data.len() > choices::MAX_BODY_BYTES {
                discard(&mut body).await;
                return Err(too_large());
            }
            // Nearly every body comes in one frame, which then need not be copied.
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
        .unwrap_or_else(|_| Err(Failure::new(Code::RequestTimeout, "The body came too slowly")))
}

impl Endpoint {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            accounts: Accounts::new(options.settling),
            clock: options.clock,
            keyring: Keyring::new(options.keys),
            seal: Seal::new(),
            faults: Faults(options.fault),
            latency: options.latency,
            rates: options.rates,
            observer: options.observer,
        }
    }

    pub(crate) fn respond(&self, parts: &Parts, body: Result<Bytes, Failure>) -> Outcome {
        if parts.method == Method::OPTIONS {
            return preflight();
        }
        let operation = choose(CONTRACT.candidates(&parts.method, parts.uri.path()), parts);
        match body.and_then(|body| self.call(operation, parts, &body)) {
            Ok((operation, output)) => {
                Outcome { wire: wire::success(operation, output), operation: Some(operation), error: None }
            }
            Err(failure) => self.refuse(parts, operation, &failure),
        }
    }

    fn call(
        &self,
        operation: Option<&'static Operation>,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<(&'static Operation, Vec<u8>), Failure> {
        let faults = self.faults;
        let signing_name = operation.map(|operation| operation.service().signing_name);
        let (wall, now) = self.clock.read();
        let caller = auth::verify(&self.keyring, parts, body, signing_name, wall, faults)?;
        let Some(operation) = operation else {
            return Err(Failure::new(choices::UNKNOWN_ROUTE, "No operation has this path and method"));
        };
        let output = self.perform(operation, &caller, now, parts, body)?;
        Ok((operation, output))
    }

    /// What an operation answers, written, to a caller whose signature is right.
    pub(crate) fn perform(
        &self,
        operation: &'static Operation,
        caller: &Caller<'_>,
        now: Timestamp,
        parts: &Parts,
        body: &Bytes,
    ) -> Result<Vec<u8>, Failure> {
        let faults = self.faults;
        wire::check_accept(&parts.headers)?;
        let reread = faults.reread(operation, body);
        let mut input = wire::read(operation, parts, reread.as_ref().unwrap_or(body))?;
        faults.misread(operation, parts, &mut input)?;
        validate(operation, &input, faults)?;
        tags::rules(operation, &input, faults)?;
        let mut call = Call { operation, caller, input: Input(input), now, settled: now, faults, seal: &self.seal };
        let region = self.accounts.region(caller.account, caller.region);
        let reply = {
            let mut region = lock(&region);
            region.settle(now);
            call.settled = region.settled(now);
            if self.rates {
                region.count_call(&call)?;
            }
            (operation.handler)(&call, &mut region)?
        };
        let mut output = match reply {
            Reply::Now(output) => wire::written(&output),
            Reply::Later(finish) => wire::written(&finish()),
            Reply::Written(output) => output,
        };
        faults.spoil(&call, &mut output)?;
        debug_assert_eq!(misshapen(operation, &output, faults), Vec::new());
        Ok(output)
    }

    fn refuse(&self, parts: &Parts, operation: Option<&'static Operation>, failure: &Failure) -> Outcome {
        let service = match operation {
            Some(operation) => operation.service(),
            None => addressed(parts).unwrap_or(&CONTRACT.services[0]),
        };
        Outcome { wire: wire::error(service, failure), operation, error: Some(failure.code.name()) }
    }
}

/// ValidationException for the first constraints that an input breaks.
fn validate(operation: &'static Operation, input: &Document, faults: Faults) -> Result<(), Failure> {
    let Some(shape) = operation.model.input else {
        return Ok(());
    };
    let lenience = faults.lenience(&operation.full_name);
    let schema = &operation.service().schema;
    let breaches = schema.check(shape, input, lenience.as_ref());
    let Some(first) = breaches.first() else {
        return Ok(());
    };
    // The form of the one text that is known (facts section 7, no. 4).
    let field = |pointer: &str| pointer.trim_start_matches('/').replace('/', ".");
    let text = format!("{}.{} {}", operation.name(), field(&first.pointer), first.rule);
    let mut failure = Failure::new(Code::Validation, text);
    for breach in breaches {
        failure.fields.push((field(&breach.pointer), breach.rule));
    }
    Err(failure)
}

/// What an output breaks of its own shape, for debug builds. Unset texts are `""`, enumerations included
/// (facts section 1.3); a planted fault may break what it likes.
fn misshapen(operation: &Operation, output: &[u8], faults: Faults) -> Vec<Breach> {
    let Some(shape) = operation.model.output.filter(|_| faults.0.is_none()) else {
        return Vec::new();
    };
    let output: Document = serde_json::from_slice(output).unwrap_or_default();
    let mut breaches = operation.service().schema.check(shape, &output, None);
    let whole = Value::Object(output);
    breaches.retain(|breach| {
        let unset = whole.pointer(&breach.pointer) == Some(&Value::from(""));
        !(unset && breach.constraint == Constraint::Enum)
    });
    breaches
}

/// The operation meant among those of one path: by the ARN in the path where it has the form of one,
/// else by the credential scope, else by the host, else the first.
fn choose(candidates: impl Iterator<Item = &'static Operation> + Clone, parts: &Parts) -> Option<&'static Operation> {
    let mut each = candidates.clone();
    let first = each.next()?;
    if each.next().is_none() {
        return Some(first);
    }
    let of = |id: &str| candidates.clone().find(|operation| operation.service().id == id);
    let by_arn = labels(first.model, parts.uri.path())
        .and_then(|labels| wire::percent_decode(labels.first()?.1))
        .and_then(|text| {
            let arn = Arn::parse(&text)?;
            Some(Kind::of(arn.namespace, arn.resource_type)?.service())
        })
        .and_then(of);
    by_arn.or_else(|| of(addressed(parts)?.id)).or(Some(first))
}

/// The service that a request names by its host or its credential scope. Real-Time signs as `ivs`, so the
/// host goes first.
fn addressed(parts: &Parts) -> Option<&'static Contracted> {
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let prefix = host.and_then(|host| host.split('.').next()).unwrap_or_default();
    let services = &CONTRACT.services;
    services.iter().find(|service| service.endpoint_prefix == prefix).or_else(|| {
        let scope = auth::scope_service(parts)?;
        services.iter().find(|service| service.signing_name == scope)
    })
}

/// Answers a browser that asks before it calls (the CORS trait of the services).
fn preflight() -> Outcome {
    let mut wire = Wire::new(Bytes::new());
    *wire.status_mut() = StatusCode::OK;
    let headers = wire.headers_mut();
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
    Outcome { wire, operation: None, error: None }
}
