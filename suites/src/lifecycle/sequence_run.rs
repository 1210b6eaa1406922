//! One sequence played at the endpoint: resources of its own, every answer held against the reference model, everything
//! cleared away at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ivs_catalog::is_external_type;
use ivs_client::Exchange;
use ivs_generators::{Effects, Placeholder};
use ivs_judge::{CheckInfo, Mismatch, Verdict};
use ivs_model::{FindingId, OperationId};
use ivs_pool::{Lease, Pool, Recipe, Resource};
use ivs_runner::{CaseContext, CaseResult, SentCall, indeterminate, resource_unavailable};
use serde_json::{Map, Value, json};

use super::consistency::ConsistencyWait;
use super::kind::Kind;
use super::state::State;
use super::step::{Step, referred};

/// The result of a sequence.
pub(super) struct SequenceResult {
    pub(super) result: CaseResult,
    /// How many steps were played, the last one perhaps in part.
    pub(super) steps: usize,
    /// The operations that were seen to do what they should.
    pub(super) shown: BTreeSet<OperationId>,
}

/// What the sequences of a kind share.
#[derive(Debug, Clone, Copy)]
pub(super) struct SequenceContext<'a> {
    pub(super) case_context: CaseContext<'a>,
    pub(super) kind: &'a Arc<Kind>,
    pub(super) consistency: &'a ConsistencyWait,
}

/// A running sequence.
pub(super) struct SequenceRun<'a> {
    pub(super) context: SequenceContext<'a>,
    steps: &'a [Step],
    pub(super) state: State,
    /// The resources of the slots.
    pub(super) resources: Vec<SlotResource>,
    /// What parents stand for.
    arns: BTreeMap<Placeholder, String>,
    /// By kind: what holds its turn, its keys, and what was made.
    leases: BTreeMap<String, Lease>,
    trace: Vec<Exchange>,
    /// The slots that were made and not looked at yet.
    pub(super) unseen: Vec<usize>,
    pub(super) shown: BTreeSet<OperationId>,
}

/// A resource of a slot as the endpoint has it.
pub(super) struct SlotResource {
    pub(super) arn: String,
    /// Members that nobody wrote, as they were first seen.
    pub(super) observed: Map<String, Value>,
    /// What was made along with it.
    pub(super) by_products: Vec<Resource>,
}

/// Plays the sequence from its beginning, with fresh resources.
pub(super) async fn run_sequence(context: SequenceContext<'_>, steps: &[Step]) -> SequenceResult {
    let mut sequence_run = SequenceRun {
        context,
        steps,
        state: State::new(Arc::clone(context.kind)),
        resources: Vec::new(),
        arns: BTreeMap::new(),
        leases: BTreeMap::new(),
        trace: Vec::new(),
        unseen: Vec::new(),
        shown: BTreeSet::new(),
    };
    let mut steps_run = 0;
    let mut result = sequence_run.open().await;
    while let Some(step) = steps.get(steps_run).filter(|_| result.is_ok()) {
        steps_run += 1;
        result = sequence_run.step(step).await;
        if result.is_ok() && !sequence_run.makes_more_at_once(steps.get(steps_run)) {
            result = sequence_run.look_at_made().await;
        }
    }
    let shown = std::mem::take(&mut sequence_run.shown);
    sequence_run.clear_away().await;
    SequenceResult { result, steps: steps_run, shown }
}

impl SequenceRun<'_> {
    pub(super) fn pool(&self) -> &Pool {
        &self.context.case_context.under_test.pool
    }

    fn kind(&self) -> &Kind {
        self.context.kind
    }

    /// Turns, keys and names of things outside, for the kind and for those it refers to. In the order of their names, so
    /// that two sequences never wait for each other.
    async fn open(&mut self) -> CaseResult {
        let kind = Arc::clone(self.context.kind);
        let own = kind.inputs(self.steps);
        let mut wanted = BTreeMap::from([(kind.name.clone(), (kind.create.clone(), outside(&own)))]);
        for parent in referred(&own) {
            let Some(maker) = self.pool().producer(&parent.kind) else {
                return Err(indeterminate(format!("no operation makes a `{}`", parent.kind)));
            };
            wanted.insert(parent.kind, (maker.clone(), outside(&maker.input)));
        }
        for (name, (maker, outside)) in wanted {
            let lease = self.pool().lease_for(maker.operation, &Effects::default(), &[&outside]).await;
            self.leases.insert(name, lease.map_err(|error| resource_unavailable(&error))?);
        }
        Ok(())
    }

    /// Removes what the sequence has made: the kind first, then what it refers to. What cannot be removed now stays on
    /// the account of the pool.
    async fn clear_away(mut self) {
        let own = self.leases.remove(&self.context.kind.name);
        for lease in own.into_iter().chain(std::mem::take(&mut self.leases).into_values()) {
            self.pool().discard(lease).await;
        }
    }

    /// Sends one call. An answer from which nothing follows ends the sequence without a verdict.
    pub(super) async fn call(&mut self, recipe: &Recipe, input: &Value) -> CaseResult<SentCall> {
        let call = self.ask(recipe, input).await?;
        Self::conclusive(call)
    }

    async fn ask(&mut self, recipe: &Recipe, input: &Value) -> CaseResult<SentCall> {
        let call = self.context.case_context.ask(recipe.operation, input).await?;
        self.trace.push(call.exchange.clone());
        Ok(call)
    }

    fn conclusive(call: SentCall) -> CaseResult<SentCall> {
        if call.answer.is_inconclusive() || call.answer.is_absent() {
            return Err(call.undecided());
        }
        Ok(call)
    }

    /// How many calls the lines of a finding hold so far.
    pub(super) fn said(&self) -> usize {
        self.trace.len()
    }

    /// Takes back the calls after that: they only settle who is to blame, and show nothing.
    pub(super) fn unsay(&mut self, said: usize) {
        self.trace.truncate(said);
    }

    /// A call that makes something, with the tag of the run; what it made goes on the account.
    async fn make(
        &mut self,
        kind: &str,
        recipe: &Recipe,
        input: Value,
    ) -> CaseResult<(SentCall, Resource, Vec<Resource>)> {
        let tagged = self.context.case_context.under_test.run_context.config.run_tag.is_some();
        let input = if tagged { self.pool().tagged(recipe.operation, input) } else { input };
        let call = self.ask(recipe, &input).await?;
        let pool = Arc::clone(&self.context.case_context.under_test.pool);
        if let Some(lease) = self.leases.get_mut(kind) {
            pool.track(lease, &call.exchange);
        }
        let call = Self::conclusive(call)?;
        if !call.answer.is_success() {
            return Err(call.undecided());
        }
        let mut by_products = Resource::all_in(&call.json());
        let Some(position) = by_products.iter().position(|resource| resource.kind == kind) else {
            return Err(indeterminate(format!("the answer of {} names no {kind}", recipe.operation.name())));
        };
        let resource = by_products.remove(position);
        Ok((call, resource, by_products))
    }

    /// Makes what a value refers to and is not there yet.
    pub(super) async fn make_parents(&mut self, value: &Value) -> CaseResult {
        for parent in referred(value) {
            if self.arns.contains_key(&parent) {
                continue;
            }
            let Some(maker) = self.pool().producer(&parent.kind).cloned() else {
                return Err(indeterminate(format!("no operation makes a `{}`", parent.kind)));
            };
            let lease = self.leases.get(&parent.kind).map(|lease| lease.fill(&maker.input));
            let input = match lease {
                Some(filled) => filled.map_err(|error| resource_unavailable(&error))?,
                None => return Err(indeterminate(format!("no turn for a `{}`", parent.kind))),
            };
            let (_, resource, by_products) = self.make(&parent.kind, &maker, input).await?;
            self.pool().settled(&resource).await;
            // What is made along with a parent may fill the one place that the kind needs.
            let own: Vec<Resource> = by_products.into_iter().filter(|it| it.kind == self.kind().name).collect();
            for rival in own {
                let delete = self.kind().delete.clone();
                let call = self.call(&delete, &delete.about(&rival.arn)).await?;
                if !call.answer.is_success() {
                    return Err(call.undecided());
                }
                self.gone(&parent.kind, &rival.arn);
            }
            self.arns.insert(parent, resource.arn);
        }
        Ok(())
    }

    /// Makes the next resource of the kind.
    pub(super) async fn make_thing(&mut self, input: &Value) -> CaseResult<SentCall> {
        let filled = self.fill(input)?;
        let (name, maker) = (self.kind().name.clone(), self.kind().create.clone());
        let (call, resource, by_products) = self.make(&name, &maker, filled).await?;
        self.resources.push(SlotResource { arn: resource.arn, observed: Map::new(), by_products });
        Ok(call)
    }

    /// Notes that a resource is gone.
    pub(super) fn gone(&mut self, kind: &str, arn: &str) {
        let pool = Arc::clone(&self.context.case_context.under_test.pool);
        if let Some(lease) = self.leases.get_mut(kind) {
            pool.untrack(lease, arn);
        }
    }

    /// The value with every placeholder filled in.
    pub(super) fn fill(&self, value: &Value) -> CaseResult<Value> {
        let own = self.leases.get(&self.kind().name);
        let mut fill = |placeholder: &Placeholder| {
            let known = self.arns.get(placeholder).cloned();
            known.or_else(|| own.and_then(|lease| lease.value(placeholder)).map(str::to_owned))
        };
        Placeholder::fill(value, &mut fill)
            .ok_or_else(|| indeterminate("a resource that the input names does not exist"))
    }

    /// What a placeholder of a parent stands for.
    pub(super) fn arn(&self, parent: &Placeholder) -> CaseResult<String> {
        self.arns.get(parent).cloned().ok_or_else(|| indeterminate("a parent was never created"))
    }

    /// The failure of this sequence, shown by its last call and laid at the door of an operation.
    pub(super) fn fail(
        &self,
        rule: &CheckInfo,
        departure: &Mismatch,
        call: &SentCall,
        operation: OperationId,
    ) -> Verdict {
        let case_context = self.context.case_context;
        let under_test = case_context.under_test;
        let literals = json!(self.steps);
        let context = under_test.context(case_context.case).with_input(&literals);
        let mut finding = under_test.finding(rule, departure, call, &context);
        finding.identify(FindingId::new(rule.check, operation, finding.site.as_str()));
        finding.reproduce.curl = under_test.run_context.judge().script(&self.trace, &context);
        Verdict::Fail(vec![finding])
    }
}

/// The things outside the services that a value names.
fn outside(value: &Value) -> Value {
    let names = Placeholder::all_in(value).into_iter().filter(|placeholder| is_external_type(&placeholder.kind));
    names.map(|placeholder| Value::String(placeholder.to_string())).collect()
}
