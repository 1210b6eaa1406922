//! One case of a suite: calls of any operation, and the way to a verdict.

use ivs_client::{Signing, encode};
use ivs_judge::{CaseJudged, CheckInfo, Mismatch, RequestContext, Verdict};
use ivs_model::{CaseId, FindingId, Model, Operation, OperationId};
use ivs_pool::PoolError;
use serde_json::Value;

use crate::layer::JudgedExchange;
use crate::operation_under_test::{OperationUnderTest, SentCall};

/// The outcome of a case or of a part of it: `Ok` if it passes, else its verdict.
pub type CaseResult<T = ()> = Result<T, Verdict>;

/// Returns the verdict of a case that cannot be decided, with the reason.
pub fn indeterminate(reason: impl Into<String>) -> Verdict {
    Verdict::Indeterminate(reason.into())
}

/// Returns the verdict of a case whose resource cannot be created.
pub fn resource_unavailable(error: &PoolError) -> Verdict {
    indeterminate(error.to_string())
}

/// One case of a suite on one operation.
#[derive(Debug, Clone, Copy)]
pub struct CaseContext<'a> {
    /// The operation under test.
    pub under_test: &'a OperationUnderTest,
    /// The id of the case.
    pub case: &'a CaseId,
}

impl std::fmt::Debug for OperationUnderTest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "OperationUnderTest({})", self.operation.id)
    }
}

impl CaseContext<'_> {
    /// Calls the operation under test with an input that has no placeholders (any more).
    pub async fn call(&self, input: &Value) -> CaseResult<SentCall> {
        let context = self.under_test.context(self.case);
        self.send(self.under_test.model, self.under_test.operation, input, context).await
    }

    /// The same with an input that breaks the model, which the endpoint may take all the same.
    pub async fn call_broken(&self, input: &Value) -> CaseResult<SentCall> {
        let mut context = self.under_test.context(self.case);
        context.well_formed = false;
        self.under_test.run_context.judge().announce_invalid(input);
        self.send(self.under_test.model, self.under_test.operation, input, context).await
    }

    /// Calls another operation, which may turn out not to be there.
    pub async fn ask(&self, id: OperationId, input: &Value) -> CaseResult<SentCall> {
        let model = self.under_test.run_context.models.iter().find(|model| model.service.id == id.service());
        let Some((model, operation)) = model.and_then(|model| Some((model, model.operation(id.name())?))) else {
            return Err(indeterminate(format!("no model has {id}")));
        };
        self.send(model, operation, input, RequestContext::probe(self.case)).await
    }

    /// Makes the call that shows a resource.
    pub async fn look_at(&self, kind: &str, arn: &str) -> CaseResult<SentCall> {
        let getter = self.under_test.pool.getter(kind);
        let getter = getter.ok_or_else(|| indeterminate("no call looks at a resource of the kind"))?;
        self.ask(getter.operation, &getter.about(arn)).await
    }

    async fn send(
        &self,
        model: &Model,
        operation: &Operation,
        input: &Value,
        context: RequestContext<'_>,
    ) -> CaseResult<SentCall> {
        let pool = &self.under_test.pool;
        let input = pool.named_if_needed(operation.id, input.clone());
        let call = self.send_once(model, operation, input, context).await?;
        let Some(named) = pool.renamed(operation.id, &call.input, call.answer.status()) else { return Ok(call) };
        let again = self.send_once(model, operation, named, context).await?;
        Ok(if pool.accepts_name(operation.id, again.answer.status()) { again } else { call })
    }

    async fn send_once(
        &self,
        model: &Model,
        operation: &Operation,
        mut input: Value,
        context: RequestContext<'_>,
    ) -> CaseResult<SentCall> {
        let run_context = &self.under_test.run_context;
        run_context.renew_tokens(model, operation, &mut input, None);
        let request = encode(model, operation, &input).map_err(|error| indeterminate(error.to_string()))?;
        let JudgedExchange { exchange, answer } =
            run_context.send(operation.id, request, &Signing::Valid, &context).await?;
        Ok(SentCall { exchange, answer, input, missing: None })
    }

    /// The body of a successful answer; a case that leans on another answer is undecided.
    pub fn body(&self, call: &SentCall) -> CaseResult<Value> {
        if !call.answer.is_success() {
            return Err(call.undecided());
        }
        Ok(call.json())
    }

    /// The failure of this case, shown by one of its calls.
    pub fn fail(&self, rule: &CheckInfo, departure: &Mismatch, call: &SentCall) -> Verdict {
        let context = self.under_test.context(self.case);
        let mut finding = self.under_test.finding(rule, departure, call, &context);
        // Shown by whatever call, it is a finding of the operation under test.
        finding.identify(FindingId::new(rule.check, self.under_test.operation.id, finding.site.as_str()));
        Verdict::Fail(vec![finding])
    }

    /// Hands the verdict to the report.
    pub fn conclude(&self, check: &'static str, site: &str, result: CaseResult) {
        let verdict = result.err().unwrap_or(Verdict::Pass);
        self.under_test.run_context.conclude(CaseJudged {
            case: self.case.clone(),
            tried: vec![(check, site.to_owned())],
            sites: Vec::new(),
            verdict,
        });
    }
}

impl SentCall {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        self.exchange.outcome.as_ref().ok().and_then(|response| response.json().ok()).unwrap_or(Value::Null)
    }
}
