//! One user's connection: HTTP/1.1 over TCP or TLS, kept open, made anew when it closes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use ivs_client::{Endpoint, Failure, FailureKind};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::answer::Answer;
use crate::http1::{self, Broken, Received};
use crate::lane::Stamp;
use crate::target::Target;
use crate::template::Route;

/// How requests reach an endpoint; shared by all connections to it.
pub(crate) struct Wire {
    endpoint: Endpoint,
    tls: Option<(tokio_rustls::TlsConnector, rustls::pki_types::ServerName<'static>)>,
    proxied: Option<reqwest::Client>,
    connect: Duration,
    whole: Duration,
    longest_body: usize,
}

impl Wire {
    pub(crate) fn new(target: &Target, endpoint: &Endpoint) -> Result<Self, Failure> {
        let tls = match (&target.tls, endpoint.tls) {
            (Some(config), true) => {
                let name = rustls::pki_types::ServerName::try_from(endpoint.host.clone())
                    .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
                Some((tokio_rustls::TlsConnector::from(Arc::clone(config)), name))
            }
            _ => None,
        };
        let proxied = target.proxy.as_deref().map(|proxy| proxied(target, proxy)).transpose()?;
        Ok(Self {
            endpoint: endpoint.clone(),
            tls,
            proxied,
            connect: target.limits.connect,
            whole: target.limits.read,
            longest_body: target.limits.body,
        })
    }

    /// The endpoint it leads to.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// The fallback for proxies: shared by all users, slower, without a connection of one's own.
fn proxied(target: &Target, proxy: &str) -> Result<reqwest::Client, Failure> {
    let failed = |error: reqwest::Error| Failure::new(FailureKind::Connect, format!("proxy: {error}"));
    let mut builder = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(proxy).map_err(failed)?)
        // Credentials go to the configured endpoint only, and a retry would hide what was first answered.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only()
        .tcp_nodelay(true)
        .connect_timeout(target.limits.connect);
    if let Some(config) = &target.tls {
        builder = builder.tls_backend_preconfigured(config.as_ref().clone());
    }
    builder.build().map_err(failed)
}

/// One connection, opened at the first request.
pub(crate) struct Connection {
    wire: Arc<Wire>,
    stream: Option<Stream>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    async fn exchange(&mut self, request: &[u8], longest_body: usize) -> Result<Received, Broken> {
        match self {
            Self::Plain(stream) => http1::exchange(stream, request, longest_body).await,
            Self::Tls(stream) => http1::exchange(stream, request, longest_body).await,
        }
    }

    /// Whether the other side has let an idle connection be: it has neither closed nor said anything unasked.
    fn is_quiet(&mut self) -> bool {
        match self {
            Self::Plain(stream) => {
                matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
            Self::Tls(stream) => {
                let mut byte = [0];
                let mut context = Context::from_waker(Waker::noop());
                Pin::new(stream).poll_read(&mut context, &mut ReadBuf::new(&mut byte)).is_pending()
            }
        }
    }
}

impl Connection {
    pub(crate) fn new(wire: Arc<Wire>) -> Self {
        Self { wire, stream: None }
    }

    /// Sends one request and reads the answer to its end.
    ///
    /// A connection that closed while it was idle is replaced without a word; one that breaks after the request
    /// went out is a failure, since the endpoint may have acted on it.
    pub(crate) async fn send(&mut self, route: &Route, stamp: &Stamp, body: &Bytes) -> Result<Answer, Failure> {
        let wire = Arc::clone(&self.wire);
        let exchange = async {
            match &wire.proxied {
                // Boxed, as connecting is: rare, and large enough to weigh on every user's memory otherwise.
                Some(client) => Box::pin(through_proxy(client, &wire, route, stamp, body)).await,
                None => self.direct(&http1::render(route, stamp, body)).await,
            }
        };
        match tokio::time::timeout(wire.whole, exchange).await {
            Ok(result) => result,
            Err(_) => {
                let waited = wire.whole.as_millis();
                Err(Failure::new(FailureKind::Timeout, format!("no whole answer within {waited} ms")))
            }
        }
    }

    async fn direct(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        // Taken out: a connection whose exchange was given up half way is never used again.
        let idle = self.stream.take().and_then(|mut stream| stream.is_quiet().then_some(stream));
        let (mut stream, mut fresh) = match idle {
            Some(stream) => (stream, false),
            None => (Box::pin(connect(&self.wire)).await?, true),
        };
        loop {
            match stream.exchange(request, self.wire.longest_body).await {
                Ok(Received { answer, reusable }) => {
                    self.stream = reusable.then_some(stream);
                    return Ok(answer);
                }
                // It had just closed, and took nothing.
                Err(Broken { unsent: true, .. }) if !fresh => {
                    stream = Box::pin(connect(&self.wire)).await?;
                    fresh = true;
                }
                Err(broken) => return Err(broken.failure),
            }
        }
    }
}

async fn connect(wire: &Wire) -> Result<Stream, Failure> {
    let connecting = async {
        let address = (wire.endpoint.host.as_str(), wire.endpoint.port);
        let stream =
            TcpStream::connect(address).await.map_err(|error| Failure::new(FailureKind::Connect, error.to_string()))?;
        // Requests are one small write each; waiting for more would only add latency.
        let _ = stream.set_nodelay(true);
        match &wire.tls {
            None => Ok(Stream::Plain(stream)),
            Some((connector, name)) => {
                let stream = connector
                    .connect(name.clone(), stream)
                    .await
                    .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
                Ok(Stream::Tls(Box::new(stream)))
            }
        }
    };
    match tokio::time::timeout(wire.connect, connecting).await {
        Ok(result) => result,
        Err(_) => {
            let waited = wire.connect.as_millis();
            Err(Failure::new(FailureKind::Timeout, format!("no connection within {waited} ms")))
        }
    }
}

async fn through_proxy(
    client: &reqwest::Client,
    wire: &Wire,
    route: &Route,
    stamp: &Stamp,
    body: &Bytes,
) -> Result<Answer, Failure> {
    let url = format!("{}{}", wire.endpoint.origin(), route.uri);
    let failed = |error: reqwest::Error| {
        let kind = if error.is_connect() { FailureKind::Connect } else { FailureKind::Closed };
        Failure::new(kind, error.without_url().to_string())
    };
    let mut request = client.request(route.method.clone(), url).headers(route.headers.clone()).body(body.clone());
    for (name, value) in stamp.fields() {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.map_err(failed)?;
    Ok(Answer { status, headers, body })
}
