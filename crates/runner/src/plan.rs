//! The plan of a run: the cases of every selected suite on every selected operation.

use std::sync::Arc;

use ivs_catalog::{Access, ServiceCatalog};
use ivs_generators::{Bound, Case, Effects, Samples};
use ivs_judge::{PlannedOperation, Run};
use ivs_model::{CaseId, Knowledge, Model, Operation, OperationId};
use serde_json::Value;

use crate::canonical_call::{CanonicalCall, canonical_calls};
use crate::generated_cases::{CaseSource, GeneratedCases};
use crate::suite::{Planning, Schedule, ServicePlanning, Suite, SuitePlan};
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

/// The plan of one operation. If the operation is large, its generated cases, and the plans of the suites that test one
/// operation at a time, are dropped once they are counted, and made again when they are to run.
pub(crate) struct OperationPlan {
    pub(crate) model: &'static Model,
    pub(crate) operation: &'static Operation,
    service: Arc<ServicePlan>,
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
    /// The suites, in the order in which they run.
    pub(crate) suites: Vec<PlannedSuite>,
}

/// One suite on one operation.
pub(crate) struct PlannedSuite {
    pub(crate) suite: &'static dyn Suite,
    /// The number of its cases.
    pub(crate) cases: usize,
    /// Whether they wait for something.
    pub(crate) waits: bool,
    /// Its plan, unless it was dropped.
    pub(crate) plan: Option<SuiteOnOperation>,
}

/// One suite and its plan of one operation.
#[derive(Clone)]
pub(crate) struct SuiteOnOperation {
    pub(crate) suite: &'static dyn Suite,
    pub(crate) plan: Arc<SuitePlan>,
}

/// The part of the plans that all operations of a service share.
struct ServicePlan {
    knowledge: &'static Knowledge,
    catalog: ServiceCatalog<'static>,
    samples: Samples,
    source: CaseSource,
    recipes: Vec<Case>,
    config: Arc<Config>,
    shared: ServicePlanning,
}

impl RunPlan {
    /// Plans the selected operations by these suites, always the same for the same settings.
    pub(crate) fn new(
        models: &'static [Model],
        knowledge: &'static Knowledge,
        suites: &[&'static dyn Suite],
        config: &Config,
    ) -> Self {
        let config = &Arc::new(config.clone());
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
        config: &Arc<Config>,
    ) -> Self {
        let service = Arc::new(ServicePlan::new(model, knowledge, config));
        let selected = model.operations.iter().filter(|operation| config.selection.holds(model, operation));
        let (mut operations, mut left_out) = (Vec::new(), LeftOut::default());
        for operation in selected {
            let cases = service.source.of(operation);
            left_out.add(&cases);
            operations.push(OperationPlan::new(&service, operation, suites, &cases));
        }
        let mut notes = service.shared.notes();
        notes.extend(left_out.notes(model, config));
        notes.extend(model.gaps.iter().map(ToString::to_string));
        Self { operations, recipes: service.recipes.clone(), notes }
    }
}

/// What the bounds on depth and values leave out of the selected operations of one service.
#[derive(Default)]
struct LeftOut {
    sites: u64,
    /// The operations with such sites.
    operations: Vec<OperationId>,
    values: usize,
}

impl LeftOut {
    fn add(&mut self, cases: &GeneratedCases) {
        for cut in &cases.cuts {
            match cut.bound {
                Bound::Depth { sites, .. } => {
                    self.sites += sites;
                    if self.operations.last() != Some(&cut.operation) {
                        self.operations.push(cut.operation);
                    }
                }
                Bound::Values { values, .. } => self.values += values,
            }
        }
    }

    fn notes(&self, model: &Model, config: &Config) -> impl Iterator<Item = String> {
        let service = &model.service.id;
        let sites = (self.sites > 0).then(|| {
            let (sites, operations, depth) = (self.sites, self.operations.len(), config.depth.steps());
            format!(
                "{service}: {sites} sites of {operations} operations are deeper than {depth} (--depth) and not tested"
            )
        });
        let values = (self.values > 0).then(|| {
            format!("{service}: {} values of long enumerations are not tested (see `list sites`)", self.values)
        });
        sites.into_iter().chain(values)
    }
}

impl ServicePlan {
    fn new(model: &'static Model, knowledge: &'static Knowledge, config: &Arc<Config>) -> Self {
        let catalog = ServiceCatalog::shared(model, knowledge).into_owned();
        let source = CaseSource::new(model, knowledge, config);
        let concerns_resources = |operation: &&Operation| {
            catalog.operation(operation.id).is_some_and(|facts| {
                let has_effect = !facts.effects.creates.is_empty() || facts.effects.subject.is_some();
                has_effect || facts.list.is_some() || facts.tag_role.is_some() || facts.shows_subject
            })
        };
        let mut recipes = Vec::new();
        for operation in model.operations.iter().filter(concerns_resources) {
            recipes.extend(source.of(operation).systematic.iter().filter(|case| case.is_valid()).cloned());
        }
        Self {
            knowledge,
            samples: Samples::of(model, knowledge),
            source,
            recipes,
            config: Arc::clone(config),
            shared: ServicePlanning::default(),
            catalog,
        }
    }
}

impl OperationPlan {
    fn new(
        service: &Arc<ServicePlan>,
        operation: &'static Operation,
        suites: &[&'static dyn Suite],
        cases: &Arc<GeneratedCases>,
    ) -> Self {
        let ServicePlan { knowledge, catalog, recipes, source, .. } = &**service;
        let model = catalog.model();
        let first = cases.systematic.iter().find(|case| case.is_valid());
        let mut planned = Self {
            model,
            operation,
            service: Arc::clone(service),
            sites: cases.sites,
            base: first.map(|case| case.input.value().into_owned()),
            effects: first.map(|case| case.effects.clone()).unwrap_or_default(),
            access: catalog.operation(operation.id).map_or(Access::Write, |facts| facts.access),
            list: ListUnderTest::of(catalog, operation, knowledge, recipes).map(Arc::new),
            canonical_calls: Arc::new(canonical_calls(knowledge, model, operation, &cases.systematic)),
            suites: Vec::new(),
        };
        let keeps = source.keeps(operation.id);
        planned.suites = suites.iter().map(|suite| planned.suite(*suite, cases, keeps)).collect();
        planned
    }

    fn suite(&self, suite: &'static dyn Suite, cases: &Arc<GeneratedCases>, keeps: bool) -> PlannedSuite {
        let plan = self.plan_of(suite, cases);
        let is_of_one_operation = suite.schedule() == [Schedule::PerOperation];
        let SuitePlan { ref cases, waits, .. } = *plan.plan;
        PlannedSuite { suite, cases: cases.len(), waits, plan: (keeps || !is_of_one_operation).then_some(plan) }
    }

    /// The plan of a suite; an operation without a valid input has no cases.
    fn plan_of(&self, suite: &'static dyn Suite, cases: &Arc<GeneratedCases>) -> SuiteOnOperation {
        let ServicePlan { knowledge, catalog, samples, recipes, config, shared, .. } = &*self.service;
        let has_case = config.selection.holds_case_of(suite.name());
        let plan = self.base.as_ref().filter(|_| has_case).map(|base| {
            let mut plan = suite.plan(&Planning {
                config,
                knowledge,
                catalog,
                model: self.model,
                operation: self.operation,
                samples,
                service_cases: recipes,
                cases,
                base,
                effects: &self.effects,
                list: self.list.as_ref(),
                canonical_calls: &self.canonical_calls,
                shared,
            });
            plan.cases.retain(|case| config.selection.holds_case(&case.id));
            plan
        });
        SuiteOnOperation { suite, plan: Arc::new(plan.unwrap_or_else(SuitePlan::none)) }
    }

    /// The generated cases.
    pub(crate) fn cases(&self) -> Arc<GeneratedCases> {
        self.service.source.of(self.operation)
    }

    /// Whether the operation is small enough for its generated cases to be kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.service.source.keeps(self.operation.id)
    }

    /// The plans of all suites, given the generated cases. Those that were dropped are made again.
    pub(crate) fn suite_plans(&self, cases: &Arc<GeneratedCases>) -> Vec<SuiteOnOperation> {
        let plan = |planned: &PlannedSuite| match &planned.plan {
            Some(plan) => plan.clone(),
            None => self.plan_of(planned.suite, cases),
        };
        self.suites.iter().map(plan).collect()
    }

    /// The suites whose plans were not dropped.
    pub(crate) fn kept_plans(&self) -> impl Iterator<Item = &SuiteOnOperation> {
        self.suites.iter().filter_map(|planned| planned.plan.as_ref())
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
    let planned = operations.iter().flat_map(|it| it.suite_plans(&it.cases()));
    planned.flat_map(|it| it.plan.cases.iter().map(|case| case.id.clone()).collect::<Vec<_>>()).collect()
}

/// The summary of the plan for renderers.
pub(crate) fn overview(config: &Config, operations: &[OperationPlan]) -> Run {
    let cases = operations.iter().flat_map(|it| &it.suites).map(|it| it.cases).sum::<usize>();
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
