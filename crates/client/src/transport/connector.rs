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
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::{Limits, failure};
use crate::{Failure, FailureKind};

/// Opens a stream whose other end a service in this process reads.
pub type StreamOpener = Arc<dyn Fn() -> DuplexStream + Send + Sync>;

/// A byte stream to an endpoint.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection, in the form that hyper reads and writes.
pub(super) struct OpenConnection(TokioIo<Box<dyn Stream>>);

/// Opens connections within the connect timeout.
#[derive(Clone)]
pub(super) struct Connector {
    tls: Arc<ClientConfig>,
    in_process: Option<StreamOpener>,
    limits: Limits,
}

/// The reason why no connection was opened, as an error of hyper's client.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(super) struct NotConnected(pub(super) Failure);

impl Connector {
    pub(super) fn new(tls: ClientConfig, in_process: Option<StreamOpener>, limits: Limits) -> Self {
        Self { tls: Arc::new(tls), in_process, limits }
    }

    /// Connects to a host, which is an IPv6 address without brackets.
    pub(super) async fn connect(&self, host: &str, port: u16, tls: bool) -> Result<OpenConnection, Failure> {
        let stream: Box<dyn Stream> = match &self.in_process {
            Some(open) => Box::new(open()),
            None => self.limits.within_connect(self.dial(host, port, tls)).await??,
        };
        Ok(OpenConnection(TokioIo::new(stream)))
    }

    async fn dial(&self, host: &str, port: u16, tls: bool) -> Result<Box<dyn Stream>, Failure> {
        let tcp = TcpStream::connect((host, port)).await.map_err(|error| failure::of(&error, true))?;
        // Sends small requests without Nagle's delay.
        tcp.set_nodelay(true).map_err(|error| failure::of(&error, true))?;
        if !tls {
            return Ok(Box::new(tcp));
        }
        let name =
            ServerName::try_from(host.to_owned()).map_err(|error| Failure::new(FailureKind::Tls, error.to_string()))?;
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
            let tls = uri.scheme_str() == Some("https");
            let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
            let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
            connector.connect(host, port, tls).await.map_err(NotConnected)
        })
    }
}

impl Connection for OpenConnection {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for OpenConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for OpenConnection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }
}
