//! Making: the creating calls with what they need, and the account of what they made.

use std::collections::BTreeMap;
use std::sync::Arc;

use ivs_client::{BoxFuture, Exchange, Signing, encode, error_name};
use ivs_generators::Placeholder;
use ivs_model::{Location, OperationId, ShapeKind};
use serde_json::{Map, Value};

use crate::error::PoolError;
use crate::external;
use crate::lease::Own;
use crate::pool::{Pool, RUN_TAG, Shared, locked};
use crate::recipe::Recipe;
use crate::resource::Resource;

/// How often a shared resource is made that could not be made for a reason that may pass.
const ATTEMPTS: u32 = 3;
/// How many keys are tried in turn: a key that conflicts may be there already.
const KEYS: u32 = 4;

impl Pool {
    pub(crate) fn shared<'a>(&'a self, kind: &'a str, number: u64) -> BoxFuture<'a, Result<Resource, PoolError>> {
        let key = (kind.to_owned(), number);
        let cell = Arc::clone(locked(&self.shared).entry(key.clone()).or_default());
        Box::pin(async move {
            let made = cell.get_or_init(|| async {
                // A composition makes its channel live, which the others must not see.
                let scarce = self.recipes.is_scarce(kind);
                self.create(kind, scarce).await.map(|own| own.resource)
            });
            let made = made.await.clone();
            if made.as_ref().is_err_and(PoolError::may_pass) {
                self.try_again(&key, &cell);
            }
            made
        })
    }

    /// Lets the next one who asks for a shared resource make it, after it could not be made for a reason that may pass.
    fn try_again(&self, key: &(String, u64), cell: &Shared) {
        let mut shared = locked(&self.shared);
        if shared.get(key).is_some_and(|known| Arc::ptr_eq(known, cell)) {
            let mut failed = locked(&self.failed);
            let times = failed.entry(key.clone()).or_default();
            *times += 1;
            if *times < ATTEMPTS {
                shared.remove(key);
            }
        }
    }

    /// Creates a resource for one lease. An endpoint that refuses a kind is asked for it once; after a transient failure it is asked
    /// again, up to [`ATTEMPTS`] times in a row.
    pub(crate) async fn create_unless_refused(&self, kind: &str, own_parents: bool) -> Result<Own, PoolError> {
        if let Some(refusal) = locked(&self.refused).get(kind) {
            return Err(refusal.clone());
        }
        let created = self.create(kind, own_parents).await;
        // Shared resources have numbers from 1.
        let key = (kind.to_owned(), 0);
        match &created {
            Ok(_) => {
                locked(&self.failed).remove(&key);
            }
            Err(refusal) => {
                let mut failed = locked(&self.failed);
                let times = failed.entry(key).or_default();
                *times += 1;
                if refusal.is_of_kind() || refusal.may_pass() && *times >= ATTEMPTS {
                    locked(&self.refused).insert(kind.to_owned(), refusal.clone());
                }
            }
        }
        created
    }

    /// Makes one resource of that kind, with what it needs.
    pub(crate) fn create<'a>(&'a self, kind: &'a str, own_parents: bool) -> BoxFuture<'a, Result<Own, PoolError>> {
        Box::pin(async move {
            let no_recipe = || PoolError::NoRecipe { kind: kind.to_owned() };
            let recipe = self.recipes.producer(kind).ok_or_else(no_recipe)?;
            self.create_by(kind, recipe, own_parents).await
        })
    }

    /// The same by a recipe of the caller's.
    pub(crate) fn create_by<'a>(
        &'a self,
        kind: &'a str,
        recipe: &'a Recipe,
        own_parents: bool,
    ) -> BoxFuture<'a, Result<Own, PoolError>> {
        Box::pin(async move {
            if !self.config.writes {
                return Err(PoolError::WritesForbidden);
            }
            let mut by_products = Vec::new();
            let mut values = BTreeMap::new();
            let placeholders = Placeholder::all_in(&recipe.input);
            for placeholder in placeholders.iter().filter(|placeholder| !external::is_key(placeholder)) {
                let parent = &placeholder.kind;
                let own = own_parents && placeholder.names_resource() && !self.recipes.is_scarce(parent);
                let value = if own {
                    let own = self.create(parent, true).await?;
                    by_products.extend(own.all().cloned());
                    self.value_of(&own.resource, placeholder)?
                } else {
                    self.bind(placeholder).await?
                };
                values.insert(placeholder.clone(), value);
            }
            let keys: Vec<&Placeholder> =
                placeholders.iter().filter(|placeholder| external::is_key(placeholder)).collect();
            let mut own = self.create_with_keys(kind, recipe, values, &keys).await?;
            own.by_products.extend(by_products);
            Ok(own)
        })
    }

    /// The creating call. A key that is at the endpoint already conflicts: then the next one is tried.
    async fn create_with_keys(
        &self,
        kind: &str,
        recipe: &Recipe,
        mut values: BTreeMap<Placeholder, String>,
        keys: &[&Placeholder],
    ) -> Result<Own, PoolError> {
        for attempt in 1.. {
            values.extend(keys.iter().map(|&key| (key.clone(), self.key())));
            let input = Placeholder::fill(&recipe.input, &mut |placeholder| values.get(placeholder).cloned());
            let input = self.named_if_needed(recipe.operation, input.unwrap_or(Value::Null));
            let input = self.tagged(recipe.operation, input);
            // Of a key, the conflict is one of keys.
            let exchange = if keys.is_empty() {
                self.create_again_named(recipe.operation, &input).await?
            } else {
                self.call(recipe.operation, &input, is_throttled).await?
            };
            let made = self.register(&exchange);
            if let Some(position) = made.iter().position(|resource| resource.kind == kind) {
                let mut by_products = made;
                let resource = by_products.remove(position);
                self.settled(&resource).await;
                return Ok(Own { resource, by_products });
            }
            let conflict = exchange.status() == Some(409);
            if !conflict || keys.is_empty() || attempt == KEYS {
                return Err(self.refusal(kind, &exchange));
            }
        }
        unreachable!("the last attempt returns")
    }

    /// The creating call. A resource that is refused as a duplicate is asked for once more by a unique name.
    async fn create_again_named(&self, operation: OperationId, input: &Value) -> Result<Exchange, PoolError> {
        let exchange = self.call(operation, input, is_throttled).await?;
        let Some(named) = self.renamed(operation, input, exchange.status()) else { return Ok(exchange) };
        let again = self.call(operation, &named, is_throttled).await?;
        Ok(if self.accepts_name(operation, again.status()) { again } else { exchange })
    }

    fn refusal(&self, kind: &str, exchange: &Exchange) -> PoolError {
        let (kind, operation) = (kind.to_owned(), exchange.operation);
        match &exchange.outcome {
            Ok(response) if response.is_success() => PoolError::NoArn { kind, operation },
            Ok(response) => PoolError::Refused {
                kind,
                operation,
                status: Some(response.status),
                error: error_name(response).map(|error| error.name),
            },
            Err(failure) => PoolError::Refused { kind, operation, status: None, error: Some(failure.detail.clone()) },
        }
    }

    /// Puts on the account what an exchange says it made, and gives it back; nothing if it was no success, or of an
    /// operation that makes nothing.
    pub(crate) fn register(&self, exchange: &Exchange) -> Vec<Resource> {
        let made = self.made(exchange);
        locked(&self.registry).add(&made, |child, parent| self.recipes.refers(child, parent))
    }

    /// Keeps account of what any exchange of the run made or removed, asked for or accepted by mistake. Returns false if it made
    /// something without naming it.
    pub fn observe(&self, exchange: &Exchange) -> bool {
        if !exchange.outcome.as_ref().is_ok_and(ivs_client::Response::is_success) {
            return true;
        }
        if let Some(kinds) = self.recipes.ends(exchange.operation) {
            let input: Value = serde_json::from_slice(&exchange.request.body).unwrap_or(Value::Null);
            let named = input.as_object().into_iter().flat_map(Map::values).filter_map(Value::as_str);
            for resource in self.named_in(exchange, kinds) {
                locked(&self.registry).gone(&resource.arn);
            }
            for resource in named.filter_map(Resource::from_arn).filter(|resource| kinds.contains(&resource.kind)) {
                locked(&self.registry).gone(&resource.arn);
            }
        }
        // Tokens and the like have no ARN, and end by themselves.
        let is_lasting = |kind: &String| self.recipes.delete(kind).is_some();
        if !self.recipes.makes(exchange.operation).is_some_and(|kinds| kinds.iter().any(is_lasting)) {
            return true;
        }
        let made = self.made(exchange);
        locked(&self.registry).note(&made, |child, parent| self.recipes.refers(child, parent));
        !made.is_empty()
    }

    /// What an exchange says it made.
    fn made(&self, exchange: &Exchange) -> Vec<Resource> {
        let Some(kinds) = self.recipes.makes(exchange.operation) else { return Vec::new() };
        let Ok(response) = &exchange.outcome else { return Vec::new() };
        let Some(answer) = response.json().ok().filter(|_| response.is_success()) else { return Vec::new() };
        let mut made = Resource::all_in(&answer);
        made.retain(|resource| kinds.contains(&resource.kind) && !self.is_described(&resource.kind));
        made.extend(kinds.iter().filter_map(|kind| self.made_by_pack(kind, exchange, &answer)));
        made
    }

    /// The input with the run tag, if the operation takes tags and creates something: what is made is found by it, even if
    /// the answer that names it is lost. As many tags as there may be, or more, stay as many: one gives way to it. A call that
    /// adds tags up to the limit keeps the one that the resource has.
    #[must_use]
    pub fn tagged(&self, operation: OperationId, mut input: Value) -> Value {
        let Some((model, described)) = self.described(operation) else { return input };
        let members = model.members(described.input);
        let creates = self.recipes.makes(operation).is_some();
        let tags = members.iter().find(|member| member.name == "tags" && member.location == Location::Body);
        let shape =
            tags.map(|member| model.shape(member.shape)).filter(|shape| matches!(shape.kind, ShapeKind::Map { .. }));
        let (Some(shape), Some(object)) = (shape, input.as_object_mut()) else { return input };
        let room = |tags: &Map<String, Value>| shape.max_length.is_none_or(|max| (tags.len() as u64) < max);
        match object.get_mut("tags") {
            Some(Value::Object(tags)) if creates && room(tags) => {
                tags.insert(RUN_TAG.to_owned(), self.run_tag());
            }
            Some(Value::Object(tags)) if !room(tags) && !tags.contains_key(RUN_TAG) => {
                if let Some(last) = tags.keys().next_back().cloned() {
                    tags.shift_remove(&last);
                    tags.insert(RUN_TAG.to_owned(), self.run_tag());
                }
            }
            None if creates => {
                object.insert("tags".to_owned(), [(RUN_TAG.to_owned(), self.run_tag())].into_iter().collect());
            }
            _ => {}
        }
        input
    }

    fn run_tag(&self) -> Value {
        Value::String(self.config.run.clone())
    }

    /// One call by the model, repeated as long as `again` says.
    pub(crate) async fn call(
        &self,
        operation: OperationId,
        input: &Value,
        again: fn(&Exchange) -> bool,
    ) -> Result<Exchange, PoolError> {
        let Some((model, described)) = self.described(operation) else {
            return Err(PoolError::NoRecipe { kind: operation.name().to_owned() });
        };
        let request = encode(model, described, input).map_err(|source| PoolError::Encode { operation, source })?;
        let signing = Signing::Valid;
        let retried = self.config.retry.send_while(again, &*self.caller, operation, &request, &signing);
        Ok(retried.await.exchange)
    }
}

/// A throttled call did nothing; any other may have.
fn is_throttled(exchange: &Exchange) -> bool {
    exchange.status() == Some(429)
}
