//! A list operation with the inputs and fixtures that its tests need, known before it is called.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ivs_catalog::{ListOperation, ServiceCatalog};
use ivs_generators::{Case, Placeholder};
use ivs_model::knowledge::{Filling, FilterMember, Order};
use ivs_model::{Authority, Knowledge, Model, Operation, ShapeId, ShapeKind, pointer, validate};
use ivs_pool::Recipe;
use serde_json::{Map, Value, json};

/// A list operation with what testing it needs: filter values, fixtures, and a change that moves an item.
#[derive(Debug, Clone)]
pub struct ListUnderTest {
    /// The list as model and knowledge describe it.
    pub operation: ListOperation<'static>,
    /// The members that filter.
    pub filters: Vec<ListFilter>,
    /// How to change a listed resource so that its place in the order changes, if there is one.
    pub toucher: Option<Recipe>,
    /// How it gets items, where no call makes one.
    pub filling: Option<&'static Filling>,
    /// The kinds of resources that testing the list makes, lends or shows.
    pub touches: BTreeSet<String>,
}

/// One member that filters.
#[derive(Debug, Clone)]
pub struct ListFilter {
    /// What is known of it.
    pub known: &'static FilterMember,
    /// A valid value, with placeholders.
    pub sample: Value,
    /// A value that nothing can match.
    pub absent: Option<Value>,
    /// All values, if they are few.
    pub all: Vec<Value>,
    /// What to put over the creating input so that the item matches; none if creating does not settle it.
    pub overlay: Option<Value>,
    /// The same so that the item nearly matches: but for its end, or but for its case. A filter that goes by beginnings, or by
    /// letters of any case, would let it through.
    pub near: Vec<Value>,
}

impl ListFilter {
    /// The name of the filter in case names.
    pub fn name(&self) -> String {
        self.known.member.trim_start_matches('/').replace('/', ".")
    }

    /// The input member that makes the list filter by a value.
    pub fn input(&self, value: &Value) -> Map<String, Value> {
        let mut names: Vec<String> = pointer::tokens(&self.known.member).collect();
        let first = names.remove(0);
        let nested = names.iter().rev().fold(value.clone(), |inner, name| json!({ name.as_str(): inner }));
        Map::from_iter([(first, nested)])
    }
}

impl ListUnderTest {
    /// What is known of the operation, if it pages. `cases` are those of its service.
    pub fn of(
        catalog: &ServiceCatalog<'static>,
        operation: &'static Operation,
        knowledge: &'static Knowledge,
        cases: &[Case],
    ) -> Option<Self> {
        let model = catalog.model();
        let list = catalog.operation(operation.id)?.list.clone()?;
        let kind = list.resource_type.as_deref();
        let producer = kind.and_then(|kind| producer(cases, kind));
        let own: Vec<&Case> = cases.iter().filter(|case| case.operation() == operation.id && case.is_valid()).collect();
        let members = list.filter.into_iter().flat_map(|known| &known.members);
        let filters: Vec<ListFilter> =
            members.filter_map(|member| filter(model, operation, member, &own, producer)).collect();
        let mut touches: BTreeSet<String> = kind.iter().map(|kind| (*kind).to_owned()).collect();
        let inputs = producer.into_iter().chain(own.iter().copied()).map(|case| case.input.value());
        for input in inputs.chain(filters.iter().filter_map(|filter| filter.overlay.as_ref()).map(Cow::Borrowed)) {
            touches.extend(Placeholder::all_in(&input).into_iter().map(|placeholder| placeholder.kind));
        }
        touches.extend(producer.into_iter().flat_map(|case| case.effects.creates.iter().cloned()));
        let filling = knowledge.filling(operation.id);
        for step in filling.into_iter().flat_map(Filling::all_steps) {
            // Which of several of a kind is written in another place of the text.
            let texts = step.input.values().filter_map(Value::as_str).map(|text| text.replace("#each", "#2"));
            let named = texts.filter_map(|text| text.parse::<Placeholder>().ok());
            touches.extend(named.filter(|placeholder| placeholder.field == "arn").map(|it| it.kind));
        }
        let toucher = list.order.zip(kind).and_then(|(order, kind)| toucher(model, order, kind, cases));
        Some(Self { filters, toucher, filling, touches, operation: list })
    }

    /// Why a filter is to be exact: the documentation of its member says so.
    pub fn filter_authority(&self) -> Authority {
        Authority::Documented
    }
}

fn producer<'a>(cases: &'a [Case], kind: &str) -> Option<&'a Case> {
    cases.iter().find(|case| case.is_valid() && case.effects.creates.iter().any(|made| made == kind))
}

/// A call that changes a resource of the kind and answers what the list is ordered by.
fn toucher(model: &Model, order: &Order, kind: &str, cases: &[Case]) -> Option<Recipe> {
    let shows_order = |case: &&Case| {
        let output = model.operation(case.operation().name()).and_then(|operation| operation.output);
        output.is_some_and(|output| model.shape_at(output, &order.by).is_some())
    };
    let names_it_alone = |case: &&Case| {
        let named = Placeholder::all_in(&case.input.value());
        named.len() == 1 && named.iter().all(|placeholder| placeholder.kind == kind && placeholder.field == "arn")
    };
    let changes = cases.iter().filter(|case| case.is_valid() && case.effects.mutates.iter().any(|it| it == kind));
    let case = changes.filter(shows_order).filter(names_it_alone).max_by_key(|case| {
        // One other member, so that there is something to change.
        (case.input.value().as_object().map_or(0, Map::len) == 2, std::cmp::Reverse(case.id.clone()))
    })?;
    Some(Recipe { operation: case.operation(), input: case.input.value().into_owned() })
}

/// A text that a filter is to let through: with all that the names of resources are made of.
const LISTED: &str = "ivs-contract_Listed-09AZaz";

/// What is known of one filter.
fn filter(
    model: &'static Model,
    operation: &'static Operation,
    known: &'static FilterMember,
    own: &[&Case],
    producer: Option<&Case>,
) -> Option<ListFilter> {
    let shape = model.shape_at(operation.input?, &known.member)?;
    let stated = model.shape(shape);
    // The generators know what a member names: a resource, a thing outside, or just a text.
    let used = own.iter().find_map(|case| {
        let input = case.input.value();
        let mut values = pointer::resolve(&input, &known.member).into_iter().map(|(_, value)| value);
        values.find(|value| value.as_str().is_none_or(|text| !text.is_empty())).cloned()
    });
    let mut sample = used?;
    let mut all = Vec::new();
    let mut absent = None;
    match &stated.kind {
        // False is not said to filter (fact `participant-filters`).
        ShapeKind::Boolean => sample = Value::Bool(true),
        ShapeKind::String if !stated.enum_values.is_empty() => {
            all = stated.enum_values.iter().cloned().map(Value::String).collect();
        }
        ShapeKind::String => {
            let placeholder = sample.as_str().and_then(|text| text.parse::<Placeholder>().ok());
            match placeholder {
                Some(placeholder) => {
                    let none = Placeholder { field: "absent".to_owned(), number: 77, ..placeholder };
                    absent = Some(Value::String(none.to_string()));
                }
                None if is_valid(model, shape, LISTED) => {
                    sample = json!(LISTED);
                    absent = Some(json!("ivs-contract-nowhere"));
                }
                // A name of the right form that nothing has.
                None => absent = Some(sample.clone()),
            }
        }
        _ => return None,
    }
    let over = |value: &Value| {
        let (producer, attribute) = producer.zip(known.attribute.as_deref())?;
        let makes = model.operation(producer.operation().name())?;
        overlay(model, makes.input?, attribute, producer, value).filter(|_| absent.as_ref() != Some(value))
    };
    let nearly = [format!("{LISTED}-not"), LISTED.to_lowercase()];
    let near = nearly.iter().filter(|_| sample == LISTED).filter_map(|text| over(&json!(text))).collect();
    let overlay = over(&sample);
    Some(ListFilter { known, sample, absent, all, overlay, near })
}

fn is_valid(model: &Model, shape: ShapeId, text: &str) -> bool {
    validate(model, shape, &Value::String(text.to_owned())).is_empty()
}

/// The creating input with the attribute, where the creating operation takes it at its top level.
fn overlay(model: &Model, input: ShapeId, attribute: &str, producer: &Case, value: &Value) -> Option<Value> {
    let name = attribute.strip_prefix('/').filter(|name| !name.contains('/'))?;
    let shape = model.shape_at(input, attribute)?;
    // A parent that the recipe names anyway is made with it.
    if producer.input.value().get(name).is_some() {
        return None;
    }
    let value = match model.shape(shape).kind {
        ShapeKind::List { .. } => json!([value]),
        _ => value.clone(),
    };
    validate_form(model, shape, &value).then(|| json!({ name: value }))
}

/// Whether the value fits; placeholders fit where a text does.
fn validate_form(model: &Model, shape: ShapeId, value: &Value) -> bool {
    !Placeholder::all_in(value).is_empty() || validate(model, shape, value).is_empty()
}
