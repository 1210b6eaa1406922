//! What the cases of the sequence suites have in common: calls of any operation, and how they come to a verdict.

use ivs_client::{Signing, encode};
use ivs_judge::{CaseJudged, CheckInfo, Mismatch, RequestContext, Verdict};
use ivs_model::{CaseId, FindingId, Model, Operation, OperationId};
use ivs_pool::PoolError;
use serde_json::Value;

use crate::answer::is_success;
use crate::session::Unsent;
use crate::subject::{Call, Subject};

/// Nothing if the case passes, else its verdict.
pub(crate) type Judged<T = ()> = Result<T, Verdict>;

/// A verdict that says why there is none.
pub(crate) fn undecided(reason: impl Into<String>) -> Verdict {
    Verdict::Indeterminate(reason.into())
}

impl From<Unsent> for Verdict {
    fn from(Unsent(reason): Unsent) -> Self {
        Self::Indeterminate(reason)
    }
}

/// What cannot be made makes a case undecided.
pub(crate) fn unmade(error: &PoolError) -> Verdict {
    undecided(error.to_string())
}

/// One case of a suite: its name, and what it was tried at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a> {
    /// The operation under test.
    pub(crate) subject: &'a Subject,
    /// The id of the case.
    pub(crate) case: &'a CaseId,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Subject({})", self.operation.id)
    }
}

impl Scene<'_> {
    /// Calls the operation under test with an input that has no placeholders (any more).
    pub(crate) async fn call(&self, input: &Value) -> Judged<Call> {
        let context = self.subject.context(self.case);
        self.send(self.subject.model, self.subject.operation, input, context).await
    }

    /// The same with an input that breaks the model, which the endpoint may take all the same.
    pub(crate) async fn call_broken(&self, input: &Value) -> Judged<Call> {
        let mut context = self.subject.context(self.case);
        context.well_formed = false;
        self.subject.session.judge().announce_invalid(input);
        self.send(self.subject.model, self.subject.operation, input, context).await
    }

    /// Calls another operation, which may turn out not to be there.
    pub(crate) async fn ask(&self, id: OperationId, input: &Value) -> Judged<Call> {
        let model = self.subject.session.models.iter().find(|model| model.service.id == id.service());
        let Some((model, operation)) = model.and_then(|model| Some((model, model.operation(id.name())?))) else {
            return Err(undecided(format!("no model has {id}")));
        };
        self.send(model, operation, input, RequestContext::probe(self.case)).await
    }

    async fn send(
        &self,
        model: &Model,
        operation: &Operation,
        input: &Value,
        context: RequestContext<'_>,
    ) -> Judged<Call> {
        let session = &self.subject.session;
        let request = encode(model, operation, input).map_err(|error| undecided(error.to_string()))?;
        let exchange = session.send(operation.id, request, &Signing::Valid, &context).await?;
        Ok(Call { answer: session.judge().answer(&exchange), exchange, input: input.clone(), missing: None })
    }

    /// The body of a successful answer; a case that leans on another answer is undecided.
    pub(crate) fn body(&self, call: &Call) -> Judged<Value> {
        if !is_success(&call.answer) {
            return Err(undecided(format!("{} was answered by {}", call.exchange.operation.name(), call.answer)));
        }
        Ok(call.json())
    }

    /// The failure of this case, shown by one of its calls.
    pub(crate) fn fail(&self, rule: &CheckInfo, departure: &Mismatch, call: &Call) -> Verdict {
        let context = self.subject.context(self.case);
        let mut finding = self.subject.finding(rule, departure, call, &context);
        // Shown by whatever call, it is a finding of the operation under test.
        finding.scope = self.subject.operation.id.into();
        finding.identity = FindingId::new(rule.check, finding.scope, finding.site.as_str());
        Verdict::Fail(vec![finding])
    }

    /// Hands the verdict to the report.
    pub(crate) fn conclude(&self, check: &'static str, site: &str, judged: Judged) {
        let verdict = judged.err().unwrap_or(Verdict::Pass);
        self.subject.session.conclude(CaseJudged {
            case: self.case.clone(),
            tried: vec![(check, site.to_owned())],
            sites: Vec::new(),
            verdict,
        });
    }
}

impl Call {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        self.exchange.outcome.as_ref().ok().and_then(|response| response.json().ok()).unwrap_or(Value::Null)
    }
}
