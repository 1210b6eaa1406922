//! Sends a signed request once, byte for byte, and reads the response.

mod dial;
mod exact;
mod failure;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::Full;
use rustls::ClientConfig;

pub use dial::dial;
pub use tls::Trust;

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

    async fn within_read<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        within(self.read, "no byte", future).await
    }
}

async fn within<T>(limit: Duration, missing: &str, future: impl Future<Output = T>) -> Result<T, Failure> {
    let late = |_| Failure::new(FailureKind::Timeout, format!("{missing} within {} ms", limit.as_millis()));
    tokio::time::timeout(limit, future).await.map_err(late)
}

/// The two routes and their limits.
pub(crate) struct Transport {
    pooled: reqwest::Client,
    tls: Arc<ClientConfig>,
    limits: Limits,
}

impl Transport {
    pub(crate) fn new(endpoints: &Endpoints, trust: &Trust, limits: Limits) -> Result<Self, ClientError> {
        let tls = tls::config(trust, endpoints.all().any(|endpoint| endpoint.tls))?;
        let mut builder = reqwest::Client::builder();
        for endpoint in endpoints.all().filter(|endpoint| !endpoint.addresses.is_empty()) {
            let addresses: Vec<SocketAddr> =
                endpoint.addresses.iter().map(|address| SocketAddr::new(*address, endpoint.port)).collect();
            builder = builder.resolve_to_addrs(&endpoint.host, &addresses);
        }
        let pooled = builder
            .tls_backend_preconfigured(tls.clone())
            // Credentials go to the configured endpoint only.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // A retry would hide the first response.
            .retry(reqwest::retry::never())
            .no_proxy()
            .proxy(reqwest::Proxy::custom(proxies(endpoints)))
            // Other crates in the build may enable reqwest's decoders, but bodies must stay unchanged.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .http1_only()
            .tcp_nodelay(true)
            .connect_timeout(limits.connect)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(ClientError::Transport)?;
        Ok(Self { pooled, tls: Arc::new(tls), limits })
    }

    /// Sends the request unchanged and reads the response.
    pub(crate) async fn send(&self, endpoint: &Endpoint, request: &Request) -> Result<Response, Failure> {
        within(self.limits.exchange, "no complete response", async {
            match self.pooled_request(endpoint, request)? {
                Some(prepared) => self.send_pooled(prepared).await,
                None => exact::send(endpoint, &self.tls, &self.limits, exact_request(endpoint, request)?).await,
            }
        })
        .await?
    }

    /// Builds the request for the first route; `None` if that route would alter it.
    fn pooled_request(&self, endpoint: &Endpoint, request: &Request) -> Result<Option<reqwest::Request>, Failure> {
        // Both routes omit these headers or add them automatically.
        let target = request.target();
        let named = |name: &str| request.headers.iter().any(|(key, _)| key == name);
        let own_way = !request.path.starts_with('/') || target.contains('#');
        if own_way || !named("host") || !named("accept") {
            return Ok(None);
        }
        let Ok(url) = reqwest::Url::parse(&format!("{}{target}", endpoint.origin())) else {
            return Ok(None);
        };
        let kept = url.as_str().strip_prefix(endpoint.origin().as_str()).is_some_and(|rest| rest == target);
        if !kept {
            return Ok(None);
        }
        let mut prepared = reqwest::Request::new(method(request)?, url);
        *prepared.headers_mut() = headers(request)?;
        if !request.body.is_empty() {
            *prepared.body_mut() = Some(request.body.clone().into());
        }
        Ok(Some(prepared))
    }

    async fn send_pooled(&self, request: reqwest::Request) -> Result<Response, Failure> {
        // A pooled connection may already exist, which is not visible here. Connecting must not stretch a short read timeout.
        let allowed = self.limits.read + self.limits.connect.min(self.limits.read);
        let mut response = within(allowed, "no response", self.pooled.execute(request))
            .await?
            .map_err(|error| failure::of(&error, false))?;
        let mut received = Received::new(response.status(), response.headers(), &self.limits)?;
        while let Some(chunk) =
            self.limits.within_read(response.chunk()).await?.map_err(|error| failure::of(&error, false))?
        {
            received.push(&chunk)?;
        }
        Ok(received.finish())
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
    let tls = Arc::new(tls::config(trust, endpoint.tls)?);
    let connected = limits.within_connect(exact::connect(endpoint, &tls)).await;
    Ok(connected.and_then(|connected| connected.map(drop)))
}

/// Returns the proxy of a URL: that of the endpoint with its origin.
fn proxies(endpoints: &Endpoints) -> impl Fn(&reqwest::Url) -> Option<String> + Send + Sync + 'static {
    let proxies: Vec<(String, String)> =
        endpoints.all().filter_map(|endpoint| Some((endpoint.origin(), endpoint.proxy.as_ref()?.url()))).collect();
    move |url| {
        let origin = url.origin().ascii_serialization();
        proxies.iter().find(|(known, _)| *known == origin).map(|(_, proxy)| proxy.clone())
    }
}

/// Builds the request for the second route.
fn exact_request(endpoint: &Endpoint, request: &Request) -> Result<http::Request<Full<Bytes>>, Failure> {
    let target = request.target();
    let unsendable = |reason: &str| Failure::new(FailureKind::Unsendable, format!("the path cannot be sent: {reason}"));
    // `http` silently removes a fragment.
    if target.contains('#') {
        return Err(unsendable("it contains a fragment"));
    }
    let uri: http::Uri = target.parse().map_err(|error: http::uri::InvalidUri| unsendable(&error.to_string()))?;
    if uri != *target {
        return Err(unsendable("HTTP would write it differently"));
    }
    let mut prepared = http::Request::new(Full::new(request.body.clone()));
    *prepared.method_mut() = method(request)?;
    *prepared.uri_mut() = uri;
    *prepared.headers_mut() = headers(request)?;
    if let Some(proxy) = endpoint.proxy.as_ref().filter(|_| !endpoint.tls) {
        // A proxy needs the origin in the first line.
        let absolute = format!("{}{target}", endpoint.origin());
        *prepared.uri_mut() =
            absolute.parse().map_err(|error: http::uri::InvalidUri| unsendable(&error.to_string()))?;
        if let Some(value) = proxy.authorization().and_then(|value| HeaderValue::from_str(&value).ok()) {
            prepared.headers_mut().insert(http::header::PROXY_AUTHORIZATION, value);
        }
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
