//! One of the two endpoints of a differential run, with a run context and a pool of its own.

use std::collections::HashMap;
use std::sync::Arc;

use ivs_client::Caller;
use ivs_generators::{Case, Samples};
use ivs_judge::Coverage;
use ivs_model::{CaseId, Knowledge, Model, OperationId};
use ivs_pool::Pool;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::Config;
use crate::capture::PUT;
use crate::case_context::{CaseResult, indeterminate};
use crate::not_sent::NotSent;
use crate::operation_under_test::{OperationUnderTest, RequestSpec, SentCall};
use crate::plan::OperationPlan;
use crate::pool_config::with_resources;
use crate::run_context::RunContext;
use crate::runner::{self, pool};
use ivs_canonical::{CanonicalExchange, Normalizer};

/// An endpoint of a differential run.
pub struct Side {
    /// How the user names it.
    pub argument: String,
    /// How it is called.
    pub config: Config,
    /// What sends.
    pub caller: Arc<dyn Caller>,
}

/// A side at work.
pub(super) struct Ready {
    pub(super) run_context: Arc<RunContext>,
    pub(super) pool: Arc<Pool>,
    operations: HashMap<OperationId, Arc<OperationUnderTest>>,
}

/// A call on one side, and its exchange in canonical form.
pub(super) struct Shown {
    pub(super) call: SentCall,
    pub(super) canonical: CanonicalExchange,
}

impl Side {
    pub(super) fn ready(
        self,
        models: &'static [Model],
        knowledge: &'static Knowledge,
        planned: &[OperationPlan],
        recipes: &[Case],
        cancel: CancellationToken,
    ) -> Ready {
        // What the universal checks say of a side by itself is told by a check of that side.
        let reproducer = with_resources(&self.config, models, knowledge, recipes);
        let config = Config { reproducer, ..self.config };
        let run_context = Arc::new(RunContext::new(models, knowledge, config, self.caller, Arc::new(|_| {}), cancel));
        let pool = pool(&run_context, models, knowledge, recipes);
        let samples: HashMap<&str, Arc<Samples>> =
            models.iter().map(|model| (model.service.id.as_str(), Arc::new(Samples::of(model, knowledge)))).collect();
        let operations = planned
            .iter()
            .filter_map(|planned| {
                let service = planned.model.service.id.as_str();
                let under_test = runner::under_test(&run_context, &pool, &samples[service], planned)?;
                Some((planned.operation.id, Arc::new(under_test)))
            })
            .collect();
        Ready { run_context, pool, operations }
    }
}

impl Ready {
    /// The operation on this side; none if no valid input of it can be built.
    pub(super) fn operation(&self, operation: OperationId) -> Option<&Arc<OperationUnderTest>> {
        self.operations.get(&operation)
    }

    /// Why the endpoint cannot be judged, if every operation was given up.
    pub(super) fn unusable(&self) -> Option<String> {
        let given_up = !self.operations.is_empty()
            && !self.run_context.has_succeeded()
            && self.run_context.all_tripped(self.operations.keys().copied());
        given_up.then(|| format!("every operation of {} failed again and again", self.run_context.config.endpoint))
    }

    /// Whether the operation is there.
    pub(super) async fn probe(&self, under_test: &OperationUnderTest) -> Coverage {
        match under_test.control(&under_test.base, true).await {
            Ok(call) => {
                let coverage = call.answer.coverage();
                if coverage == Coverage::Implemented {
                    under_test.note_implemented();
                }
                coverage
            }
            Err(NotSent(reason)) => Coverage::Unknown(reason),
        }
    }
}

/// One call of an operation on one side.
pub(super) async fn call(
    under_test: &OperationUnderTest,
    case: &CaseId,
    input: &Value,
    well_formed: bool,
    own: &[&str],
) -> CaseResult<Shown> {
    let mut context = under_test.context(case).with_input(input);
    context.well_formed = well_formed;
    let call = under_test.call(RequestSpec::valid(input), &context).await?;
    let run_context = &under_test.run_context;
    let normalizer =
        Normalizer::new(under_test.model, under_test.operation, run_context.knowledge, &run_context.config.externals);
    match normalizer.canonical(&case.name, &call.exchange, &call.input, &PUT, own) {
        Some(canonical) => Ok(Shown { call, canonical }),
        None => Err(indeterminate(call.answer.to_string())),
    }
}
