//! One operation under test in one run: how it is called, and what is observed of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ivs_client::{Exchange, Request, Signing, encode};
use ivs_generators::{Case, Control, Effects, Samples};
use ivs_judge::{
    Answer, CaseJudged, CheckInfo, ControlEvidence, ControlRole, Evaluation, Evidence, Expected, Finding, Mismatch,
    Missing, Property, PropertySet, RequestContext, SiteTried, Verdict,
};
use ivs_model::{CaseId, Knowledge, Location, Model, Operation, ShapeId, ShapeKind, SuiteName};
use ivs_pool::{Pool, Resource};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::bindings::Bindings;

use crate::layer::JudgedExchange;
use crate::not_sent::NotSent;
use crate::repetition::rerun;
use crate::run_context::RunContext;
use crate::unknown_text::unknown_text;

/// How many idempotency tokens are tried that are so short that an earlier run may have used them.
const TOKENS: u32 = 8;

/// How many cases that were not selected are tried as evidence for one that was.
const MOST_EVIDENCE: usize = 3;
/// The same where each of them may create something, which takes a second request to delete.
const MOST_CREATING_EVIDENCE: usize = 2;

/// How often a control is asked whose answer is not the one that it should have.
const CONTROLS: usize = 3;
/// So many cases of an operation may wait for their resource to settle.
const WAITING: usize = 256;

/// A call that is made when it is first asked for.
type Twin = Arc<OnceCell<Result<Arc<SentCall>, NotSent>>>;

/// One operation under test.
pub struct OperationUnderTest {
    /// What all tasks of the run share.
    pub run_context: Arc<RunContext>,
    /// The resources of the run.
    pub pool: Arc<Pool>,
    samples: Arc<Samples>,
    /// The model of its service.
    pub model: &'static Model,
    /// The operation in the model.
    pub operation: &'static Operation,
    /// A minimal valid input, with placeholders.
    pub base: Value,
    /// What a successful call does to resources.
    pub effects: Effects,
    /// Calls whose inputs serve as controls, each made once.
    twins: Mutex<HashMap<String, Twin>>,
    /// By input: the first case that has it as its control.
    controlled: Mutex<HashMap<String, CaseId>>,
    /// The inputs that may name things of which nobody knows whether they exist.
    unlent: Unlent,
    implemented: AtomicBool,
    /// The bits of the properties for which this run has seen a call rejected as it should be, and its valid twin answered
    /// otherwise.
    shown: AtomicU8,
}

/// The inputs of an operation that may name things of which nobody knows whether they exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unlent {
    /// None: the knowledge describes the service.
    Nothing,
    /// Those with a text that neither the pool lends nor a pack gives.
    UnknownTexts,
    /// All.
    Everything,
}

impl Unlent {
    fn of(knowledge: &Knowledge, model: &Model, operation: &Operation) -> Self {
        let service = model.service.id.as_str();
        if knowledge.describes(service) || !names_something(model, operation) {
            Self::Nothing
        } else if knowledge.has_pack(service) {
            Self::UnknownTexts
        } else {
            Self::Everything
        }
    }
}

/// Whether an input may name something: a label of the path does, and any text whose values the model does not list.
fn names_something(model: &Model, operation: &Operation) -> bool {
    let page_token = operation.pagination.as_ref().map(|pagination| pagination.input_token.as_str());
    let mut seen = Vec::new();
    let members = model.members(operation.input).iter();
    members
        .filter(|member| Some(member.name.as_str()) != page_token)
        .any(|member| member.location == Location::Label || has_free_text(model, member.shape, &mut seen))
}

fn has_free_text(model: &Model, id: ShapeId, seen: &mut Vec<ShapeId>) -> bool {
    if seen.contains(&id) {
        return false;
    }
    seen.push(id);
    let shape = model.shape(id);
    match &shape.kind {
        ShapeKind::String => shape.enum_values.is_empty(),
        ShapeKind::Document => true,
        ShapeKind::List { item, .. } => has_free_text(model, *item, seen),
        ShapeKind::Map { .. } => true,
        ShapeKind::Structure { members } | ShapeKind::Union { members } => {
            members.iter().any(|member| has_free_text(model, member.shape, seen))
        }
        _ => false,
    }
}

/// One request in the making.
pub struct RequestSpec<'a> {
    /// The input, with placeholders.
    pub input: &'a Value,
    /// How it is signed.
    pub signing: &'a Signing,
    /// The last hand laid on the encoded request.
    pub edit: Option<&'a (dyn Fn(&mut Request) + Send + Sync)>,
}

impl<'a> RequestSpec<'a> {
    /// A rightly signed request, as the model says.
    pub fn valid(input: &'a Value) -> Self {
        Self { input, signing: &Signing::Valid, edit: None }
    }
}

/// A request that was sent, and what came of it.
pub struct SentCall {
    /// The request and its response.
    pub exchange: Exchange,
    /// The response, classified.
    pub answer: Answer,
    /// The input by member names, placeholders filled in.
    pub input: Value,
    /// Why some resource that the input names does not exist, if so.
    pub missing: Option<Missing>,
}

impl SentCall {
    /// The verdict of a case that leans on another answer to this call.
    #[must_use]
    pub fn undecided(&self) -> Verdict {
        Verdict::Indeterminate(format!("{} got {}", self.exchange.operation.name(), self.answer))
    }
}

/// What a control request shows that plays this role.
pub fn control_evidence<'a>(
    control: &'a Result<Arc<SentCall>, NotSent>,
    role: ControlRole<'a>,
    name: &'a str,
) -> ControlEvidence<'a> {
    match control {
        Ok(call) => ControlEvidence::Answered { answer: &call.answer, role, name },
        Err(NotSent(reason)) => ControlEvidence::NotSent(reason),
    }
}

impl SentCall {
    /// Returns why a resource is missing that only one of this call and its control names.
    pub fn missing_unlike<'a>(&'a self, control: &'a Self) -> Option<&'a Missing> {
        match (&self.missing, &control.missing) {
            (Some(missing), None) | (None, Some(missing)) => Some(missing),
            // The same name may stand for something at one moment and for nothing at the next.
            (Some(missing @ Missing::Unknown), Some(_)) => Some(missing),
            _ => None,
        }
    }
}

impl OperationUnderTest {
    /// Nothing is known of the operation yet.
    pub(crate) fn new(
        run_context: Arc<RunContext>,
        pool: Arc<Pool>,
        samples: Arc<Samples>,
        model: &'static Model,
        operation: &'static Operation,
        base: Value,
        effects: Effects,
    ) -> Self {
        Self {
            controlled: Mutex::default(),
            unlent: Unlent::of(run_context.knowledge, model, operation),
            run_context,
            pool,
            samples,
            model,
            operation,
            base,
            effects,
            twins: Mutex::default(),
            implemented: AtomicBool::new(false),
            shown: AtomicU8::new(0),
        }
    }

    /// Notes which of these cases have a control of their own: one of them sends it again when it runs alone.
    pub(crate) fn note_controls_of(&self, cases: &[Case]) {
        let mut controlled = self.controlled.lock().unwrap_or_else(PoisonError::into_inner);
        for case in cases {
            let (input, valid) = match &case.control {
                Control::ValidTwin(input) => (input, true),
                Control::InvalidTwin { input, .. } => (input, false),
                Control::Echo(_) | Control::Unavailable => continue,
            };
            if !valid || *input != self.base {
                controlled.entry(twin_key(&input.value(), valid)).or_insert_with(|| case.id.clone());
            }
        }
    }

    /// Forgets the controls and which cases have one: no case of the operation is left to run.
    pub(crate) fn forget_controls(&self) {
        self.controlled.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.twins.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The service id.
    pub fn service(&self) -> &'static str {
        &self.model.service.id
    }

    /// Whether the operation creates, changes or deletes something.
    pub fn writes(&self) -> bool {
        let facts = self.run_context.catalog.operation(self.operation.id);
        facts.is_none_or(|facts| facts.access.is_write())
    }

    /// The id of a case of this operation that no generator named.
    pub fn case_id(&self, suite: SuiteName, name: &str) -> CaseId {
        CaseId::new(self.operation.id, suite, name)
    }

    /// The context of a valid call, as far as it is known that the operation is there.
    pub fn context<'a>(&self, case: &'a CaseId) -> RequestContext<'a> {
        let mut context = RequestContext::valid(case);
        context.implemented = self.implemented.load(Ordering::Relaxed);
        context
    }

    /// Notes that the operation is there.
    pub fn note_implemented(&self) {
        self.implemented.store(true, Ordering::Relaxed);
    }

    /// Notes that a call which broke this property was rejected as it should be, and its valid twin answered otherwise.
    pub fn note_shown(&self, property: Property) {
        self.shown.fetch_or(PropertySet::from(property).bits(), Ordering::Relaxed);
    }

    /// The properties that the endpoint has shown to check on this operation.
    pub fn shown(&self) -> PropertySet {
        PropertySet::from_bits(self.shown.load(Ordering::Relaxed))
    }

    /// Whether each call that changes something has a resource of its own, and waits until it has settled.
    pub fn waits_for_resources(&self) -> bool {
        let mut changed = self.effects.consumes.iter().chain(&self.effects.mutates);
        changed.any(|kind| self.pool.is_made_apart(kind))
    }

    /// The number of cases to run side by side: as many as calls may be under way, or more where most of them wait for a resource.
    pub fn width(&self) -> usize {
        let concurrency = self.run_context.config.concurrency.max(1);
        if self.waits_for_resources() { concurrency.max(WAITING) } else { concurrency }
    }

    /// Whether the endpoint has shown to check one of these properties on this operation.
    pub fn has_shown(&self, needed: PropertySet) -> bool {
        self.shown().intersects(needed)
    }

    /// Lends, sends and hands back: one call by itself.
    pub async fn call(&self, attempt: RequestSpec<'_>, context: &RequestContext<'_>) -> Result<SentCall, NotSent> {
        let is_short = self.run_context.has_short_token(self.model, self.operation, attempt.input);
        for _ in 0..TOKENS {
            let attempt = RequestSpec { input: attempt.input, signing: attempt.signing, edit: attempt.edit };
            let mut bindings = self.bind_for(attempt.input, &context.case.to_string()).await;
            let call = self.send(&mut bindings, attempt, context).await;
            self.release(bindings).await;
            let is_taken = is_short && call.as_ref().is_ok_and(|call| call.answer.status() == Some(409));
            if !is_taken {
                return call;
            }
            self.run_context.note_sent_again();
        }
        Err(NotSent("every short idempotency token that was tried is in use".to_owned()))
    }

    /// Values for the placeholders of an input. Hand it back before the next one is asked for.
    pub async fn bind(&self, input: &Value) -> Bindings<'_> {
        self.bind_for(input, "").await
    }

    /// The same for a caller that has a name: callers of different names are less likely to wait for each other.
    async fn bind_for(&self, input: &Value, caller: &str) -> Bindings<'_> {
        let leased = self.pool.lease_of(self.operation.id, &self.effects, &[input], caller).await;
        match leased {
            Ok(lease) => Bindings::Leased(Box::new(lease)),
            Err(error) => Bindings::Sampled {
                samples: &self.samples,
                lease: Box::new(self.pool.lease_nothing(&[input])),
                reason: error.to_string(),
            },
        }
    }

    /// Releases the resources of a call: what its calls created is deleted, and what they left alone may be leased again. While
    /// other operations are under test, nobody waits for deletions.
    pub async fn release(&self, bindings: Bindings<'_>) {
        let leftovers = self.pool.release(bindings.into_lease());
        if leftovers.is_empty() {
            return;
        }
        let pool = Arc::clone(&self.pool);
        self.run_context.deletions.run(async move { pool.clear(leftovers).await }).await;
    }

    /// Waits until the resources that a filled input names are in no passing state: a change may have put them into one.
    pub async fn settled(&self, filled: &Value) {
        let named = filled.as_object().into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_str);
        for resource in named.filter_map(Resource::from_arn) {
            self.pool.settled(&resource).await;
        }
    }

    /// Fills in the placeholders, encodes, sends, and notes what the call made or used up.
    pub async fn send(
        &self,
        bindings: &mut Bindings<'_>,
        attempt: RequestSpec<'_>,
        context: &RequestContext<'_>,
    ) -> Result<SentCall, NotSent> {
        let input = bindings.fill(attempt.input).map_err(|error| NotSent(error.to_string()))?;
        let input = self.pool.named_if_needed(self.operation.id, input);
        let call = self.send_filled(bindings, input, &attempt, context).await?;
        let named = self.pool.renamed(self.operation.id, &call.input, call.answer.status());
        let Some(named) = named else { return Ok(call) };
        let again = self.send_filled(bindings, named, &attempt, context).await?;
        Ok(if self.pool.accepts_name(self.operation.id, again.answer.status()) { again } else { call })
    }

    /// Encodes an input whose placeholders are filled in, sends it, and notes what the call made or used up.
    async fn send_filled(
        &self,
        bindings: &mut Bindings<'_>,
        mut input: Value,
        attempt: &RequestSpec<'_>,
        context: &RequestContext<'_>,
    ) -> Result<SentCall, NotSent> {
        self.run_context.renew_tokens(self.model, self.operation, &mut input, Some(bindings.lease_mut()));
        let mut filled = input.clone();
        if self.run_context.config.run_tag.is_some() || self.effects.creates.is_empty() {
            filled = self.pool.tagged(self.operation.id, filled);
            let count = |input: &Value| input.get("tags").and_then(Value::as_object).map_or(0, serde_json::Map::len);
            // A tag that gave way to the run tag cannot come back.
            if count(&input) == count(&filled) {
                input.clone_from(&filled);
            }
        }
        let mut request = encode(self.model, self.operation, &filled).map_err(|error| NotSent(error.to_string()))?;
        // The path before a case breaks it.
        let usual_path = (!context.well_formed).then(|| {
            self.run_context.judge().announce_invalid(&filled);
            request.path.clone()
        });
        if let Some(edit) = attempt.edit {
            edit(&mut request);
        }
        let JudgedExchange { exchange, answer } =
            self.run_context.send(self.operation.id, request, attempt.signing, context).await?;
        if let Some(usual_path) = usual_path.filter(|_| answer.is_success()) {
            let usual: Vec<&str> = usual_path.split('/').collect();
            let parts = exchange.request.path.split('/').filter(|part| !usual.contains(part));
            self.run_context.judge().note_taken(self.operation.id, &filled, &parts.collect::<Vec<_>>());
        }
        self.pool.track(bindings.lease_mut(), &exchange);
        let not_lent = || bindings.missing().map(|reason| Missing::NotLent(reason.to_owned()));
        let missing = if self.is_unlent(attempt.input) { Some(Missing::Unknown) } else { not_lent() };
        Ok(SentCall { exchange, answer, input, missing })
    }

    /// The call of a control, made once however many cases lean on it.
    pub async fn control(&self, input: &Value, valid: bool) -> Result<Arc<SentCall>, NotSent> {
        let cell = {
            let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(twins.entry(twin_key(input, valid)).or_default())
        };
        let answer = cell.get_or_init(|| self.ask_control(input, valid)).await;
        answer.clone()
    }

    /// Makes the call of a control. Many cases lean on it: an answer that is not the usual one counts if it comes again.
    async fn ask_control(&self, input: &Value, valid: bool) -> Result<Arc<SentCall>, NotSent> {
        let case = CaseId::control(self.operation.id);
        let mut context = self.context(&case).with_input(input);
        context.well_formed = valid;
        let sent_for = {
            let controlled = self.controlled.lock().unwrap_or_else(PoisonError::into_inner);
            controlled.get(&twin_key(input, valid)).cloned()
        };
        context.sent_for = sent_for.as_ref();
        let first = self.call(RequestSpec::valid(input), &context).await?;
        if !is_doubtful(&first, valid) || self.runs_single_cases() {
            return Ok(Arc::new(first));
        }
        let mut last = first;
        for _ in 1..CONTROLS {
            let Ok(again) = rerun(self.call(RequestSpec::valid(input), &context)).await else { break };
            let is_settled = again.answer == last.answer || !is_doubtful(&again, valid);
            last = again;
            if is_settled {
                break;
            }
        }
        Ok(Arc::new(last))
    }

    /// Forgets the controls whose answer may be noise, so that they are asked again.
    pub(crate) fn forget_doubtful_controls(&self) {
        let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
        twins.retain(|key, twin| match twin.get() {
            Some(Ok(call)) => !is_doubtful(call, key.starts_with("true")),
            Some(Err(_)) => false,
            None => true,
        });
    }

    /// Evaluates the answer to a call that breaks this property and is expected to be rejected for it, with the call of a valid
    /// input as its control.
    pub async fn evaluate_rejection(
        &self,
        expected: &Expected<'_>,
        call: &SentCall,
        well_formed: bool,
        twin: &Value,
        breaks: Property,
    ) -> Evaluation {
        let control = self.control(twin, true).await;
        let control = control_evidence(&control, ControlRole::Valid, "the valid control request");
        let evidence = Evidence { well_formed, ..self.evidence(call, control, PropertySet::NONE) };
        let evaluation = expected.evaluate(&call.answer, &evidence);
        if evaluation == Evaluation::Match {
            self.note_shown(breaks);
        }
        evaluation
    }

    /// Whether an input may name things of which nobody knows whether they exist.
    fn is_unlent(&self, input: &Value) -> bool {
        match self.unlent {
            Unlent::Nothing => false,
            Unlent::Everything => true,
            Unlent::UnknownTexts => {
                unknown_text(self.run_context.knowledge, self.model, self.operation, input).is_some()
            }
        }
    }

    /// The evidence beside the answer to a call of this operation. Where neither echo nor control shows that the input was looked
    /// at, one of the properties `needed` must be known to be checked.
    pub fn evidence<'a>(&self, call: &'a SentCall, control: ControlEvidence<'a>, needed: PropertySet) -> Evidence<'a> {
        Evidence { control, needed, shown: self.shown(), missing: call.missing.as_ref(), ..Evidence::default() }
    }

    /// Returns why a refusal is no fault of the case, if the usual valid call of the operation is answered in the same way.
    pub async fn is_refused_like_control(&self, call: &SentCall) -> Option<String> {
        if call.answer.is_success() || call.exchange.operation != self.operation.id {
            return None;
        }
        let control = self.control(&self.base, true).await.ok()?;
        (control.answer == call.answer).then(|| format!("the usual valid call was also rejected with {}", call.answer))
    }

    /// Splits cases: those that were selected, and a few others that may be run one after the other until one of them is
    /// evidence. There are others only where single cases were selected, and none of these.
    pub fn selected<T>(&self, cases: impl IntoIterator<Item = T>, id: impl Fn(&T) -> CaseId) -> (Vec<T>, Vec<T>) {
        let selection = &self.run_context.config.selection;
        let (selected, mut others): (Vec<T>, Vec<T>) = cases.into_iter().partition(|it| selection.holds_case(&id(it)));
        let most = if self.effects.creates.is_empty() { MOST_EVIDENCE } else { MOST_CREATING_EVIDENCE };
        others.truncate(if selected.is_empty() { most } else { 0 });
        (selected, others)
    }

    /// Whether the case of that name was selected.
    pub fn is_selected(&self, suite: SuiteName, name: &str) -> bool {
        self.run_context.config.selection.holds_case(&self.case_id(suite, name))
    }

    /// Whether single cases were selected, which are to be run as they are and not made simpler.
    pub fn runs_single_cases(&self) -> bool {
        !self.run_context.config.selection.cases.is_empty()
    }

    /// A finding of this operation.
    pub fn finding(
        &self,
        rule: &CheckInfo,
        departure: &Mismatch,
        call: &SentCall,
        context: &RequestContext<'_>,
    ) -> Finding {
        self.run_context.judge().finding(rule, departure, &call.exchange, context)
    }

    /// Hands a verdict to the report.
    pub fn conclude(&self, case: CaseId, tried: Vec<(&'static str, String)>, sites: Vec<SiteTried>, verdict: Verdict) {
        self.run_context.conclude(CaseJudged { case, tried, sites, verdict });
    }
}

/// Whether the answer to a control is not the one that it should have.
fn is_doubtful(call: &SentCall, valid: bool) -> bool {
    call.answer.is_success() != valid || call.answer.is_inconclusive()
}

/// What tells controls apart.
fn twin_key(input: &Value, valid: bool) -> String {
    format!("{valid}{input}")
}
