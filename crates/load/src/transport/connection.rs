//! One user's connection: HTTP/1.1 over TCP or TLS, kept open, and reopened when it closes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use ivs_client::{Endpoint, Failure, FailureKind, dial};
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
    /// The text in front of each target, and the further headers, if a proxy forwards the requests.
    forwarded: Option<(String, String)>,
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
        // A proxy forwards plain requests by the URL in their first line. It tunnels the others.
        let forwarded = endpoint.proxy.as_ref().filter(|_| !endpoint.tls).map(|proxy| {
            let authorization = proxy.authorization().map(|value| format!("proxy-authorization: {value}\r\n"));
            (endpoint.origin(), authorization.unwrap_or_default())
        });
        Ok(Self {
            endpoint: endpoint.clone(),
            tls,
            forwarded,
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

    /// Closes the connection. The next request opens a new one.
    pub(crate) fn close(&mut self) {
        self.stream = None;
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
        let mut request = render(route, auth_headers, body);
        if let Some((origin, headers)) = &connector.forwarded {
            forward(&mut request, origin, headers);
        }
        let exchange = self.exchange(&request);
        match tokio::time::timeout(connector.whole, exchange).await {
            Ok(result) => result,
            Err(_) => {
                let waited = connector.whole.as_millis();
                Err(Failure::new(FailureKind::Timeout, format!("no complete response within {waited} ms")))
            }
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<HttpAnswer, Failure> {
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
        let stream =
            dial(&connector.endpoint).await.map_err(|error| Failure::new(FailureKind::Connect, error.to_string()))?;
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

/// Changes a request for a proxy: the origin comes in front of the target, and the headers behind the first line.
fn forward(request: &mut Vec<u8>, origin: &str, headers: &str) {
    let find = |needle: &[u8]| request.windows(needle.len()).position(|window| window == needle);
    let (Some(target), Some(end)) = (find(b" ").map(|at| at + 1), find(b"\r\n").map(|at| at + 2)) else { return };
    request.splice(end..end, headers.bytes());
    request.splice(target..target, origin.bytes());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use http::{HeaderMap, HeaderValue, Method, Uri};
    use ivs_client::{Clock, Endpoints, Limits, Proxy};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::transport::signer::PreparedRequest;

    #[test]
    fn a_forwarded_request_names_its_origin() {
        let mut request = b"POST /x HTTP/1.1\r\nhost: h\r\n\r\n".to_vec();
        forward(&mut request, "http://h:1", "proxy-authorization: Basic eA==\r\n");
        let expected = b"POST http://h:1/x HTTP/1.1\r\nproxy-authorization: Basic eA==\r\nhost: h\r\n\r\n";
        assert_eq!(request, expected);
    }

    #[tokio::test]
    async fn an_endless_body_behind_a_proxy_is_capped() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let proxy = Proxy::parse(&listener.local_addr().unwrap().to_string()).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 1024];
            let length = stream.read(&mut head).await.unwrap();
            assert!(head[..length].starts_with(b"POST http://ivs.invalid/x HTTP/1.1\r\n"), "{head:?}");
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n").await.unwrap();
            while stream.write_all(&[0; 4096]).await.is_ok() {}
        });
        let mut endpoint = Endpoint::parse("http://ivs.invalid").unwrap();
        endpoint.proxy = Some(proxy);
        let target = LoadTarget {
            endpoints: Endpoints::of_one(endpoint.clone()),
            region: "us-west-2".to_owned(),
            credentials: SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")),
            clock: Clock::system(),
            tls: None,
            limits: Limits { read: Duration::from_secs(10), body: 64 * 1024, ..Limits::default() },
            allow_remote: true,
            keep_rates: false,
            lift_rates: false,
        };
        let mut connection = Connection::new(Arc::new(Connector::new(&target, &endpoint).unwrap()));
        let headers = HeaderMap::from_iter([(http::header::HOST, HeaderValue::from_static("ivs.invalid"))]);
        let prepared = PreparedRequest::new("", "", "", &[], false);
        let route = Route::new(Method::POST, Uri::from_static("/x"), headers, prepared);
        let auth_headers = AuthHeaders::new("d", "a", None).unwrap();
        let failure = connection.send(&route, &auth_headers, &Bytes::new()).await.err().unwrap();
        assert_eq!(failure.kind, FailureKind::TooLarge, "{}", failure.detail);
    }
}
