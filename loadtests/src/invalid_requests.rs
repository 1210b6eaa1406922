//! Invalid requests of the generators: all of them are rejected under load, too.

use std::sync::Arc;

use bytes::Bytes;
use ivs_generators::{Authority, Expectation, ExpectedError};
use ivs_load::{
    ExpectedAnswer, LoadError, Route, Scenario, ScenarioFactory, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog,
    StepRequest, StepTemplate, UserContext,
};
use ivs_model::CaseId;
use rand::Rng;

/// The scenario.
pub(crate) struct InvalidRequests;

impl ScenarioFactory for InvalidRequests {
    fn name(&self) -> &'static str {
        "invalid-requests"
    }

    fn about(&self) -> &'static str {
        "invalid requests of the generators: all rejected"
    }

    fn needs(&self) -> SeedNeeds {
        SeedNeeds { cases: true, ..SeedNeeds::default() }
    }

    fn prepare(&self, catalog: &mut StepCatalog, seed_data: &SeedData) -> Result<ScenarioSpawner, LoadError> {
        let steps = Steps::new(catalog, seed_data)?;
        Ok(ScenarioSpawner::new(move || InvalidSender::new(Arc::clone(&steps))))
    }
}

/// A case, prepared for sending.
struct PreparedCase {
    template: Arc<StepTemplate>,
    route: Arc<Route>,
    body: Bytes,
    errors: Arc<[ExpectedError]>,
    authority: Authority,
    case: CaseId,
}

/// All prepared cases.
struct Steps {
    cases: Vec<PreparedCase>,
}

impl Steps {
    /// Prepares the cases. Skips those that HTTP cannot carry, since the suites report them.
    fn new(catalog: &mut StepCatalog, seed_data: &SeedData) -> Result<Arc<Self>, LoadError> {
        let mut cases = Vec::new();
        for case in &seed_data.cases {
            let Expectation::Rejected { errors, authority, code_authority } = &case.expectation else {
                continue;
            };
            let template = catalog.step(&format!("{}/invalid", case.operation()))?;
            let Ok((route, body)) = catalog.route(&template, &case.input.value()) else {
                continue;
            };
            cases.push(PreparedCase {
                template,
                route: Arc::new(route),
                body,
                errors: errors.as_slice().into(),
                authority: weaker(*authority, *code_authority),
                case: case.id.clone(),
            });
        }
        if cases.is_empty() {
            return Err(LoadError::NoCases);
        }
        Ok(Arc::new(Self { cases }))
    }
}

/// Returns the weaker authority, since rejection and error code are checked together.
fn weaker(rejection: Authority, code: Authority) -> Authority {
    if code == Authority::Inferred { code } else { rejection }
}

/// One user, who sends the cases in random order.
struct InvalidSender {
    steps: Arc<Steps>,
}

impl InvalidSender {
    fn new(steps: Arc<Steps>) -> Self {
        Self { steps }
    }
}

impl Scenario for InvalidSender {
    fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
        let prepared = &self.steps.cases[context.random.random_range(0..self.steps.cases.len())];
        StepRequest {
            template: Arc::clone(&prepared.template),
            route: Some(Arc::clone(&prepared.route)),
            body: prepared.body.clone(),
            expect: ExpectedAnswer::Rejection(Arc::clone(&prepared.errors), prepared.authority),
            case: Some(prepared.case.clone()),
            valid: false,
        }
    }
}
