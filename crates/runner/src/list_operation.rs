//! What is known of one list before it is called: its items, their kind and identity, its filters and its order.

use std::collections::{BTreeMap, BTreeSet};

use ivs_generators::{Case, Placeholder, Samples};
use ivs_model::knowledge::{Entry, Filling, Filter, FilterMember, Order, PageSize};
use ivs_model::{Authority, Knowledge, Model, Number, Operation, Pagination, ShapeId, ShapeKind, pointer, validate};
use ivs_pool::Recipe;
use serde_json::{Map, Value, json};

/// A list operation as model and knowledge describe it.
#[derive(Debug, Clone)]
pub struct ListOperation {
    /// Its pagination in the model.
    pub pagination: &'static Pagination,
    /// The output member that lists the items.
    pub items: &'static str,
    /// The kind of resource that the items are, if calls can make one.
    pub kind: Option<String>,
    /// Whether the list is of one parent, which its input must name.
    pub scoped: bool,
    /// The members that tell an item from all others; none if only the whole item does.
    identity: Vec<&'static str>,
    /// The greatest page size that the model allows.
    pub max: u64,
    /// The documented page size.
    pub default: Option<&'static PageSize>,
    /// The documented order.
    pub order: Option<&'static Order>,
    /// The members that filter.
    pub filters: Vec<ListFilter>,
    /// Whether one filter excludes another, with the rejection that is owed.
    pub exclusive: Option<&'static Filter>,
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
    /// The same so that the item matches but for its end: a filter that goes by beginnings would let it through.
    pub near: Option<Value>,
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

impl ListOperation {
    /// What is known of the operation, if it pages. `cases` are those of its service.
    pub fn of(
        model: &'static Model,
        operation: &'static Operation,
        knowledge: &'static Knowledge,
        samples: &Samples,
        cases: &[Case],
    ) -> Option<Self> {
        let pagination = operation.pagination.as_ref()?;
        let items = pagination.items.as_deref()?;
        let item = model.shape_at(operation.output?, &format!("/{items}/*"))?;
        let size = pagination.page_size.as_ref()?;
        let max = model.shape_at(operation.input?, &format!("/{size}")).and_then(|shape| bound(model, shape))?;
        let service = model.service.id.as_str();
        let kind = kind_of(model, item, samples, cases);
        let producer = kind.as_deref().and_then(|kind| producer(cases, kind));
        let scoped = model.members(operation.input).iter().any(|member| member.required);
        let known = knowledge.filter(operation.id);
        let own: Vec<&Case> = cases.iter().filter(|case| case.operation() == operation.id && case.is_valid()).collect();
        let filters: Vec<ListFilter> = known
            .map(|known| {
                known.members.iter().filter_map(|member| filter(model, operation, member, &own, producer)).collect()
            })
            .unwrap_or_default();
        let mut touches: BTreeSet<String> = kind.iter().cloned().collect();
        let inputs = producer.map(|case| &case.input).into_iter().chain(own.iter().map(|case| &case.input));
        for input in inputs.chain(filters.iter().filter_map(|filter| filter.overlay.as_ref())) {
            touches.extend(Placeholder::all_in(input).into_iter().map(|placeholder| placeholder.kind));
        }
        touches.extend(producer.into_iter().flat_map(|case| case.effects.creates.iter().cloned()));
        let filling = knowledge.filling(operation.id);
        for step in filling.into_iter().flat_map(Filling::all_steps) {
            // Which of several of a kind is written in another place of the text.
            let texts = step.input.values().filter_map(Value::as_str).map(|text| text.replace("#each", "#2"));
            let named = texts.filter_map(|text| text.parse::<Placeholder>().ok());
            touches.extend(named.filter(|placeholder| placeholder.field == "arn").map(|it| it.kind));
        }
        let order = knowledge.orders.iter().find(|order| order.service == service && order.operation == operation.name);
        let toucher = order.zip(kind.as_deref()).and_then(|(order, kind)| toucher(model, order, kind, cases));
        Some(Self {
            pagination,
            items,
            filling,
            toucher,
            kind,
            scoped,
            identity: identity(model, item, knowledge),
            max,
            default: knowledge.page_size(operation.id),
            order,
            filters,
            exclusive: known.filter(|known| known.exclusive && known.members.len() > 1),
            touches,
        })
    }

    /// What tells one item from all others, as a text.
    pub fn key(&self, item: &Value) -> String {
        let values: Vec<&Value> = self.identity.iter().filter_map(|name| item.get(*name)).collect();
        if values.is_empty() { item.to_string() } else { json!(values).to_string() }
    }

    /// The keys of items that were shown one after the other. What happened may have happened twice in a millisecond: such
    /// items are told apart by how many of their like come before them.
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

    /// Whether the items have no identity of their own.
    pub fn is_of_events(&self) -> bool {
        self.identity.is_empty()
    }

    /// The key of a resource of the listed kind.
    pub fn key_of(&self, arn: &str) -> String {
        self.key(&json!({ "arn": arn }))
    }

    /// Why a filter is to be exact: the documentation of its member says so.
    pub fn filter_authority(&self) -> Authority {
        Authority::Documented
    }

    /// Where the rules on two filters come from.
    pub fn filter_source(&self) -> String {
        self.exclusive.map_or_else(|| "the documentation of the filter".to_owned(), |known| known.source().to_owned())
    }
}

fn bound(model: &Model, shape: ShapeId) -> Option<u64> {
    model.shape(shape).max_value.and_then(Number::as_i64).and_then(|value| u64::try_from(value).ok())
}

/// The kind of the items, if some call of the service makes one: by the pattern of the items' ARN.
fn kind_of(model: &Model, item: ShapeId, samples: &Samples, cases: &[Case]) -> Option<String> {
    let arn = model.members(Some(item)).iter().find(|member| member.name == "arn")?;
    let kinds: BTreeSet<&String> = cases.iter().flat_map(|case| &case.effects.creates).collect();
    let fits = |kind: &str| {
        let sample = samples.sample(&Placeholder { kind: kind.to_owned(), field: "arn".to_owned(), number: 1 });
        validate(model, arn.shape, &Value::String(sample)).is_empty()
    };
    kinds.into_iter().find(|kind| fits(kind)).cloned()
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
        let named = Placeholder::all_in(&case.input);
        named.len() == 1 && named.iter().all(|placeholder| placeholder.kind == kind && placeholder.field == "arn")
    };
    let changes = cases.iter().filter(|case| case.is_valid() && case.effects.mutates.iter().any(|it| it == kind));
    let case = changes.filter(shows_order).filter(names_it_alone).max_by_key(|case| {
        // One other member, so that there is something to change.
        (case.input.as_object().map_or(0, Map::len) == 2, std::cmp::Reverse(case.id.clone()))
    })?;
    Some(Recipe { operation: case.operation(), input: case.input.clone() })
}

/// The ARN of the item; else every ARN and identifier that it shows.
fn identity(model: &'static Model, item: ShapeId, knowledge: &Knowledge) -> Vec<&'static str> {
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
    // What happened has no name of its own: several may concern one resource.
    let is_of_a_time = members.iter().any(|member| member.name.starts_with("event"));
    if is_of_a_time { Vec::new() } else { naming }
}

/// A text that a filter is to let through.
const LISTED: &str = "ivs-contract-listed";

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
    let used = own
        .iter()
        .flat_map(|case| pointer::resolve(&case.input, &known.member))
        .map(|(_, value)| value)
        .find(|value| value.as_str().is_none_or(|text| !text.is_empty()));
    let mut sample = used.cloned()?;
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
    let near = (sample == LISTED).then(|| over(&json!(format!("{LISTED}-not")))).flatten();
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
    if producer.input.get(name).is_some() {
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
