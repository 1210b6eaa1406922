//! The plan of a run: the cases of every selected suite on every selected operation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ivs_catalog::{Access, ServiceCatalog};
use ivs_generators::{Case, Effects, Random, RandomCase, Samples, Site, systematic};
use ivs_judge::{PlannedOperation, Run};
use ivs_model::{CaseId, Knowledge, Model, Operation, OperationId};
use serde_json::Value;

use crate::canonical_call::{CanonicalCall, canonical_calls};
use crate::suite::{Planning, ServicePlanning, Suite, SuitePlan};
use crate::{Config, ListUnderTest};

/// The plan of one run.
pub(crate) struct RunPlan {
    /// Every selected operation.
    pub(crate) operations: Vec<OperationPlan>,
    /// Valid Cases of all services: how the pool makes what the selected operations need.
    pub(crate) recipes: Vec<Case>,
    /// Notes for the user, before the run.
    pub(crate) notes: Vec<String>,
}

/// The plan of one operation.
pub(crate) struct OperationPlan {
    pub(crate) model: &'static Model,
    pub(crate) operation: &'static Operation,
    /// The generated Cases.
    pub(crate) cases: Arc<Vec<Case>>,
    /// Random Cases beside them.
    pub(crate) random: Arc<Vec<RandomCase>>,
    /// The number of sites that a Case can express.
    pub(crate) sites: u64,
    /// A minimal valid input; none if none can be built.
    pub(crate) base: Option<Value>,
    pub(crate) effects: Effects,
    /// Whether the operation reads or writes.
    pub(crate) access: Access,
    /// The operation as a list, if it pages.
    pub(crate) list: Option<Arc<ListUnderTest>>,
    /// The calls whose exchanges are compared: with stored ones, and with those of another endpoint.
    pub(crate) canonical_calls: Arc<Vec<CanonicalCall>>,
    /// The plans of the suites, in the order in which they run.
    pub(crate) suites: Vec<SuiteOnOperation>,
}

/// One suite and its plan of one operation.
#[derive(Clone)]
pub(crate) struct SuiteOnOperation {
    pub(crate) suite: &'static dyn Suite,
    pub(crate) plan: Arc<SuitePlan>,
}

impl RunPlan {
    /// Plans the selected operations by these suites, always the same for the same settings.
    pub(crate) fn new(
        models: &'static [Model],
        knowledge: &'static Knowledge,
        suites: &[&'static dyn Suite],
        config: &Config,
    ) -> Self {
        // Side by side: nothing is sent before the last one is planned.
        let parts = std::thread::scope(|scope| {
            let plan = |model| scope.spawn(move || Self::of_service(model, knowledge, suites, config));
            let planning: Vec<_> = models.iter().map(plan).collect();
            let finish = |plan: std::thread::ScopedJoinHandle<'_, Self>| {
                plan.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            planning.into_iter().map(finish).collect::<Vec<Self>>()
        });
        let mut plan = Self { operations: Vec::new(), recipes: Vec::new(), notes: Vec::new() };
        for part in parts {
            plan.operations.extend(part.operations);
            plan.recipes.extend(part.recipes);
            plan.notes.extend(part.notes);
        }
        plan
    }

    /// Plans the selected operations of one service.
    fn of_service(
        model: &'static Model,
        knowledge: &'static Knowledge,
        suites: &[&'static dyn Suite],
        config: &Config,
    ) -> Self {
        let mut plan = Self { operations: Vec::new(), recipes: Vec::new(), notes: Vec::new() };
        let systematic = systematic(model, knowledge);
        let catalog = ServiceCatalog::shared(model, knowledge);
        let samples = Samples::of(model, knowledge);
        let mut expressible: BTreeMap<OperationId, BTreeSet<&Site>> = BTreeMap::new();
        for site in systematic.expressible() {
            expressible.entry(site.operation).or_default().insert(&site.site);
        }
        let shared = ServicePlanning::default();
        let of_service = ServiceInputs {
            knowledge,
            catalog: &catalog,
            samples: &samples,
            cases: &systematic.cases,
            shared: &shared,
        };
        for operation in &model.operations {
            let cases: Vec<Case> = systematic.of_operation(operation.id).cloned().collect();
            plan.recipes.extend(cases.iter().filter(|case| case.is_valid()).cloned());
            if config.selection.holds(model, operation) {
                let sites = expressible.remove(&operation.id).unwrap_or_default();
                let mut planned = OperationPlan::new(&catalog, operation, knowledge, config, cases, &sites);
                let list = ListUnderTest::of(&catalog, operation, knowledge, &systematic.cases);
                planned.list = list.map(Arc::new);
                planned.suites = planned.suites(suites, config, &of_service);
                plan.operations.push(planned);
            }
        }
        plan.notes.extend(shared.notes.into_inner());
        plan.notes.extend(model.gaps.iter().map(ToString::to_string));
        plan
    }
}

/// The inputs of planning that all operations of a service share.
#[derive(Clone, Copy)]
struct ServiceInputs<'a> {
    knowledge: &'static Knowledge,
    catalog: &'a ServiceCatalog<'static>,
    samples: &'a Samples,
    cases: &'a [Case],
    shared: &'a ServicePlanning,
}

impl OperationPlan {
    fn new(
        catalog: &ServiceCatalog<'static>,
        operation: &'static Operation,
        knowledge: &'static Knowledge,
        config: &Config,
        mut cases: Vec<Case>,
        expressible: &BTreeSet<&Site>,
    ) -> Self {
        let model = catalog.model();
        let access = catalog.operation(operation.id).map_or(Access::Write, |facts| facts.access);
        let canonical_calls = Arc::new(canonical_calls(knowledge, model, operation, &cases));
        // A site that lacks one polarity stands outside the total, and so it must not count as tested either.
        cases.iter_mut().for_each(|case| case.sites.retain(|site| expressible.contains(site)));
        let first = cases.iter().find(|case| case.is_valid());
        let base = first.map(|case| case.input.clone());
        let effects = first.map(|case| case.effects.clone()).unwrap_or_default();
        let source = Random::new(model, operation, knowledge, config.seed);
        let mut random: Vec<RandomCase> = (0..config.cases).filter_map(|number| source.draw(number)).collect();
        random.iter_mut().for_each(|it| it.case.sites.retain(|site| expressible.contains(site)));
        Self {
            model,
            operation,
            cases: Arc::new(cases),
            random: Arc::new(random),
            sites: expressible.len() as u64,
            base,
            effects,
            access,
            list: None,
            canonical_calls,
            suites: Vec::new(),
        }
    }

    /// The plans of these suites; an operation without a valid input has no cases.
    fn suites(
        &self,
        suites: &[&'static dyn Suite],
        config: &Config,
        of_service: &ServiceInputs<'_>,
    ) -> Vec<SuiteOnOperation> {
        let ServiceInputs { knowledge, catalog, samples, cases: service_cases, shared } = *of_service;
        let Self { model, operation, cases, random, base, effects, list, canonical_calls, .. } = self;
        let plan = |suite: &'static dyn Suite| {
            let has_case = config.selection.holds_case_of(suite.name());
            let plan = base.as_ref().filter(|_| has_case).map(|base| {
                let mut plan = suite.plan(&Planning {
                    config,
                    knowledge,
                    catalog,
                    model,
                    operation,
                    samples,
                    service_cases,
                    cases,
                    random,
                    base,
                    effects,
                    list: list.as_ref(),
                    canonical_calls,
                    shared,
                });
                plan.cases.retain(|case| config.selection.holds_case(&case.id));
                plan
            });
            SuiteOnOperation { suite, plan: Arc::new(plan.unwrap_or_else(SuitePlan::none)) }
        };
        suites.iter().map(|suite| plan(*suite)).collect()
    }
}

/// Lists the ids of all planned cases of these suites.
#[must_use]
pub fn suite_cases(
    models: &'static [Model],
    knowledge: &'static Knowledge,
    suites: &[&'static dyn Suite],
    config: &Config,
) -> Vec<CaseId> {
    let operations = RunPlan::new(models, knowledge, suites, config).operations;
    let planned = operations.iter().flat_map(|operation| &operation.suites);
    planned.flat_map(|it| &it.plan.cases).map(|case| case.id.clone()).collect()
}

/// The summary of the plan for renderers.
pub(crate) fn overview(config: &Config, operations: &[OperationPlan]) -> Run {
    let cases = operations.iter().flat_map(|it| &it.suites).map(|it| it.plan.cases.len()).sum::<usize>();
    let operations =
        operations.iter().map(|it| PlannedOperation { operation: it.operation.id, sites: it.sites }).collect();
    Run {
        seed: config.seed,
        endpoint: config.endpoint.clone(),
        facts: config.facts.clone(),
        target: config.target.clone(),
        operations,
        cases: cases as u64,
    }
}
