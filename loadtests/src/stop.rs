//! The one way to end a run early: asked for by Ctrl-C, by a caller, or by the time limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A handle that asks a run to end. The run then cleans up, writes its reports and returns.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

/// Another handler for Ctrl-C was there first.
#[derive(Debug, thiserror::Error)]
#[error("Ctrl-C cannot be handled: {0}")]
pub struct SignalError(#[from] ctrlc::Error);

impl Stop {
    /// A new handle; nothing is asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to end. Asking again changes nothing.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the run was asked to end.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Has Ctrl-C and SIGTERM ask this run to end. It must come before goose starts: goose's own handler ends the
    /// process at the second Ctrl-C, without reports. Once a process.
    ///
    /// # Errors
    ///
    /// [`SignalError`] if one was installed by this already, or the system refuses.
    pub fn on_signals(&self) -> Result<(), SignalError> {
        let stop = self.clone();
        // What was there is replaced: a shell starts what it puts into the background with Ctrl-C ignored.
        Ok(ctrlc::set_handler(move || stop.ask())?)
    }
}
