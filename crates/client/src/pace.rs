//! Calls kept under given rates, for endpoints that are not on this machine (design section 8).

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use ivs_model::OperationId;
use tokio::time::Instant;

use crate::{BoxFuture, Caller, Exchange, Request, Signing};

/// A caller that spaces the calls of each operation evenly. No bursts: the window of AWS's limits is unknown (facts section 4.1).
pub struct Paced<C> {
    inner: C,
    spacings: HashMap<OperationId, Duration>,
    fallback: Duration,
    next: Mutex<HashMap<OperationId, Instant>>,
}

impl<C: Caller> Paced<C> {
    /// `rates` are calls per second by operation; `fallback` is the rate of every operation without one.
    /// A rate that is not above zero counts as one call a minute.
    pub fn new(inner: C, rates: impl IntoIterator<Item = (OperationId, f64)>, fallback: f64) -> Self {
        Self {
            inner,
            spacings: rates.into_iter().map(|(operation, rate)| (operation, spacing(rate))).collect(),
            fallback: spacing(fallback),
            next: Mutex::new(HashMap::new()),
        }
    }

    /// When the next call of that operation may go; the time after it is taken.
    fn slot(&self, operation: OperationId) -> Instant {
        let spacing = self.spacings.get(&operation).copied().unwrap_or(self.fallback);
        let mut next = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let slot = next.get(&operation).map_or(now, |&free| free.max(now));
        next.insert(operation, slot + spacing);
        slot
    }
}

fn spacing(rate: f64) -> Duration {
    let minute = Duration::from_secs(60);
    if rate > 0.0 { Duration::try_from_secs_f64(1.0 / rate).unwrap_or(minute).min(minute) } else { minute }
}

impl<C: Caller> Caller for Paced<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            tokio::time::sleep_until(self.slot(operation)).await;
            self.inner.send(operation, request, signing).await
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Failure, FailureKind};

    struct Nothing;

    impl Caller for Nothing {
        fn send<'a>(
            &'a self,
            operation: OperationId,
            request: Request,
            _signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            let outcome = Err(Failure::new(FailureKind::Closed, "nothing is here"));
            Box::pin(async move { Exchange { operation, request, outcome, duration: Duration::ZERO } })
        }
    }

    async fn time_of(paced: &Paced<Nothing>, operation: &str, calls: u32) -> Duration {
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let start = Instant::now();
        for _ in 0..calls {
            paced.send(OperationId::new("ivs", operation), request.clone(), &Signing::Valid).await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn each_operation_keeps_its_own_rate() {
        let rates = [(OperationId::new("ivs", "GetChannel"), 5.0)];
        let paced = Paced::new(Nothing, rates, 2.0);
        assert_eq!(time_of(&paced, "GetChannel", 6).await, Duration::from_secs(1));
        assert_eq!(time_of(&paced, "InsertAdBreak", 3).await, Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_of_zero_still_ends() {
        let paced = Paced::new(Nothing, [], 0.0);
        assert_eq!(time_of(&paced, "GetChannel", 2).await, Duration::from_secs(60));
    }
}
