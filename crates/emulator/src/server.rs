//! Starting and stopping of an emulator.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::http_service::EmulatorService;
use crate::options::Options;

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
}

/// The time for the head of a request. A slower sender is disconnected, and an idle connection is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// The time that active requests have to finish when the emulator stops.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// The pause after a failed accept, for example when no file handle is free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

impl Emulator {
    /// Starts an emulator on the current Tokio runtime. It serves until it is stopped or dropped.
    ///
    /// # Errors
    /// Returns [`StartError::Bind`] if the address is in use or not allowed.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let address = options.bind;
        let bind = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let local_addr = listener.local_addr().map_err(bind)?;
        let service = EmulatorService::new(options);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, service, stopped));
        Ok(Running { local_addr, stop: Some(stop), task: Some(task) })
    }
}

/// A running emulator. Dropping it stops it at once; [`stop`](Running::stop) lets active requests finish.
#[derive(Debug)]
pub struct Running {
    local_addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// Returns the base URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.local_addr)
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

async fn serve(listener: TcpListener, service: EmulatorService, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    // The set ends its connections when the task is aborted.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, service.clone());
                    let watched = graceful.watch(connection);
                    // A client may disconnect in the middle of a request.
                    connections.spawn(async move { let _ = watched.await; });
                    while connections.try_join_next().is_some() {}
                }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(STOP_GRACE, graceful.shutdown()).await;
}

type Connection = http1::Connection<TokioIo<TcpStream>, EmulatorService>;

fn connection(stream: TcpStream, service: EmulatorService) -> Connection {
    // Small responses should not wait for more data. If this option fails, they are only delayed.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // A client may close its half of the connection and still wait for the response.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
}
