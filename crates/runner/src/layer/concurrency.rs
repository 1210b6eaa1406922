//! The limit on calls under way at once.

use futures_util::future::join_all;
use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_model::OperationId;
use tokio::sync::Semaphore;

use super::not_sent;

tokio::task_local! {
    /// Set while the calls of [`at_once`] are made.
    static AT_ONCE: ();
}

/// Awaits calls that are to be under way at the same time. The limit does not hold for them: one that lets a single call pass would
/// keep them apart.
pub async fn at_once<F: Future>(calls: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    AT_ONCE.scope((), join_all(calls)).await
}

/// Holds one permit for each request until it has its answer, retries and their waits included.
pub(crate) struct ConcurrencyLimit<C> {
    inner: C,
    permits: Semaphore,
}

impl<C: Caller> ConcurrencyLimit<C> {
    /// Wraps `inner`; at least one call may be under way.
    pub(crate) fn new(inner: C, permits: usize) -> Self {
        Self { inner, permits: Semaphore::new(permits.max(1)) }
    }
}

impl<C: Caller> Caller for ConcurrencyLimit<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let _permit = match AT_ONCE.try_with(|()| ()) {
                Ok(()) => None,
                Err(_) => match self.permits.acquire().await {
                    Ok(permit) => Some(permit),
                    Err(_) => return not_sent(operation, request, "the run has ended"),
                },
            };
            self.inner.send(operation, request, signing).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::sample_exchange::{answered, request};

    /// Answers after a second and remembers how many calls were under way at once.
    #[derive(Default)]
    struct Slow {
        under_way: AtomicUsize,
        most: AtomicUsize,
    }

    impl Caller for Slow {
        fn send<'a>(
            &'a self,
            _operation: OperationId,
            _request: Request,
            _signing: &'a Signing,
        ) -> BoxFuture<'a, Exchange> {
            Box::pin(async move {
                let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
                self.most.fetch_max(under_way, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.under_way.fetch_sub(1, Ordering::Relaxed);
                answered(200)
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_than_permits_are_under_way() {
        let slow = std::sync::Arc::new(Slow::default());
        let limit = ConcurrencyLimit::new(std::sync::Arc::clone(&slow), 3);
        let calls = (0..10).map(|_| limit.send(OperationId::new("ivs", "GetChannel"), request(), &Signing::Valid));
        assert_eq!(join_all(calls).await.len(), 10);
        assert_eq!(slow.most.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_at_once_are_under_way_together_whatever_the_limit() {
        let slow = std::sync::Arc::new(Slow::default());
        let limit = ConcurrencyLimit::new(std::sync::Arc::clone(&slow), 1);
        let call = || limit.send(OperationId::new("ivs", "GetChannel"), request(), &Signing::Valid);
        assert_eq!(at_once([call(), call(), call()]).await.len(), 3);
        assert_eq!(slow.most.load(Ordering::Relaxed), 3);
    }
}
