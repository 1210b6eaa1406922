//! List operations: their paging, their items, and the identity of an item.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::knowledge::{Entry, Filter, Order, PageSize};
use ivs_model::{Knowledge, Model, Number, Operation, Pagination, ShapeId, validate};
use serde_json::{Value, json};

use crate::ArnForm;

/// A list operation, as described by the model and the knowledge.
#[derive(Debug, Clone)]
pub struct ListOperation<'m> {
    /// The pagination members.
    pub pagination: &'m Pagination,
    /// The output member that lists the items.
    pub items: &'m str,
    /// The resource type of the items, if an operation creates one.
    pub resource_type: Option<String>,
    /// True if the input must name a parent, whose items are listed.
    pub is_scoped: bool,
    /// The members that identify an item; empty if only the whole item does.
    identity: Vec<&'m str>,
    /// The maximum page size of the model.
    pub max_page_size: u64,
    /// The documented page size.
    pub default_page_size: Option<&'m PageSize>,
    /// The documented order.
    pub order: Option<&'m Order>,
    /// The filters, if it has any.
    pub filter: Option<&'m Filter>,
}

impl<'m> ListOperation<'m> {
    /// Derives the list operation; `None` if the operation does not page. `created` has the resource types that some
    /// operation creates.
    pub(crate) fn of(
        model: &'m Model,
        knowledge: &'m Knowledge,
        operation: &'m Operation,
        created: &BTreeSet<String>,
        arn_forms: &BTreeMap<String, ArnForm>,
    ) -> Option<Self> {
        let pagination = operation.pagination.as_ref()?;
        let items = pagination.items.as_deref()?;
        let item = model.shape_at(operation.output?, &format!("/{items}/*"))?;
        let size = pagination.page_size.as_ref()?;
        let max_page_size = max_value(model, model.shape_at(operation.input?, &format!("/{size}"))?)?;
        let service = model.service.id.as_str();
        Some(Self {
            pagination,
            items,
            resource_type: resource_type(model, item, created, arn_forms),
            is_scoped: model.members(operation.input).iter().any(|member| member.required),
            identity: identity(model, item, knowledge),
            max_page_size,
            default_page_size: knowledge.page_size(operation.id),
            order: knowledge.orders.iter().find(|it| it.service == service && it.operation == operation.name),
            filter: knowledge.filter(operation.id),
        })
    }

    /// Returns the filters if they exclude each other, with the expected rejection.
    #[must_use]
    pub fn exclusive(&self) -> Option<&'m Filter> {
        self.filter.filter(|filter| filter.exclusive && filter.members.len() > 1)
    }

    /// Returns the text that identifies an item: all naming members in order, whichever of them the item shows.
    ///
    /// An absent member, null and the empty text are the same: a server may show an unset member or leave it out (fact `D14`).
    #[must_use]
    pub fn key(&self, item: &Value) -> String {
        let is_set = |value: &&Value| !value.is_null() && value.as_str() != Some("");
        let values: Vec<Option<&Value>> = self.identity.iter().map(|name| item.get(*name).filter(is_set)).collect();
        if values.iter().all(Option::is_none) { item.to_string() } else { json!(values).to_string() }
    }

    /// Returns the keys of consecutive items.
    ///
    /// Two events may be equal, even to the millisecond. Their keys differ by the number of equal items before them.
    pub fn keys<'v>(&self, items: impl Iterator<Item = &'v Value>) -> Vec<String> {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        let number = |key: String| {
            let before = times.entry(key.clone()).or_default();
            *before += 1;
            format!("{key} {before}")
        };
        let keys = items.map(|item| self.key(item));
        if self.is_of_events() { keys.map(number).collect() } else { keys.collect() }
    }

    /// Returns whether the items have no identity, as events do.
    #[must_use]
    pub fn is_of_events(&self) -> bool {
        self.identity.is_empty()
    }

    /// Returns the key of a resource of the listed type.
    #[must_use]
    pub fn key_of(&self, arn: &str) -> String {
        self.key(&json!({ "arn": arn }))
    }

    /// Returns the source of the rule on two filters.
    #[must_use]
    pub fn filter_source(&self) -> String {
        self.exclusive()
            .map_or_else(|| "the documentation of the filter".to_owned(), |filter| filter.source().to_owned())
    }
}

fn max_value(model: &Model, shape: ShapeId) -> Option<u64> {
    model.shape(shape).max_value.and_then(Number::as_i64).and_then(|value| u64::try_from(value).ok())
}

/// Returns the resource type of the items, by the pattern of their ARN; `None` if no operation creates it.
fn resource_type(
    model: &Model,
    item: ShapeId,
    created: &BTreeSet<String>,
    arn_forms: &BTreeMap<String, ArnForm>,
) -> Option<String> {
    let arn = model.members(Some(item)).iter().find(|member| member.name == "arn")?;
    let fits = |name: &String| {
        let sample = arn_forms.get(name).and_then(|form| form.arn("Here00000001"));
        sample.is_some_and(|sample| validate(model, arn.shape, &Value::String(sample)).is_empty())
    };
    created.iter().find(|name| fits(name)).cloned()
}

/// Returns the ARN member of the item, or else all members with an ARN or an identifier.
fn identity<'m>(model: &'m Model, item: ShapeId, knowledge: &Knowledge) -> Vec<&'m str> {
    let members = model.members(Some(item));
    if members.iter().any(|member| member.name == "arn") {
        return vec!["arn"];
    }
    let names_something = |shape: ShapeId| {
        let shape = model.shape(shape);
        let is_arn = shape.pattern.as_ref().is_some_and(|pattern| pattern.as_str().contains("arn:aws:"));
        let is_identifier = knowledge
            .identifiers
            .iter()
            .any(|known| known.service == model.service.id && known.shapes.contains(&shape.name));
        is_arn || is_identifier
    };
    let naming: Vec<&str> =
        members.iter().filter(|member| names_something(member.shape)).map(|member| member.name.as_str()).collect();
    // An event has no identifier: several events may concern one resource.
    let is_of_a_time = members.iter().any(|member| member.name.starts_with("event"));
    if is_of_a_time { Vec::new() } else { naming }
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;
    use crate::ServiceCatalog;

    #[test]
    fn unset_naming_members_do_not_tell_items_apart() {
        let model = bundled::model("ivs-realtime").expect("the model is bundled");
        let catalog = ServiceCatalog::new(model, bundled::knowledge());
        let operation = model.operation("ListParticipants").expect("the model has it");
        let list = catalog.operation(operation.id).and_then(|facts| facts.list.as_ref()).expect("it lists");
        let plain = json!({"participantId": "abc", "userId": "u"});
        let shown = json!({"participantId": "abc", "userId": "u", "sourceStageArn": "", "sourceSessionId": null});
        let replica = json!({"participantId": "abc", "userId": "u", "sourceSessionId": "st-1"});
        assert_eq!(list.key(&plain), list.key(&shown));
        assert_ne!(list.key(&plain), list.key(&replica));
    }
}
