//! One user's connection: HTTP/1.1 over TCP or TLS, kept open, and reopened when it closes.

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

use super::answer::HttpAnswer;
use super::http1::{self, Broken, Received};
use super::route::{AuthHeaders, Route, render};
use crate::target::LoadTarget;

/// The settings that all connections to one endpoint share.
pub(crate) struct Connector {
    endpoint: Endpoint,
    tls: Option<(tokio_rustls::TlsConnector, rustls::pki_types::ServerName<'static>)>,
    proxied: Option<reqwest::Client>,
    connect: Duration,
    whole: Duration,
    longest_body: usize,
}

impl Connector {
    pub(crate) fn new(target: &LoadTarget, endpoint: &Endpoint) -> Result<Self, Failure> {
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

    /// The endpoint.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

/// Builds the client for proxies: slower, and shared by all users.
fn proxied(target: &LoadTarget, proxy: &str) -> Result<reqwest::Client, Failure> {
    let failed = |error: reqwest::Error| Failure::new(FailureKind::Connect, format!("proxy: {error}"));
    let mut builder = reqwest::Client::builder()
        .proxy(reqwest::Proxy::all(proxy).map_err(failed)?)
        // Credentials go to the configured endpoint only, and a retry would hide the first response.
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
    connector: Arc<Connector>,
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

    /// Returns whether an idle connection is still usable: the server neither closed it nor sent anything.
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
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, stream: None }
    }

    /// Sends one request and reads the whole response.
    ///
    /// A connection that closed while idle is replaced. One that breaks after the request was sent is a failure, since
    /// the endpoint may have acted on the request.
    pub(crate) async fn send(
        &mut self,
        route: &Route,
        auth_headers: &AuthHeaders,
        body: &Bytes,
    ) -> Result<HttpAnswer, Failure> {
        let connector = Arc::clone(&self.connector);
        let exchange = async {
            match &connector.proxied {
                // Boxed, like connecting: it is rare, and its size would add to the memory of every user.
                Some(client) => Box::pin(through_proxy(client, &connector, route, auth_headers, body)).await,
                None => self.direct(&render(route, auth_headers, body)).await,
            }
        };
        match tokio::time::timeout(connector.whole, exchange).await {
            Ok(result) => result,
            Err(_) => {
                let waited = connector.whole.as_millis();
                Err(Failure::new(FailureKind::Timeout, format!("no complete response within {waited} ms")))
            }
        }
    }

    async fn direct(&mut self, request: &[u8]) -> Result<HttpAnswer, Failure> {
        // Takes the connection out, so that one whose exchange was canceled is never reused.
        let idle = self.stream.take().and_then(|mut stream| stream.is_quiet().then_some(stream));
        let (mut stream, mut fresh) = match idle {
            Some(stream) => (stream, false),
            None => (Box::pin(connect(&self.connector)).await?, true),
        };
        loop {
            match stream.exchange(request, self.connector.longest_body).await {
                Ok(Received { answer, reusable }) => {
                    self.stream = reusable.then_some(stream);
                    return Ok(answer);
                }
                // The server closed the connection just before, and read nothing.
                Err(Broken { unsent: true, .. }) if !fresh => {
                    stream = Box::pin(connect(&self.connector)).await?;
                    fresh = true;
                }
                Err(broken) => return Err(broken.failure),
            }
        }
    }
}

async fn connect(connector: &Connector) -> Result<Stream, Failure> {
    let connecting = async {
        let address = (connector.endpoint.host.as_str(), connector.endpoint.port);
        let stream =
            TcpStream::connect(address).await.map_err(|error| Failure::new(FailureKind::Connect, error.to_string()))?;
        // Each request is one small write; Nagle's algorithm would only add latency.
        let _ = stream.set_nodelay(true);
        match &connector.tls {
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
    match tokio::time::timeout(connector.connect, connecting).await {
        Ok(result) => result,
        Err(_) => {
            let waited = connector.connect.as_millis();
            Err(Failure::new(FailureKind::Timeout, format!("no connection within {waited} ms")))
        }
    }
}

async fn through_proxy(
    client: &reqwest::Client,
    connector: &Connector,
    route: &Route,
    auth_headers: &AuthHeaders,
    body: &Bytes,
) -> Result<HttpAnswer, Failure> {
    let url = format!("{}{}", connector.endpoint.origin(), route.uri);
    let failed = |error: reqwest::Error| {
        let kind = if error.is_connect() { FailureKind::Connect } else { FailureKind::Closed };
        Failure::new(kind, error.without_url().to_string())
    };
    let mut request = client.request(route.method.clone(), url).headers(route.headers.clone()).body(body.clone());
    for (name, value) in auth_headers.fields() {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.map_err(failed)?;
    Ok(HttpAnswer { status, headers, body })
}
