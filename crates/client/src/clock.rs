//! The clock of the signatures, passed in by the caller.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A source of wall-clock time. Tests pass a fixed one.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// Creates a clock that calls `now` each time.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Creates a clock with the system's time.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the only place where the client reads the system's clock")]
    pub fn system() -> Self {
        Self::new(SystemTime::now)
    }

    /// Creates a clock that always shows the same time.
    #[must_use]
    pub fn fixed(time: SystemTime) -> Self {
        Self::new(move || time)
    }

    /// Returns the current time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
