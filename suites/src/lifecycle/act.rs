//! The steps: what each one sends, and what must be answered.

use futures_util::future::join_all;
use ivs_client::Exchange;
use ivs_generators::{Authority, ExpectedError, Placeholder};
use ivs_judge::{Evidence, Expected, Mismatch};
use ivs_model::OperationId;
use ivs_model::knowledge::{Cascade, Effect};
use ivs_pool::Recipe;
use ivs_runner::{CaseResult, SentCall, indeterminate};
use serde_json::{Map, Value};

use super::checks::{ATTACHED_STAYS, CASCADE, DELETED_IS_GONE, DETACHED_GOES, IS_THERE, USE_AFTER_DELETE};
use super::document::{Writing, parent};
use super::look::Ended;
use super::sequence_run::SequenceRun;
use super::state::DeletionOutcome;
use super::step::Step;

impl SequenceRun<'_> {
    /// Plays one step, and brings the reference model up to it.
    pub(super) async fn step(&mut self, step: &Step) -> CaseResult {
        match step {
            Step::Create { input } => self.create(step, input).await,
            Step::Read { slot } => self.look(*slot).await,
            Step::List { slot } => self.list(*slot).await,
            Step::Update { slot, change } => self.update(step, *slot, change).await,
            Step::Tag { slot, tags } => {
                let Some(tag_operations) = self.context.kind.tagging else { return Ok(()) };
                let input = tag_operations.add(&self.resources[*slot].arn, tags);
                self.tag(step, *slot, tag_operations.tagger.id, input).await
            }
            Step::Untag { slot, keys } => {
                let Some(tag_operations) = self.context.kind.tagging else { return Ok(()) };
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let input = tag_operations.remove(&self.resources[*slot].arn, &keys);
                self.tag(step, *slot, tag_operations.untagger.id, input).await
            }
            Step::Delete { slot } => self.delete(step, *slot).await,
            Step::Remove { parent: name } => match parent(name) {
                Some(name) => self.remove(step, &name).await,
                None => Err(indeterminate(format!("`{name}` names nothing"))),
            },
        }
    }

    async fn create(&mut self, step: &Step, input: &Map<String, Value>) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let slot = self.resources.len();
        let whole = kind.making_input(slot, input);
        self.make_parents(&whole).await?;
        let call = self.make_thing(&whole).await?;
        self.state.apply(step);
        // A unique name that the endpoint made necessary was written, too.
        if let Some(name) = call.input.get("name") {
            self.state.slots[slot].written.entry("name").or_insert_with(|| name.clone());
        }
        let members = self.state.slots[slot].written.clone();
        let writing = Writing { operation: kind.create.operation, members: &members, rule: None, makes: true };
        self.judge_write(slot, &call, writing)?;
        self.unseen.push(slot);
        Ok(())
    }

    /// Whether the next step makes one more resource while the last one settles.
    pub(super) fn makes_more_at_once(&self, next: Option<&Step>) -> bool {
        matches!(next, Some(Step::Create { .. })) && self.context.kind.changes_slowly()
    }

    /// Looks at what was made since the last look: it has settled, and is as it was written.
    pub(super) async fn look_at_made(&mut self) -> CaseResult {
        let create = self.context.kind.create.operation;
        let made = std::mem::take(&mut self.unseen);
        join_all(made.iter().map(|slot| self.settle(*slot))).await;
        for slot in made {
            let members = self.state.slots[slot].written.clone();
            let writing = Writing { operation: create, members: &members, rule: None, makes: true };
            self.read_back(slot, Some(writing)).await?;
            self.shown.insert(create);
        }
        Ok(())
    }

    async fn update(&mut self, step: &Step, slot: usize, change: &Map<String, Value>) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let Some(changer) = &kind.update else { return Ok(()) };
        let alive = self.state.slots[slot].alive;
        let whole = Value::Object(change.clone());
        if alive {
            self.make_parents(&whole).await?;
        }
        let mut input = changer.about(&self.resources[slot].arn);
        // Of what is gone it matters only that it is named.
        let filled = if alive { self.fill(&whole)? } else { kind.samples.fill(&whole) };
        if let (Some(members), Some(filled)) = (input.as_object_mut(), filled.as_object()) {
            members.extend(filled.clone());
        }
        let call = self.call(changer, &input).await?;
        if !alive {
            return self.refused(&call, &kind.name, Authority::Inferred);
        }
        self.taken(slot, &call)?;
        let before = self.resources[slot].observed.clone();
        for follower in self.state.followers(change) {
            self.resources[slot].observed.shift_remove(follower);
        }
        let earlier = self.state.slots[slot].written.clone();
        self.state.apply(step);
        let writing = Writing { operation: changer.operation, members: change, rule: None, makes: false };
        self.judge_write(slot, &call, writing)?;
        self.settle(slot).await;
        self.read_back(slot, Some(writing)).await?;
        // An update to what was there already shows nothing.
        if change.iter().any(|(name, value)| earlier.get(name).or_else(|| before.get(name)) != Some(value)) {
            self.shown.insert(changer.operation);
        }
        Ok(())
    }

    async fn tag(&mut self, step: &Step, slot: usize, operation: OperationId, input: Value) -> CaseResult {
        let Some(tag_operations) = self.context.kind.tagging else { return Ok(()) };
        let call = self.call(&recipe(operation), &input).await?;
        if !self.state.slots[slot].alive {
            let name = self.context.kind.name.clone();
            return self.refused(&call, &name, Authority::Inferred);
        }
        self.taken(slot, &call)?;
        self.state.apply(step);
        let mut wait = self.context.consistency.begin();
        loop {
            let reader = recipe(tag_operations.reader.id);
            let listed = self.call(&reader, &tag_operations.list(&self.resources[slot].arn)).await?;
            self.taken(slot, &listed)?;
            match self.tags_departure(slot, listed.json().get(tag_operations.shown)) {
                None => break,
                Some(_) if wait.again().await => {}
                Some((rule, departure)) => {
                    let shown_rightly = self.tags_are_shown(slot).await?;
                    let operation = if shown_rightly { tag_operations.reader.id } else { operation };
                    return Err(self.fail(&rule, &departure, &listed, operation));
                }
            }
        }
        wait.helped();
        let nothing = Map::new();
        let writing = Writing { operation, members: &nothing, rule: None, makes: false };
        self.read_back(slot, Some(writing)).await?;
        self.shown.extend([operation, tag_operations.reader.id]);
        Ok(())
    }

    async fn delete(&mut self, step: &Step, slot: usize) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let arn = self.resources[slot].arn.clone();
        let call = self.call(&kind.delete, &kind.delete.about(&arn)).await?;
        if !self.state.slots[slot].alive {
            return self.refused(&call, &kind.name, Authority::Observed);
        }
        self.taken(slot, &call)?;
        self.state.apply(step);
        let operation = kind.delete.operation;
        self.is_gone(slot, &DELETED_IS_GONE, DELETED_IS_GONE.authority, operation).await?;
        self.shown.insert(operation);
        let by_products = std::mem::take(&mut self.resources[slot].by_products);
        for resource in &by_products {
            let cascades = &kind.knowledge.cascades;
            let cascade = cascades.iter().find(|it| {
                it.operation == operation.name() && it.resource == resource.kind && it.effect == Effect::Ends
            });
            let reader = self.pool().getter(&resource.kind).cloned();
            if let (Some(cascade), Some(reader)) = (cascade, reader) {
                let (arn, site) = (resource.arn.as_str(), resource.kind.as_str());
                let ended =
                    Ended { reader: &reader, arn, rule: &CASCADE, authority: cascade.authority, operation, site };
                self.is_ended(ended).await?;
            }
        }
        Ok(())
    }

    /// Removes what resources of the kind may refer to.
    async fn remove(&mut self, step: &Step, name: &Placeholder) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let Some(delete) = kind.parents.get(&name.kind) else { return Ok(()) };
        let arn = self.arn(name)?;
        let fate = self.state.fate(name);
        let call = self.call(delete, &delete.about(&arn)).await?;
        let operation = delete.operation;
        match fate {
            DeletionOutcome::Unknown => return Ok(()),
            DeletionOutcome::Stays(precondition) => {
                let errors: Vec<ExpectedError> = precondition
                    .rejection
                    .errors()
                    .map(|error| ExpectedError { code: error.code, status: error.status })
                    .collect();
                let expected = Expected::rejected(&errors, precondition.authority, precondition.rejection.authority)
                    .at(&kind.name, "");
                expected.evaluate(&call.answer, &Evidence::implied()).result(|departure| {
                    let departure = departure.from_source(precondition.source.as_str());
                    self.fail(&ATTACHED_STAYS, &departure, &call, operation)
                })?;
                self.shown.insert(operation);
                return Ok(());
            }
            DeletionOutcome::Goes | DeletionOutcome::Takes(..) if !call.answer.is_success() => {
                // Whether the refusal is wrong rests on why one is owed while it is attached.
                let Some(precondition) = kind.must_be_detached(operation) else {
                    return Err(call.undecided());
                };
                let expected = Expected::accepted().because(precondition.authority).at(&kind.name, "");
                return expected.evaluate(&call.answer, &Evidence::implied()).result(|departure| {
                    let departure = departure.from_source(precondition.source.as_str());
                    self.fail(&DETACHED_GOES, &departure, &call, operation)
                });
            }
            DeletionOutcome::Goes | DeletionOutcome::Takes(..) => {}
        }
        self.gone(&name.kind, &arn);
        let taken: Vec<(&Cascade, usize)> = match fate {
            DeletionOutcome::Takes(cascade, slots) => slots.into_iter().map(|slot| (cascade, slot)).collect(),
            DeletionOutcome::Goes | DeletionOutcome::Stays(_) | DeletionOutcome::Unknown => Vec::new(),
        };
        self.state.apply(step);
        for (cascade, slot) in taken {
            match cascade.effect {
                Effect::Ends => self.is_gone(slot, &CASCADE, cascade.authority, operation).await?,
                Effect::Clears => {
                    let member = cascade.member.trim_start_matches('/').to_owned();
                    let members = Map::from_iter([(member, Value::from(""))]);
                    let rule = Some((&CASCADE, cascade.authority));
                    let writing = Writing { operation, members: &members, rule, makes: false };
                    self.read_back(slot, Some(writing)).await?;
                }
            }
        }
        self.shown.insert(operation);
        Ok(())
    }

    /// A call on what is there: that it is not there is wrong, any other refusal tells nothing of its life.
    fn taken(&self, slot: usize, call: &SentCall) -> CaseResult {
        if call.answer.is_success() {
            return Ok(());
        }
        let operation = call.exchange.operation;
        if call.answer.status() == Some(404) && self.state.slots[slot].alive {
            let kind = self.context.kind.name.as_str();
            let departure = Mismatch::new(kind, "what was made is there", call.answer.to_string());
            return Err(self.fail(&IS_THERE, &departure, call, operation));
        }
        Err(call.undecided())
    }

    /// A call on what is gone: it is not found.
    fn refused(&mut self, call: &SentCall, site: &str, authority: Authority) -> CaseResult {
        let operation = call.exchange.operation;
        let errors = [ExpectedError { code: "ResourceNotFoundException".to_owned(), status: 404 }];
        if !self.declares(&call.exchange, &errors[0]) {
            return Ok(());
        }
        let expected = Expected::rejected(&errors, authority, authority).at(site, "");
        let evaluation = expected.evaluate(&call.answer, &Evidence::implied());
        evaluation.result(|departure| self.fail(&USE_AFTER_DELETE, &departure, call, operation))
    }

    fn declares(&self, exchange: &Exchange, error: &ExpectedError) -> bool {
        let model = self.context.kind.model;
        let operation = model.operation(exchange.operation.name());
        let mut declared = operation.into_iter().flat_map(|it| &it.errors).map(|id| model.shape(*id));
        declared.any(|shape| shape.name == error.code && shape.error_status == Some(error.status))
    }
}

fn recipe(operation: OperationId) -> Recipe {
    Recipe { operation, input: Value::Null }
}
