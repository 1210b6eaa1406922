//! A service of this process as an endpoint: requests reach it as HTTP/1.1 over streams in memory.

use std::error::Error;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use ivs_client::StreamOpener;

/// The endpoint URL of a service in this process. It is never resolved; the name is a loopback name.
pub(crate) const URL: &str = "http://in-process.localhost";
/// The time within which a service must be ready for a request.
pub(crate) const READY_WITHIN: Duration = Duration::from_secs(10);
/// The buffer of a stream in each direction, in bytes.
const BUFFER: usize = 64 * 1024;

/// Any error.
type AnyError = Box<dyn Error + Send + Sync>;

/// A service and the check that it can be called.
pub(crate) struct InProcessService {
    /// Opens a connection to the service. Call it on a Tokio runtime.
    pub(crate) open: StreamOpener,
    /// Waits until the service is ready for a request.
    pub(crate) ready: Box<dyn FnOnce() -> ivs_client::BoxFuture<'static, Result<(), String>> + Send>,
}

impl InProcessService {
    /// Wraps a tower service, such as an `axum::Router`.
    pub(crate) fn tower<S, B>(service: S) -> Self
    where
        S: tower_service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<AnyError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<AnyError>,
    {
        let mut first = service.clone();
        let ready = Box::new(move || -> ivs_client::BoxFuture<'static, Result<(), String>> {
            Box::pin(async move { become_ready(&mut first).await.map_err(|error| error.to_string()) })
        });
        // Each connection gets a copy, since a service may not be shared between threads.
        let shared = Mutex::new(service);
        let open = opener(move || {
            let service = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let service = Mutex::new(service);
            service_fn(move |request| {
                let mut service = service.lock().unwrap_or_else(PoisonError::into_inner).clone();
                async move {
                    become_ready(&mut service).await?;
                    service.call(request).await.map_err(Into::into)
                }
            })
        });
        Self { open, ready }
    }

    /// Wraps a service of hyper 1.
    pub(crate) fn hyper<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<AnyError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<AnyError>,
    {
        Self { open: opener(move || service.clone()), ready: Box::new(|| Box::pin(async { Ok(()) })) }
    }
}

/// Waits until a tower service is ready, for a limited time.
async fn become_ready<S: tower_service::Service<R>, R>(service: &mut S) -> Result<(), AnyError>
where
    S::Error: Into<AnyError>,
{
    let ready = poll_fn(|context| service.poll_ready(context));
    match tokio::time::timeout(READY_WITHIN, ready).await {
        Ok(ready) => ready.map_err(Into::into),
        Err(_) => Err(format!("it was not ready within {} s", READY_WITHIN.as_secs()).into()),
    }
}

/// Returns the function that opens connections to the services that `make` returns.
fn opener<S, B>(make: impl Fn() -> S + Send + Sync + 'static) -> StreamOpener
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<AnyError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<AnyError>,
{
    Arc::new(move || {
        let (near, far) = tokio::io::duplex(BUFFER);
        let connection = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(far), make());
        // A closed connection is the client's to notice.
        tokio::spawn(async move { drop(connection.await) });
        near
    })
}
