//! One of the two endpoints of a differential run, with a session and a pool of its own.

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
use crate::answer::coverage;
use crate::canonical::{Canonical, Normaliser};
use crate::judged::{Judged, undecided};
use crate::plan::Planned;
use crate::runner::{self, pool};
use crate::session::{Session, Unsent};
use crate::snapshot::PUT;
use crate::subject::{Attempt, Call, Subject};

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
    pub(super) session: Arc<Session>,
    pub(super) pool: Arc<Pool>,
    subjects: HashMap<OperationId, Arc<Subject>>,
}

/// A call on one side, and its exchange in canonical form.
pub(super) struct Shown {
    pub(super) call: Call,
    pub(super) canonical: Canonical,
}

impl Side {
    pub(super) fn ready(
        self,
        models: &'static [Model],
        knowledge: &'static Knowledge,
        planned: &[Planned],
        recipes: &[Case],
        cancel: CancellationToken,
    ) -> Ready {
        // What the universal checks say of a side by itself is told by a check of that side.
        let session = Arc::new(Session::new(models, knowledge, self.config, self.caller, Arc::new(|_| {}), cancel));
        let pool = Arc::new(pool(&session, models, knowledge, recipes));
        let samples: HashMap<&str, Arc<Samples>> =
            models.iter().map(|model| (model.service.id.as_str(), Arc::new(Samples::of(model, knowledge)))).collect();
        let subjects = planned
            .iter()
            .filter_map(|planned| {
                let service = planned.model.service.id.as_str();
                let subject = runner::subject(&session, &pool, &samples[service], planned)?;
                Some((planned.operation.id, Arc::new(subject)))
            })
            .collect();
        Ready { session, pool, subjects }
    }
}

impl Ready {
    /// The operation on this side; none if no valid input of it can be built.
    pub(super) fn subject(&self, operation: OperationId) -> Option<&Arc<Subject>> {
        self.subjects.get(&operation)
    }

    /// Why the endpoint cannot be judged, if every operation was given up.
    pub(super) fn unusable(&self) -> Option<String> {
        let given_up = !self.subjects.is_empty() && self.session.all_tripped(self.subjects.keys().copied());
        given_up.then(|| format!("every operation of {} failed again and again", self.session.config.endpoint))
    }

    /// Whether the operation is there.
    pub(super) async fn probe(&self, subject: &Subject) -> Coverage {
        match subject.control(&subject.base, true).await {
            Ok(call) => {
                let coverage = coverage(&call.answer);
                if coverage == Coverage::Implemented {
                    subject.note_implemented();
                }
                coverage
            }
            Err(Unsent(reason)) => Coverage::Unknown(reason),
        }
    }
}

/// One call of an operation on one side.
pub(super) async fn call(
    subject: &Subject,
    case: &CaseId,
    input: &Value,
    well_formed: bool,
    own: &[&str],
) -> Judged<Shown> {
    let mut context = subject.context(case).with_input(input);
    context.well_formed = well_formed;
    let call = subject.call(Attempt::usual(input), &context).await?;
    let session = &subject.session;
    let normaliser = Normaliser::new(subject.model, subject.operation, session.knowledge, &session.config.externals);
    match normaliser.canonical(&case.name, &call.exchange, &call.input, &PUT, own) {
        Some(canonical) => Ok(Shown { call, canonical }),
        None => Err(undecided(call.answer.to_string())),
    }
}
