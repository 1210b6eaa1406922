//! One user's connection: hyper's HTTP/1.1 over TCP or TLS, kept open, made anew when it closes.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use ivs_client::{Endpoint, Failure, FailureKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::answer::Answer;
use crate::target::Target;

/// Read buffers of this size keep 5,000 users small; a longer body is read in more than one piece.
const READ_BUFFER: usize = 4096;

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
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn new(wire: Arc<Wire>) -> Self {
        Self { wire, sender: None }
    }

    /// Sends one request and reads the answer to its end.
    ///
    /// A connection that closed while it was idle is replaced without a word; one that breaks after the request
    /// went out is a failure, since the endpoint may have acted on it.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let wire = Arc::clone(&self.wire);
        let exchange = async {
            match &wire.proxied {
                // Boxed, as connecting is: rare, and large enough to weigh on every user's memory otherwise.
                Some(client) => Box::pin(through_proxy(client, &wire, request)).await,
                None => self.direct(request).await,
            }
        };
        let result = match tokio::time::timeout(wire.whole, exchange).await {
            Ok(result) => result,
            Err(_) => {
                let waited = wire.whole.as_millis();
                Err(Failure::new(FailureKind::Timeout, format!("no whole answer within {waited} ms")))
            }
        };
        if result.is_err() {
            self.sender = None;
        }
        result
    }

    async fn direct(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let mut request = request;
        let mut fresh = false;
        loop {
            let mut sender = match self.sender.take() {
                Some(sender) if !sender.is_closed() => sender,
                _ => {
                    fresh = true;
                    Box::pin(connect(&self.wire)).await?
                }
            };
            if sender.ready().await.is_err() && !fresh {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let answer = whole(response, self.wire.longest_body).await?;
                    self.sender = Some(sender);
                    return Ok(answer);
                }
                Err(mut error) => match error.take_message() {
                    // Nothing of it went out: the idle connection had just closed.
                    Some(unsent) if !fresh => request = unsent,
                    _ => return Err(broken(error.error())),
                },
            }
        }
    }
}

async fn connect(wire: &Wire) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let connecting = async {
        let address = (wire.endpoint.host.as_str(), wire.endpoint.port);
        let stream =
            TcpStream::connect(address).await.map_err(|error| Failure::new(FailureKind::Connect, error.to_string()))?;
        // Requests are one small write each; waiting for more would only add latency.
        let _ = stream.set_nodelay(true);
        match &wire.tls {
            None => handshake(stream).await,
            Some((connector, name)) => {
                let stream = connector
                    .connect(name.clone(), stream)
                    .await
                    .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
                handshake(stream).await
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

async fn handshake<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, Failure>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .read_buf_exact_size(Some(READ_BUFFER))
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| broken(&error))?;
    // It ends by itself when the sender is dropped; how it ends shows in the exchange it ends in.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

/// Reads a body to its end, without a copy where it comes in one piece.
async fn whole(response: http::Response<Incoming>, longest: usize) -> Result<Answer, Failure> {
    let (head, mut body) = response.into_parts();
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| broken(&error))?.into_data() else {
            continue;
        };
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
        if first.len().max(rest.len()) > longest {
            return Err(Failure::new(FailureKind::TooLarge, format!("the answer is longer than {longest} bytes")));
        }
    }
    let body = if rest.is_empty() { first } else { rest.freeze() };
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}

async fn through_proxy(
    client: &reqwest::Client,
    wire: &Wire,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failure> {
    let (head, body) = request.into_parts();
    let url = format!("{}{}", wire.endpoint.origin(), head.uri);
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let failed = |error: reqwest::Error| {
        let kind = if error.is_connect() { FailureKind::Connect } else { FailureKind::Closed };
        Failure::new(kind, error.without_url().to_string())
    };
    let response = client.request(head.method, url).headers(head.headers).body(body).send().await.map_err(failed)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.map_err(failed)?;
    Ok(Answer { status, headers, body })
}

fn broken(error: &hyper::Error) -> Failure {
    let kind = if error.is_parse() { FailureKind::Malformed } else { FailureKind::Closed };
    // hyper's own text says what it was doing, the source what went wrong.
    match error.source() {
        Some(source) => Failure::new(kind, format!("{error}: {source}")),
        None => Failure::new(kind, error.to_string()),
    }
}
