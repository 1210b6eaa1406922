//! Opens the connections of both routes: TCP with or without TLS, or a stream to a service in this process.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::ReadBufCursor;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::not_connected::NotConnected;
use super::{Limits, dial, failure};
use crate::{Endpoint, Endpoints, Failure, FailureKind};

/// Opens a stream whose other end a service in this process reads.
pub type StreamOpener = Arc<dyn Fn() -> DuplexStream + Send + Sync>;

/// A byte stream to an endpoint.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection, in the form that hyper reads and writes.
pub(super) struct OpenConnection {
    stream: TokioIo<Box<dyn Stream>>,
    /// True if a proxy reads the requests.
    is_forwarded: bool,
}

/// Opens connections within the connect timeout.
#[derive(Clone)]
pub(super) struct Connector {
    /// The endpoints by origin.
    endpoints: Arc<Vec<(String, Endpoint)>>,
    tls: Arc<ClientConfig>,
    in_process: Option<StreamOpener>,
    limits: Limits,
}

impl Connector {
    pub(super) fn new(
        endpoints: &Endpoints,
        tls: ClientConfig,
        in_process: Option<StreamOpener>,
        limits: Limits,
    ) -> Self {
        let endpoints = endpoints.all().map(|endpoint| (endpoint.origin(), endpoint.clone())).collect();
        Self { endpoints: Arc::new(endpoints), tls: Arc::new(tls), in_process, limits }
    }

    /// Connects to an endpoint.
    pub(super) async fn connect(&self, endpoint: &Endpoint) -> Result<OpenConnection, Failure> {
        let stream: Box<dyn Stream> = match &self.in_process {
            Some(open) => Box::new(open()),
            None => self.limits.within_connect(self.open(endpoint)).await??,
        };
        Ok(OpenConnection { stream: TokioIo::new(stream), is_forwarded: endpoint.is_forwarded() })
    }

    async fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Stream>, Failure> {
        let tcp = dial(endpoint).await.map_err(|error| failure::of(&error, true))?;
        if !endpoint.tls {
            return Ok(Box::new(tcp));
        }
        let name = ServerName::try_from(endpoint.host.clone())
            .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await;
        // Any error here is a failure of the TLS handshake.
        stream
            .map(|stream| Box::new(stream) as Box<dyn Stream>)
            .map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))
    }
}

impl Service<Uri> for Connector {
    type Response = OpenConnection;
    type Error = NotConnected;
    type Future = Pin<Box<dyn Future<Output = Result<OpenConnection, NotConnected>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NotConnected>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let origin = format!(
                "{}://{}",
                uri.scheme_str().unwrap_or_default(),
                uri.authority().map(http::uri::Authority::as_str).unwrap_or_default()
            );
            let endpoint = connector.endpoints.iter().find(|(known, _)| *known == origin);
            let (_, endpoint) = endpoint.ok_or_else(|| {
                NotConnected(Failure::new(FailureKind::Unsendable, format!("'{origin}' is not a configured endpoint")))
            })?;
            connector.connect(endpoint).await.map_err(NotConnected)
        })
    }
}

impl Connection for OpenConnection {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.is_forwarded)
    }
}

impl hyper::rt::Read for OpenConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for OpenConnection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
