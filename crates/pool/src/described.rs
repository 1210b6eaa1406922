//! Resources that a pack describes: named by values of calls that need be no ARNs.

use std::collections::{BTreeMap, BTreeSet};

use ivs_client::{Exchange, Request, decode_percent};
use ivs_generators::Placeholder;
use ivs_model::knowledge::{NameOrigin, NamedBy, ResourceKind};
use ivs_model::{Location, Model, OperationId, ShapeId, pointer, validate};
use serde_json::Value;

use crate::error::PoolError;
use crate::pool::{Pool, locked};
use crate::recipe::Recipe;
use crate::resource::Resource;

impl Pool {
    /// Whether a pack describes the kind.
    pub(crate) fn is_described(&self, kind: &str) -> bool {
        self.config.knowledge.resource_kind(kind).is_some()
    }

    /// The value of a placeholder that names this resource.
    pub(crate) fn value_of(&self, resource: &Resource, placeholder: &Placeholder) -> Result<String, PoolError> {
        if placeholder.field == "arn" && !self.is_described(&resource.kind) {
            return Ok(resource.arn.clone());
        }
        let named = locked(&self.named);
        let value = named.get(&resource.arn).and_then(|values| values.get(&placeholder.field));
        value.cloned().ok_or_else(|| PoolError::Unknown { placeholder: placeholder.to_string() })
    }

    /// The input of a recipe about this resource.
    pub(crate) fn about(&self, recipe: &Recipe, resource: &Resource) -> Value {
        if !self.is_described(&resource.kind) {
            return recipe.about(&resource.arn);
        }
        Placeholder::fill(&recipe.input, &mut |placeholder| self.value_of(resource, placeholder).ok())
            .unwrap_or(Value::Null)
    }

    /// A name that the caller chooses, another one each time; `None` if nothing fits the model.
    pub(crate) fn chosen(&self, placeholder: &Placeholder) -> Option<String> {
        if !placeholder.is_chosen() {
            return None;
        }
        let kind = self.config.knowledge.resource_kind(&placeholder.kind)?;
        let (model, shape) = self.chosen_shape(kind)?;
        let name = self.names.next(self.config.nonce);
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let tail = |text: &str, length: usize| text[text.len().saturating_sub(length)..].to_owned();
        // Letters and digits alone; then the last ones, which tell names apart, behind a letter.
        let candidates =
            [name.clone(), letters.clone(), format!("n{}", tail(&letters, 15)), format!("n{}", tail(&letters, 7))];
        candidates.into_iter().find(|text| validate(model, shape, &Value::String(text.clone())).is_empty())
    }

    fn chosen_shape(&self, kind: &ResourceKind) -> Option<(&'static Model, ShapeId)> {
        let model = self.config.models.iter().find(|model| model.service.id == kind.service)?;
        let chosen = kind.named_by.iter().find_map(|named_by| match &named_by.from {
            NameOrigin::Chosen(path) => Some(path),
            NameOrigin::Answer(_) | NameOrigin::Input(_) => None,
        })?;
        let operation = kind.created_by.iter().find_map(|name| model.operation(name))?;
        Some((model, model.shape_at(operation.input?, chosen)?))
    }

    /// The resource of a described kind that an exchange made.
    pub(crate) fn made_by_pack(&self, kind: &str, exchange: &Exchange, answer: &Value) -> Option<Resource> {
        let kind = self.config.knowledge.resource_kind(kind).filter(|kind| kind.is_created_by(exchange.operation))?;
        let mut values = BTreeMap::new();
        for NamedBy { field, from, .. } in &kind.named_by {
            let value = match from {
                NameOrigin::Answer(path) => self.answered(exchange.operation, answer, path),
                NameOrigin::Chosen(path) | NameOrigin::Input(path) => {
                    self.requested(exchange.operation, &exchange.request, path)
                }
            };
            values.insert(field.clone(), value?);
        }
        let joined = || format!("{}/{}", kind.resource, values.values().cloned().collect::<Vec<_>>().join("/"));
        let key = values.get("arn").cloned().unwrap_or_else(joined);
        locked(&self.named).insert(key.clone(), values);
        Some(Resource { kind: kind.resource.clone(), arn: key })
    }

    /// The known resources of these kinds that a request names.
    pub(crate) fn named_in(&self, exchange: &Exchange, kinds: &BTreeSet<String>) -> Vec<Resource> {
        let described = kinds.iter().filter_map(|kind| self.config.knowledge.resource_kind(kind));
        let named = described.filter_map(|kind| self.resource_named_in(exchange, kind));
        named.collect()
    }

    fn resource_named_in(&self, exchange: &Exchange, kind: &ResourceKind) -> Option<Resource> {
        let mut asked = BTreeMap::new();
        for named_by in kind.named_by.iter().filter(|named_by| kind.is_named_in(named_by, exchange.operation)) {
            for member in &named_by.members {
                if let Some(value) = self.requested(exchange.operation, &exchange.request, member) {
                    asked.insert(named_by.field.clone(), value);
                }
            }
        }
        if asked.is_empty() {
            return None;
        }
        let all = self.registry().all();
        let named = locked(&self.named);
        let is_asked = |resource: &Resource| {
            let values = named.get(&resource.arn);
            values.is_some_and(|values| asked.iter().all(|(field, value)| values.get(field) == Some(value)))
        };
        all.into_iter().filter(|resource| resource.kind == kind.resource).find(is_asked)
    }

    /// The text at a pointer by member names in an answer.
    fn answered(&self, operation: OperationId, answer: &Value, path: &str) -> Option<String> {
        let (model, operation) = self.described(operation)?;
        text_at(model, operation.output?, answer, path)
    }

    /// The text at a pointer by member names in the input of a request as it was sent.
    fn requested(&self, operation: OperationId, request: &Request, path: &str) -> Option<String> {
        let (model, operation) = self.described(operation)?;
        let input = operation.input?;
        let name = pointer::tokens(path).next()?;
        let member = model.members(Some(input)).iter().find(|member| member.name == name)?;
        match member.location {
            Location::Label => {
                let mut labels = operation.uri.labels(&request.path)?.into_iter();
                let label = labels.find(|(label, _)| *label == member.wire_name || *label == member.name);
                label.map(|(_, value)| decode_percent(value))
            }
            Location::Query => request.query_values(&member.wire_name).next(),
            _ => {
                let body: Value = serde_json::from_slice(&request.body).ok()?;
                text_at(model, input, &body, path)
            }
        }
    }
}

/// The text at a pointer by member names in a JSON value of this shape.
fn text_at(model: &Model, mut shape: ShapeId, mut value: &Value, path: &str) -> Option<String> {
    for token in pointer::tokens(path) {
        let member = model.members(Some(shape)).iter().find(|member| member.name == token)?;
        value = value.get(&member.wire_name)?;
        shape = member.shape;
    }
    value.as_str().map(str::to_owned)
}
