//! Ctrl-C and SIGTERM.

use std::io;

use ivs_suites::CancellationToken;
use tokio::signal::unix::{SignalKind, signal};

use super::exit_status::ExitStatus;

/// Returns at the first Ctrl-C or SIGTERM.
pub(super) async fn first() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// Cancels the run at the first interrupt, so that it deletes its resources, and exits at the second.
pub(super) async fn cancel_on_interrupt(cancel: CancellationToken) {
    if first().await.is_err() {
        return;
    }
    eprintln!("stopping: deleting the resources of this run (interrupt again to exit at once)");
    cancel.cancel();
    if first().await.is_ok() {
        #[allow(clippy::exit, reason = "the user asked twice; `ivs-contract clean` finds what is left")]
        std::process::exit(i32::from(ExitStatus::Interrupted.code()));
    }
}
