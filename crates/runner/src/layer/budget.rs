//! The end of a run before its time: cancelled, or out of time, requests or failures.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_model::OperationId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Traffic, not_sent};
use crate::Budget;

/// What ends a run before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopCause {
    /// The run was cancelled.
    Interrupted,
    /// The time is used up.
    Time,
    /// The requests are used up.
    Requests,
    /// As many cases failed as may.
    Failures,
}

impl StopCause {
    /// Returns the reason of a case that was not run.
    pub(crate) fn of_case(self) -> &'static str {
        match self {
            Self::Interrupted => "not run: interrupted",
            Self::Time => "not run: --max-time reached",
            Self::Requests => "not run: --max-requests reached",
            Self::Failures => "not run: --max-failures reached",
        }
    }

    /// Returns what ended the run.
    pub(crate) fn of_run(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Time => "stopped by --max-time",
            Self::Requests => "stopped by --max-requests",
            Self::Failures => "stopped by --max-failures",
        }
    }
}

/// The budget of a run and how much of it is spent.
pub(crate) struct RunBudget {
    limits: Budget,
    traffic: Arc<Traffic>,
    failures: AtomicU64,
    started: Instant,
    cancel: CancellationToken,
    /// Set once by the first limit that is reached.
    stopped: Mutex<Option<StopCause>>,
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

    /// Returns what ended the run before its time, if a request was withheld for it.
    pub(crate) fn stopped(&self) -> Option<StopCause> {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns why a request must be withheld; none while the run goes on. The first cause stays.
    fn withholds(&self) -> Option<StopCause> {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_none() {
            let is_spent = |limit: Option<u64>, count: u64| limit.is_some_and(|limit| count >= limit);
            *stopped = if self.cancel.is_cancelled() {
                Some(StopCause::Interrupted)
            } else if self.limits.time.is_some_and(|limit| self.started.elapsed() >= limit) {
                Some(StopCause::Time)
            } else if is_spent(self.limits.requests, self.traffic.exchanges()) {
                Some(StopCause::Requests)
            } else if is_spent(self.limits.failures, self.failures.load(Ordering::Relaxed)) {
                Some(StopCause::Failures)
            } else {
                None
            };
        }
        *stopped
    }

    /// Whether the run was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Counts a failed case.
    pub(crate) fn note_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of failed cases.
    #[cfg(test)]
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
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
                && let Some(cause) = self.budget.withholds()
            {
                return not_sent(operation, request, cause.of_case());
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
        assert_eq!(cancelled.stopped(), Some(StopCause::Interrupted));

        assert_eq!(cancelled.stopped().map(StopCause::of_run), Some("interrupted"));

        let (_, _, late) = budget(Budget { time: Some(Duration::from_secs(1)), ..Budget::default() });
        assert!(is_sent(&late).await);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!is_sent(&late).await);

        let (traffic, _, busy) = budget(Budget { requests: Some(2), ..Budget::default() });
        traffic.note_exchange();
        assert!(is_sent(&busy).await);
        traffic.note_exchange();
        assert!(!is_sent(&busy).await);

        assert_eq!(busy.stopped().map(StopCause::of_case), Some("not run: --max-requests reached"));

        let (_, _, failing) = budget(Budget { failures: Some(1), ..Budget::default() });
        assert!(is_sent(&failing).await);
        failing.note_failure();
        assert!(!is_sent(&failing).await);
        assert_eq!(failing.stopped(), Some(StopCause::Failures));
    }

    #[tokio::test]
    async fn a_run_whose_budget_just_sufficed_was_not_stopped() {
        let (traffic, _, budget) = budget(Budget { requests: Some(1), ..Budget::default() });
        assert!(is_sent(&budget).await);
        traffic.note_exchange();
        assert_eq!(budget.stopped(), None);
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
