//! The data and the layers that all tasks of a run share.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_catalog::Catalog;
use ivs_client::{Caller, Request, RetryPolicy, Signing};
use ivs_judge::{CaseJudged, Event, Judge, LeftBehind, RequestContext, Totals};
use ivs_model::{CaseId, ErrorPair, Knowledge, Member, Model, Operation, OperationId, SuiteName};
use ivs_pool::{Controls, Lease, RUN_TAG};
use serde_json::Value;
use tokio::sync::{OnceCell, RwLock};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::availability::Availability;
use crate::confirmations::Confirmations;
use crate::deletions::Deletions;
use crate::event_log::EventLog;
use crate::layer::{
    BudgetLayer, CircuitBreakerLayer, CircuitBreakers, ConcurrencyLimit, JudgeLayer, JudgeLayerParts, JudgedExchange,
    QuotaWait, RetryLayer, RunBudget, SMALL, StopCause, Traffic,
};
use crate::verdict_log::VerdictLog;
use crate::{Config, ErrorCoverage, EventObserver, NotSent};

/// The data and the layers that all tasks of a run share.
pub struct RunContext {
    /// The models of the services.
    pub models: &'static [Model],
    /// The knowledge beside the models.
    pub knowledge: &'static Knowledge,
    /// The facts that follow from models and knowledge.
    pub catalog: Catalog<'static>,
    /// The settings of the run.
    pub config: Config,
    /// Which declared errors were to be triggered.
    pub errors: ErrorCoverage,
    /// Held by a case that sets what concerns all resources at the endpoint, such as a quota; shared by cases that it would disturb.
    pub settings: RwLock<()>,
    pub(crate) availability: Arc<Availability>,
    pub(crate) confirmations: Arc<Confirmations>,
    pub(crate) deletions: Deletions,
    pub(crate) budget: Arc<RunBudget>,
    pub(crate) events: Arc<EventLog>,
    /// The layers around the client, outermost first.
    pub(crate) calls: Arc<JudgeLayer>,
    breakers: Arc<CircuitBreakers>,
    judge: Arc<Judge<'static>>,
    traffic: Arc<Traffic>,
    verdicts: VerdictLog,
    /// The client itself: calls of the control surface are not judged.
    client: Arc<dyn Caller>,
    /// By service: the control surface of its endpoint.
    controls: HashMap<String, OnceCell<Arc<Controls>>>,
    started: Instant,
    /// Cases skipped because writes are not allowed.
    writes_skipped: AtomicU64,
    /// Idempotency tokens so far.
    tokens: AtomicU64,
    /// Resources that could not be deleted.
    left_behind: Mutex<Vec<LeftBehind>>,
}

/// Idempotency tokens under this length may be in use already, whatever characters they have.
const SHORT_TOKEN: usize = 6;

/// The members that take idempotency tokens.
fn token_members<'m>(model: &'m Model, operation: &Operation) -> impl Iterator<Item = &'m Member> {
    model.members(operation.input).iter().filter(|member| member.idempotency_token)
}

impl RunContext {
    pub(crate) fn new(
        models: &'static [Model],
        knowledge: &'static Knowledge,
        config: Config,
        client: Arc<dyn Caller>,
        observer: EventObserver,
        cancel: CancellationToken,
    ) -> Self {
        let catalog = Catalog::new(models, knowledge);
        if let Some(run) = &config.run_tag {
            config.reproducer.show_as(RUN_TAG, run, "run-1");
        }
        let judge = Arc::new(Judge::new(models, knowledge, config.reproducer.clone()));
        let events = Arc::new(EventLog::new(observer));
        let availability = Arc::new(Availability::default());
        let traffic = Arc::new(Traffic::default());
        let budget = Arc::new(RunBudget::new(config.budget, Arc::clone(&traffic), cancel.clone()));
        let breakers = Arc::new(CircuitBreakers::new(models));

        let retries = RetryLayer::new(
            Arc::clone(&client),
            catalog.clone(),
            config.retry,
            Arc::clone(&availability),
            Arc::clone(&traffic),
            Arc::clone(&judge),
            cancel,
        );
        let guarded = CircuitBreakerLayer::new(
            retries,
            Arc::clone(&breakers),
            Arc::clone(&budget),
            Arc::clone(&availability),
            config.retry.recovery_window,
        );
        let budgeted = BudgetLayer::new(guarded, Arc::clone(&budget));
        let limited = ConcurrencyLimit::new(budgeted, config.concurrency);
        let confirmations = Arc::new(Confirmations::default());
        let small =
            knowledge.quotas.iter().filter(|quota| quota.of.is_none() && quota.value.is_some_and(|it| it <= SMALL));
        let creators = small.map(|quota| OperationId::new(&quota.service, &quota.operation));
        let parts = JudgeLayerParts {
            judge: Arc::clone(&judge),
            catalog: catalog.clone(),
            breakers: Arc::clone(&breakers),
            availability: Arc::clone(&availability),
            confirmations: Arc::clone(&confirmations),
            events: Arc::clone(&events),
            quota: QuotaWait::new(creators, Arc::clone(&traffic)),
        };
        let calls = JudgeLayer::new(Box::new(limited), parts, config.selection.cases.is_empty());

        Self {
            verdicts: VerdictLog::new(
                Arc::clone(&availability),
                Arc::clone(&budget),
                Arc::clone(&breakers),
                Arc::clone(&events),
            ),
            controls: models.iter().map(|model| (model.service.id.clone(), OnceCell::new())).collect(),
            calls: Arc::new(calls),
            errors: ErrorCoverage::default(),
            settings: RwLock::default(),
            started: Instant::now(),
            writes_skipped: AtomicU64::new(0),
            tokens: AtomicU64::new(0),
            left_behind: Mutex::default(),
            models,
            knowledge,
            catalog,
            config,
            availability,
            confirmations,
            deletions: Deletions::default(),
            budget,
            events,
            breakers,
            judge,
            traffic,
            client,
        }
    }

    /// Sends one request through all layers and judges the answer by the universal checks.
    ///
    /// # Errors
    ///
    /// [`NotSent`] if the run has ended or the operation was given up.
    pub async fn send(
        &self,
        operation: OperationId,
        request: Request,
        signing: &Signing,
        context: &RequestContext<'_>,
    ) -> Result<JudgedExchange, NotSent> {
        self.calls.send_judged(operation, request, signing, context).await
    }

    /// Gives each lease idempotency tokens of its own, as SDKs do for each call, and ones that no other run has: the same token
    /// with another input is no valid call. Without a lease, each call has its own. Length and character classes stay, since a
    /// case may be about them.
    pub(crate) fn renew_tokens(
        &self,
        model: &Model,
        operation: &Operation,
        input: &mut Value,
        lease: Option<&mut Lease>,
    ) {
        let mut lease = lease;
        for member in token_members(model, operation) {
            if let Some(Value::String(token)) = input.get_mut(&member.name) {
                let number = match &mut lease {
                    Some(lease) => lease.number(&self.tokens),
                    None => self.tokens.fetch_add(1, Ordering::Relaxed),
                };
                let renewed = self.config.nonce.renew(&format!("token {token}"), number, token);
                self.judge.show_as(&member.name, &renewed, token);
                *token = renewed;
            }
        }
    }

    /// Whether the input has an idempotency token so short that it may be in use already, whatever characters it has.
    pub(crate) fn has_short_token(&self, model: &Model, operation: &Operation, input: &Value) -> bool {
        token_members(model, operation).any(|member| {
            let token = input.get(&member.name).and_then(Value::as_str);
            token.is_some_and(|token| (1..SHORT_TOKEN).contains(&token.chars().count()))
        })
    }

    /// Says whether the quota of the operation is full on purpose from now on, so that no call waits for room in it.
    pub(crate) fn expect_full_quota(&self, operation: OperationId, is_expected: bool) {
        self.calls.expect_full_quota(operation, is_expected);
    }

    /// Counts the last request as one that takes the place of an earlier one.
    pub(crate) fn note_sent_again(&self) {
        self.traffic.note_sent_again();
    }

    /// Notes a resource that could not be deleted.
    pub(crate) fn note_left_behind(&self, left_behind: LeftBehind) {
        let mut all = self.left_behind.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(left_behind);
        all.sort();
        all.dedup();
    }

    /// Resources that could not be deleted.
    pub(crate) fn left_behind(&self) -> Vec<LeftBehind> {
        self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every error that was answered with its modeled status.
    pub fn errors_seen(&self) -> BTreeSet<ErrorPair> {
        self.judge.errors_seen()
    }

    /// The control surface of the endpoint of a service. It is asked for once, and at loopback addresses only. An endpoint that fell
    /// silent has none.
    pub async fn controls(&self, service: &str) -> Arc<Controls> {
        if self.availability.is_silent() {
            return Arc::new(Controls::none(Arc::clone(&self.client), service));
        }
        let find = || async {
            Arc::new(if self.config.use_control_api && self.config.allow_writes {
                Controls::find(Arc::clone(&self.client), service, RetryPolicy::default()).await
            } else {
                Controls::none(Arc::clone(&self.client), service)
            })
        };
        match self.controls.get(service) {
            Some(cell) => Arc::clone(cell.get_or_init(find).await),
            None => find().await,
        }
    }

    /// The client itself, without the layers.
    pub(crate) fn client(&self) -> &dyn Caller {
        &*self.client
    }

    /// The judge of this run.
    pub fn judge(&self) -> &Judge<'static> {
        &self.judge
    }

    /// Hands an event to the report and to the observer.
    pub fn emit(&self, event: Event) {
        self.events.emit(event);
    }

    /// Takes a verdict. Cases that were not selected have none.
    pub fn conclude(&self, judged: CaseJudged) {
        if self.config.selection.holds_case(&judged.case) {
            self.verdicts.conclude(judged);
        }
    }

    /// Whether the case has a verdict.
    pub fn is_concluded(&self, case: &CaseId) -> bool {
        self.verdicts.is_concluded(case)
    }

    /// Notes that a suite begins on an operation.
    pub(crate) fn suite_started(&self, operation: OperationId, suite: SuiteName) {
        self.verdicts.suite_started(operation, suite);
    }

    /// Judges what only the whole run shows. A run that was cut has not asked silent operations again.
    pub(crate) fn conclude_universal(&self) {
        let unanswered = if self.cut().is_none() { self.judge.conclude_unanswered() } else { Vec::new() };
        for finding in self.judge.conclude().into_iter().chain(unanswered) {
            self.emit(Event::FindingFound(Box::new(finding)));
        }
    }

    /// Why no operation was called any more, if the endpoint fell silent.
    pub(crate) fn silence(&self) -> Option<String> {
        self.availability.silence(self.config.retry.recovery_window)
    }

    /// Whether every one of these operations was given up.
    pub(crate) fn all_tripped(&self, operations: impl Iterator<Item = OperationId>) -> bool {
        self.breakers.all_tripped(operations)
    }

    /// Notes cases that are skipped because writes are not allowed.
    pub(crate) fn note_writes_skipped(&self, cases: usize) {
        self.writes_skipped.fetch_add(cases as u64, Ordering::Relaxed);
    }

    /// Whether any call succeeded.
    pub(crate) fn has_succeeded(&self) -> bool {
        self.judge.has_succeeded()
    }

    /// What ended the run before its time, if so.
    pub(crate) fn cut(&self) -> Option<String> {
        let stopped = self.budget.stopped().map(StopCause::of_run);
        stopped.or(self.availability.is_lost().then_some("connection to the endpoint lost")).map(str::to_owned)
    }

    /// The duration and the traffic of the run, and how far it came.
    pub(crate) fn totals(&self, unusable: Option<String>) -> Totals {
        Totals {
            duration: self.started.elapsed(),
            exchanges: self.traffic.exchanges(),
            retries: self.traffic.retries(),
            unusable,
            cut: self.cut(),
            has_succeeded: self.has_succeeded(),
            left_behind: self.left_behind(),
            clean_command: self.config.reproducer.clean(self.config.run_tag.as_deref().unwrap_or_default()),
            writes_skipped: self.writes_skipped.load(Ordering::Relaxed),
        }
    }
}
