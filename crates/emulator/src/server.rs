//! Starting, serving and stopping an emulator.

use std::net::SocketAddr;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::endpoint::Front;
use crate::options::Options;

/// The embedded endpoint of the three IVS services.
#[derive(Debug)]
pub struct Emulator;

/// Why an emulator cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Head of a request: a slow sender is cut off after this, and an idle connection closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// Requests under way at a stop get this long to end.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Wait after a failed accept, such as when file handles run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

impl Emulator {
    /// Listens and serves on the current tokio runtime until it is stopped or dropped.
    ///
    /// # Errors
    /// [`StartError::Bind`] when the address is taken or not allowed.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let address = options.bind;
        let bind = |source| StartError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let local_addr = listener.local_addr().map_err(bind)?;
        let front = Front::new(options);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, front, stopped));
        Ok(Running { local_addr, stop: Some(stop), task: Some(task) })
    }
}

/// A running emulator. Dropping it stops it at once; [`stop`](Running::stop) lets requests end.
#[derive(Debug)]
pub struct Running {
    local_addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// The base URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.local_addr)
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Takes no more connections, lets the requests under way end (five seconds at most), and returns.
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

async fn serve(listener: TcpListener, front: Front, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    // Connections end with this set when the task is aborted.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let connection = connection(stream, front.clone());
                    let watched = graceful.watch(connection);
                    // A client that goes away mid-request is its own affair.
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

type Connection = http1::Connection<TokioIo<TcpStream>, Front>;

fn connection(stream: TcpStream, front: Front) -> Connection {
    // Small answers should not wait for more; where it cannot be set, they only come later.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // A client may close its half and wait for the answer all the same.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), front)
}
