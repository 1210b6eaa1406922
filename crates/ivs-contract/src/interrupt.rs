//! Ctrl-C, SIGTERM and SIGHUP.

use std::io::{self, Write as _};

use ivs_runner::CancellationToken;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlBreak, CtrlC, ctrl_break, ctrl_c};

/// The exit code after an interrupt: 128 + SIGINT, as shells report it.
pub(crate) const INTERRUPTED: u8 = 130;

/// The handlers of Ctrl-C, SIGTERM and SIGHUP.
#[cfg(unix)]
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    /// The terminal is gone.
    hang_up: Signal,
}

#[cfg(unix)]
impl Interrupts {
    /// Registers the handlers. Afterwards, none of the signals ends the process.
    pub(crate) fn register() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Returns at the next Ctrl-C, SIGTERM or SIGHUP.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// The handlers of Ctrl-C and Ctrl-Break.
#[cfg(windows)]
pub(crate) struct Interrupts {
    interrupt: CtrlC,
    terminate: CtrlBreak,
}

#[cfg(windows)]
impl Interrupts {
    /// Registers the handlers. Afterwards, neither event ends the process.
    pub(crate) fn register() -> io::Result<Self> {
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()? })
    }

    /// Returns at the next Ctrl-C or Ctrl-Break.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Cancels the run at the first interrupt, so that it deletes its resources, and exits at the second.
pub(crate) async fn cancel_on_interrupt(cancel: CancellationToken) {
    let Ok(mut interrupts) = Interrupts::register() else { return };
    interrupts.next().await;
    // A terminal that is gone takes no message.
    let _ = writeln!(io::stderr(), "stopping: deleting the resources of this run (interrupt again to exit at once)");
    cancel.cancel();
    interrupts.next().await;
    #[allow(
        clippy::exit,
        reason = "a second interrupt exits at once; `ivs-contract clean` deletes the remaining resources"
    )]
    std::process::exit(i32::from(INTERRUPTED));
}
