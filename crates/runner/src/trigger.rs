//! What brings a declared error about: inferred from the model and the references in an input, or from knowledge.

use ivs_generators::{Case, Effects, ExpectedError, Placeholder};
use ivs_model::knowledge::{Need, Rejection};
use ivs_model::{Authority, Knowledge, Location, Model, Operation};
use serde_json::Value;

mod broken_rule;
mod send;

use broken_rule::broken_rules;
pub use send::send_trigger;

/// One way to bring an error about.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its name within the operation: part of case id and identity.
    pub name: String,
    /// What is done, in a few words.
    pub cause: String,
    /// The errors that are right.
    pub errors: Vec<ExpectedError>,
    /// The place in the input that causes it; empty for the whole.
    pub pointer: String,
    /// Why the call is to be refused.
    pub authority: Authority,
    /// Why it is refused by one of these errors.
    pub code_authority: Authority,
    /// Where that comes from.
    pub source: String,
    /// How it is done.
    pub kind: TriggerKind,
}

/// How an error is brought about.
#[derive(Debug, Clone, PartialEq)]
pub enum TriggerKind {
    /// By this input.
    Input(Value),
    /// By the valid call itself: what it needs is not there unless somebody brings it about.
    Lacking,
    /// By the same valid call this many times more, for one parent.
    Quota(u64),
    /// By the valid call while the quota of this kind is none at all.
    Limit(String),
}

impl Trigger {
    /// The input whose answer counts, where `base` is the valid one.
    pub fn input<'a>(&'a self, base: &'a Value) -> &'a Value {
        match &self.kind {
            TriggerKind::Input(input) => input,
            TriggerKind::Lacking | TriggerKind::Quota(_) | TriggerKind::Limit(_) => base,
        }
    }

    /// Whether nothing else may be under way meanwhile.
    pub fn is_alone(&self) -> bool {
        matches!(self.kind, TriggerKind::Limit(_))
    }
}

/// The triggers that need a few calls and nothing else, whatever the endpoint: the refusals among the canonical exchanges. Two filters
/// are among them, which the suite `pagination` judges pair by pair.
pub fn plain_triggers(
    knowledge: &Knowledge,
    model: &Model,
    operation: &Operation,
    effects: &Effects,
    base: &Value,
) -> Vec<Trigger> {
    let mut triggers = absent_resources(model, operation, effects, base);
    triggers.extend(quotas(knowledge, model, operation, base));
    triggers.extend(exclusive_filters(knowledge, model, operation, base));
    triggers
}

/// Every trigger of an operation that needs no situation, given a minimal valid input of it and its Cases.
pub fn triggers(
    knowledge: &Knowledge,
    model: &Model,
    operation: &Operation,
    effects: &Effects,
    base: &Value,
    cases: &[Case],
) -> Vec<Trigger> {
    let mut triggers = absent_resources(model, operation, effects, base);
    triggers.extend(lacking(knowledge, model, operation));
    triggers.extend(quotas(knowledge, model, operation, base));
    triggers.extend(limits(knowledge, model, operation, effects));
    triggers.extend(broken_rules(knowledge, model, operation, cases));
    triggers
}

/// Each reference of the input in turn made to name nothing.
fn absent_resources(model: &Model, operation: &Operation, effects: &Effects, base: &Value) -> Vec<Trigger> {
    let Some(error) = not_found(model, operation) else {
        return Vec::new();
    };
    let members = model.members(operation.input);
    // Things outside the services are theirs to look up or not.
    let mut references = references(base);
    references.retain(|(_, placeholder)| !effects.external.contains(&placeholder.kind));
    let only = references.len() == 1;
    references
        .iter()
        .filter_map(|(pointer, placeholder)| {
            let mut input = base.clone();
            *input.pointer_mut(pointer)? = Value::String(placeholder.absent().to_string());
            let name = pointer.trim_start_matches('/');
            let in_path = members.iter().any(|member| member.name == name && member.location == Location::Label);
            // The model declares the error; that *this* reference provokes it is plain where it is the only one, and
            // fact `T03` calls it a reading for the tag operations, whose label names any kind of resource.
            let authority = if only && !in_path { Authority::Model } else { Authority::Inferred };
            // Two references of one kind are absent in turn.
            let mut kind = match placeholder.number {
                1 => placeholder.kind.clone(),
                number => format!("{}-{number}", placeholder.kind),
            };
            if placeholder.field != "arn" {
                kind = format!("{kind}-{}", placeholder.field);
            }
            Some(Trigger {
                name: format!("absent-{kind}"),
                cause: format!("{pointer} names nothing"),
                errors: vec![error.clone()],
                pointer: pointer.clone(),
                authority,
                code_authority: authority,
                source: format!("{} declares {}", operation.name, error.code),
                kind: TriggerKind::Input(input),
            })
        })
        .collect()
}

/// The error for what is not there: `ResourceNotFoundException`, or the only other one of that status by its name.
pub fn not_found(model: &Model, operation: &Operation) -> Option<ExpectedError> {
    declared(model, operation, 404, "ResourceNotFoundException").or_else(|| {
        let mut errors = operation.errors.iter().map(|id| model.shape(*id));
        let shape = errors.find(|shape| shape.error_status == Some(404) && shape.name.contains("NotFound"))?;
        Some(ExpectedError { code: shape.name.clone(), status: 404 })
    })
}

/// What the operation must find and does not, unless somebody brings it about.
fn lacking(knowledge: &Knowledge, model: &Model, operation: &Operation) -> Vec<Trigger> {
    let of_operation = knowledge.preconditions.iter().filter(|precondition| {
        precondition.service == model.service.id && precondition.operations.contains(&operation.name)
    });
    of_operation
        .filter_map(|precondition| {
            let need = match precondition.needs {
                Need::LiveStream => "live-stream",
                Need::StreamSession => "stream-session",
                Need::StageSession => "stage-session",
                Need::Publisher => "publisher",
                // The usual state: only a situation takes a resource out of it.
                Need::IdleChannel | Need::Detached | Need::Settled => return None,
            };
            Some(Trigger {
                name: format!("lacks-{need}"),
                cause: format!("there is no {}", need.replace('-', " ")),
                errors: declared_among(model, operation, &precondition.rejection),
                pointer: String::new(),
                authority: precondition.authority,
                code_authority: precondition.rejection.authority,
                source: precondition.source.clone(),
                kind: TriggerKind::Lacking,
            })
        })
        .collect()
}

/// The errors of a rejection that the operation declares.
pub fn declared_among(model: &Model, operation: &Operation, rejection: &Rejection) -> Vec<ExpectedError> {
    let errors = rejection.errors().map(|error| ExpectedError { code: error.code, status: error.status });
    let declares = |error: &ExpectedError| declared(model, operation, error.status, &error.code).is_some();
    errors.filter(declares).collect()
}

/// Quotas for each parent that are small and fixed.
fn quotas(knowledge: &Knowledge, model: &Model, operation: &Operation, base: &Value) -> Vec<Trigger> {
    const SMALL: u64 = 5;
    let Some(error) = declared(model, operation, 402, "ServiceQuotaExceededException") else {
        return Vec::new();
    };
    knowledge
        .quotas
        .iter()
        .filter(|quota| quota.limits(operation.id) && !quota.adjustable)
        .filter_map(|quota| {
            let parent = quota.of.as_deref()?.trim_start_matches('/');
            let value = quota.value.filter(|value| *value <= SMALL)?;
            base.get(parent)?;
            Some(Trigger {
                name: "quota".into(),
                cause: format!("more than {value} for one {parent}"),
                errors: vec![error.clone()],
                pointer: format!("/{parent}"),
                authority: quota.authority,
                code_authority: quota.authority,
                source: quota.source.clone(),
                kind: TriggerKind::Quota(value),
            })
        })
        .collect()
}

/// The quota of what the operation makes, where the endpoint lets it be set to nothing.
fn limits(knowledge: &Knowledge, model: &Model, operation: &Operation, effects: &Effects) -> Option<Trigger> {
    let error = declared(model, operation, 402, "ServiceQuotaExceededException")?;
    let mut quotas = knowledge.quotas.iter().filter(|quota| quota.limits(operation.id));
    // A fixed one for each parent is used up without any help.
    if quotas.clone().any(|quota| quota.of.is_some() && quota.value.is_some() && !quota.adjustable) {
        return None;
    }
    let known = quotas.find(|quota| quota.of.is_none());
    // A call that makes several is named after the one that its quota counts.
    let named = |kind: &&String| operation.name.to_lowercase().ends_with(&kind.replace('-', ""));
    let kind = effects.creates.iter().find(named).or_else(|| effects.creates.first())?;
    Some(Trigger {
        name: "quota".into(),
        cause: format!("no more than none of {kind}"),
        errors: vec![error],
        pointer: String::new(),
        authority: known.map_or(Authority::Inferred, |quota| quota.authority),
        code_authority: known.map_or(Authority::Inferred, |quota| quota.authority),
        source: known
            .map_or_else(|| "facts: resource-quotas; the error is declared".to_owned(), |quota| quota.source.clone()),
        kind: TriggerKind::Limit(kind.clone()),
    })
}

/// Two filters where one is allowed.
fn exclusive_filters(knowledge: &Knowledge, model: &Model, operation: &Operation, base: &Value) -> Option<Trigger> {
    let filter = knowledge.filter(operation.id).filter(|filter| filter.exclusive)?;
    let rejection = filter.rejection.as_ref()?;
    let mut input = base.clone();
    let object = input.as_object_mut()?;
    let mut set = 0;
    for member in model.members(operation.input) {
        let filters = filter.members.iter().any(|known| known.member == format!("/{}", member.name));
        if filters
            && set < 2
            && let Some(value) = sample(model, member.shape)
        {
            object.insert(member.name.clone(), value);
            set += 1;
        }
    }
    (set == 2).then(|| Trigger {
        name: "two-filters".into(),
        cause: "two filters that exclude each other".into(),
        errors: rejection.errors().map(|error| ExpectedError { code: error.code, status: error.status }).collect(),
        pointer: String::new(),
        authority: rejection.authority,
        code_authority: rejection.authority,
        source: filter.source.clone(),
        kind: TriggerKind::Input(input),
    })
}

/// A value for a filter: the first of an enumeration, a plain word, or a truth value.
fn sample(model: &Model, shape: ivs_model::ShapeId) -> Option<Value> {
    use ivs_model::ShapeKind;
    let stated = model.shape(shape);
    let value = match &stated.kind {
        ShapeKind::Boolean => Value::Bool(true),
        ShapeKind::String => Value::String(stated.enum_values.first().cloned().unwrap_or_else(|| "filter".to_owned())),
        _ => return None,
    };
    ivs_model::validate(model, shape, &value).is_empty().then_some(value)
}

/// All references of an input to existing resources, with their pointers.
fn references(input: &Value) -> Vec<(String, Placeholder)> {
    let mut found = Vec::new();
    collect(input, String::new(), &mut found);
    found
}

fn collect(value: &Value, pointer: String, found: &mut Vec<(String, Placeholder)>) {
    match value {
        Value::String(text) => {
            found.extend(text.parse().ok().filter(|it: &Placeholder| it.names_resource()).map(|it| (pointer, it)));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// The error of that name, if the operation declares it with that status.
pub fn declared(model: &Model, operation: &Operation, status: u16, name: &str) -> Option<ExpectedError> {
    let shape = operation.errors.iter().map(|id| model.shape(*id)).find(|shape| shape.name == name)?;
    (shape.error_status == Some(status)).then(|| ExpectedError { code: name.to_owned(), status })
}
