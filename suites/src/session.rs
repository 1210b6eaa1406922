//! What all tasks of one run share, and the one choke point through which every exchange passes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Retry, Signing};
use ivs_judge::{Answer, CaseJudged, Event, Judge, Recorder, Report, RequestContext, Totals, Verdict};
use ivs_model::{CaseId, ErrorPair, Knowledge, Model, OperationId};
use ivs_pool::{Controls, RUN_TAG};
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::breaker::Breaker;
use crate::steadiness::{Attempts, Steadiness, has_failed, is_making};
use crate::{Config, SuiteName};

/// Where events go: renderers, progress bars, tests.
pub type EventSink = Arc<dyn Fn(&Event) + Send + Sync>;

/// What all tasks of one run share.
pub(crate) struct Session {
    pub(crate) models: &'static [Model],
    pub(crate) knowledge: &'static Knowledge,
    pub(crate) config: Config,
    caller: Arc<dyn Caller>,
    judge: Judge<'static>,
    sink: EventSink,
    recorder: Mutex<Recorder>,
    breakers: HashMap<OperationId, Breaker>,
    pub(crate) steadiness: Steadiness,
    /// By operation and suite: the interruptions before it began.
    begun: Mutex<HashMap<(OperationId, ivs_model::SuiteName), u64>>,
    /// What is told when an endpoint is back that could not be reached.
    on_return: OnceLock<Box<dyn Fn() + Send + Sync>>,
    permits: Semaphore,
    exchanges: AtomicU64,
    retries: AtomicU64,
    failures: AtomicU64,
    /// The cases that have a verdict.
    concluded: Mutex<HashSet<CaseId>>,
    /// Declared errors that some case brings about.
    provoked: Mutex<BTreeSet<ErrorPair>>,
    /// Declared errors that some case was to bring about and could not, and why.
    unprovoked: Mutex<BTreeMap<ErrorPair, String>>,
    /// By service: what its endpoint offers beside the service.
    controls: HashMap<String, OnceCell<Arc<Controls>>>,
    /// Set once by the first budget that runs out; nothing is sent after that but for cleaning up.
    stopped: Mutex<Option<&'static str>>,
    cleaning: AtomicBool,
    started: Instant,
    cancel: CancellationToken,
}

/// Why a request was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsent(pub(crate) String);

impl Session {
    pub(crate) fn new(
        models: &'static [Model],
        knowledge: &'static Knowledge,
        config: Config,
        caller: Arc<dyn Caller>,
        sink: EventSink,
        cancel: CancellationToken,
    ) -> Self {
        let breakers = models
            .iter()
            .flat_map(|model| &model.operations)
            .map(|operation| (operation.id, Breaker::default()))
            .collect();
        Self {
            judge: Judge::new(models, knowledge, config.reproducer.clone()),
            recorder: Mutex::new(Recorder::new()),
            steadiness: Steadiness::default(),
            begun: Mutex::default(),
            on_return: OnceLock::new(),
            permits: Semaphore::new(config.concurrency.max(1)),
            exchanges: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            concluded: Mutex::default(),
            provoked: Mutex::default(),
            unprovoked: Mutex::default(),
            controls: models.iter().map(|model| (model.service.id.clone(), OnceCell::new())).collect(),
            stopped: Mutex::new(None),
            cleaning: AtomicBool::new(false),
            started: Instant::now(),
            models,
            knowledge,
            config,
            caller,
            sink,
            breakers,
            cancel,
        }
    }

    /// Sends one request and judges the answer by the universal checks. Every exchange of a run comes by here.
    pub(crate) async fn send(
        &self,
        operation: OperationId,
        request: Request,
        signing: &Signing,
        context: &RequestContext<'_>,
    ) -> Result<Exchange, Unsent> {
        let breaker = self.breakers.get(&operation);
        let exchange = {
            let _permit = self.permits.acquire().await.map_err(|_| Unsent("the run has ended".into()))?;
            self.may_send(breaker)?;
            self.transmit(operation, request, signing).await
        };
        if let Some(breaker) = breaker {
            breaker.note(&exchange, context.well_formed);
        }
        let judgement = self.judge.universal(&exchange, context);
        for finding in judgement.findings {
            self.emit(Event::FindingFound(Box::new(finding)));
        }
        for (check, reason) in judgement.undecided {
            self.emit(Event::Note(format!("{check} could not judge an answer of {operation}: {reason}")));
        }
        Ok(exchange)
    }

    /// Notes that some case of the operation is meant to be answered by this error.
    pub(crate) fn note_provoked(&self, pair: ErrorPair) {
        self.provoked.lock().unwrap_or_else(PoisonError::into_inner).insert(pair);
    }

    /// Returns every error that was answered with its modeled status.
    pub(crate) fn errors_seen(&self) -> BTreeSet<ErrorPair> {
        self.judge.errors_seen()
    }

    /// Notes why a case that was to bring this error about could not.
    pub(crate) fn note_unprovoked(&self, pair: ErrorPair, reason: &str) {
        let mut unprovoked = self.unprovoked.lock().unwrap_or_else(PoisonError::into_inner);
        unprovoked.entry(pair).or_insert_with(|| reason.to_owned());
    }

    /// Why the case that was to bring this error about could not, if there was one.
    pub(crate) fn why_unprovoked(&self, pair: ErrorPair) -> Option<String> {
        self.unprovoked.lock().unwrap_or_else(PoisonError::into_inner).get(&pair).cloned()
    }

    /// What the endpoint of a service offers beside it; asked once, and of none but a loopback target.
    pub(crate) async fn controls(&self, service: &str) -> Arc<Controls> {
        let find = || async {
            Arc::new(if self.config.controls && self.config.writes {
                Controls::find(Arc::clone(&self.caller), service, Retry::default()).await
            } else {
                Controls::none(Arc::clone(&self.caller), service)
            })
        };
        match self.controls.get(service) {
            Some(cell) => Arc::clone(cell.get_or_init(find).await),
            None => find().await,
        }
    }

    /// Whether some case was meant to be answered by this error.
    pub(crate) fn was_provoked(&self, pair: ErrorPair) -> bool {
        self.provoked.lock().unwrap_or_else(PoisonError::into_inner).contains(&pair)
    }

    /// Sends, and again while what comes says nothing of the contract: calls came too fast, or something failed that may
    /// pass by itself.
    async fn transmit(&self, operation: OperationId, request: Request, signing: &Signing) -> Exchange {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let mut attempts = Attempts::of(self.config.resending, operation);
        let mut lost = false;
        let exchange = loop {
            let exchange = self.caller.send(operation, request.clone(), signing).await;
            if self.steadiness.note(&exchange)
                && let Some(tell) = self.on_return.get()
            {
                tell();
            }
            // Where nobody listens nothing is made.
            let is_heard = exchange.outcome.as_ref().err().is_none_or(|failure| failure.kind != FailureKind::Connect);
            lost |= is_heard && has_failed(&exchange);
            let throttled = matches!(self.judge.answer(&exchange), Answer::Throttled { .. });
            let Some(wait) = attempts.next(&exchange, throttled, &self.steadiness) else { break exchange };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.cancel.cancelled() => break exchange,
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
        };
        if lost && is_making(operation.name()) {
            let is_tagged = request.body.windows(RUN_TAG.len()).any(|part| part == RUN_TAG.as_bytes());
            self.steadiness.note_lost(operation, is_tagged);
        }
        attempts.settle(exchange)
    }

    /// Says what is to be done when the endpoint is back that could not be reached for a while.
    pub(crate) fn on_return(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.on_return.set(Box::new(tell));
    }

    /// Notes that a suite begins on an operation.
    pub(crate) fn begin(&self, operation: OperationId, suite: SuiteName) {
        let key = (operation, suite.id());
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.insert(key, self.steadiness.interruptions());
    }

    /// Whether the endpoint could not be reached since the case's suite began on its operation.
    fn was_interrupted(&self, judged: &CaseJudged) -> bool {
        let interruptions = self.steadiness.interruptions();
        if interruptions == 0 {
            return false;
        }
        let key = (judged.case.operation, judged.case.suite);
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        interruptions > begun.unwrap_or_default()
    }

    fn may_send(&self, breaker: Option<&Breaker>) -> Result<(), Unsent> {
        if self.cleaning.load(Ordering::Relaxed) {
            return Ok(());
        }
        if let Some(reason) = self.stop_reason() {
            return Err(Unsent(reason.to_owned()));
        }
        if let Some(reason) = breaker.and_then(Breaker::tripped) {
            return Err(Unsent(format!("the operation was given up: {reason}")));
        }
        Ok(())
    }

    /// Why the run ends before its time, if it does.
    pub(crate) fn stop_reason(&self) -> Option<&'static str> {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        if stopped.is_none() {
            let budget = &self.config.budget;
            let spent = |limit: Option<u64>, count: &AtomicU64| {
                limit.is_some_and(|limit| count.load(Ordering::Relaxed) >= limit)
            };
            *stopped = if self.cancel.is_cancelled() {
                Some("the run was cancelled")
            } else if budget.time.is_some_and(|limit| self.started.elapsed() >= limit) {
                Some("the time of the run was used up")
            } else if spent(budget.requests, &self.exchanges) {
                Some("the requests of the run were used up")
            } else if spent(budget.failures, &self.failures) {
                Some("the run had as many failures as allowed")
            } else {
                None
            };
        }
        *stopped
    }

    /// From here on requests go out whatever budgets say, so that what was made is removed.
    pub(crate) fn begin_cleaning(&self) {
        self.cleaning.store(true, Ordering::Relaxed);
    }

    /// The judge of this run.
    pub(crate) fn judge(&self) -> &Judge<'static> {
        &self.judge
    }

    /// Judges what only the whole run shows.
    pub(crate) fn conclude_universal(&self) {
        for finding in self.judge.conclude() {
            self.emit(Event::FindingFound(Box::new(finding)));
        }
    }

    /// Takes note of a verdict.
    pub(crate) fn conclude(&self, mut judged: CaseJudged) {
        if matches!(judged.verdict, Verdict::Fail(_)) && self.was_interrupted(&judged) {
            let reason = "the endpoint could not be reached for a while, and what the case needs may be gone";
            judged.verdict = Verdict::Indeterminate(reason.to_owned());
        }
        self.concluded.lock().unwrap_or_else(PoisonError::into_inner).insert(judged.case.clone());
        if matches!(judged.verdict, Verdict::Fail(_)) {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        self.emit(Event::CaseJudged(judged));
    }

    /// Whether the case has a verdict.
    pub(crate) fn is_concluded(&self, case: &CaseId) -> bool {
        self.concluded.lock().unwrap_or_else(PoisonError::into_inner).contains(case)
    }

    /// Hands an event to the report and to the renderers.
    pub(crate) fn emit(&self, event: Event) {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner).record(&event);
        (self.sink)(&event);
    }

    /// Whether every one of these operations was given up.
    pub(crate) fn all_tripped(&self, mut operations: impl Iterator<Item = OperationId>) -> bool {
        operations.all(|operation| self.breakers.get(&operation).is_some_and(|breaker| breaker.tripped().is_some()))
    }

    /// Requests sent, retries left out.
    pub(crate) fn exchanges(&self) -> u64 {
        self.exchanges.load(Ordering::Relaxed)
    }

    /// Requests sent again.
    pub(crate) fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The report of all that was noted.
    pub(crate) fn report(&self, unusable: Option<String>) -> Report {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner).finish(&Totals {
            duration: self.started.elapsed(),
            exchanges: self.exchanges.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            unusable,
        })
    }
}

/// The session as the pool sees it: what it creates and removes is judged and counted like everything else.
impl Caller for Session {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let case = CaseId::resource(operation);
            let context = RequestContext::probe(&case);
            Self::send(self, operation, request.clone(), signing, &context).await.unwrap_or_else(|unsent| Exchange {
                operation,
                request,
                outcome: Err(Failure::new(FailureKind::Unsendable, unsent.0)),
                duration: Duration::ZERO,
            })
        })
    }
}
