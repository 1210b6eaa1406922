//! The steps: what each one sends, and what must come of it.

use ivs_client::Exchange;
use ivs_generators::{Authority, ExpectedError, Placeholder};
use ivs_judge::{Departure, Rule};
use ivs_model::knowledge::{Cascade, Effect};
use ivs_pool::{Recipe, Resource};
use serde_json::{Map, Value};

use super::document::{Writing, parent, shown};
use super::play::{Play, about};
use super::rules::{
    ATTACHED_STAYS, CASCADE, DELETED_IS_GONE, DELETED_IS_UNLISTED, DETACHED_GOES, IS_LISTED, IS_THERE, USE_AFTER_DELETE,
};
use super::state::{Fate, scoped};
use super::step::Step;
use crate::answer::is_success;
use crate::judged::{Judged, undecided};
use crate::rejection::{Owed, Weighed};
use crate::subject::Call;

/// The most pages of one list.
const PAGES: usize = 100;

/// A resource that must be gone, and who answers for it.
struct Ended<'a> {
    reader: &'a Recipe,
    arn: &'a str,
    rule: &'a Rule,
    authority: Authority,
    /// The operation that is to blame.
    operation: &'a str,
    site: &'a str,
}

impl Play<'_> {
    /// Plays one step, and brings the reference model up to it.
    pub(super) async fn step(&mut self, step: &Step) -> Judged {
        match step {
            Step::Create { input } => self.create(step, input).await,
            Step::Read { slot } => self.look(*slot).await,
            Step::List { slot } => self.list(*slot).await,
            Step::Update { slot, change } => self.update(step, *slot, change).await,
            Step::Tag { slot, tags } => {
                let Some(words) = self.stage.kind.tagging else { return Ok(()) };
                let input = words.add(&self.things[*slot].arn, tags);
                self.tag(step, *slot, &words.tagger.name, input).await
            }
            Step::Untag { slot, keys } => {
                let Some(words) = self.stage.kind.tagging else { return Ok(()) };
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let input = words.remove(&self.things[*slot].arn, &keys);
                self.tag(step, *slot, &words.untagger.name, input).await
            }
            Step::Delete { slot } => self.delete(step, *slot).await,
            Step::Remove { parent: name } => match parent(name) {
                Some(name) => self.remove(step, &name).await,
                None => Err(undecided(format!("`{name}` names nothing"))),
            },
        }
    }

    async fn create(&mut self, step: &Step, input: &Map<String, Value>) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let slot = self.things.len();
        let whole = kind.making_input(slot, input);
        self.make_parents(&whole).await?;
        let call = self.make_thing(&whole).await?;
        self.state.apply(step);
        let members = self.state.slots[slot].written.clone();
        let writing = Writing { operation: &kind.maker.operation, members: &members, rule: None, makes: true };
        self.judge_write(slot, &call, writing)?;
        self.read_back(slot, Some(writing)).await?;
        self.shown.insert(kind.maker.operation.clone());
        Ok(())
    }

    async fn update(&mut self, step: &Step, slot: usize, change: &Map<String, Value>) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let Some(changer) = &kind.changer else { return Ok(()) };
        let alive = self.state.slots[slot].alive;
        let whole = Value::Object(change.clone());
        if alive {
            self.make_parents(&whole).await?;
        }
        let mut input = about(changer, &self.things[slot].arn);
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
        let before = self.things[slot].learnt.clone();
        for follower in self.state.followers(change) {
            self.things[slot].learnt.shift_remove(follower);
        }
        let earlier = self.state.slots[slot].written.clone();
        self.state.apply(step);
        let writing = Writing { operation: &changer.operation, members: change, rule: None, makes: false };
        self.judge_write(slot, &call, writing)?;
        self.settle(slot).await;
        self.read_back(slot, Some(writing)).await?;
        // An update to what was there already shows nothing.
        if change.iter().any(|(name, value)| earlier.get(name).or_else(|| before.get(name)) != Some(value)) {
            self.shown.insert(changer.operation.clone());
        }
        Ok(())
    }

    async fn tag(&mut self, step: &Step, slot: usize, operation: &str, input: Value) -> Judged {
        let Some(words) = self.stage.kind.tagging else { return Ok(()) };
        let call = self.call(&recipe(words.service, operation), &input).await?;
        if !self.state.slots[slot].alive {
            let name = self.stage.kind.name.clone();
            return self.refused(&call, &name, Authority::Inferred);
        }
        self.taken(slot, &call)?;
        self.state.apply(step);
        let mut wait = self.stage.patience.begin();
        loop {
            let reader = recipe(words.service, &words.reader.name);
            let listed = self.call(&reader, &words.list(&self.things[slot].arn)).await?;
            self.taken(slot, &listed)?;
            match self.tags_departure(slot, listed.json().get(words.shown)) {
                None => break,
                Some(_) if wait.again().await => {}
                Some((rule, departure)) => {
                    let shown_rightly = self.tags_are_shown(slot).await?;
                    let operation = if shown_rightly { words.reader.name.as_str() } else { operation };
                    return Err(self.fail(&rule, &departure, &listed, operation));
                }
            }
        }
        wait.helped();
        let nothing = Map::new();
        let writing = Writing { operation, members: &nothing, rule: None, makes: false };
        self.read_back(slot, Some(writing)).await?;
        self.shown.extend([operation.to_owned(), words.reader.name.clone()]);
        Ok(())
    }

    /// Looks at a resource: it is as it was written, or gone.
    async fn look(&mut self, slot: usize) -> Judged {
        if self.state.slots[slot].alive || self.stage.kind.only_ends() {
            return self.read_back(slot, None).await;
        }
        let operation = self.stage.kind.reader.operation.clone();
        self.is_gone(slot, &DELETED_IS_GONE, DELETED_IS_GONE.authority, &operation).await
    }

    async fn delete(&mut self, step: &Step, slot: usize) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let arn = self.things[slot].arn.clone();
        let call = self.call(&kind.remover, &about(&kind.remover, &arn)).await?;
        if !self.state.slots[slot].alive {
            return self.refused(&call, &kind.name, Authority::Observed);
        }
        self.taken(slot, &call)?;
        self.state.apply(step);
        let operation = kind.remover.operation.as_str();
        self.is_gone(slot, &DELETED_IS_GONE, DELETED_IS_GONE.authority, operation).await?;
        self.shown.insert(operation.to_owned());
        let company = std::mem::take(&mut self.things[slot].company);
        for resource in &company {
            let cascades = &kind.knowledge.cascades;
            let cascade = cascades
                .iter()
                .find(|it| it.operation == operation && it.resource == resource.kind && it.effect == Effect::Ends);
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
    async fn remove(&mut self, step: &Step, name: &Placeholder) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let Some(remover) = kind.parents.get(&name.kind) else { return Ok(()) };
        let arn = self.arn(name)?;
        let fate = self.state.fate(name);
        let call = self.call(remover, &about(remover, &arn)).await?;
        let operation = remover.operation.as_str();
        match fate {
            Fate::Unknown => return Ok(()),
            Fate::Stays(precondition) => {
                let errors: Vec<ExpectedError> = precondition
                    .rejection
                    .errors()
                    .map(|error| ExpectedError { code: error.code, status: error.status })
                    .collect();
                let owed = Owed {
                    errors: &errors,
                    authority: precondition.authority,
                    code_authority: precondition.rejection.authority,
                    site: &kind.name,
                    pointer: "",
                };
                match owed.weigh(&call.answer) {
                    Weighed::Right => {}
                    Weighed::Undecided(reason) => return Err(undecided(reason)),
                    Weighed::Departs(departure) => {
                        let departure = departure.from_source(precondition.source.as_str());
                        return Err(self.fail(&ATTACHED_STAYS, &departure, &call, operation));
                    }
                }
                self.shown.insert(operation.to_owned());
                return Ok(());
            }
            Fate::Goes | Fate::Takes(..) if !is_success(&call.answer) => {
                // Whether the refusal is wrong rests on why one is owed while it is attached.
                let Some(precondition) = kind.must_be_detached(operation) else {
                    return Err(undecided(format!("{operation} was answered by {}", call.answer)));
                };
                let departure = Departure::new(kind.name.as_str(), "a success", call.answer.to_string())
                    .because(precondition.authority)
                    .from_source(precondition.source.as_str());
                return Err(self.fail(&DETACHED_GOES, &departure, &call, operation));
            }
            Fate::Goes | Fate::Takes(..) => {}
        }
        self.gone(&name.kind, &arn);
        let taken: Vec<(&Cascade, usize)> = match fate {
            Fate::Takes(cascade, slots) => slots.into_iter().map(|slot| (cascade, slot)).collect(),
            Fate::Goes | Fate::Stays(_) | Fate::Unknown => Vec::new(),
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
        self.shown.insert(operation.to_owned());
        Ok(())
    }

    /// Walks the list of a slot: what is there is listed as it is, what is gone is not listed.
    async fn list(&mut self, slot: usize) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let Some(list) = &kind.list else { return Ok(()) };
        let input = scoped(&list.recipe.input, &self.state.slots[slot]);
        let filled = self.fill(&input)?;
        let operation = list.recipe.operation.as_str();
        let mut wait = self.stage.patience.begin();
        loop {
            let (items, call) = self.items(list, &filled).await?;
            let mut departs = None;
            for other in 0..self.things.len() {
                if scoped(&list.recipe.input, &self.state.slots[other]) == input && departs.is_none() {
                    departs = self.listed(other, &items)?;
                }
            }
            match departs {
                None => break,
                Some(_) if wait.again().await => {}
                Some((rule, departure)) => return Err(self.fail(&rule, &departure, &call, operation)),
            }
        }
        wait.helped();
        if self.state.slots.iter().any(|slot| slot.alive) {
            self.shown.insert(operation.to_owned());
        }
        Ok(())
    }

    fn listed(&self, slot: usize, items: &[Value]) -> Judged<Option<(Rule, Departure)>> {
        let kind = self.stage.kind;
        let arn = self.things[slot].arn.as_str();
        let item = items.iter().find(|item| item.get("arn").and_then(Value::as_str) == Some(arn));
        match (item, self.state.slots[slot].alive) {
            (Some(item), true) => self.item_departure(slot, item),
            (None, true) => {
                let departure = Departure::new(kind.name.as_str(), "what was made is listed", "it is not");
                Ok(Some((IS_LISTED, departure)))
            }
            (Some(_), false) if !kind.only_ends() => {
                let departure = Departure::new(kind.name.as_str(), "what was deleted is not listed", "it is");
                Ok(Some((DELETED_IS_UNLISTED, departure)))
            }
            (_, false) => Ok(None),
        }
    }

    /// All items of a list, and the last answer.
    async fn items(&mut self, list: &super::kind::List, scope: &Value) -> Judged<(Vec<Value>, Call)> {
        let mut input = scope.clone();
        if let Some(size) = &list.pagination.page_size {
            input[size.as_str()] = Value::from(list.max);
        }
        let mut items = Vec::new();
        let mut pages = 0;
        loop {
            let call = self.call(&list.recipe, &input).await?;
            if !is_success(&call.answer) {
                return Err(undecided(format!("{} was answered by {}", list.recipe.operation, call.answer)));
            }
            let body = call.json();
            items.extend(body.get(list.items).and_then(Value::as_array).into_iter().flatten().cloned());
            pages += 1;
            let token = body.get(&list.pagination.output_token).and_then(Value::as_str).unwrap_or_default();
            if token.is_empty() || input.get(&list.pagination.input_token) == Some(&Value::from(token)) {
                return Ok((items, call));
            }
            if pages == PAGES {
                return Err(undecided("the list is too long to be walked to its end"));
            }
            input[list.pagination.input_token.as_str()] = Value::from(token);
        }
    }

    /// What the answer to a write shows of the resource, if it shows it.
    fn judge_write(&self, slot: usize, call: &Call, writing: Writing<'_>) -> Judged {
        let answer = call.json();
        let Some(document) = shown(&answer, &self.things[slot].arn) else { return Ok(()) };
        match self.departure(slot, document, Some(writing))? {
            None => Ok(()),
            Some((rule, departure)) => Err(self.fail(&rule, &departure, call, writing.operation)),
        }
    }

    /// Looks at a resource that is there until it is as written, or the wait is over.
    async fn read_back(&mut self, slot: usize, writing: Option<Writing<'_>>) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let input = about(&kind.reader, &self.things[slot].arn);
        let mut wait = self.stage.patience.begin();
        loop {
            let call = self.call(&kind.reader, &input).await?;
            // Read back, a lost write is the writer's; by itself, it is what the reader says.
            let operation = writing.map_or(kind.reader.operation.as_str(), |writing| writing.operation);
            let departs = if is_success(&call.answer) {
                let answer = call.json();
                match shown(&answer, &self.things[slot].arn) {
                    Some(document) => match self.departure(slot, document, writing)? {
                        None => {
                            wait.helped();
                            self.learn(slot, document);
                            self.shown.insert(kind.reader.operation.clone());
                            return Ok(());
                        }
                        departs => departs,
                    },
                    None => {
                        Some((IS_THERE, Departure::new(kind.name.as_str(), "the resource asked for", "another one")))
                    }
                }
            } else if call.answer.status() == Some(404) {
                Some((IS_THERE, Departure::new(kind.name.as_str(), "what was made is there", call.answer.to_string())))
            } else {
                return Err(undecided(format!("{} was answered by {}", kind.reader.operation, call.answer)));
            };
            if let Some((rule, departure)) = departs
                && !wait.again().await
            {
                let misread = writing.is_some() && self.is_listed_rightly(slot, &departure.pointer).await?;
                let operation = if misread { kind.reader.operation.as_str() } else { operation };
                return Err(self.fail(&rule, &departure, &call, operation));
            }
        }
    }

    /// A second witness where a read does not show what was written: whether the list shows it. Then it was written, and
    /// the reader is to blame.
    async fn is_listed_rightly(&mut self, slot: usize, pointer: &str) -> Judged<bool> {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let Some(list) = &kind.list else { return Ok(false) };
        let scope = self.fill(&scoped(&list.recipe.input, &self.state.slots[slot]))?;
        let said = self.said();
        let items = self.items(list, &scope).await;
        self.unsay(said);
        let (items, _) = items?;
        let arn = self.things[slot].arn.as_str();
        let Some(item) = items.iter().find(|item| item.get("arn").and_then(Value::as_str) == Some(arn)) else {
            return Ok(false);
        };
        Ok(item.pointer(pointer).is_some() && self.item_departure(slot, item)?.is_none())
    }

    /// The same for tags that their list does not show: whether the resource does.
    async fn tags_are_shown(&mut self, slot: usize) -> Judged<bool> {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let arn = self.things[slot].arn.clone();
        let said = self.said();
        let call = self.call(&kind.reader, &about(&kind.reader, &arn)).await;
        self.unsay(said);
        let call = call?;
        let answer = call.json();
        let tags = shown(&answer, &arn).and_then(|document| document.get("tags"));
        Ok(tags.is_some() && self.tags_departure(slot, tags).is_none())
    }

    /// A slot that must be gone, or over where its kind only ends.
    async fn is_gone(&mut self, slot: usize, rule: &Rule, authority: Authority, operation: &str) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        self.settle(slot).await;
        let arn = self.things[slot].arn.clone();
        let ended = Ended { reader: &kind.reader, arn: &arn, rule, authority, operation, site: &kind.name };
        self.is_ended(ended).await?;
        if !kind.only_ends() {
            self.gone(&kind.name.clone(), &arn);
        }
        self.shown.insert(kind.reader.operation.clone());
        Ok(())
    }

    async fn is_ended(&mut self, ended: Ended<'_>) -> Judged {
        let kind = std::sync::Arc::clone(self.stage.kind);
        let errors = [ExpectedError { code: "ResourceNotFoundException".to_owned(), status: 404 }];
        let owed = Owed {
            errors: &errors,
            authority: ended.authority,
            code_authority: ended.authority,
            site: ended.site,
            pointer: "",
        };
        let input = about(ended.reader, ended.arn);
        let mut wait = self.stage.patience.begin();
        loop {
            let call = self.call(ended.reader, &input).await?;
            if kind.only_ends() && ended.arn_is_over(&call, &kind) {
                wait.helped();
                return Ok(());
            }
            match owed.weigh(&call.answer) {
                Weighed::Right => {
                    wait.helped();
                    return Ok(());
                }
                Weighed::Undecided(reason) => return Err(undecided(reason)),
                Weighed::Departs(_) if wait.again().await => {}
                Weighed::Departs(departure) => {
                    // A wrong refusal is the reader's own; what is shown still was not removed.
                    let shown = is_success(&call.answer);
                    let operation = if shown { ended.operation } else { ended.reader.operation.as_str() };
                    return Err(self.fail(ended.rule, &departure, &call, operation));
                }
            }
        }
    }

    async fn settle(&self, slot: usize) {
        let (kind, arn) = (self.stage.kind.name.clone(), self.things[slot].arn.clone());
        self.pool().settled(&Resource { kind, arn }).await;
    }

    /// A call on what is there: that it is not there is wrong, any other refusal tells nothing of its life.
    fn taken(&self, slot: usize, call: &Call) -> Judged {
        if is_success(&call.answer) {
            return Ok(());
        }
        let operation = call.exchange.operation.as_str();
        if call.answer.status() == Some(404) && self.state.slots[slot].alive {
            let kind = self.stage.kind.name.as_str();
            let departure = Departure::new(kind, "what was made is there", call.answer.to_string());
            return Err(self.fail(&IS_THERE, &departure, call, operation));
        }
        Err(undecided(format!("{operation} was answered by {}", call.answer)))
    }

    /// A call on what is gone: it is not found.
    fn refused(&mut self, call: &Call, site: &str, authority: Authority) -> Judged {
        let operation = call.exchange.operation.clone();
        let errors = [ExpectedError { code: "ResourceNotFoundException".to_owned(), status: 404 }];
        if !self.declares(&call.exchange, &errors[0]) {
            return Ok(());
        }
        let owed = Owed { errors: &errors, authority, code_authority: authority, site, pointer: "" };
        match owed.weigh(&call.answer) {
            Weighed::Right => Ok(()),
            Weighed::Undecided(reason) => Err(undecided(reason)),
            Weighed::Departs(departure) => Err(self.fail(&USE_AFTER_DELETE, &departure, call, &operation)),
        }
    }

    fn declares(&self, exchange: &Exchange, error: &ExpectedError) -> bool {
        let model = self.stage.kind.model;
        let operation = model.operation(&exchange.operation);
        let mut declared = operation.into_iter().flat_map(|it| &it.errors).map(|id| model.shape(*id));
        declared.any(|shape| shape.name == error.code && shape.error_status == Some(error.status))
    }
}

impl Ended<'_> {
    /// Whether the answer shows the resource in a state from which nothing leads on.
    fn arn_is_over(&self, call: &Call, kind: &super::kind::Kind) -> bool {
        let answer = call.json();
        let state = shown(&answer, self.arn).and_then(|document| document.get("state")).and_then(Value::as_str);
        let lifecycle = kind.lifecycle();
        lifecycle.zip(state).is_some_and(|(lifecycle, state)| lifecycle.final_states.iter().any(|it| it == state))
    }
}

fn recipe(service: &str, operation: &str) -> Recipe {
    Recipe { service: service.to_owned(), operation: operation.to_owned(), input: Value::Null }
}
