//! One run: plan, probe, suites, clean-up, report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::join_all;
use ivs_client::Caller;
use ivs_generators::{Case, Samples};
use ivs_judge::{Coverage, Event, LeftBehind, Probe, Property, PropertySet, Report, Verdict};
use ivs_model::{CaseId, Knowledge, Model};
use ivs_pool::{DeletionReport, Pool};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;

use crate::Config;
use crate::catch_panic::catch_panic;
use crate::deletions::without_waiting_for_deletions;
use crate::event_log::EventObserver;
use crate::first_contact::make_contact;
use crate::layer::is_tagged;
use crate::not_sent::NotSent;
use crate::operation_under_test::{OperationUnderTest, RequestSpec};
use crate::plan::{self, OperationPlan, RunPlan, SuiteOnOperation};
use crate::pool_config::{pool_config, with_resources};
use crate::quota_room::QuotaRoom;
use crate::run_context::RunContext;
use crate::suite::{Assignment, Schedule, Suite, TestedOperation, conclude_open};

/// Tests one endpoint.
pub struct Runner {
    models: &'static [Model],
    knowledge: &'static Knowledge,
    suites: &'static [&'static dyn Suite],
    config: Config,
}

/// One planned operation and, if a valid input of it can be built, what is observed of it.
#[derive(Clone)]
struct Planned {
    plan: Arc<OperationPlan>,
    under_test: Option<Arc<OperationUnderTest>>,
}

impl Runner {
    /// Creates a runner of these suites for these models.
    #[must_use]
    pub fn new(
        models: &'static [Model],
        knowledge: &'static Knowledge,
        suites: &'static [&'static dyn Suite],
        config: Config,
    ) -> Self {
        Self { models, knowledge, suites, config }
    }

    /// Runs everything that is selected and returns the report.
    ///
    /// Every event goes to `observer` as it happens, from several tasks. When `cancel` is cancelled nothing more is
    /// tested; created resources are deleted in any case, within [`Config::cleanup`].
    pub async fn run(self, caller: Arc<dyn Caller>, observer: EventObserver, cancel: CancellationToken) -> Report {
        let Self { models, knowledge, suites, config } = self;
        let suites: Vec<_> =
            suites.iter().copied().filter(|suite| config.selection.holds_suite(suite.name())).collect();
        let RunPlan { operations, recipes, notes } = RunPlan::new(models, knowledge, &suites, &config);
        let config = Config { reproducer: with_resources(&config, models, knowledge, &recipes), ..config };
        let run_context = Arc::new(RunContext::new(models, knowledge, config, caller, observer, cancel));
        run_context.emit(Event::RunStarted(plan::overview(&run_context.config, &operations)));
        notes.into_iter().for_each(|note| run_context.emit(Event::Note(note)));
        let pool = pool(&run_context, models, knowledge, &recipes);
        let lender = Arc::downgrade(&pool);
        run_context.availability.on_return(move || {
            if let Some(pool) = lender.upgrade() {
                pool.renew();
            }
        });
        let planned = with_observations(&run_context, &pool, operations);
        let services = planned.iter().map(Planned::service).collect();
        // A single case is of an operation that the endpoint is known to have: it sends no more than it needs.
        let is_run_of_cases = !run_context.config.selection.cases.is_empty();
        if !is_run_of_cases && let Some(reason) = make_contact(&run_context, services).await {
            return run_context.events.finish(&run_context.totals(Some(reason)));
        }
        let kinds = if is_run_of_cases { BTreeMap::new() } else { crowded_kinds(&run_context, &pool, &planned) };
        let room = QuotaRoom::make(&run_context, &pool, kinds).await;
        let coverages = run_before_the_end(&run_context, &pool, &suites, &planned).await;
        run_context.deletions.all_ended().await;
        pool.clear_spares().await;
        room.end(&run_context, &pool).await;
        run_after_all(&run_context, &suites, &planned, &coverages).await;
        conclude_rest(&run_context, &planned, &coverages);
        ask_again(&run_context, &planned).await;
        clean_up(&run_context, &pool).await;
        run_context.conclude_universal();

        let tested: Vec<TestedOperation> = planned
            .iter()
            .enumerate()
            .map(|(index, Planned { plan, .. })| TestedOperation {
                model: plan.model,
                operation: plan.operation,
                coverage: coverages.get(&index).cloned(),
            })
            .collect();
        for suite in &suites {
            suite.finish(&run_context, &tested);
        }
        let mut keys = tested.iter().map(|it| it.operation.id);
        // An operation that always fails is no reason where others succeed.
        let unusable = (!tested.is_empty() && !run_context.has_succeeded() && run_context.all_tripped(&mut keys))
            .then(|| run_context.silence().unwrap_or_else(|| "every operation failed again and again".to_owned()));
        run_context.events.finish(&run_context.totals(unusable))
    }
}

/// The pool of a run. It knows the recipes of all services: what one operation needs, another may make.
pub(crate) fn pool(
    run_context: &RunContext,
    models: &'static [Model],
    knowledge: &'static Knowledge,
    recipes: &[Case],
) -> Arc<Pool> {
    let pool_config = pool_config(&run_context.config, models, knowledge);
    let caller: Arc<dyn Caller> = Arc::<crate::layer::JudgeLayer>::clone(&run_context.calls);
    let pool = Arc::new(Pool::new(pool_config, caller, recipes));
    let (accountant, availability) = (Arc::downgrade(&pool), Arc::clone(&run_context.availability));
    run_context.calls.keep_account(move |exchange| {
        let is_named = accountant.upgrade().is_none_or(|pool| pool.observe(exchange));
        if !is_named {
            availability.note_lost(exchange.operation, is_tagged(&exchange.request));
        }
    });
    pool
}

/// The operation with what is observed of it; none if no valid input of it can be built.
pub(crate) fn under_test(
    run_context: &Arc<RunContext>,
    pool: &Arc<Pool>,
    samples: &Arc<Samples>,
    planned: &OperationPlan,
) -> Option<OperationUnderTest> {
    let base = planned.base.clone()?;
    let (run_context, pool, samples) = (Arc::clone(run_context), Arc::clone(pool), Arc::clone(samples));
    let effects = planned.effects.clone();
    let OperationPlan { model, operation, .. } = planned;
    let under_test = OperationUnderTest::new(run_context, pool, samples, model, operation, base, effects);
    if planned.is_kept() {
        under_test.note_controls_of(&planned.cases().systematic);
    }
    Some(under_test)
}

fn with_observations(run_context: &Arc<RunContext>, pool: &Arc<Pool>, operations: Vec<OperationPlan>) -> Vec<Planned> {
    let samples: BTreeMap<&str, Arc<Samples>> = run_context
        .models
        .iter()
        .map(|model| (model.service.id.as_str(), Arc::new(Samples::of(model, run_context.knowledge))))
        .collect();
    let with_observations = |plan: OperationPlan| {
        let samples = &samples[plan.model.service.id.as_str()];
        let under_test = under_test(run_context, pool, samples, &plan).map(Arc::new);
        Planned { plan: Arc::new(plan), under_test }
    };
    operations.into_iter().map(with_observations).collect()
}

impl Planned {
    /// The service of the operation.
    fn service(&self) -> &'static str {
        &self.plan.model.service.id
    }

    /// What a suite is to run of this operation; none if no valid input of it can be built.
    fn assignment(&self, SuiteOnOperation { suite, plan }: &SuiteOnOperation) -> Option<Assignment> {
        let under_test = Arc::clone(self.under_test.as_ref()?);
        Some(Assignment { under_test, suite: suite.name(), plan: Arc::clone(plan) })
    }

    /// Whether testing it waits: for the time between two calls, or for resources to settle.
    fn waits(&self, pool: &Pool) -> bool {
        let plan = &self.plan;
        plan.suites.iter().any(|it| it.waits) || plan.effects.kinds().any(|kind| !pool.is_quick(kind))
    }

    /// The suites that run on this schedule, over all operations at once.
    fn on(&self, schedule: Schedule) -> impl Iterator<Item = &SuiteOnOperation> {
        self.plan.kept_plans().filter(move |it| it.suite.schedule().contains(&schedule))
    }
}

/// The kinds of which these operations need many at once, by service.
fn crowded_kinds(
    run_context: &RunContext,
    pool: &Pool,
    planned: &[Planned],
) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut kinds: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for Planned { plan, .. } in planned.iter().filter(|_| run_context.config.allow_writes) {
        let crowded = pool.crowded_kinds(plan.operation.id).cloned();
        kinds.entry(plan.model.service.id.as_str()).or_default().extend(crowded);
    }
    kinds.retain(|_, kinds| !kinds.is_empty());
    kinds
}

/// Runs everything but what comes after all: the suites that tolerate no other, and then the others. Operations whose resources have
/// nothing to do with each other are tested side by side from the first list to the last operation.
async fn run_before_the_end(
    run_context: &Arc<RunContext>,
    pool: &Pool,
    suites: &[&'static dyn Suite],
    planned: &[Planned],
) -> BTreeMap<usize, Coverage> {
    let groups = independent_groups(run_context, pool, planned).into_iter().map(async |group| {
        let members: Vec<&Planned> = group.iter().map(|index| &planned[*index]).collect();
        run_exclusive(run_context, suites, &members).await;
        let coverages = run_per_operation(run_context, pool, &members).await;
        coverages.into_iter().map(|(position, coverage)| (group[position], coverage)).collect::<Vec<_>>()
    });
    join_all(groups).await.into_iter().flatten().collect()
}

/// The operations in groups that share no resource. A run of few requests has one: it tests a few lists to the end rather than
/// beginning with all services.
fn independent_groups(run_context: &RunContext, pool: &Pool, planned: &[Planned]) -> Vec<Vec<usize>> {
    if run_context.config.budget.requests.is_some() {
        return vec![(0..planned.len()).collect()];
    }
    let mut services: Vec<&str> = planned.iter().map(Planned::service).collect();
    services.dedup();
    let groups = pool.groups_of_services(&services).into_iter();
    let members =
        |group: BTreeSet<&str>| (0..planned.len()).filter(|at| group.contains(planned[*at].service())).collect();
    groups.map(members).collect()
}

/// Runs the suites that tolerate no other, one after the other, each on all operations. A suite that panics leaves cases
/// without a verdict, which `conclude_rest` sees to.
async fn run_exclusive(run_context: &RunContext, suites: &[&'static dyn Suite], planned: &[&Planned]) {
    for suite in suites.iter().filter(|suite| suite.schedule().contains(&Schedule::Exclusive)) {
        let own = |it: &&SuiteOnOperation| it.suite.name() == suite.name();
        let of_operation = |it: &&Planned| it.on(Schedule::Exclusive).find(own).and_then(|own| it.assignment(own));
        let assignments: Vec<Assignment> = planned.iter().filter_map(of_operation).collect();
        if catch_panic(suite.run(Schedule::Exclusive, &assignments)).await.is_none() {
            run_context.emit(Event::Note(format!("the suite {} failed by itself", suite.name())));
        }
    }
}

/// Tests the operations of a group, as many at once as the settings allow. Gives back their coverage by their positions.
async fn run_per_operation(run_context: &Arc<RunContext>, pool: &Pool, planned: &[&Planned]) -> Vec<(usize, Coverage)> {
    let mut coverages = Vec::new();
    let permits = Arc::new(Semaphore::new(at_once(run_context.config.concurrency)));
    let mut tasks = JoinSet::new();
    for group in serial_groups(pool, planned) {
        let (run_context, permits) = (Arc::clone(run_context), Arc::clone(&permits));
        let group: Vec<_> = group.into_iter().map(|index| (index, planned[index].clone())).collect();
        tasks.spawn(without_waiting_for_deletions(async move {
            let _permit = permits.acquire_owned().await;
            let mut coverages = Vec::new();
            for (index, planned) in group {
                coverages.push((index, test(&run_context, &planned).await));
            }
            coverages
        }));
    }
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(group) => coverages.extend(group),
            Err(error) => run_context.emit(Event::Note(format!("testing an operation failed by itself: {error}"))),
        }
    }
    coverages
}

/// How many operations of a group are under test at once. More than calls: some wait for a resource to settle.
fn at_once(concurrency: usize) -> usize {
    if concurrency > 1 { 2 * concurrency } else { 1 }
}

/// Operations in groups, to be tested one after the other: those that make or change the same scarce kind would wait for each
/// other anyway. Groups that wait begin first, so that the others fill their waits: those that let time pass or touch what takes
/// its time to settle, then those of scarce kinds, which are the longest.
fn serial_groups(pool: &Pool, planned: &[&Planned]) -> Vec<Vec<usize>> {
    let mut scarce: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    let mut others = Vec::new();
    for (index, Planned { plan, .. }) in planned.iter().enumerate() {
        match plan.effects.kinds().filter(|kind| pool.is_scarce(kind)).min() {
            Some(kind) => scarce.entry(kind).or_default().push(index),
            None => others.push(vec![index]),
        }
    }
    let mut groups: Vec<Vec<usize>> = scarce.into_values().chain(others).collect();
    groups.sort_by_key(|group| !group.iter().any(|index| planned[*index].waits(pool)));
    groups
}

/// Tests one operation: is it there, and if so, every selected suite.
async fn test(run_context: &RunContext, planned: &Planned) -> Coverage {
    if planned.plan.is_kept() {
        let plans = planned.plan.suite_plans(&planned.plan.cases());
        return test_by(run_context, planned, &plans).await;
    }
    // Planning takes its time, in which other operations go on.
    let plan = Arc::clone(&planned.plan);
    let again = spawn_blocking(move || {
        let cases = plan.cases();
        (plan.suite_plans(&cases), cases)
    });
    let (plans, cases) = again.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    if let Some(under_test) = &planned.under_test {
        under_test.note_controls_of(&cases.systematic);
    }
    let coverage = test_by(run_context, planned, &plans).await;
    // These plans are dropped here, with all that goes by them.
    let is_done = |it: &&SuiteOnOperation| it.suite.schedule() == [Schedule::PerOperation];
    let done: Vec<SuiteOnOperation> = plans.iter().filter(is_done).cloned().collect();
    conclude_all(run_context, &done, &Verdict::Indeterminate(CRASHED.into()));
    if let Some(under_test) = planned.under_test.as_ref().filter(|_| done.len() == plans.len()) {
        under_test.forget_controls();
    }
    coverage
}

/// Tests one operation by these plans.
async fn test_by(run_context: &RunContext, planned: &Planned, plans: &[SuiteOnOperation]) -> Coverage {
    let plan = &planned.plan;
    let Some(under_test) = &planned.under_test else {
        let reason = "no valid input can be built";
        announce(run_context, plan, Coverage::Unknown(reason.into()));
        return Coverage::Unknown(reason.into());
    };
    if !run_context.config.allow_writes && plan.access.is_write() {
        run_context.note_writes_skipped(plans.iter().map(|it| it.plan.cases.len()).sum());
        skip_all(run_context, plans, "writes require --allow-writes");
        let coverage = Coverage::Unknown("not called: it writes".into());
        announce(run_context, plan, coverage.clone());
        return coverage;
    }
    let probe = under_test.control(&under_test.base, true);
    let coverage = match guard(run_context, plans, probe).await {
        Some(Ok(call)) => call.answer.coverage(),
        Some(Err(NotSent(reason))) => Coverage::Unknown(reason),
        None => Coverage::Unknown(CRASHED.to_owned()),
    };
    announce(run_context, plan, coverage.clone());
    if coverage == Coverage::Unknown(CRASHED.to_owned()) {
        return coverage;
    }
    match &coverage {
        Coverage::NotImplemented(_) => {
            skip_all(run_context, plans, "the operation is not implemented");
            return coverage;
        }
        Coverage::Implemented => under_test.note_implemented(),
        Coverage::Unknown(_) => {}
    }
    if run_context.config.selection.cases.contains(&CaseId::resource(plan.operation.id)) {
        for kind in &plan.effects.creates {
            // What is asked for are the calls by which the pool makes it, whether it can be made or not.
            let _ = under_test.pool.lend_kind(kind).await;
        }
    }
    let is_now = |it: &&SuiteOnOperation| it.suite.schedule().contains(&Schedule::PerOperation);
    let suites: Vec<&SuiteOnOperation> = plans.iter().filter(is_now).collect();
    let mut done = 0;
    // The first suites show what the endpoint checks, on which the others lean.
    while done < suites.len() && !(under_test.waits_for_resources() && under_test.has_shown(SHARED_EVIDENCE)) {
        run_suite(run_context, planned, suites[done]).await;
        done += 1;
    }
    join_all(suites[done..].iter().map(|own| run_suite(run_context, planned, own))).await;
    coverage
}

/// What suites lean on that another one shows. Those that need a property of resources show it themselves; only calls that succeed in a
/// situation do not, and none of these waits for a resource.
const SHARED_EVIDENCE: PropertySet = PropertySet::of(&[Property::Values]);

/// Runs one suite on one operation, while others are under test.
async fn run_suite(run_context: &RunContext, planned: &Planned, own: &SuiteOnOperation) {
    let Some(assignment) = planned.assignment(own) else { return };
    let plan = &planned.plan;
    run_context.suite_started(plan.operation.id, own.suite.name());
    let assignments = [assignment];
    guard(run_context, std::slice::from_ref(own), own.suite.run(Schedule::PerOperation, &assignments)).await;
}

/// The reason of a case that has no verdict because its check panicked.
const CRASHED: &str = "the check itself crashed";

/// Runs it to its end; nothing if it panics, which is then the reason of every case of these suites that has no verdict yet.
async fn guard<T>(run_context: &RunContext, suites: &[SuiteOnOperation], run: impl Future<Output = T>) -> Option<T> {
    let done = catch_panic(run).await;
    if done.is_none() {
        conclude_all(run_context, suites, &Verdict::Indeterminate(CRASHED.into()));
    }
    done
}

/// Gives every case that has no verdict one: a case is never dropped silently.
fn conclude_rest(run_context: &RunContext, planned: &[Planned], coverages: &BTreeMap<usize, Coverage>) {
    for (index, Planned { plan, .. }) in planned.iter().enumerate() {
        // Plans that were dropped are through, unless the test of the operation came to no end.
        let is_tested = coverages.contains_key(&index);
        let plans = if is_tested { plan.kept_plans().cloned().collect() } else { plan.suite_plans(&plan.cases()) };
        conclude_all(run_context, &plans, &Verdict::Indeterminate(CRASHED.into()));
    }
}

/// Gives the cases of the suites that have no verdict yet the same one.
fn conclude_all(run_context: &RunContext, suites: &[SuiteOnOperation], verdict: &Verdict) {
    for SuiteOnOperation { plan, .. } in suites {
        conclude_open(run_context, plan, verdict);
    }
}

fn skip_all(run_context: &RunContext, plans: &[SuiteOnOperation], reason: &str) {
    conclude_all(run_context, plans, &Verdict::Skipped(reason.into()));
}

/// Runs the cases that nothing else may disturb, suite after suite.
async fn run_after_all(
    run_context: &RunContext,
    suites: &[&'static dyn Suite],
    planned: &[Planned],
    coverages: &BTreeMap<usize, Coverage>,
) {
    let is_under_test = |(index, Planned { plan, .. }): &(usize, &Planned)| {
        let is_skipped = !run_context.config.allow_writes && plan.access.is_write();
        let is_absent = matches!(coverages.get(index), Some(Coverage::NotImplemented(_)) | None);
        !is_skipped && !is_absent
    };
    let planned: Vec<&Planned> = planned.iter().enumerate().filter(is_under_test).map(|(_, planned)| planned).collect();
    for suite in suites.iter().filter(|suite| suite.schedule().contains(&Schedule::AfterAll)) {
        run_on_all(run_context, *suite, &planned).await;
    }
}

/// Runs one suite on these operations, after all others.
async fn run_on_all(run_context: &RunContext, suite: &'static dyn Suite, planned: &[&Planned]) {
    let (mut own, mut assignments) = (Vec::new(), Vec::new());
    for planned in planned {
        let of_suite = planned.on(Schedule::AfterAll).find(|it| it.suite.name() == suite.name());
        if let Some((it, assignment)) = of_suite.and_then(|it| Some((it, planned.assignment(it)?))) {
            run_context.suite_started(planned.plan.operation.id, suite.name());
            assignments.push(assignment);
            own.push(it.clone());
        }
    }
    guard(run_context, &own, suite.run(Schedule::AfterAll, &assignments)).await;
}

/// Calls operations once more that refused every valid call: before they are blamed, the endpoint may have been away.
async fn ask_again(run_context: &RunContext, planned: &[Planned]) {
    if run_context.cut().is_some() {
        return;
    }
    // Their circuits are open as a rule.
    run_context.budget.begin_cleaning();
    for operation in run_context.judge().unanswered() {
        let under_test = planned.iter().filter_map(|it| it.under_test.as_ref()).find(|it| it.operation.id == operation);
        let Some(under_test) = under_test else { continue };
        let case = CaseId::control(operation);
        let context = under_test.context(&case).with_input(&under_test.base);
        if let Err(NotSent(reason)) = under_test.call(RequestSpec::valid(&under_test.base), &context).await {
            run_context.emit(Event::Note(format!("{operation} could not be called again: {reason}")));
        }
    }
}

/// Deletes what the run created, and tells what is left behind.
async fn clean_up(run_context: &RunContext, pool: &Pool) {
    let config = &run_context.config;
    if run_context.availability.is_silent() {
        // Each deletion would time out, one after the other.
        note_left_behind(run_context, pool.leave_all("the endpoint no longer answers"));
        return;
    }
    run_context.budget.begin_cleaning();
    let mut left = pool.remove_all(config.cleanup).await;
    // What was created although no answer said so is found by its tag, in the services whose answers were lost.
    let services = run_context.availability.services_with_losses();
    if let (false, Some(run_tag)) = (services.is_empty(), &config.run_tag) {
        let cleaned = pool.clean_services(&services, run_tag, config.cleanup).await;
        let mut unread: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (list, reason) in cleaned.unread {
            unread.entry(reason).or_default().push(list.to_string());
        }
        for (reason, lists) in unread {
            let lists = lists.join(", ");
            let text = format!("resources of these lists were not checked for leftovers: {lists}: {reason}");
            run_context.emit(Event::Note(text));
        }
        left = cleaned.removal;
    }
    if config.run_tag.is_some() {
        for operation in run_context.availability.untagged() {
            let why = "an answer was lost, and the request had no tag to find it by";
            run_context.emit(Event::Note(format!("{operation} may have left something behind: {why}")));
        }
    }
    for operation in pool.names_needed() {
        let why = "a second resource without a name was refused as a duplicate (409)";
        run_context.emit(Event::Note(format!("{operation} is called with unique names: {why}")));
    }
    note_left_behind(run_context, left);
}

/// Notes what could not be deleted.
pub(crate) fn note_left_behind(run_context: &RunContext, deletion: DeletionReport) {
    for left in deletion.left {
        run_context.note_left_behind(LeftBehind { arn: left.resource.arn, reason: left.reason });
    }
}

fn announce(run_context: &RunContext, plan: &OperationPlan, coverage: Coverage) {
    run_context.emit(Event::OperationProbed(Probe { operation: plan.operation.id, coverage }));
}
