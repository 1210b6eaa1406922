//! Invalid requests of the generators: every one is rejected, also under pressure.

use std::sync::Arc;

use bytes::Bytes;
use ivs_generators::{Authority, Case, Expectation, ExpectedError};
use ivs_model::CaseId;
use rand::Rng;

use super::{Call, Desk, Reply, Scenario, World, step};
use crate::LoadError;
use crate::inspection::{Breach, Expect};
use crate::template::{Catalogue, Route, Template};

/// One case, ready to send.
struct Ready {
    template: Arc<Template>,
    route: Arc<Route>,
    body: Bytes,
    errors: Arc<[ExpectedError]>,
    authority: Authority,
    case: CaseId,
}

/// All cases, ready to send.
pub(crate) struct Steps {
    cases: Vec<Ready>,
}

impl Steps {
    /// Makes the world's cases ready. Those that HTTP cannot carry are left out: the suites report them.
    pub(crate) fn new(catalogue: &mut Catalogue, world: &World) -> Result<Arc<Self>, LoadError> {
        let mut cases = Vec::new();
        for case in &world.cases {
            let Expectation::Rejected { errors, authority, code_authority } = &case.expectation else {
                continue;
            };
            let template = step(catalogue, case.operation().service(), case.operation().name(), "invalid")?;
            let Ok((route, body)) = catalogue.route(template.service, case.operation().name(), &case.input) else {
                continue;
            };
            cases.push(Ready {
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

/// Code and rejection are judged in one here, so the weaker authority counts.
fn weaker(rejection: Authority, code: Authority) -> Authority {
    if code == Authority::Inferred { code } else { rejection }
}

/// Whether a case can be sent again and again: it names no resource, so that nothing but its break decides.
pub(crate) fn stands_alone(case: &Case) -> bool {
    fn no_placeholder(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => text.parse::<ivs_generators::Placeholder>().is_err(),
            serde_json::Value::Array(items) => items.iter().all(no_placeholder),
            serde_json::Value::Object(members) => members.values().all(no_placeholder),
            _ => true,
        }
    }
    !case.is_valid() && no_placeholder(&case.input)
}

/// One user that sends them, in an order of its own.
pub(super) struct Pressure {
    steps: Arc<Steps>,
}

impl Pressure {
    pub(crate) fn new(steps: Arc<Steps>) -> Self {
        Self { steps }
    }
}

impl Scenario for Pressure {
    fn next(&mut self, desk: &mut Desk) -> Call {
        let ready = &self.steps.cases[desk.random.random_range(0..self.steps.cases.len())];
        Call {
            template: Arc::clone(&ready.template),
            route: Some(Arc::clone(&ready.route)),
            body: ready.body.clone(),
            expect: Expect::Rejection(Arc::clone(&ready.errors), ready.authority),
            case: Some(ready.case.clone()),
            valid: false,
        }
    }

    fn take(&mut self, _: &mut Desk, _: &Reply<'_>) -> Option<Breach> {
        None
    }

    fn is_at_rest(&self) -> bool {
        true
    }

    fn parting(&mut self, _: &mut Desk) -> Option<(Call, String)> {
        None
    }
}
