//! What all tasks of one run share, and the one choke point through which every exchange passes.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Signing};
use ivs_judge::{CaseJudged, Context, Event, Judge, Recorder, Report, Totals, Verdict};
use ivs_model::{Knowledge, Model};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::Config;
use crate::breaker::Breaker;

/// Where events go: renderers, progress bars, tests.
pub type EventSink = Arc<dyn Fn(&Event) + Send + Sync>;

/// The longest a throttled call waits before it is sent again; it waits this many times at most.
const THROTTLE_WAITS: [Duration; 3] = [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(3)];

/// What all tasks of one run share.
pub(crate) struct Session {
    pub(crate) models: &'static [Model],
    pub(crate) knowledge: &'static Knowledge,
    pub(crate) config: Config,
    caller: Arc<dyn Caller>,
    judge: Judge<'static>,
    sink: EventSink,
    recorder: Mutex<Recorder>,
    breakers: HashMap<(String, String), Breaker>,
    permits: Semaphore,
    exchanges: AtomicU64,
    retries: AtomicU64,
    failures: AtomicU64,
    /// Declared errors that some case brings about.
    provoked: Pairs,
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
            .flat_map(|model| {
                let key = |name: &str| (model.service.id.clone(), name.to_owned());
                model.operations.iter().map(move |operation| (key(&operation.name), Breaker::default()))
            })
            .collect();
        Self {
            judge: Judge::new(models, knowledge, config.reproducer.clone()),
            recorder: Mutex::new(Recorder::new()),
            permits: Semaphore::new(config.concurrency.max(1)),
            exchanges: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            provoked: Mutex::default(),
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
        service: &str,
        operation: &str,
        request: Request,
        signing: &Signing,
        context: &Context<'_>,
    ) -> Result<Exchange, Unsent> {
        let breaker = self.breakers.get(&(service.to_owned(), operation.to_owned()));
        let exchange = {
            let _permit = self.permits.acquire().await.map_err(|_| Unsent("the run has ended".into()))?;
            self.may_send(breaker)?;
            self.transmit(service, operation, request, signing).await
        };
        if let Some(breaker) = breaker {
            breaker.note(&exchange);
        }
        let judgement = self.judge.universal(&exchange, context);
        for finding in judgement.findings {
            self.emit(Event::FindingFound(Box::new(finding)));
        }
        for (check, reason) in judgement.undecided {
            self.emit(Event::Note(format!("{check} could not judge an answer of {service}.{operation}: {reason}")));
        }
        Ok(exchange)
    }

    /// Notes that some case of the operation is meant to be answered by this error.
    pub(crate) fn note_provoked(&self, service: &str, operation: &str, error: &str) {
        insert(&self.provoked, service, operation, error);
    }

    /// Every error that was answered with its modeled status: service, operation, name.
    pub(crate) fn errors_seen(&self) -> BTreeSet<(String, String, String)> {
        self.judge.errors_seen()
    }

    /// Whether some case was meant to be answered by this error.
    pub(crate) fn was_provoked(&self, service: &str, operation: &str, error: &str) -> bool {
        contains(&self.provoked, service, operation, error)
    }

    /// Sends, and again while the answer is 429: a rate limit says nothing of the contract.
    async fn transmit(&self, service: &str, operation: &str, request: Request, signing: &Signing) -> Exchange {
        self.exchanges.fetch_add(1, Ordering::Relaxed);
        let mut exchange = self.caller.send(service, operation, request.clone(), signing).await;
        for wait in THROTTLE_WAITS {
            if exchange.status() != Some(429) || self.cancel.is_cancelled() {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.cancel.cancelled() => break,
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
            exchange = self.caller.send(service, operation, request.clone(), signing).await;
        }
        exchange
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
    pub(crate) fn conclude(&self, judged: CaseJudged) {
        if matches!(judged.verdict, Verdict::Fail(_)) {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        self.emit(Event::CaseJudged(judged));
    }

    /// Hands an event to the report and to the renderers.
    pub(crate) fn emit(&self, event: Event) {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner).record(&event);
        (self.sink)(&event);
    }

    /// Whether every one of these operations was given up.
    pub(crate) fn all_tripped<'a>(&self, mut operations: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
        operations.all(|(service, operation)| {
            self.breakers
                .get(&(service.to_owned(), operation.to_owned()))
                .is_some_and(|breaker| breaker.tripped().is_some())
        })
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

type Pairs = Mutex<BTreeSet<(String, String, String)>>;

fn insert(pairs: &Pairs, service: &str, operation: &str, error: &str) {
    let key = (service.to_owned(), operation.to_owned(), error.to_owned());
    pairs.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
}

fn contains(pairs: &Pairs, service: &str, operation: &str, error: &str) -> bool {
    let key = (service.to_owned(), operation.to_owned(), error.to_owned());
    pairs.lock().unwrap_or_else(PoisonError::into_inner).contains(&key)
}

/// The session as the pool sees it: what it creates and removes is judged and counted like everything else.
impl Caller for Session {
    fn send<'a>(
        &'a self,
        service: &'a str,
        operation: &'a str,
        request: Request,
        signing: &'a Signing,
    ) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let context = Context::probe("pool", "pool");
            Self::send(self, service, operation, request.clone(), signing, &context).await.unwrap_or_else(|unsent| {
                Exchange {
                    service: service.to_owned(),
                    operation: operation.to_owned(),
                    request,
                    outcome: Err(Failure::new(FailureKind::Unsendable, unsent.0)),
                    duration: Duration::ZERO,
                }
            })
        })
    }
}
