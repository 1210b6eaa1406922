//! How long reads may lag behind writes at an eventually consistent endpoint, and how long they did.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The first wait until a read is tried again; it doubles from try to try.
const FIRST: Duration = Duration::from_millis(100);

/// The bound on waits of one run.
#[derive(Debug)]
pub(super) struct ConsistencyWait {
    limit: Duration,
    /// The longest that a read needed until it showed what was written.
    longest: Mutex<Duration>,
}

/// The waits of one read.
#[derive(Debug)]
pub(super) struct Wait<'a> {
    consistency: &'a ConsistencyWait,
    waited: Duration,
    next: Duration,
}

impl ConsistencyWait {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, longest: Mutex::default() }
    }

    pub(super) fn begin(&self) -> Wait<'_> {
        Wait { consistency: self, waited: Duration::ZERO, next: FIRST }
    }

    /// What a person should know of the waits, if there were any that helped.
    pub(super) fn note(&self) -> Option<String> {
        let longest = *self.longest.lock().unwrap_or_else(PoisonError::into_inner);
        (!longest.is_zero()).then(|| {
            format!(
                "reads followed writes after up to {:.1} s of the {:.1} s allowed",
                longest.as_secs_f64(),
                self.limit.as_secs_f64()
            )
        })
    }
}

impl Wait<'_> {
    /// Waits until it is worth another try; false once the time is up.
    pub(super) async fn again(&mut self) -> bool {
        let left = self.consistency.limit.saturating_sub(self.waited);
        if left.is_zero() {
            return false;
        }
        let wait = self.next.min(left);
        tokio::time::sleep(wait).await;
        self.waited += wait;
        self.next = wait * 2;
        true
    }

    /// Notes that the last try showed what was written.
    pub(super) fn helped(&self) {
        let mut longest = self.consistency.longest.lock().unwrap_or_else(PoisonError::into_inner);
        *longest = self.waited.max(*longest);
    }
}
