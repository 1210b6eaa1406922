//! One sequence played at the endpoint: resources of its own, every answer held against the reference model, everything
//! cleared away at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ivs_client::Exchange;
use ivs_generators::{Effects, Placeholder};
use ivs_judge::{CheckInfo, Mismatch, Verdict};
use ivs_model::{FindingId, OperationId};
use ivs_pool::{Lease, Pool, Recipe, Resource, is_external};
use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::patience::Patience;
use super::state::State;
use super::step::{Step, referred};
use crate::answer::{is_success, tells_nothing};
use crate::judged::{Judged, Scene, undecided, unmade};
use crate::subject::Call;

/// What a played sequence has shown.
pub(super) struct Played {
    pub(super) judged: Judged,
    /// How many steps were played, the last one perhaps in part.
    pub(super) steps: usize,
    /// The operations that were seen to do what they should.
    pub(super) shown: BTreeSet<OperationId>,
}

/// Where sequences are played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) kind: &'a Arc<Kind>,
    pub(super) patience: &'a Patience,
}

/// A sequence in play.
pub(super) struct Play<'a> {
    pub(super) stage: Stage<'a>,
    steps: &'a [Step],
    pub(super) state: State,
    /// The resources of the slots.
    pub(super) things: Vec<Thing>,
    /// What parents stand for.
    arns: BTreeMap<Placeholder, String>,
    /// By kind: what holds its turn, its keys, and what was made.
    leases: BTreeMap<String, Lease>,
    trace: Vec<Exchange>,
    pub(super) shown: BTreeSet<OperationId>,
}

/// A resource of a slot as the endpoint has it.
pub(super) struct Thing {
    pub(super) arn: String,
    /// Members that nobody wrote, as they were first seen.
    pub(super) learnt: Map<String, Value>,
    /// What was made along with it.
    pub(super) company: Vec<Resource>,
}

/// Plays the sequence from its beginning, with fresh resources.
pub(super) async fn play(stage: Stage<'_>, steps: &[Step]) -> Played {
    let mut play = Play {
        stage,
        steps,
        state: State::new(Arc::clone(stage.kind)),
        things: Vec::new(),
        arns: BTreeMap::new(),
        leases: BTreeMap::new(),
        trace: Vec::new(),
        shown: BTreeSet::new(),
    };
    let mut played = 0;
    let mut judged = play.open().await;
    for step in steps {
        if judged.is_err() {
            break;
        }
        played += 1;
        judged = play.step(step).await;
    }
    let shown = std::mem::take(&mut play.shown);
    play.clear_away().await;
    Played { judged, steps: played, shown }
}

impl Play<'_> {
    pub(super) fn pool(&self) -> &Pool {
        &self.stage.scene.subject.pool
    }

    fn kind(&self) -> &Kind {
        self.stage.kind
    }

    /// Turns, keys and names of things outside, for the kind and for those it refers to. In the order of their names, so
    /// that two sequences never wait for each other.
    async fn open(&mut self) -> Judged {
        let kind = Arc::clone(self.stage.kind);
        let mut inputs = Vec::new();
        for step in self.steps {
            match step {
                Step::Create { input } => {
                    let slot = inputs.iter().filter(|(makes, _)| *makes).count();
                    inputs.push((true, kind.making_input(slot, input)));
                }
                Step::Update { change, .. } => inputs.push((false, Value::Object(change.clone()))),
                _ => {}
            }
        }
        let own = json!(inputs.iter().map(|(_, input)| input).collect::<Vec<_>>());
        let mut wanted = BTreeMap::from([(kind.name.clone(), (kind.maker.clone(), outside(&own)))]);
        for parent in referred(&own) {
            let Some(maker) = self.pool().producer(&parent.kind) else {
                return Err(undecided(format!("no operation makes a `{}`", parent.kind)));
            };
            wanted.insert(parent.kind, (maker.clone(), outside(&maker.input)));
        }
        for (name, (maker, outside)) in wanted {
            let lease = self.pool().lease_for(maker.operation, &Effects::default(), &[&outside]).await;
            self.leases.insert(name, lease.map_err(|error| unmade(&error))?);
        }
        Ok(())
    }

    /// Removes what the sequence has made: the kind first, then what it refers to. What cannot be removed now stays on
    /// the account of the pool.
    async fn clear_away(mut self) {
        let own = self.leases.remove(&self.stage.kind.name);
        for lease in own.into_iter().chain(std::mem::take(&mut self.leases).into_values()) {
            self.pool().discard(lease).await;
        }
    }

    /// Sends one call. An answer from which nothing follows ends the sequence without a verdict.
    pub(super) async fn call(&mut self, recipe: &Recipe, input: &Value) -> Judged<Call> {
        let call = self.stage.scene.ask(recipe.operation, input).await?;
        self.trace.push(call.exchange.clone());
        if tells_nothing(&call.answer) || call.answer.is_absent() {
            return Err(undecided(format!("{} was answered by {}", recipe.operation.name(), call.answer)));
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
    async fn make(&mut self, kind: &str, recipe: &Recipe, input: Value) -> Judged<(Call, Resource, Vec<Resource>)> {
        let tagged = self.stage.scene.subject.session.config.run_tag.is_some();
        let input = if tagged { self.pool().tagged(recipe.operation, input) } else { input };
        let call = self.call(recipe, &input).await?;
        let pool = Arc::clone(&self.stage.scene.subject.pool);
        if let Some(lease) = self.leases.get_mut(kind) {
            pool.track(lease, &call.exchange);
        }
        if !is_success(&call.answer) {
            return Err(undecided(format!("{} was answered by {}", recipe.operation.name(), call.answer)));
        }
        let mut company = Resource::all_in(&call.json());
        let Some(position) = company.iter().position(|resource| resource.kind == kind) else {
            return Err(undecided(format!("the answer of {} names no {kind}", recipe.operation.name())));
        };
        let resource = company.remove(position);
        self.pool().settled(&resource).await;
        Ok((call, resource, company))
    }

    /// Makes what a value refers to and is not there yet.
    pub(super) async fn make_parents(&mut self, value: &Value) -> Judged {
        for parent in referred(value) {
            if self.arns.contains_key(&parent) {
                continue;
            }
            let Some(maker) = self.pool().producer(&parent.kind).cloned() else {
                return Err(undecided(format!("no operation makes a `{}`", parent.kind)));
            };
            let lease = self.leases.get(&parent.kind).map(|lease| lease.fill(&maker.input));
            let input = match lease {
                Some(filled) => filled.map_err(|error| unmade(&error))?,
                None => return Err(undecided(format!("no turn for a `{}`", parent.kind))),
            };
            let (_, resource, company) = self.make(&parent.kind, &maker, input).await?;
            // What is made along with a parent may fill the one place that the kind needs.
            let own: Vec<Resource> = company.into_iter().filter(|it| it.kind == self.kind().name).collect();
            for rival in own {
                let remover = self.kind().remover.clone();
                let call = self.call(&remover, &about(&remover, &rival.arn)).await?;
                if !is_success(&call.answer) {
                    return Err(undecided(format!("{} was answered by {}", remover.operation.name(), call.answer)));
                }
                self.gone(&parent.kind, &rival.arn);
            }
            self.arns.insert(parent, resource.arn);
        }
        Ok(())
    }

    /// Makes the next resource of the kind.
    pub(super) async fn make_thing(&mut self, input: &Value) -> Judged<Call> {
        let filled = self.fill(input)?;
        let (name, maker) = (self.kind().name.clone(), self.kind().maker.clone());
        let (call, resource, company) = self.make(&name, &maker, filled).await?;
        self.things.push(Thing { arn: resource.arn, learnt: Map::new(), company });
        Ok(call)
    }

    /// Notes that a resource is gone.
    pub(super) fn gone(&mut self, kind: &str, arn: &str) {
        let pool = Arc::clone(&self.stage.scene.subject.pool);
        if let Some(lease) = self.leases.get_mut(kind) {
            pool.untrack(lease, arn);
        }
    }

    /// The value with every placeholder filled in.
    pub(super) fn fill(&self, value: &Value) -> Judged<Value> {
        let own = self.leases.get(&self.kind().name);
        let mut fill = |placeholder: &Placeholder| {
            let known = self.arns.get(placeholder).cloned();
            known.or_else(|| own.and_then(|lease| lease.value(placeholder)).map(str::to_owned))
        };
        Placeholder::fill(value, &mut fill).ok_or_else(|| undecided("something that an input names is not there"))
    }

    /// What a placeholder of a parent stands for.
    pub(super) fn arn(&self, parent: &Placeholder) -> Judged<String> {
        self.arns.get(parent).cloned().ok_or_else(|| undecided("a parent was never made"))
    }

    /// The failure of this sequence, shown by its last call and laid at the door of an operation.
    pub(super) fn fail(&self, rule: &CheckInfo, departure: &Mismatch, call: &Call, operation: OperationId) -> Verdict {
        let scene = self.stage.scene;
        let subject = scene.subject;
        let literals = json!(self.steps);
        let context = subject.context(scene.case).with_input(&literals);
        let mut finding = subject.finding(rule, departure, call, &context);
        finding.scope = operation.into();
        finding.identity = FindingId::new(rule.check, operation, finding.site.as_str());
        finding.reproduce.curl = subject.session.judge().script(&self.trace, &context);
        Verdict::Fail(vec![finding])
    }
}

/// The input of a call about one resource.
pub(super) fn about(recipe: &Recipe, arn: &str) -> Value {
    Placeholder::fill(&recipe.input, &mut |_| Some(arn.to_owned())).unwrap_or(Value::Null)
}

/// The things outside the services that a value names.
fn outside(value: &Value) -> Value {
    let names = Placeholder::all_in(value).into_iter().filter(|placeholder| is_external(&placeholder.kind));
    names.map(|placeholder| Value::String(placeholder.to_string())).collect()
}
