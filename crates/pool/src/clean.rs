//! Finding what an earlier run left behind, by its tag.

use std::collections::BTreeSet;
use std::time::Duration;

use ivs_client::{Exchange, is_worth_retrying};
use ivs_model::OperationId;
use serde_json::Value;

use crate::recipe::Recipe;
use crate::{DeletionReport, Pool, RUN_TAG, Resource};

/// The most pages read of one list.
const PAGES: usize = 1000;

/// What was found and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Resources with a run tag.
    pub found: Vec<Resource>,
    /// Lists that could not be read, each with the reason: something may be hidden there.
    pub unread: Vec<(OperationId, String)>,
    /// What became of the resources found.
    pub removal: DeletionReport,
}

impl Pool {
    /// Lists everything, and removes what carries a run tag: that of `run`, or of any run. Reading the lists takes as long as it
    /// takes; the removal ends after `limit`.
    pub async fn clean(&self, run: Option<&str>, limit: Duration) -> Cleaned {
        self.clean_runs(&|tag| run.is_none_or(|run| run == tag), limit).await
    }

    /// As [`Pool::clean`], for the runs whose tag `is_meant` holds.
    pub async fn clean_runs(&self, is_meant: &(dyn Fn(&str) -> bool + Sync), limit: Duration) -> Cleaned {
        self.clean_where(&|_| true, is_meant, limit).await
    }

    /// As [`Pool::clean`], for one run and the resources of these services. No list of another service is called.
    pub async fn clean_services(&self, services: &BTreeSet<&str>, run: &str, limit: Duration) -> Cleaned {
        self.clean_where(&|service| services.contains(service), &|tag| tag == run, limit).await
    }

    async fn clean_where(
        &self,
        has_service: &(dyn Fn(&str) -> bool + Sync),
        is_meant: &(dyn Fn(&str) -> bool + Sync),
        limit: Duration,
    ) -> Cleaned {
        let mut cleaned = Cleaned::default();
        for list in self.recipes.list_recipes().iter().filter(|list| has_service(list.operation.service())) {
            match self.tagged_resources(list, is_meant).await {
                Ok(found) => cleaned.found.extend(found),
                Err(reason) => cleaned.unread.push((list.operation, reason)),
            }
        }
        cleaned.found.sort();
        cleaned.found.dedup();
        if self.config.writes {
            for resource in &cleaned.found {
                // One by one: what was found beside another was not made with it, and does not go with it.
                self.registry().add(std::slice::from_ref(resource), |_, _| false);
            }
            cleaned.removal = self.remove_all(limit).await;
        }
        cleaned
    }

    async fn tagged_resources(
        &self,
        list: &Recipe,
        is_meant: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Vec<Resource>, String> {
        let mut found = Vec::new();
        for item in self.items(list).await? {
            let Some(resource) = item.get("arn").and_then(Value::as_str).and_then(Resource::from_arn) else { continue };
            if self.recipes.delete(&resource.kind).is_none() {
                continue;
            }
            let tags = match item.get("tags") {
                Some(tags) => tags.clone(),
                None => self.tags(list.operation.service(), &resource).await?,
            };
            let value = tags.get(RUN_TAG).and_then(Value::as_str);
            if value.is_some_and(is_meant) {
                found.push(resource);
            }
        }
        Ok(found)
    }

    /// The items of all pages.
    async fn items(&self, list: &Recipe) -> Result<Vec<Value>, String> {
        let pagination = self.described(list.operation).and_then(|(_, operation)| operation.pagination.as_ref());
        let mut input = Value::Object(serde_json::Map::new());
        let mut items = Vec::new();
        let mut seen = BTreeSet::new();
        for _ in 0..PAGES {
            let answer = self.answer(list, &input).await?;
            let lists = answer.as_object().into_iter().flat_map(|object| object.values()).filter_map(Value::as_array);
            items.extend(lists.flatten().cloned());
            let token = pagination.and_then(|pagination| answer.get(&pagination.output_token)?.as_str());
            match (token, pagination) {
                // A token that comes twice leads in a circle.
                (Some(token), Some(pagination)) if !token.is_empty() && seen.insert(token.to_owned()) => {
                    input[&pagination.input_token] = Value::String(token.to_owned());
                }
                _ => break,
            }
        }
        Ok(items)
    }

    async fn tags(&self, service: &str, resource: &Resource) -> Result<Value, String> {
        let Some(reader) = self.recipes.tag_reader(service) else {
            return Err(format!("nothing reads the tags of {}", resource.arn));
        };
        let input = reader.about(&resource.arn);
        let answer = self.answer(reader, &input).await?;
        Ok(answer.get("tags").cloned().unwrap_or(Value::Null))
    }

    async fn answer(&self, recipe: &Recipe, input: &Value) -> Result<Value, String> {
        let exchange: Exchange =
            self.call(recipe.operation, input, is_worth_retrying).await.map_err(|error| error.to_string())?;
        let response = exchange.outcome.map_err(|failure| failure.detail)?;
        if !response.is_success() {
            return Err(format!("it returned {}", response.status));
        }
        response.json().map_err(|error| error.to_string())
    }
}
