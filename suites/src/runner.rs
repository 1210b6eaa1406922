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
use crate::crash::survived;
use crate::pagination::Listing;
use crate::plan::{self, Plan, Planned};
use crate::session::{EventSink, Session, Unsent};
use crate::subject::Subject;
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
    pub async fn run(self, caller: Arc<dyn Caller>, sink: EventSink, cancel: CancellationToken) -> Report {
        let Self { models, knowledge, config } = self;
        let Plan { planned, recipes, notes } = Plan::new(models, knowledge, &config);
        let session = Arc::new(Session::new(models, knowledge, config, caller, sink, cancel));
        session.emit(Event::RunStarted(plan::overview(&session.config, &planned)));
        notes.into_iter().for_each(|note| session.emit(Event::Note(note)));
        let pool = Arc::new(pool(&session, models, knowledge, &recipes));
        let lender = Arc::downgrade(&pool);
        session.on_return(move || {
            if let Some(pool) = lender.upgrade() {
                pool.renew();
            }
        });
        let samples: BTreeMap<&str, Arc<Samples>> =
            models.iter().map(|model| (model.service.id.as_str(), Arc::new(Samples::of(model, knowledge)))).collect();

        let keys: Vec<OperationId> = planned.iter().map(|it| it.operation.id).collect();
        let mut coverages = BTreeMap::new();
        let subjects_at_once = Arc::new(Semaphore::new(session.config.concurrency.max(1)));
        let mut tasks = JoinSet::new();
        let planned: Vec<(Arc<Planned>, Option<Arc<Subject>>)> = planned
            .into_iter()
            .map(|planned| {
                let samples = &samples[planned.model.service.id.as_str()];
                let subject = subject(&session, &pool, samples, &planned).map(Arc::new);
                (Arc::new(planned), subject)
            })
            .collect();
        list_quietly(&session, &pool, &planned).await;
        live_quietly(&session, &planned).await;
        for line in lines(&pool, &planned) {
            let (session, turns) = (Arc::clone(&session), Arc::clone(&subjects_at_once));
            let line: Vec<_> = line.into_iter().map(|index| (index, planned[index].clone())).collect();
            tasks.spawn(async move {
                let _turn = turns.acquire_owned().await;
                let mut coverages = Vec::new();
                for (index, (planned, subject)) in line {
                    coverages.push((index, test(Arc::clone(&session), subject, planned).await));
                }
                coverages
            });
        }
        while let Some(done) = tasks.join_next().await {
            match done {
                Ok(line) => coverages.extend(line),
                Err(error) => session.emit(Event::Note(format!("testing an operation failed by itself: {error}"))),
            }
        }
        run_alone(&session, &planned, &coverages).await;
        conclude_rest(&session, &planned);

        session.begin_cleaning();
        let removal = pool.remove_all(session.config.cleanup).await;
        let mut left = removal.left;
        // What was made although no answer said so is found by its tag.
        if session.steadiness.has_lost() && session.config.run_tag.is_some() {
            let run = session.config.run_tag.as_deref();
            let cleaned = pool.clean(run, session.config.cleanup).await;
            for (list, reason) in cleaned.unread {
                session.emit(Event::Note(format!("something may be left behind: {list} cannot be read: {reason}")));
            }
            left = cleaned.removal.left;
        }
        if session.config.run_tag.is_some() {
            for operation in session.steadiness.untagged() {
                let why = "an answer was lost, and the request had no tag to find it by";
                session.emit(Event::Note(format!("{operation} may have left something behind: {why}")));
            }
        }
        for left in left {
            let Resource { kind, .. } = left.resource;
            session.emit(Event::Note(format!("{kind} left behind: {}", left.reason)));
        }
        session.conclude_universal();
        if session.config.selection.holds_suite(SuiteName::Errors) {
            report_pairs(&session, &keys, &coverages);
        }
        let unusable = (!keys.is_empty() && session.all_tripped(keys.iter().copied()))
            .then(|| "every operation failed again and again".to_owned());
        let report = session.report(unusable);
        session.emit(Event::RunEnded(Box::new(report.clone())));
        report
    }
}

fn report_pairs(session: &Session, keys: &[OperationId], coverages: &BTreeMap<usize, Coverage>) {
    let seen = session.errors_seen();
    for (index, id) in keys.iter().enumerate() {
        let model = session.models.iter().find(|model| model.service.id == id.service());
        if let Some((model, operation)) = model.and_then(|model| Some((model, model.operation(id.name())?))) {
            let implemented = coverages.get(&index) == Some(&Coverage::Implemented);
            errors::report_pairs(session, &seen, model, operation, implemented);
        }
    }
}

/// The pool of a run. It knows the recipes of all services: what one operation needs, another may make.
pub(crate) fn pool(
    session: &Arc<Session>,
    models: &'static [Model],
    knowledge: &'static Knowledge,
    recipes: &[Case],
) -> Pool {
    let config = &session.config;
    let pool_config = PoolConfig {
        models,
        knowledge,
        region: config.region.clone(),
        run: config.run_tag.clone().unwrap_or_else(|| "embedded".to_owned()),
        externals: config.externals.clone(),
        sample_externals: config.sample_externals,
        writes: config.writes,
        // The session repeats what is throttled; everything else is to be seen.
        retry: Retry::never(),
    };
    let caller: Arc<dyn Caller> = Arc::<Session>::clone(session);
    Pool::new(pool_config, caller, recipes)
}

/// The operation with what is learnt of it; none if no valid input of it can be built.
pub(crate) fn subject(
    session: &Arc<Session>,
    pool: &Arc<Pool>,
    samples: &Arc<Samples>,
    planned: &Planned,
) -> Option<Subject> {
    let base = planned.base.clone()?;
    let (session, pool, samples) = (Arc::clone(session), Arc::clone(pool), Arc::clone(samples));
    let effects = planned.effects.clone();
    Some(Subject::new(session, pool, samples, planned.model, planned.operation, base, effects))
}

/// The suite `pagination`, before anything else writes what it lists.
async fn list_quietly(session: &Arc<Session>, pool: &Arc<Pool>, planned: &[(Arc<Planned>, Option<Arc<Subject>>)]) {
    if !session.config.selection.holds_suite(SuiteName::Pagination) {
        return;
    }
    let lists: Vec<(Arc<Subject>, Arc<Listing>)> = planned
        .iter()
        .filter_map(|(planned, subject)| Some((Arc::clone(subject.as_ref()?), Arc::clone(planned.listing.as_ref()?))))
        .collect();
    let pool = Arc::clone(pool);
    let run = tokio::spawn(async move { pagination::run_all(&pool, &lists).await });
    if let Err(error) = run.await {
        session.emit(Event::Note(format!("testing the lists failed by itself: {error}")));
    }
}

/// The suite `lifecycle`, while nothing else writes what it lists.
async fn live_quietly(session: &Arc<Session>, planned: &[(Arc<Planned>, Option<Arc<Subject>>)]) {
    if !session.config.selection.holds_suite(SuiteName::Lifecycle) {
        return;
    }
    let subjects = planned.iter().filter_map(|(planned, subject)| Some((planned, subject.as_ref()?)));
    if !session.config.writes {
        // What writes is skipped as a whole.
        for (planned, _) in subjects.filter(|(planned, _)| !is_write(&planned.effects, planned.operation)) {
            skip_all(session, planned, &[SuiteName::Lifecycle], "its sequences write, and writing is not allowed");
        }
        return;
    }
    let subjects: Vec<(Arc<Subject>, Vec<lifecycle::Turn>)> =
        subjects.map(|(planned, subject)| (Arc::clone(subject), planned.turns.clone())).collect();
    // What breaks down leaves its cases without a verdict, which `conclude_rest` sees to.
    survived(lifecycle::run_all(session, &subjects)).await;
}

/// Operations in lines, to be tested one after the other: those that make or change the same scarce kind would wait for each
/// other anyway. These lines are the longest, so that they begin first.
fn lines(pool: &Pool, planned: &[(Arc<Planned>, Option<Arc<Subject>>)]) -> Vec<Vec<usize>> {
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
async fn test(session: Arc<Session>, subject: Option<Arc<Subject>>, planned: Arc<Planned>) -> Coverage {
    let suites = session.config.selection.held_suites();
    let (Some(subject), Some(base)) = (subject, planned.base.clone()) else {
        let reason = "no valid input can be built";
        announce(&session, &planned, Coverage::Unknown(reason.into()));
        return Coverage::Unknown(reason.into());
    };
    if !session.config.writes && is_write(&planned.effects, planned.operation) {
        skip_all(&session, &planned, &suites, "the operation writes, and writing is not allowed");
        let coverage = Coverage::Unknown("not called: it writes".into());
        announce(&session, &planned, coverage.clone());
        return coverage;
    }
    let coverage = match guard(&session, &planned, &suites, subject.control(&base, true)).await {
        Some(Ok(call)) => coverage(&call.answer),
        Some(Err(Unsent(reason))) => Coverage::Unknown(reason),
        None => Coverage::Unknown(CRASHED.to_owned()),
    };
    announce(&session, &planned, coverage.clone());
    if coverage == Coverage::Unknown(CRASHED.to_owned()) {
        return coverage;
    }
    match &coverage {
        Coverage::NotImplemented(_) => {
            skip_all(&session, &planned, &suites, "the operation is not implemented");
            return coverage;
        }
        Coverage::Implemented => subject.note_implemented(),
        Coverage::Unknown(_) => {}
    }
    for suite in suites {
        guard(&session, &planned, &[suite], run_suite(suite, &subject, &planned, &base)).await;
    }
    coverage
}

/// Runs one suite on one operation.
async fn run_suite(suite: SuiteName, subject: &Arc<Subject>, planned: &Planned, base: &Value) {
    let session = &subject.session;
    session.begin(subject.operation.id, suite);
    match suite {
        SuiteName::Validation => validation::run(subject, &planned.cases, &planned.random).await,
        SuiteName::Errors => errors::run(subject, base, &planned.cases).await,
        SuiteName::Protocol => protocol::run(subject, base).await,
        SuiteName::Auth if session.config.signs => auth::run(subject, base).await,
        SuiteName::Auth => skip_all(session, planned, &[suite], "requests are not signed in this run"),
        // They have run, before anything wrote what they list.
        SuiteName::Pagination | SuiteName::Lifecycle => {}
        SuiteName::Batch => batch::run(subject).await,
        SuiteName::Tags => tags::run(subject).await,
        SuiteName::Idempotency => idempotency::run(subject).await,
        // It comes when nothing else makes what it lists: how many pages it reads must not depend on the others.
        SuiteName::Snapshot if planned.listing.is_some() => {}
        SuiteName::Snapshot => snapshot::run(subject, &planned.shots, None).await,
    }
}

/// What a case says that has no verdict because its check broke down.
const CRASHED: &str = "the check itself crashed";

/// Runs it to its end; nothing if it panics, which is then the reason of every case of these suites that has no verdict yet.
async fn guard<T>(
    session: &Session,
    planned: &Planned,
    suites: &[SuiteName],
    run: impl Future<Output = T>,
) -> Option<T> {
    let done = survived(run).await;
    if done.is_none() {
        conclude_all(session, planned, suites, &Verdict::Indeterminate(CRASHED.into()));
    }
    done
}

/// Gives every case that has no verdict one: a case is never dropped silently.
fn conclude_rest(session: &Session, planned: &[(Arc<Planned>, Option<Arc<Subject>>)]) {
    let suites = session.config.selection.held_suites();
    for (planned, _) in planned {
        conclude_all(session, planned, &suites, &Verdict::Indeterminate(CRASHED.into()));
    }
}

/// Gives the cases of the suites that have no verdict yet the same one.
fn conclude_all(session: &Session, planned: &Planned, suites: &[SuiteName], verdict: &Verdict) {
    for suite in suites {
        for (case, sites) in planned.cases_of(*suite).into_iter().filter(|(case, _)| !session.is_concluded(case)) {
            session.conclude(CaseJudged { case, tried: Vec::new(), sites, verdict: verdict.clone() });
        }
    }
}

fn skip_all(session: &Session, planned: &Planned, suites: &[SuiteName], reason: &str) {
    conclude_all(session, planned, suites, &Verdict::Skipped(reason.into()));
}

/// The cases that nothing else may disturb, operation after operation.
async fn run_alone(
    session: &Session,
    planned: &[(Arc<Planned>, Option<Arc<Subject>>)],
    coverages: &BTreeMap<usize, Coverage>,
) {
    let holds = |suite| session.config.selection.holds_suite(suite);
    for (index, (planned, subject)) in planned.iter().enumerate() {
        let skipped = !session.config.writes && is_write(&planned.effects, planned.operation);
        let absent = matches!(coverages.get(&index), Some(Coverage::NotImplemented(_)) | None);
        let (Some(subject), Some(base), false) = (subject, &planned.base, skipped || absent) else { continue };
        if holds(SuiteName::Errors) {
            session.begin(subject.operation.id, SuiteName::Errors);
            let run = errors::run_alone(subject, base, &planned.cases);
            guard(session, planned, &[SuiteName::Errors], run).await;
        }
        if let (Some(listing), true) = (&planned.listing, holds(SuiteName::Snapshot)) {
            session.begin(subject.operation.id, SuiteName::Snapshot);
            let run = snapshot::run(subject, &planned.shots, Some(listing));
            guard(session, planned, &[SuiteName::Snapshot], run).await;
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

fn announce(session: &Session, planned: &Planned, coverage: Coverage) {
    session.emit(Event::OperationProbed(Probe { operation: planned.operation.id, coverage }));
}
