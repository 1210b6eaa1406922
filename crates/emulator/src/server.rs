//! Starting and stopping of an emulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::endpoint::EmulatorEndpoint;
use crate::http_service::EmulatorService;
use crate::journal::JournalError;
use crate::options::{Options, TlsIdentity};
use crate::seed_data::SeedError;

/// The embedded endpoint of the three IVS services.
#[derive(Debug)]
pub struct Emulator;

/// The reason why an emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The emulator cannot listen on the address.
    #[error("cannot listen on {address}")]
    Bind {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The certificate and the key cannot be used.
    #[error("cannot serve HTTPS with this certificate")]
    Tls(#[source] rustls::Error),
    /// The state of the journal cannot be restored.
    #[error("cannot restore the state")]
    Journal(#[from] JournalError),
    /// The seed data is wrong.
    #[error("wrong seed data")]
    Seed(#[from] SeedError),
}

/// The time for the head of a request. A slower sender is disconnected, and an idle connection is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// The largest number of connections. More wait until one ends.
const MAX_CONNECTIONS: usize = 10_000;

/// The largest head of a request, in bytes, which is also the read buffer of a connection.
const MAX_HEAD: usize = 64 * 1024;

/// The time that active requests have to finish when the emulator stops.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// The time for a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The buffer of a stream in memory, in bytes in each direction.
const STREAM_BUFFER: usize = 64 * 1024;

/// The pause after a failed accept, for example when no file handle is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

impl Emulator {
    /// Starts an emulator on the current Tokio runtime. It serves until it is stopped or dropped.
    ///
    /// # Errors
    /// Returns [`StartError::Bind`] if the address is in use or not allowed, and other errors for a certificate, a journal or
    /// seed data that cannot be used.
    pub async fn start(mut options: Options) -> Result<Running, StartError> {
        let address = options.bind;
        let bind = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let local_addr = listener.local_addr().map_err(bind)?;
        let tls = options.tls.as_ref().map(acceptor).transpose()?;
        let is_tls = tls.is_some();
        let (journal, seed_data) = (options.journal.take(), options.seed_data.take());
        let mut endpoint = EmulatorEndpoint::new(options);
        let is_restored = journal.map(|journal| endpoint.restore(journal)).transpose()?.unwrap_or(false);
        if let Some(data) = seed_data.filter(|_| !is_restored) {
            endpoint.seed(&data)?;
        }
        let service = EmulatorService::new(endpoint);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, service, tls, stopped));
        Ok(Running { local_addr, is_tls, stop: Some(stop), task: Some(task) })
    }

    /// Creates an emulator that listens on no port: requests reach it over streams in memory.
    #[must_use]
    pub fn in_process(options: Options) -> InProcessEmulator {
        InProcessEmulator { service: EmulatorService::new(EmulatorEndpoint::new(options)) }
    }
}

/// An emulator without a port.
#[derive(Clone)]
pub struct InProcessEmulator {
    service: EmulatorService,
}

impl InProcessEmulator {
    /// Opens a connection, on the current Tokio runtime.
    #[must_use]
    pub fn connect(&self) -> DuplexStream {
        let (near, far) = tokio::io::duplex(STREAM_BUFFER);
        let connection = connection(far, self.service.clone());
        // The client notices a closed connection.
        tokio::spawn(async move { drop(connection.await) });
        near
    }
}

impl std::fmt::Debug for InProcessEmulator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("InProcessEmulator")
    }
}

fn acceptor(identity: &TlsIdentity) -> Result<TlsAcceptor, StartError> {
    let certificate = CertificateDer::from(identity.certificate.clone());
    let key = PrivatePkcs8KeyDer::from(identity.key.clone());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(StartError::Tls)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .map_err(StartError::Tls)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A running emulator. Dropping it stops it at once; [`stop`](Running::stop) lets active requests finish.
#[derive(Debug)]
pub struct Running {
    local_addr: SocketAddr,
    is_tls: bool,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Returns the base URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.local_addr)
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Stops accepting connections and waits up to five seconds for active requests.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

async fn serve(
    listener: TcpListener,
    service: EmulatorService,
    tls: Option<TlsAcceptor>,
    mut stopped: oneshot::Receiver<()>,
) {
    let graceful = GracefulShutdown::new();
    // The set ends its connections when the task is aborted.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    // Small responses should not wait for more data. If this option fails, they are only delayed.
                    let _ = stream.set_nodelay(true);
                    match &tls {
                        None => {
                            let watched = graceful.watch(connection(stream, service.clone()));
                            // A client may disconnect in the middle of a request.
                            connections.spawn(async move { let _ = watched.await; });
                        }
                        Some(tls) => {
                            let (handshake, service) = (tls.accept(stream), service.clone());
                            let watcher = graceful.watcher();
                            connections.spawn(async move {
                                // A client that does not trust the certificate ends the handshake.
                                if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await {
                                    let _ = watcher.watch(connection(stream, service)).await;
                                }
                            });
                        }
                    }
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_GRACE, graceful.shutdown()).await;
}

fn connection<S>(stream: S, service: EmulatorService) -> http1::Connection<TokioIo<S>, EmulatorService>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        // Responses are small: to copy one behind its head costs less than to write both by one call with two buffers.
        .writev(false)
        // A client may close its half of the connection and still wait for the response.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
}
