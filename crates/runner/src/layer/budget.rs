//! The end of a run before its time: cancelled, or out of time, requests or failures.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_model::OperationId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Traffic, not_sent};
use crate::Budget;

/// The budget of a run and how much of it is spent.
pub(crate) struct RunBudget {
    limits: Budget,
    traffic: Arc<Traffic>,
    failures: AtomicU64,
    started: Instant,
    cancel: CancellationToken,
    /// Set once by the first limit that is reached.
    stopped: Mutex<Option<&'static str>>,
    cleaning: AtomicBool,
}

impl RunBudget {
    /// Starts the clock of a run.
    pub(crate) fn new(limits: Budget, traffic: Arc<Traffic>, cancel: CancellationToken) -> Self {
        Self {
            limits,
            traffic,
            failures: AtomicU64::new(0),
            started: Instant::now(),
            cancel,
            stopped: Mutex::new(None),
            cleaning: AtomicBool::new(false),
        }
    }

    /// The reason why the run ends before its time; none while it goes on. The first reason stays.
    pub(crate) fn stop_reason(&self) -> Option<&'static str> {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_none() {
            let is_spent = |limit: Option<u64>, count: u64| limit.is_some_and(|limit| count >= limit);
            *stopped = if self.cancel.is_cancelled() {
                Some("the run was cancelled")
            } else if self.limits.time.is_some_and(|limit| self.started.elapsed() >= limit) {
                Some("the time of the run was used up")
            } else if is_spent(self.limits.requests, self.traffic.exchanges()) {
                Some("the requests of the run were used up")
            } else if is_spent(self.limits.failures, self.failures.load(Ordering::Relaxed)) {
                Some("the run had as many failures as allowed")
            } else {
                None
            };
        }
        *stopped
    }

    /// Counts a failed case.
    pub(crate) fn note_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Lifts all limits from here on, so that created resources are deleted.
    pub(crate) fn begin_cleaning(&self) {
        self.cleaning.store(true, Ordering::Relaxed);
    }

    /// Whether the limits are lifted.
    pub(crate) fn is_cleaning(&self) -> bool {
        self.cleaning.load(Ordering::Relaxed)
    }
}

/// Withholds requests once the budget is spent.
pub(crate) struct BudgetLayer<C> {
    inner: C,
    budget: Arc<RunBudget>,
}

impl<C: Caller> BudgetLayer<C> {
    /// Wraps `inner`.
    pub(crate) fn new(inner: C, budget: Arc<RunBudget>) -> Self {
        Self { inner, budget }
    }
}

impl<C: Caller> Caller for BudgetLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            if !self.budget.is_cleaning()
                && let Some(reason) = self.budget.stop_reason()
            {
                return not_sent(operation, request, reason);
            }
            self.inner.send(operation, request, signing).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sample_exchange::{Always, request};

    fn budget(limits: Budget) -> (Arc<Traffic>, CancellationToken, Arc<RunBudget>) {
        let (traffic, cancel) = (Arc::new(Traffic::default()), CancellationToken::new());
        let budget = Arc::new(RunBudget::new(limits, Arc::clone(&traffic), cancel.clone()));
        (traffic, cancel, budget)
    }

    async fn is_sent(budget: &Arc<RunBudget>) -> bool {
        let layer = BudgetLayer::new(Always(200), Arc::clone(budget));
        layer.send(OperationId::new("ivs", "GetChannel"), request(), &Signing::Valid).await.status() == Some(200)
    }

    #[tokio::test(start_paused = true)]
    async fn each_limit_ends_the_run_with_its_reason() {
        let (_, cancel, cancelled) = budget(Budget::default());
        assert!(is_sent(&cancelled).await);
        cancel.cancel();
        assert!(!is_sent(&cancelled).await);
        assert_eq!(cancelled.stop_reason(), Some("the run was cancelled"));

        let (_, _, late) = budget(Budget { time: Some(Duration::from_secs(1)), ..Budget::default() });
        assert!(is_sent(&late).await);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!is_sent(&late).await);

        let (traffic, _, busy) = budget(Budget { requests: Some(2), ..Budget::default() });
        traffic.note_exchange();
        assert!(is_sent(&busy).await);
        traffic.note_exchange();
        assert!(!is_sent(&busy).await);

        let (_, _, failing) = budget(Budget { failures: Some(1), ..Budget::default() });
        assert!(is_sent(&failing).await);
        failing.note_failure();
        assert!(!is_sent(&failing).await);
        assert_eq!(failing.stop_reason(), Some("the run had as many failures as allowed"));
    }

    #[tokio::test]
    async fn cleaning_up_is_not_limited() {
        let (_, cancel, budget) = budget(Budget { requests: Some(0), ..Budget::default() });
        cancel.cancel();
        assert!(!is_sent(&budget).await);
        budget.begin_cleaning();
        assert!(is_sent(&budget).await);
    }
}
