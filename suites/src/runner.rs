//! One run: plan, probe, suites, clean-up, report.

use std::collections::BTreeMap;
use std::sync::Arc;

use ivs_client::{Caller, Retry};
use ivs_generators::{Case, Effects, Samples};
use ivs_judge::{CaseJudged, Coverage, Event, Probe, Report, Verdict};
use ivs_model::{Knowledge, Model, Operation, OperationId};
use ivs_pool::{Pool, PoolConfig, Resource};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::answer::coverage;
use crate::catch_panic::catch_panic;
use crate::operation_under_test::OperationUnderTest;
use crate::pagination::Listing;
use crate::plan::{self, Plan, Planned};
use crate::run_context::{EventObserver, NotSent, RunContext};
use crate::{
    Config, SuiteName, auth, batch, errors, idempotency, lifecycle, pagination, protocol, snapshot, tags, validation,
};

/// Judges one endpoint.
pub struct Runner {
    models: &'static [Model],
    knowledge: &'static Knowledge,
    config: Config,
}

impl Runner {
    /// A runner for these models.
    #[must_use]
    pub fn new(models: &'static [Model], knowledge: &'static Knowledge, config: Config) -> Self {
        Self { models, knowledge, config }
    }

    /// Runs everything that is selected and returns the report.
    ///
    /// Every event goes to `sink` as it happens, from several tasks. When `cancel` is cancelled nothing more is
    /// tested; what was made is removed in any case, within [`Config::cleanup`].
    pub async fn run(self, caller: Arc<dyn Caller>, observer: EventObserver, cancel: CancellationToken) -> Report {
        let Self { models, knowledge, config } = self;
        let Plan { planned, recipes, notes } = Plan::new(models, knowledge, &config);
        let run_context = Arc::new(RunContext::new(models, knowledge, config, caller, observer, cancel));
        run_context.emit(Event::RunStarted(plan::overview(&run_context.config, &planned)));
        notes.into_iter().for_each(|note| run_context.emit(Event::Note(note)));
        let pool = Arc::new(pool(&run_context, models, knowledge, &recipes));
        let lender = Arc::downgrade(&pool);
        run_context.on_return(move || {
            if let Some(pool) = lender.upgrade() {
                pool.renew();
            }
        });
        let samples: BTreeMap<&str, Arc<Samples>> =
            models.iter().map(|model| (model.service.id.as_str(), Arc::new(Samples::of(model, knowledge)))).collect();

        let keys: Vec<OperationId> = planned.iter().map(|it| it.operation.id).collect();
        let mut coverages = BTreeMap::new();
        let permits = Arc::new(Semaphore::new(run_context.config.concurrency.max(1)));
        let mut tasks = JoinSet::new();
        let planned: Vec<(Arc<Planned>, Option<Arc<OperationUnderTest>>)> = planned
            .into_iter()
            .map(|planned| {
                let samples = &samples[planned.model.service.id.as_str()];
                let under_test = under_test(&run_context, &pool, samples, &planned).map(Arc::new);
                (Arc::new(planned), under_test)
            })
            .collect();
        list_quietly(&run_context, &pool, &planned).await;
        live_quietly(&run_context, &planned).await;
        for group in serial_groups(&pool, &planned) {
            let (run_context, permits) = (Arc::clone(&run_context), Arc::clone(&permits));
            let group: Vec<_> = group.into_iter().map(|index| (index, planned[index].clone())).collect();
            tasks.spawn(async move {
                let _turn = permits.acquire_owned().await;
                let mut coverages = Vec::new();
                for (index, (planned, under_test)) in group {
                    coverages.push((index, test(Arc::clone(&run_context), under_test, planned).await));
                }
                coverages
            });
        }
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(group) => coverages.extend(group),
                Err(error) => run_context.emit(Event::Note(format!("testing an operation failed by itself: {error}"))),
            }
        }
        run_alone(&run_context, &planned, &coverages).await;
        conclude_rest(&run_context, &planned);

        run_context.begin_cleaning();
        let removal = pool.remove_all(run_context.config.cleanup).await;
        let mut left = removal.left;
        // What was made although no answer said so is found by its tag.
        if run_context.availability.has_lost() && run_context.config.run_tag.is_some() {
            let run = run_context.config.run_tag.as_deref();
            let cleaned = pool.clean(run, run_context.config.cleanup).await;
            for (list, reason) in cleaned.unread {
                run_context.emit(Event::Note(format!("something may be left behind: {list} cannot be read: {reason}")));
            }
            left = cleaned.removal.left;
        }
        if run_context.config.run_tag.is_some() {
            for operation in run_context.availability.untagged() {
                let why = "an answer was lost, and the request had no tag to find it by";
                run_context.emit(Event::Note(format!("{operation} may have left something behind: {why}")));
            }
        }
        for left in left {
            let Resource { kind, .. } = left.resource;
            run_context.emit(Event::Note(format!("{kind} left behind: {}", left.reason)));
        }
        run_context.conclude_universal();
        if run_context.config.selection.holds_suite(SuiteName::Errors) {
            report_pairs(&run_context, &keys, &coverages);
        }
        let unusable = (!keys.is_empty() && run_context.all_tripped(keys.iter().copied()))
            .then(|| "every operation failed again and again".to_owned());
        let report = run_context.report(unusable);
        run_context.emit(Event::RunEnded(Box::new(report.clone())));
        report
    }
}

fn report_pairs(run_context: &RunContext, keys: &[OperationId], coverages: &BTreeMap<usize, Coverage>) {
    let seen = run_context.errors_seen();
    for (index, id) in keys.iter().enumerate() {
        let model = run_context.models.iter().find(|model| model.service.id == id.service());
        if let Some((model, operation)) = model.and_then(|model| Some((model, model.operation(id.name())?))) {
            let implemented = coverages.get(&index) == Some(&Coverage::Implemented);
            errors::report_pairs(run_context, &seen, model, operation, implemented);
        }
    }
}

/// The pool of a run. It knows the recipes of all services: what one operation needs, another may make.
pub(crate) fn pool(
    run_context: &Arc<RunContext>,
    models: &'static [Model],
    knowledge: &'static Knowledge,
    recipes: &[Case],
) -> Pool {
    let config = &run_context.config;
    let pool_config = PoolConfig {
        models,
        knowledge,
        region: config.region.clone(),
        run: config.run_tag.clone().unwrap_or_else(|| "embedded".to_owned()),
        externals: config.externals.clone(),
        sample_externals: config.sample_externals,
        writes: config.allow_writes,
        // The session repeats what is throttled; everything else is to be seen.
        retry: Retry::never(),
    };
    let caller: Arc<dyn Caller> = Arc::<RunContext>::clone(run_context);
    Pool::new(pool_config, caller, recipes)
}

/// The operation with what is learnt of it; none if no valid input of it can be built.
pub(crate) fn under_test(
    run_context: &Arc<RunContext>,
    pool: &Arc<Pool>,
    samples: &Arc<Samples>,
    planned: &Planned,
) -> Option<OperationUnderTest> {
    let base = planned.base.clone()?;
    let (run_context, pool, samples) = (Arc::clone(run_context), Arc::clone(pool), Arc::clone(samples));
    let effects = planned.effects.clone();
    Some(OperationUnderTest::new(run_context, pool, samples, planned.model, planned.operation, base, effects))
}

/// The suite `pagination`, before anything else writes what it lists.
async fn list_quietly(
    run_context: &Arc<RunContext>,
    pool: &Arc<Pool>,
    planned: &[(Arc<Planned>, Option<Arc<OperationUnderTest>>)],
) {
    if !run_context.config.selection.holds_suite(SuiteName::Pagination) {
        return;
    }
    let lists: Vec<(Arc<OperationUnderTest>, Arc<Listing>)> = planned
        .iter()
        .filter_map(|(planned, under_test)| {
            Some((Arc::clone(under_test.as_ref()?), Arc::clone(planned.listing.as_ref()?)))
        })
        .collect();
    let pool = Arc::clone(pool);
    let run = tokio::spawn(async move { pagination::run_all(&pool, &lists).await });
    if let Err(error) = run.await {
        run_context.emit(Event::Note(format!("testing the lists failed by itself: {error}")));
    }
}

/// The suite `lifecycle`, while nothing else writes what it lists.
async fn live_quietly(run_context: &Arc<RunContext>, planned: &[(Arc<Planned>, Option<Arc<OperationUnderTest>>)]) {
    if !run_context.config.selection.holds_suite(SuiteName::Lifecycle) {
        return;
    }
    let operations = planned.iter().filter_map(|(planned, under_test)| Some((planned, under_test.as_ref()?)));
    if !run_context.config.allow_writes {
        // What writes is skipped as a whole.
        for (planned, _) in operations.filter(|(planned, _)| !is_write(&planned.effects, planned.operation)) {
            skip_all(run_context, planned, &[SuiteName::Lifecycle], "its sequences write, and writing is not allowed");
        }
        return;
    }
    let operations: Vec<(Arc<OperationUnderTest>, Vec<lifecycle::SequenceCase>)> =
        operations.map(|(planned, under_test)| (Arc::clone(under_test), planned.sequence_cases.clone())).collect();
    // What breaks down leaves its cases without a verdict, which `conclude_rest` sees to.
    catch_panic(lifecycle::run_all(run_context, &operations)).await;
}

/// Operations in lines, to be tested one after the other: those that make or change the same scarce kind would wait for each
/// other anyway. These lines are the longest, so that they begin first.
fn serial_groups(pool: &Pool, planned: &[(Arc<Planned>, Option<Arc<OperationUnderTest>>)]) -> Vec<Vec<usize>> {
    let mut scarce: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    let mut others = Vec::new();
    for (index, (planned, _)) in planned.iter().enumerate() {
        let Effects { creates, consumes, mutates, .. } = &planned.effects;
        match creates.iter().chain(consumes).chain(mutates).filter(|kind| pool.is_scarce(kind)).min() {
            Some(kind) => scarce.entry(kind).or_default().push(index),
            None => others.push(vec![index]),
        }
    }
    scarce.into_values().chain(others).collect()
}

/// Tests one operation: is it there, and if so, every selected suite.
async fn test(
    run_context: Arc<RunContext>,
    under_test: Option<Arc<OperationUnderTest>>,
    planned: Arc<Planned>,
) -> Coverage {
    let suites = run_context.config.selection.held_suites();
    let (Some(under_test), Some(base)) = (under_test, planned.base.clone()) else {
        let reason = "no valid input can be built";
        announce(&run_context, &planned, Coverage::Unknown(reason.into()));
        return Coverage::Unknown(reason.into());
    };
    if !run_context.config.allow_writes && is_write(&planned.effects, planned.operation) {
        skip_all(&run_context, &planned, &suites, "the operation writes, and writing is not allowed");
        let coverage = Coverage::Unknown("not called: it writes".into());
        announce(&run_context, &planned, coverage.clone());
        return coverage;
    }
    let coverage = match guard(&run_context, &planned, &suites, under_test.control(&base, true)).await {
        Some(Ok(call)) => coverage(&call.answer),
        Some(Err(NotSent(reason))) => Coverage::Unknown(reason),
        None => Coverage::Unknown(CRASHED.to_owned()),
    };
    announce(&run_context, &planned, coverage.clone());
    if coverage == Coverage::Unknown(CRASHED.to_owned()) {
        return coverage;
    }
    match &coverage {
        Coverage::NotImplemented(_) => {
            skip_all(&run_context, &planned, &suites, "the operation is not implemented");
            return coverage;
        }
        Coverage::Implemented => under_test.note_implemented(),
        Coverage::Unknown(_) => {}
    }
    for suite in suites {
        guard(&run_context, &planned, &[suite], run_suite(suite, &under_test, &planned, &base)).await;
    }
    coverage
}

/// Runs one suite on one operation.
async fn run_suite(suite: SuiteName, under_test: &Arc<OperationUnderTest>, planned: &Planned, base: &Value) {
    let run_context = &under_test.run_context;
    run_context.suite_started(under_test.operation.id, suite);
    match suite {
        SuiteName::Validation => validation::run(under_test, &planned.cases, &planned.random).await,
        SuiteName::Errors => errors::run(under_test, base, &planned.cases).await,
        SuiteName::Protocol => protocol::run(under_test, base).await,
        SuiteName::Auth if run_context.config.sign_requests => auth::run(under_test, base).await,
        SuiteName::Auth => skip_all(run_context, planned, &[suite], "requests are not signed in this run"),
        // They have run, before anything wrote what they list.
        SuiteName::Pagination | SuiteName::Lifecycle => {}
        SuiteName::Batch => batch::run(under_test).await,
        SuiteName::Tags => tags::run(under_test).await,
        SuiteName::Idempotency => idempotency::run(under_test).await,
        // It comes when nothing else makes what it lists: how many pages it reads must not depend on the others.
        SuiteName::Snapshot if planned.listing.is_some() => {}
        SuiteName::Snapshot => snapshot::run(under_test, &planned.canonical_calls, None).await,
    }
}

/// What a case says that has no verdict because its check broke down.
const CRASHED: &str = "the check itself crashed";

/// Runs it to its end; nothing if it panics, which is then the reason of every case of these suites that has no verdict yet.
async fn guard<T>(
    run_context: &RunContext,
    planned: &Planned,
    suites: &[SuiteName],
    run: impl Future<Output = T>,
) -> Option<T> {
    let done = catch_panic(run).await;
    if done.is_none() {
        conclude_all(run_context, planned, suites, &Verdict::Indeterminate(CRASHED.into()));
    }
    done
}

/// Gives every case that has no verdict one: a case is never dropped silently.
fn conclude_rest(run_context: &RunContext, planned: &[(Arc<Planned>, Option<Arc<OperationUnderTest>>)]) {
    let suites = run_context.config.selection.held_suites();
    for (planned, _) in planned {
        conclude_all(run_context, planned, &suites, &Verdict::Indeterminate(CRASHED.into()));
    }
}

/// Gives the cases of the suites that have no verdict yet the same one.
fn conclude_all(run_context: &RunContext, planned: &Planned, suites: &[SuiteName], verdict: &Verdict) {
    for suite in suites {
        for (case, sites) in planned.cases_of(*suite).into_iter().filter(|(case, _)| !run_context.is_concluded(case)) {
            run_context.conclude(CaseJudged { case, tried: Vec::new(), sites, verdict: verdict.clone() });
        }
    }
}

fn skip_all(run_context: &RunContext, planned: &Planned, suites: &[SuiteName], reason: &str) {
    conclude_all(run_context, planned, suites, &Verdict::Skipped(reason.into()));
}

/// The cases that nothing else may disturb, operation after operation.
async fn run_alone(
    run_context: &RunContext,
    planned: &[(Arc<Planned>, Option<Arc<OperationUnderTest>>)],
    coverages: &BTreeMap<usize, Coverage>,
) {
    let holds = |suite| run_context.config.selection.holds_suite(suite);
    for (index, (planned, under_test)) in planned.iter().enumerate() {
        let skipped = !run_context.config.allow_writes && is_write(&planned.effects, planned.operation);
        let absent = matches!(coverages.get(&index), Some(Coverage::NotImplemented(_)) | None);
        let (Some(under_test), Some(base), false) = (under_test, &planned.base, skipped || absent) else { continue };
        if holds(SuiteName::Errors) {
            run_context.suite_started(under_test.operation.id, SuiteName::Errors);
            let run = errors::run_alone(under_test, base, &planned.cases);
            guard(run_context, planned, &[SuiteName::Errors], run).await;
        }
        if let (Some(listing), true) = (&planned.listing, holds(SuiteName::Snapshot)) {
            run_context.suite_started(under_test.operation.id, SuiteName::Snapshot);
            let run = snapshot::run(under_test, &planned.canonical_calls, Some(listing));
            guard(run_context, planned, &[SuiteName::Snapshot], run).await;
        }
    }
}

/// Whether the operation creates, changes or removes something. The model's `readonly` trait lies about two operations
/// (facts section 2), so names decide: what is no plain read is a write.
pub(crate) fn is_write(effects: &Effects, operation: &Operation) -> bool {
    let reads = ["Get", "List", "BatchGet"];
    let changes = !(effects.creates.is_empty() && effects.consumes.is_empty() && effects.mutates.is_empty());
    changes || !reads.iter().any(|verb| operation.name.starts_with(verb))
}

fn announce(run_context: &RunContext, planned: &Planned, coverage: Coverage) {
    run_context.emit(Event::OperationProbed(Probe { operation: planned.operation.id, coverage }));
}
