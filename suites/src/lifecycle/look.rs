//! What a step has brought about, as reads and lists show it.

use ivs_generators::{Authority, ExpectedError};
use ivs_judge::{CheckInfo, Evaluation, Evidence, Expected, Mismatch};
use ivs_model::OperationId;
use ivs_pool::{Recipe, Resource};
use ivs_runner::{CaseResult, SentCall, indeterminate, resource_document};
use serde_json::Value;

use super::checks::{DELETED_IS_GONE, DELETED_IS_UNLISTED, IS_LISTED, IS_THERE};
use super::document::Writing;
use super::kind::{Kind, List};
use super::sequence_run::SequenceRun;
use super::state::scoped;

/// The most pages of one list.
const PAGES: usize = 100;

/// A resource that must be gone, and who answers for it.
pub(super) struct Ended<'a> {
    pub(super) reader: &'a Recipe,
    pub(super) arn: &'a str,
    pub(super) rule: &'a CheckInfo,
    pub(super) authority: Authority,
    /// The operation that is to blame.
    pub(super) operation: OperationId,
    pub(super) site: &'a str,
}

impl SequenceRun<'_> {
    /// Looks at a resource: it is as it was written, or gone.
    pub(super) async fn look(&mut self, slot: usize) -> CaseResult {
        if self.state.slots[slot].alive || self.context.kind.only_ends() {
            return self.read_back(slot, None).await;
        }
        let operation = self.context.kind.get.operation;
        self.is_gone(slot, &DELETED_IS_GONE, DELETED_IS_GONE.authority, operation).await
    }

    /// Walks the list of a slot: what is there is listed as it is, what is gone is not listed.
    pub(super) async fn list(&mut self, slot: usize) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let Some(list) = &kind.list else { return Ok(()) };
        let input = scoped(&list.recipe.input, &self.state.slots[slot]);
        let filled = self.fill(&input)?;
        let operation = list.recipe.operation;
        let mut wait = self.context.consistency.begin();
        loop {
            let (items, call) = self.items(list, &filled).await?;
            let mut departs = None;
            for other in 0..self.resources.len() {
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
            self.shown.insert(operation);
        }
        Ok(())
    }

    fn listed(&self, slot: usize, items: &[Value]) -> CaseResult<Option<(CheckInfo, Mismatch)>> {
        let kind = self.context.kind;
        let arn = self.resources[slot].arn.as_str();
        let item = items.iter().find(|item| item.get("arn").and_then(Value::as_str) == Some(arn));
        match (item, self.state.slots[slot].alive) {
            (Some(item), true) => self.item_departure(slot, item),
            (None, true) => {
                let departure = Mismatch::new(kind.name.as_str(), "what was made is listed", "it is not");
                Ok(Some((IS_LISTED, departure)))
            }
            (Some(_), false) if !kind.only_ends() => {
                let departure = Mismatch::new(kind.name.as_str(), "what was deleted is not listed", "it is");
                Ok(Some((DELETED_IS_UNLISTED, departure)))
            }
            (_, false) => Ok(None),
        }
    }

    /// All items of a list, and the last answer.
    async fn items(&mut self, list: &List, scope: &Value) -> CaseResult<(Vec<Value>, SentCall)> {
        let mut input = scope.clone();
        if let Some(size) = &list.pagination.page_size {
            input[size.as_str()] = Value::from(list.max);
        }
        let mut items = Vec::new();
        let mut pages = 0;
        loop {
            let call = self.call(&list.recipe, &input).await?;
            if !call.answer.is_success() {
                return Err(call.undecided());
            }
            let body = call.json();
            items.extend(body.get(list.items).and_then(Value::as_array).into_iter().flatten().cloned());
            pages += 1;
            let token = body.get(&list.pagination.output_token).and_then(Value::as_str).unwrap_or_default();
            if token.is_empty() || input.get(&list.pagination.input_token) == Some(&Value::from(token)) {
                return Ok((items, call));
            }
            if pages == PAGES {
                return Err(indeterminate("the list is too long to be walked to its end"));
            }
            input[list.pagination.input_token.as_str()] = Value::from(token);
        }
    }

    /// What the answer to a write shows of the resource, if it shows it.
    pub(super) fn judge_write(&self, slot: usize, call: &SentCall, writing: Writing<'_>) -> CaseResult {
        let answer = call.json();
        let Some(document) = resource_document(&answer, &self.resources[slot].arn) else { return Ok(()) };
        match self.departure(slot, document, Some(writing))? {
            None => Ok(()),
            Some((rule, departure)) => Err(self.fail(&rule, &departure, call, writing.operation)),
        }
    }

    /// Looks at a resource that is there until it is as written, or the wait is over.
    pub(super) async fn read_back(&mut self, slot: usize, writing: Option<Writing<'_>>) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let input = kind.get.about(&self.resources[slot].arn);
        let mut wait = self.context.consistency.begin();
        loop {
            let call = self.call(&kind.get, &input).await?;
            // Read back, a lost write is the writer's; by itself, it is what the reader says.
            let operation = writing.map_or(kind.get.operation, |writing| writing.operation);
            let departs = if call.answer.is_success() {
                let answer = call.json();
                match resource_document(&answer, &self.resources[slot].arn) {
                    Some(document) => match self.departure(slot, document, writing)? {
                        None => {
                            wait.helped();
                            self.learn(slot, document);
                            self.shown.insert(kind.get.operation);
                            return Ok(());
                        }
                        departs => departs,
                    },
                    None => {
                        Some((IS_THERE, Mismatch::new(kind.name.as_str(), "the resource asked for", "another one")))
                    }
                }
            } else if call.answer.status() == Some(404) {
                Some((IS_THERE, Mismatch::new(kind.name.as_str(), "what was made is there", call.answer.to_string())))
            } else {
                return Err(call.undecided());
            };
            if let Some((rule, departure)) = departs
                && !wait.again().await
            {
                let misread = writing.is_some() && self.is_listed_rightly(slot, &departure.pointer).await?;
                let operation = if misread { kind.get.operation } else { operation };
                return Err(self.fail(&rule, &departure, &call, operation));
            }
        }
    }

    /// A second witness where a read does not show what was written: whether the list shows it. Then it was written, and
    /// the reader is to blame.
    pub(super) async fn is_listed_rightly(&mut self, slot: usize, pointer: &str) -> CaseResult<bool> {
        let kind = std::sync::Arc::clone(self.context.kind);
        let Some(list) = &kind.list else { return Ok(false) };
        let scope = self.fill(&scoped(&list.recipe.input, &self.state.slots[slot]))?;
        let said = self.said();
        let items = self.items(list, &scope).await;
        self.unsay(said);
        let (items, _) = items?;
        let arn = self.resources[slot].arn.as_str();
        let Some(item) = items.iter().find(|item| item.get("arn").and_then(Value::as_str) == Some(arn)) else {
            return Ok(false);
        };
        Ok(item.pointer(pointer).is_some() && self.item_departure(slot, item)?.is_none())
    }

    /// The same for tags that their list does not show: whether the resource does.
    pub(super) async fn tags_are_shown(&mut self, slot: usize) -> CaseResult<bool> {
        let kind = std::sync::Arc::clone(self.context.kind);
        let arn = self.resources[slot].arn.clone();
        let said = self.said();
        let call = self.call(&kind.get, &kind.get.about(&arn)).await;
        self.unsay(said);
        let call = call?;
        let answer = call.json();
        let tags = resource_document(&answer, &arn).and_then(|document| document.get("tags"));
        Ok(tags.is_some() && self.tags_departure(slot, tags).is_none())
    }

    /// A slot that must be gone, or over where its kind only ends.
    pub(super) async fn is_gone(
        &mut self,
        slot: usize,
        rule: &CheckInfo,
        authority: Authority,
        operation: OperationId,
    ) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        self.settle(slot).await;
        let arn = self.resources[slot].arn.clone();
        let ended = Ended { reader: &kind.get, arn: &arn, rule, authority, operation, site: &kind.name };
        self.is_ended(ended).await?;
        if !kind.only_ends() {
            self.gone(&kind.name.clone(), &arn);
        }
        self.shown.insert(kind.get.operation);
        Ok(())
    }

    pub(super) async fn is_ended(&mut self, ended: Ended<'_>) -> CaseResult {
        let kind = std::sync::Arc::clone(self.context.kind);
        let errors = [ExpectedError { code: "ResourceNotFoundException".to_owned(), status: 404 }];
        let expected = Expected::rejected(&errors, ended.authority, ended.authority).at(ended.site, "");
        let input = ended.reader.about(ended.arn);
        let mut wait = self.context.consistency.begin();
        loop {
            let call = self.call(ended.reader, &input).await?;
            if kind.only_ends() && ended.arn_is_over(&call, &kind) {
                wait.helped();
                return Ok(());
            }
            match expected.evaluate(&call.answer, &Evidence::implied()) {
                Evaluation::Match => {
                    wait.helped();
                    return Ok(());
                }
                Evaluation::Inconclusive(reason) => return Err(indeterminate(reason)),
                Evaluation::Mismatch(_) if wait.again().await => {}
                Evaluation::Mismatch(departure) => {
                    // A wrong refusal is the reader's own; what is shown still was not removed.
                    let shown = call.answer.is_success();
                    let operation = if shown { ended.operation } else { ended.reader.operation };
                    return Err(self.fail(ended.rule, &departure, &call, operation));
                }
            }
        }
    }

    pub(super) async fn settle(&self, slot: usize) {
        let (kind, arn) = (self.context.kind.name.clone(), self.resources[slot].arn.clone());
        self.pool().settled(&Resource { kind, arn }).await;
    }
}

impl Ended<'_> {
    /// Whether the answer shows the resource in a state from which nothing leads on.
    fn arn_is_over(&self, call: &SentCall, kind: &Kind) -> bool {
        let answer = call.json();
        let state =
            resource_document(&answer, self.arn).and_then(|document| document.get("state")).and_then(Value::as_str);
        let lifecycle = kind.lifecycle();
        lifecycle.zip(state).is_some_and(|(lifecycle, state)| lifecycle.final_states.iter().any(|it| it == state))
    }
}
