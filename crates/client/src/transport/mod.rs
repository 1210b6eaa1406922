//! Sends a signed request once, byte for byte, and reads the response.

mod connector;
mod dial;
#[cfg(feature = "reqwest")]
mod direct;
mod exact;
mod failure;
mod not_connected;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http::uri::InvalidUri;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client as PooledClient;
use hyper_util::rt::{TokioExecutor, TokioTimer};

pub use connector::StreamOpener;
pub use dial::dial;
pub use tls::Trust;

use self::connector::Connector;

use crate::endpoint::{Endpoint, Endpoints};
use crate::error::ClientError;
use crate::{Failure, FailureKind, Request, Response};

/// The maximum time that an idle connection is kept. Servers close idle connections after five seconds or more, and a
/// request on a closing connection would look like the server's fault.
const IDLE: Duration = Duration::from_secs(3);

/// The limits of one exchange.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The timeout of connecting, including TLS.
    pub connect: Duration,
    /// The timeout of the response's head, and of each piece of its body.
    pub read: Duration,
    /// The timeout of the whole response, for servers that send bytes slowly.
    pub exchange: Duration,
    /// The maximum size of a body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            exchange: Duration::from_secs(60),
            body: 8 * 1024 * 1024,
        }
    }
}

impl Limits {
    async fn within_connect<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        within(self.connect, "no connection", future).await
    }

    /// The time for the head of a response. A pooled connection may already exist, which is not visible to the caller.
    /// Connecting must not stretch a short read timeout.
    fn first_byte(&self) -> Duration {
        self.read + self.connect.min(self.read / 4)
    }

    async fn within_read<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        within(self.read, "no byte", future).await
    }
}

async fn within<T>(limit: Duration, missing: &str, future: impl Future<Output = T>) -> Result<T, Failure> {
    let late = |_| Failure::new(FailureKind::Timeout, format!("{missing} within {} ms", limit.as_millis()));
    tokio::time::timeout(limit, future).await.map_err(late)
}

/// The routes and their limits.
pub(crate) struct Transport {
    #[cfg(feature = "reqwest")]
    direct: Option<direct::DirectPool>,
    pooled: PooledClient<Connector, Full<Bytes>>,
    connector: Connector,
    limits: Limits,
}

impl Transport {
    pub(crate) fn new(
        endpoints: &Endpoints,
        trust: &Trust,
        in_process: Option<StreamOpener>,
        limits: Limits,
    ) -> Result<Self, ClientError> {
        let tls = tls::config(trust, endpoints.all().any(|endpoint| endpoint.tls))?;
        #[cfg(feature = "reqwest")]
        let direct = match in_process {
            None => Some(direct::DirectPool::new(tls.clone(), &limits)?),
            Some(_) => None,
        };
        let connector = Connector::new(endpoints, tls, in_process, limits.clone());
        let pooled = PooledClient::builder(TokioExecutor::new())
            // Requests carry their `host` header, or lack it on purpose.
            .set_host(false)
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(connector.clone());
        Ok(Self {
            #[cfg(feature = "reqwest")]
            direct,
            pooled,
            connector,
            limits,
        })
    }

    /// Sends the request unchanged and reads the response.
    pub(crate) async fn send(&self, endpoint: &Endpoint, request: &Request) -> Result<Response, Failure> {
        within(self.limits.exchange, "no complete response", async {
            #[cfg(feature = "reqwest")]
            if let Some(direct) = &self.direct
                && let Some(prepared) = direct.prepare(endpoint, request)?
            {
                return direct.send(prepared, &self.limits).await;
            }
            let prepared = prepare(endpoint, request)?;
            match pooled_uri(endpoint, request) {
                Some(uri) => self.send_pooled(uri, prepared).await,
                None => exact::send(endpoint, &self.connector, &self.limits, prepared).await,
            }
        })
        .await?
    }

    async fn send_pooled(&self, uri: Uri, mut request: http::Request<Full<Bytes>>) -> Result<Response, Failure> {
        *request.uri_mut() = uri;
        let response = within(self.limits.first_byte(), "no response", self.pooled.request(request))
            .await?
            .map_err(|error| failure::of(&error, error.is_connect()))?;
        Received::read(response, &self.limits).await
    }
}

/// Opens a connection to an endpoint, with the TLS handshake if it has one, and closes it without a request.
///
/// # Errors
///
/// [`ClientError`] if the certificates cannot be used; the inner failure if no connection can be made.
pub async fn try_connection(
    endpoint: &Endpoint,
    trust: &Trust,
    limits: &Limits,
) -> Result<Result<(), Failure>, ClientError> {
    let tls = tls::config(trust, endpoint.tls)?;
    let connector = Connector::new(&Endpoints::of_one(endpoint.clone()), tls, None, limits.clone());
    Ok(connector.connect(endpoint).await.map(drop))
}

/// Returns the absolute URI for the first route; `None` if that route would send another target.
fn pooled_uri(endpoint: &Endpoint, request: &Request) -> Option<Uri> {
    let target = request.target();
    if !target.starts_with('/') {
        return None;
    }
    let uri: Uri = format!("{}{target}", endpoint.origin()).parse().ok()?;
    let is_kept = uri.path_and_query().is_some_and(|kept| kept.as_str() == target);
    is_kept.then_some(uri)
}

/// Builds the request with its target as the URI.
fn prepare(endpoint: &Endpoint, request: &Request) -> Result<http::Request<Full<Bytes>>, Failure> {
    let target = request.target();
    let unsendable = |reason: &str| Failure::new(FailureKind::Unsendable, format!("the path cannot be sent: {reason}"));
    // `http` silently removes a fragment.
    if target.contains('#') {
        return Err(unsendable("it contains a fragment"));
    }
    let uri: Uri = target.parse().map_err(|error: InvalidUri| unsendable(&error.to_string()))?;
    if uri != *target {
        return Err(unsendable("HTTP would write it differently"));
    }
    let mut prepared = http::Request::new(Full::new(request.body.clone()));
    *prepared.method_mut() = method(request)?;
    *prepared.uri_mut() = uri;
    *prepared.headers_mut() = headers(request)?;
    if let Some(proxy) = endpoint.proxy.as_ref().filter(|_| endpoint.is_forwarded())
        && let Some(value) = proxy.authorization().and_then(|value| HeaderValue::from_str(&value).ok())
    {
        prepared.headers_mut().insert(http::header::PROXY_AUTHORIZATION, value);
    }
    Ok(prepared)
}

fn method(request: &Request) -> Result<http::Method, Failure> {
    http::Method::from_bytes(request.method.as_bytes())
        .map_err(|_| Failure::new(FailureKind::Unsendable, "the method is not an HTTP token"))
}

fn headers(request: &Request) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 2);
    for (name, value) in &request.headers {
        // The message shows only the name, since values may be secrets.
        let unsendable =
            |what: &str| Failure::new(FailureKind::Unsendable, format!("the {what} of header `{name}` cannot be sent"));
        let length_is_right = || value.as_slice() == request.body.len().to_string().as_bytes();
        if name == "content-length" && !length_is_right() {
            return Err(unsendable("value"));
        }
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("name"))?;
        headers.append(key, HeaderValue::from_bytes(value).map_err(|_| unsendable("value"))?);
    }
    Ok(headers)
}

/// A response that is being received, and its size limit.
struct Received {
    response: Response,
    body: Vec<u8>,
    cap: usize,
}

impl Received {
    fn new(status: StatusCode, headers: &HeaderMap, limits: &Limits) -> Result<Self, Failure> {
        let announced = headers
            .get(http::header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(0);
        if announced > limits.body as u64 {
            return Err(too_large(limits.body));
        }
        let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        let response = Response { status: status.as_u16(), headers: headers.collect(), body: Bytes::new() };
        Ok(Self { response, body: Vec::new(), cap: limits.body })
    }

    /// Receives the whole body of a response of hyper.
    async fn read(response: http::Response<Incoming>, limits: &Limits) -> Result<Response, Failure> {
        let (head, mut body) = response.into_parts();
        let mut received = Self::new(head.status, &head.headers, limits)?;
        while let Some(frame) = limits.within_read(body.frame()).await? {
            let frame = frame.map_err(|error| failure::of(&error, false))?;
            if let Ok(chunk) = frame.into_data() {
                received.push(&chunk)?;
            }
        }
        Ok(received.finish())
    }

    fn push(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        if self.body.len() + chunk.len() > self.cap {
            return Err(too_large(self.cap));
        }
        self.body.extend_from_slice(chunk);
        Ok(())
    }

    fn finish(mut self) -> Response {
        self.response.body = Bytes::from(self.body);
        self.response
    }
}

fn too_large(cap: usize) -> Failure {
    Failure::new(FailureKind::TooLarge, format!("the response is longer than {cap} bytes"))
}
