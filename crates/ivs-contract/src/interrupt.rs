//! Ctrl-C and SIGTERM.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Returns at the first Ctrl-C or SIGTERM.
pub(crate) async fn first() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
