//! Waits for reads that lag behind writes.

use std::time::Duration;

use tokio::time::Instant;

/// The first wait for an eventually consistent endpoint; it doubles from run to run.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// Growing waits for reads that lag behind writes, until the time of an eventually consistent endpoint is up.
#[derive(Debug)]
pub struct LagWait {
    deadline: Instant,
    next: Duration,
}

impl LagWait {
    /// Begins to wait for at most this long.
    #[must_use]
    pub fn begin(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit, next: FIRST_WAIT }
    }

    /// Whether the time is up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// Waits until it is worth another try; false if the time was up before.
    pub async fn again(&mut self) -> bool {
        if self.is_over() {
            return false;
        }
        tokio::time::sleep_until(self.deadline.min(Instant::now() + self.next)).await;
        self.next *= 2;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_until_the_time_is_up() {
        let mut lag = LagWait::begin(Duration::from_millis(500));
        let begin = Instant::now();
        for (waits, elapsed) in [(true, 100), (true, 300), (true, 500), (false, 500)] {
            assert_eq!(lag.again().await, waits);
            assert_eq!(begin.elapsed(), Duration::from_millis(elapsed));
        }
    }
}
