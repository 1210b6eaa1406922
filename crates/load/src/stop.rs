//! Stops a run early: on Ctrl-C, by its caller, or at its time limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A handle that stops a run. The run then cleans up, writes its reports and returns.
#[derive(Debug, Clone, Default)]
pub struct StopHandle(Arc<AtomicBool>);

/// The Ctrl-C handler could not be installed.
#[derive(Debug, thiserror::Error)]
#[error("cannot handle Ctrl-C: {0}")]
pub struct SignalError(#[from] ctrlc::Error);

impl StopHandle {
    /// Creates a handle that does not stop anything yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests the stop. Further requests change nothing.
    pub fn request(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Returns whether a stop was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Requests the stop on Ctrl-C and SIGTERM. Call it once in a process, before goose starts: goose's own handler
    /// ends the process at the second Ctrl-C, without reports.
    ///
    /// # Errors
    ///
    /// [`SignalError`] at the second call, or if the system refuses.
    pub fn on_signals(&self) -> Result<(), SignalError> {
        let stop = self.clone();
        // Replaces any handler: a shell starts background processes with Ctrl-C ignored.
        Ok(ctrlc::set_handler(move || stop.request())?)
    }
}
