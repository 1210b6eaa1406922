//! Ctrl-C, SIGTERM and SIGHUP.

use std::io::{self, Write as _};

use ivs_runner::CancellationToken;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit_status::ExitStatus;

/// The handlers of Ctrl-C, SIGTERM and SIGHUP.
pub(super) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is gone.
    hang_up: Signal,
}

impl Interrupts {
    /// Registers the handlers. Afterwards, none of the signals ends the process.
    pub(super) fn register() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Returns at the next Ctrl-C, SIGTERM or SIGHUP.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Cancels the run at the first interrupt, so that it deletes its resources, and exits at the second.
pub(super) async fn cancel_on_interrupt(cancel: CancellationToken) {
    let Ok(mut interrupts) = Interrupts::register() else { return };
    interrupts.next().await;
    // A closed terminal takes no message.
    let _ = writeln!(io::stderr(), "stopping: deleting the resources of this run (interrupt again to exit at once)");
    cancel.cancel();
    interrupts.next().await;
    #[allow(
        clippy::exit,
        reason = "a second interrupt exits at once; `ivs-contract clean` deletes the remaining resources"
    )]
    std::process::exit(i32::from(ExitStatus::Interrupted.code()));
}
