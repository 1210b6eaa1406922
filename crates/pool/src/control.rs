//! What an endpoint offers beside the services: the control surface that an emulator has for tests, found over HTTP.
//!
//! Broadcasts, participants and quotas are no calls of the control plane. An emulator that offers them under
//! `/_emulator/` is asked there; every other endpoint just has none.

use std::collections::BTreeSet;
use std::sync::Arc;

use ivs_client::{Caller, Exchange, Request, RetryPolicy, Signing, is_worth_retrying};
use ivs_model::OperationId;
use serde_json::Value;

/// Where the surface begins.
const PREFIX: &str = "/_emulator/";

/// The control surface of the endpoint of one service.
pub struct Controls {
    caller: Arc<dyn Caller>,
    service: String,
    actions: BTreeSet<String>,
    retry: RetryPolicy,
}

/// Why something could not be done on the control surface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The endpoint does not offer it.
    #[error("the endpoint has no control `{0}`")]
    NotOffered(String),
    /// The endpoint refused it.
    #[error("the control `{action}` got {status}")]
    Refused {
        /// What was asked for.
        action: String,
        /// The status of the answer.
        status: u16,
    },
    /// No usable answer came.
    #[error("the control `{action}` was not answered: {reason}")]
    Unanswered {
        /// What was asked for.
        action: String,
        /// What went wrong.
        reason: String,
    },
}

impl Controls {
    /// Asks the endpoint of a service what it offers. `caller` is one that nobody judges: these are no calls of the service.
    pub async fn find(caller: Arc<dyn Caller>, service: &str, retry: RetryPolicy) -> Self {
        let request = Request {
            method: "GET".to_owned(),
            path: format!("{PREFIX}capabilities"),
            query: String::new(),
            headers: Vec::new(),
            body: Vec::new().into(),
        };
        let operation = OperationId::new(service, "capabilities");
        let asked = retry.send_while(may_pass, &*caller, operation, &request, &Signing::Unsigned).await;
        let answer = asked.exchange.outcome.ok().filter(|response| response.status == 200);
        let answer = answer.and_then(|response| response.json().ok()).unwrap_or(Value::Null);
        let actions = answer.get("actions").and_then(Value::as_array).into_iter().flatten();
        let actions = actions.filter_map(|action| Some(action.get("name")?.as_str()?.to_owned())).collect();
        Self { caller, service: service.to_owned(), actions, retry }
    }

    /// The controls of an endpoint that is not asked for any.
    #[must_use]
    pub fn none(caller: Arc<dyn Caller>, service: &str) -> Self {
        Self { caller, service: service.to_owned(), actions: BTreeSet::new(), retry: RetryPolicy::never() }
    }

    /// Whether the endpoint offers it.
    #[must_use]
    pub fn offers(&self, action: &str) -> bool {
        self.actions.contains(action)
    }

    /// Does it; gives what it answers.
    ///
    /// # Errors
    ///
    /// [`ControlError`] if the endpoint does not offer it, or did not do it.
    pub async fn act(&self, action: &str, input: &Value) -> Result<Value, ControlError> {
        if !self.offers(action) {
            return Err(ControlError::NotOffered(action.to_owned()));
        }
        let request = Request {
            method: "POST".to_owned(),
            path: format!("{PREFIX}{action}"),
            query: String::new(),
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            body: input.to_string().into(),
        };
        let operation = OperationId::new(&self.service, action);
        // Most of these may be done twice without harm, and nothing of them is judged.
        let signing = Signing::Unsigned;
        let done = self.retry.send_while(may_pass, &*self.caller, operation, &request, &signing).await;
        let unanswered = |reason: String| ControlError::Unanswered { action: action.to_owned(), reason };
        let response = done.exchange.outcome.map_err(|failure| unanswered(failure.detail))?;
        if !response.is_success() {
            return Err(ControlError::Refused { action: action.to_owned(), status: response.status });
        }
        response.json().map_err(|error| unanswered(error.to_string()))
    }
}

/// Whether the next attempt may fare better, and is worth it: one that is late costs the whole time-out.
fn may_pass(exchange: &Exchange) -> bool {
    is_worth_retrying(exchange) && !exchange.is_late()
}

impl std::fmt::Debug for Controls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Controls")
            .field("service", &self.service)
            .field("actions", &self.actions)
            .finish_non_exhaustive()
    }
}
