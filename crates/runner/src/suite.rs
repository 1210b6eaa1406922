//! What a suite is to the runner: a name, a schedule, a plan for each operation, and a run that follows the plan.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ivs_catalog::{OperationFacts, ServiceCatalog};
use ivs_client::BoxFuture;
use ivs_generators::{Case, Effects, Samples};
use ivs_judge::{CaseJudged, CheckInfo, Coverage, SiteTried, Verdict};
use ivs_model::{CaseId, Knowledge, Model, Operation, SuiteName};
use serde_json::Value;

use crate::{CanonicalCall, CaseSpec, Config, GeneratedCases, ListUnderTest, OperationUnderTest, RunContext};

/// When a suite runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Before all operations, over all operations at once: nothing else writes what the suite lists.
    Exclusive,
    /// Operation by operation, while other operations are under test.
    PerOperation,
    /// After all operations, over all of them at once: no other call is under way that could disturb it.
    AfterAll,
}

/// A suite: cases of its own for every operation to which it applies. Implementations are stateless; a registry holds them as
/// `&'static dyn Suite`.
pub trait Suite: Send + Sync {
    /// The name in options, case ids and reports.
    fn name(&self) -> SuiteName;

    /// A sentence about what the suite shows.
    fn description(&self) -> &'static str;

    /// The schedules on which [`Suite::run`] is called. Most suites have one; one that has cases which nothing may disturb
    /// has [`Schedule::AfterAll`], too.
    fn schedule(&self) -> &'static [Schedule] {
        &[Schedule::PerOperation]
    }

    /// Returns the checks that this suite states itself. The list of all checks has them after those of `ivs-judge`.
    fn checks(&self) -> &'static [CheckInfo] {
        &[]
    }

    /// Returns the file that explains these checks to a person, as `CheckText::read` takes it: a suite includes
    /// `checks.toml` of its folder.
    fn check_texts(&self) -> &'static str {
        ""
    }

    /// Plans the cases of one operation, always the same for the same settings. An operation to which the suite does not apply
    /// has no cases.
    fn plan(&self, planning: &Planning<'_>) -> SuitePlan;

    /// Runs planned cases and concludes each one. On [`Schedule::PerOperation`] it gets the assignment of one operation, else those
    /// of all. A case without a verdict at the end of the run is reported as indeterminate.
    fn run<'a>(&'a self, schedule: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()>;

    /// Reports what only the whole run shows, once all cases have a verdict.
    fn finish(&self, run_context: &RunContext, tested: &[TestedOperation]) {
        let _ = (run_context, tested);
    }
}

/// An operation that was selected, and whether the endpoint has it.
#[derive(Debug, Clone)]
pub struct TestedOperation {
    /// The model of its service.
    pub model: &'static Model,
    /// The operation.
    pub operation: &'static Operation,
    /// Whether the endpoint has it; none if it was not probed.
    pub coverage: Option<Coverage>,
}

/// The facts from which a suite plans its cases of one operation.
pub struct Planning<'a> {
    /// The settings of the run.
    pub config: &'a Config,
    /// The knowledge beside the models.
    pub knowledge: &'static Knowledge,
    /// The facts that follow from model and knowledge.
    pub catalog: &'a ServiceCatalog<'static>,
    /// The model of the service.
    pub model: &'static Model,
    /// The operation.
    pub operation: &'static Operation,
    /// Well-formed values for the placeholders of the service.
    pub samples: &'a Samples,
    /// The valid generated Cases of the operations of the service that have to do with resources.
    pub service_cases: &'a [Case],
    /// The generated Cases of the operation.
    pub cases: &'a Arc<GeneratedCases>,
    /// A minimal valid input, with placeholders.
    pub base: &'a Value,
    /// What a successful call does to resources.
    pub effects: &'a Effects,
    /// The operation as a list, if it pages.
    pub list: Option<&'a Arc<ListUnderTest>>,
    /// The calls whose exchanges are compared: with stored ones, and with those of another endpoint.
    pub canonical_calls: &'a Arc<Vec<CanonicalCall>>,
    pub(crate) shared: &'a ServicePlanning,
}

/// What the suites share while the operations of one service are planned.
#[derive(Default)]
pub(crate) struct ServicePlanning {
    of_service: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    notes: Mutex<Vec<String>>,
}

impl ServicePlanning {
    /// The notes so far. Later ones come of plans that are made again, and say the same.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn of_service(&self) -> std::sync::MutexGuard<'_, HashMap<TypeId, Arc<dyn Any + Send + Sync>>> {
        self.of_service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Planning<'_> {
    /// The value that a suite computes once for each service: at its first operation, from whatever all of them need.
    pub fn of_service<T: Any + Send + Sync>(&self, compute: impl FnOnce() -> T) -> Arc<T> {
        let known = self.shared.of_service().get(&TypeId::of::<T>()).cloned();
        let value = known.unwrap_or_else(|| {
            let computed: Arc<dyn Any + Send + Sync> = Arc::new(compute());
            self.shared.of_service().insert(TypeId::of::<T>(), Arc::clone(&computed));
            computed
        });
        value.downcast::<T>().expect("values are stored under their own type")
    }

    /// The derived facts of the operation.
    ///
    /// # Panics
    ///
    /// If the operation is not one of the model.
    #[must_use]
    pub fn facts(&self) -> &OperationFacts<'static> {
        self.catalog.operation(self.operation.id).expect("the catalog has every operation of its model")
    }

    /// Tells the user something about the plan, before the run.
    pub fn note(&self, text: String) {
        self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// The id of a case of this operation.
    #[must_use]
    pub fn case_id(&self, suite: SuiteName, name: &str) -> CaseId {
        CaseId::new(self.operation.id, suite, name)
    }

    /// A plan with one case for each row of a table, which is the details of the plan.
    pub fn table<R: Any + Send + Sync>(&self, suite: SuiteName, cases: Vec<CaseSpec<R>>) -> SuitePlan {
        let names: Vec<Cow<'static, str>> = cases.iter().map(|case| case.name.clone()).collect();
        self.named(suite, names, cases)
    }

    /// A plan with one case for each name; [`Suite::run`] gets the details.
    pub fn named<T: Any + Send + Sync>(
        &self,
        suite: SuiteName,
        names: impl IntoIterator<Item = impl AsRef<str>>,
        details: T,
    ) -> SuitePlan {
        let planned = |name: &str| PlannedCase { id: self.case_id(suite, name), sites: Vec::new() };
        SuitePlan::new(names.into_iter().map(|name| planned(name.as_ref())).collect(), details)
    }
}

/// One planned case.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedCase {
    /// Its id.
    pub id: CaseId,
    /// The sites of the model that it covers.
    pub sites: Vec<SiteTried>,
}

/// The cases of one suite on one operation, and the details that the suite runs them by.
pub struct SuitePlan {
    pub(crate) cases: Vec<PlannedCase>,
    pub(crate) waits: bool,
    details: Box<dyn Any + Send + Sync>,
}

impl SuitePlan {
    /// A plan with these cases; [`Assignment::details`] gives the details back.
    pub fn new<T: Any + Send + Sync>(cases: Vec<PlannedCase>, details: T) -> Self {
        Self { cases, waits: false, details: Box::new(details) }
    }

    /// States whether cases wait: for time to pass between two calls, or for resources of other types than the operation's to
    /// settle. Such an operation begins first, so that the others fill its waits.
    #[must_use]
    pub fn waiting(self, waits: bool) -> Self {
        Self { waits, ..self }
    }

    /// The plan of a suite that does not apply to an operation.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::new(), ())
    }

    /// The planned cases.
    #[must_use]
    pub fn cases(&self) -> &[PlannedCase] {
        &self.cases
    }
}

/// One suite on one operation: what it is to run.
#[derive(Clone)]
pub struct Assignment {
    /// The operation.
    pub under_test: Arc<OperationUnderTest>,
    /// The suite.
    pub suite: SuiteName,
    pub(crate) plan: Arc<SuitePlan>,
}

impl Assignment {
    /// The details that [`Suite::plan`] computed; none if the suite does not apply to the operation.
    #[must_use]
    pub fn details<T: Any>(&self) -> Option<&T> {
        self.plan.details.downcast_ref()
    }

    /// The assignments of operations to which the suite applies, each with the details that [`Suite::plan`] computed.
    pub fn with_details<T: Any>(assignments: &[Self]) -> impl Iterator<Item = (&Self, &T)> {
        assignments.iter().filter_map(|assignment| Some((assignment, assignment.details()?)))
    }

    /// The planned cases.
    #[must_use]
    pub fn cases(&self) -> &[PlannedCase] {
        &self.plan.cases
    }

    /// Skips every case that has no verdict yet, for this reason.
    pub fn skip(&self, reason: &str) {
        conclude_open(&self.under_test.run_context, &self.plan, &Verdict::Skipped(reason.to_owned()));
    }
}

/// Gives the cases of a plan that have no verdict yet the same one.
pub(crate) fn conclude_open(run_context: &RunContext, plan: &SuitePlan, verdict: &Verdict) {
    for PlannedCase { id, sites } in plan.cases.iter().filter(|case| !run_context.is_concluded(&case.id)) {
        let (case, sites) = (id.clone(), sites.clone());
        run_context.conclude(CaseJudged { case, tried: Vec::new(), sites, verdict: verdict.clone() });
    }
}
