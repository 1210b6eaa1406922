//! One operation under test in one run: how it is called, and what has been learnt of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_client::{Exchange, Request, Signing, encode};
use ivs_generators::{Effects, Samples};
use ivs_judge::{Answer, CaseJudged, CheckInfo, Finding, Mismatch, RequestContext, SiteTried, Verdict};
use ivs_model::{CaseId, Model, Operation};
use ivs_pool::Pool;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::SuiteName;
use crate::answer::tells_nothing;
use crate::lending::Loan;
use crate::session::{Session, Unsent};

/// A call that is made when it is first asked for.
type Twin = Arc<OnceCell<Result<Arc<Call>, Unsent>>>;

/// One operation under test.
pub(crate) struct Subject {
    pub(crate) session: Arc<Session>,
    pub(crate) pool: Arc<Pool>,
    samples: Arc<Samples>,
    pub(crate) model: &'static Model,
    pub(crate) operation: &'static Operation,
    /// A minimal valid input, with placeholders.
    pub(crate) base: Value,
    /// What a successful call does to resources.
    pub(crate) effects: Effects,
    /// Calls whose inputs serve as controls, each made once.
    twins: Mutex<HashMap<String, Twin>>,
    implemented: AtomicBool,
    /// Calls with an idempotency token.
    calls: AtomicU64,
    /// Whether this run has seen an invalid call rejected as it should be, and its valid twin answered otherwise.
    tells_apart: AtomicBool,
}

/// One request in the making.
pub(crate) struct Attempt<'a> {
    /// The input, with placeholders.
    pub(crate) input: &'a Value,
    /// How it is signed.
    pub(crate) signing: &'a Signing,
    /// The last hand laid on the encoded request.
    pub(crate) edit: Option<&'a (dyn Fn(&mut Request) + Send + Sync)>,
}

impl<'a> Attempt<'a> {
    /// A rightly signed request, as the model says.
    pub(crate) fn usual(input: &'a Value) -> Self {
        Self { input, signing: &Signing::Valid, edit: None }
    }
}

/// A request that was sent, and what came of it.
pub(crate) struct Call {
    pub(crate) exchange: Exchange,
    pub(crate) answer: Answer,
    /// The input by member names, placeholders filled in.
    pub(crate) input: Value,
    /// Why some resource that the input names does not exist, if so.
    pub(crate) missing: Option<String>,
}

impl Call {
    /// Why this call cannot be compared with its control, if so: only one of the two named resources that exist.
    pub(crate) fn unlike(&self, control: &Self) -> Option<String> {
        let missing = match (&self.missing, &control.missing) {
            (Some(missing), None) | (None, Some(missing)) => missing,
            _ => return None,
        };
        Some(format!("the input names a resource that is not there: {missing}"))
    }
}

impl Subject {
    pub(crate) fn new(
        session: Arc<Session>,
        pool: Arc<Pool>,
        samples: Arc<Samples>,
        model: &'static Model,
        operation: &'static Operation,
        base: Value,
        effects: Effects,
    ) -> Self {
        Self {
            session,
            pool,
            samples,
            model,
            operation,
            base,
            effects,
            twins: Mutex::default(),
            implemented: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            tells_apart: AtomicBool::new(false),
        }
    }

    /// The service id.
    pub(crate) fn service(&self) -> &'static str {
        &self.model.service.id
    }

    /// The id of a case of this operation that no generator named.
    pub(crate) fn case_id(&self, suite: SuiteName, name: &str) -> CaseId {
        CaseId::new(self.operation.id, suite.id(), name)
    }

    /// The context of a valid call, as far as it is known that the operation is there.
    pub(crate) fn context<'a>(&self, case: &'a CaseId) -> RequestContext<'a> {
        let mut context = RequestContext::valid(case);
        context.implemented = self.implemented.load(Ordering::Relaxed);
        context
    }

    /// Notes that the operation is there.
    pub(crate) fn note_implemented(&self) {
        self.implemented.store(true, Ordering::Relaxed);
    }

    /// Notes that an invalid call was rejected as it should be, and its valid twin answered otherwise.
    pub(crate) fn note_apart(&self) {
        self.tells_apart.store(true, Ordering::Relaxed);
    }

    /// Whether the endpoint has shown on this operation that it rejects what it should, and nothing but that.
    pub(crate) fn tells_apart(&self) -> bool {
        self.tells_apart.load(Ordering::Relaxed)
    }

    /// Lends, sends and hands back: one call by itself.
    pub(crate) async fn call(&self, attempt: Attempt<'_>, context: &RequestContext<'_>) -> Result<Call, Unsent> {
        let mut input = attempt.input.clone();
        if context.well_formed {
            self.renew_token(&mut input);
        }
        let mut loan = self.lend(&input).await;
        let call = self.send(&mut loan, Attempt { input: &input, ..attempt }, context).await;
        self.hand_back(loan).await;
        call
    }

    /// Values for the placeholders of an input. Hand it back before the next one is asked for.
    pub(crate) async fn lend(&self, input: &Value) -> Loan<'_> {
        let leased = self.pool.lease_for(self.operation.id, &self.effects, &[input]).await;
        match leased {
            Ok(lease) => Loan::Lent(Box::new(lease)),
            Err(error) => Loan::MadeUp(&self.samples, error.to_string()),
        }
    }

    /// Ends a loan: what its calls made is removed, what they left alone may be lent again.
    pub(crate) async fn hand_back(&self, loan: Loan<'_>) {
        if let Loan::Lent(lease) = loan {
            self.pool.finish(*lease).await;
        }
    }

    /// Fills in the placeholders, encodes, sends, and notes what the call made or used up.
    pub(crate) async fn send(
        &self,
        loan: &mut Loan<'_>,
        attempt: Attempt<'_>,
        context: &RequestContext<'_>,
    ) -> Result<Call, Unsent> {
        let mut input = loan.fill(attempt.input).map_err(Unsent)?;
        let mut filled = input.clone();
        if self.session.config.run_tag.is_some() || self.effects.creates.is_empty() {
            filled = self.pool.tagged(self.operation.id, filled);
            let count = |input: &Value| input.get("tags").and_then(Value::as_object).map_or(0, serde_json::Map::len);
            // A tag that gave way to the run tag cannot come back.
            if count(&input) == count(&filled) {
                input.clone_from(&filled);
            }
        }
        let mut request = encode(self.model, self.operation, &filled).map_err(|error| Unsent(error.to_string()))?;
        if !context.well_formed {
            self.session.judge().announce_invalid(&filled);
        }
        if let Some(edit) = attempt.edit {
            edit(&mut request);
        }
        let exchange = self.session.send(self.operation.id, request, attempt.signing, context).await?;
        if let Loan::Lent(lease) = loan {
            self.pool.track(lease, &exchange);
        }
        let missing = loan.missing().map(str::to_owned);
        Ok(Call { answer: self.session.judge().answer(&exchange), exchange, input, missing })
    }

    /// Gives each call an idempotency token of its own, as SDKs do: the same one with another input is no valid call. The
    /// length stays, since a Case may be about that.
    fn renew_token(&self, input: &mut Value) {
        let tokens = self.model.members(self.operation.input).iter().filter(|member| member.idempotency_token);
        for member in tokens {
            if let Some(Value::String(token)) = input.get_mut(&member.name) {
                let number = format!("{:0>width$}", self.calls.fetch_add(1, Ordering::Relaxed), width = token.len());
                *token = number[number.len() - token.len()..].to_owned();
            }
        }
    }

    /// The call of a control, made once however many cases lean on it.
    pub(crate) async fn control(&self, input: &Value, valid: bool) -> Result<Arc<Call>, Unsent> {
        let cell = {
            let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(twins.entry(format!("{valid}{input}")).or_default())
        };
        let answer = cell
            .get_or_init(|| async {
                let case = CaseId::control(self.operation.id);
                let mut context = self.context(&case).with_input(input);
                context.well_formed = valid;
                self.call(Attempt::usual(input), &context).await.map(Arc::new)
            })
            .await;
        answer.clone()
    }

    /// A pass for a rejection, if the valid twin shows that the endpoint can tell the difference.
    pub(crate) async fn pass_if_twin_differs(&self, twin: &Value, rejection: &Answer) -> Verdict {
        match self.control(twin, true).await {
            Err(Unsent(reason)) => Verdict::Indeterminate(reason),
            Ok(twin) if twin.answer == *rejection => {
                Verdict::Indeterminate(format!("the valid twin is answered by {rejection} too"))
            }
            Ok(twin) if tells_nothing(&twin.answer) => {
                Verdict::Indeterminate(format!("the valid twin got {}", twin.answer))
            }
            Ok(_) => {
                self.note_apart();
                Verdict::Pass
            }
        }
    }

    /// A finding of this operation.
    pub(crate) fn finding(
        &self,
        rule: &CheckInfo,
        departure: &Mismatch,
        call: &Call,
        context: &RequestContext<'_>,
    ) -> Finding {
        self.session.judge().finding(rule, departure, &call.exchange, context)
    }

    /// Hands a verdict to the report.
    pub(crate) fn conclude(
        &self,
        case: CaseId,
        tried: Vec<(&'static str, String)>,
        sites: Vec<SiteTried>,
        verdict: Verdict,
    ) {
        self.session.conclude(CaseJudged { case, tried, sites, verdict });
    }
}
