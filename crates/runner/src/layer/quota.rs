//! Waiting for room in a small quota: another run at the same account may use it up for a while.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ivs_client::{Caller, Exchange, Request, Signing};
use ivs_model::OperationId;

use super::Traffic;

/// A quota up to here is small: two runs with many calls under way use it up.
pub(crate) const SMALL: u64 = 100;
/// The waits for room: 20 ms, doubling up to a second, ten seconds in all.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
const WAITS: u32 = 15;

/// Sends a valid call again that a full quota refused.
pub(crate) struct QuotaWait {
    /// Operations that create what an account has few of.
    operations: BTreeSet<OperationId>,
    /// Operations for which waiting was in vain.
    full: Mutex<BTreeSet<OperationId>>,
    /// Operations whose quota is full on purpose.
    expected: Mutex<BTreeSet<OperationId>>,
    traffic: Arc<Traffic>,
}

impl QuotaWait {
    /// Waits for room for these operations.
    pub(crate) fn new(operations: impl IntoIterator<Item = OperationId>, traffic: Arc<Traffic>) -> Self {
        let operations = operations.into_iter().collect();
        Self { operations, full: Mutex::default(), expected: Mutex::default(), traffic }
    }

    /// Whether calls of the operation wait for room.
    pub(crate) fn concerns(&self, operation: OperationId) -> bool {
        self.operations.contains(&operation)
    }

    /// Says whether the quota of the operation is full on purpose from now on.
    pub(crate) fn expect_full(&self, operation: OperationId, is_expected: bool) {
        let mut expected = locked(&self.expected);
        if is_expected {
            expected.insert(operation);
        } else {
            expected.remove(&operation);
        }
    }

    /// Sends a request until it is not refused for a full quota, or waiting is in vain.
    pub(crate) async fn send(
        &self,
        inner: &dyn Caller,
        operation: OperationId,
        request: Request,
        signing: &Signing,
    ) -> Exchange {
        let mut wait = FIRST_WAIT;
        let mut exchange = inner.send(operation, request.clone(), signing).await;
        for _ in 0..WAITS {
            let may_pass =
                [&self.expected, &self.full].iter().all(|operations| !locked(operations).contains(&operation));
            if exchange.status() != Some(402) || !may_pass {
                return exchange;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            self.traffic.note_sent_again();
            exchange = inner.send(operation, request.clone(), signing).await;
        }
        if exchange.status() == Some(402) {
            locked(&self.full).insert(operation);
        }
        exchange
    }
}

fn locked(operations: &Mutex<BTreeSet<OperationId>>) -> MutexGuard<'_, BTreeSet<OperationId>> {
    operations.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use ivs_client::BoxFuture;

    use super::*;
    use crate::sample_exchange::{answered, request};

    /// Refuses so many calls.
    struct Full(AtomicU64);

    impl Caller for Full {
        fn send<'a>(&'a self, _: OperationId, _: Request, _: &'a Signing) -> BoxFuture<'a, Exchange> {
            Box::pin(async move {
                let left = self.0.load(Ordering::Relaxed);
                self.0.store(left.saturating_sub(1), Ordering::Relaxed);
                answered(if left > 0 { 402 } else { 200 })
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_quota_is_waited_for_unless_it_is_full_on_purpose_or_for_good() {
        let operation = OperationId::new("ivs", "GetChannel");
        let traffic = Arc::new(Traffic::default());
        let quota = QuotaWait::new([operation], Arc::clone(&traffic));
        let sent = async |refusals: u64| {
            (0..20).for_each(|_| traffic.note_exchange());
            let full = Full(AtomicU64::new(refusals));
            quota.send(&full, operation, request(), &Signing::Valid).await.status()
        };
        assert_eq!(sent(3).await, Some(200));
        assert_eq!(traffic.retries(), 3);
        quota.expect_full(operation, true);
        assert_eq!(sent(1).await, Some(402));
        quota.expect_full(operation, false);
        assert_eq!(sent(1).await, Some(200));
        assert_eq!(sent(100).await, Some(402));
        assert_eq!(sent(1).await, Some(402), "it was full for good");
    }
}
