//! Resource types inferred from names and shapes, as a first draft of a pack.

use ivs_model::knowledge::{NameOrigin, NamedBy, ResourceKind};
use ivs_model::{Authority, Model, Operation, ShapeKind};

use crate::ArnForm;
use crate::verb::{Verb, noun};

/// Returns the resource types that the names of a model's operations suggest: `CreateX` makes one, `GetX` or `DescribeX`
/// shows it, `UpdateX` changes it, `DeleteX` deletes it. Types whose names no answer and no input tells are left out.
#[must_use]
pub fn inferred_resource_kinds(model: &Model) -> Vec<ResourceKind> {
    let creators = model.operations.iter().filter(|operation| Verb::of(&operation.name) == Verb::Create);
    let mut kinds: Vec<ResourceKind> = creators.filter_map(|operation| of_creator(model, operation)).collect();
    // What names one type by an answer names a parent where another type is created.
    let answered: Vec<String> = kinds.iter().flat_map(members_from_answers).collect();
    for kind in &mut kinds {
        for named_by in &mut kind.named_by {
            if let NameOrigin::Chosen(path) = &named_by.from
                && answered.contains(path)
            {
                named_by.from = NameOrigin::Input(path.clone());
            }
        }
    }
    // A type that shares a parent's name with its operations names them; all others share it with every operation.
    for kind in &mut kinds {
        let is_of_parent = kind.named_by.iter().any(|named_by| matches!(named_by.from, NameOrigin::Input(_)));
        let own: Vec<String> = kind.shown_by.iter().chain(&kind.changed_by).chain(&kind.deleted_by).cloned().collect();
        for named_by in &mut kind.named_by {
            let is_answered = matches!(named_by.from, NameOrigin::Answer(_));
            if is_of_parent || !is_answered {
                named_by.operations.clone_from(&own);
            }
        }
    }
    kinds
}

fn members_from_answers(kind: &ResourceKind) -> Vec<String> {
    let answered = kind.named_by.iter().filter(|named_by| matches!(named_by.from, NameOrigin::Answer(_)));
    answered.flat_map(|named_by| named_by.members.clone()).collect()
}

fn of_creator(model: &Model, creator: &Operation) -> Option<ResourceKind> {
    let resource = noun(&creator.name);
    let about = |verb: &[Verb]| {
        let mut of_noun = model.operations.iter().filter(|operation| noun(&operation.name) == resource);
        of_noun.find(|operation| verb.contains(&Verb::of(&operation.name)))
    };
    let shown_by = about(&[Verb::Get]).or_else(|| about(&[Verb::OtherRead]));
    let (changed_by, deleted_by) = (about(&[Verb::Update]), about(&[Verb::Delete]));
    let named_in = deleted_by.or(shown_by)?;
    let names = model.members(named_in.input).iter().filter(|member| member.required);
    let names: Vec<&str> =
        names.filter(|member| is_text(model, member.shape)).map(|member| member.name.as_str()).collect();
    let named_by: Option<Vec<NamedBy>> = names.iter().map(|name| named_by(model, creator, &resource, name)).collect();
    let mut named_by = named_by.filter(|named_by| !named_by.is_empty())?;
    let has_arn = named_by.iter().any(|named_by| named_by.field == "arn");
    if let Some((path, member)) = arn(model, creator, &resource).filter(|_| !has_arn) {
        let from = NameOrigin::Answer(path);
        named_by.push(NamedBy { field: "arn".to_owned(), from, members: vec![member], operations: Vec::new() });
    }
    Some(ResourceKind {
        service: model.service.id.clone(),
        resource,
        created_by: vec![creator.name.clone()],
        named_by,
        shown_by: shown_by.map(|operation| operation.name.clone()),
        changed_by: changed_by.map(|operation| operation.name.clone()).into_iter().collect(),
        deleted_by: deleted_by.map(|operation| operation.name.clone()),
        authority: Authority::Inferred,
        source: "names and shapes of the model".to_owned(),
    })
}

/// Where the value of a naming member comes from, when the resource is created.
fn named_by(model: &Model, creator: &Operation, resource: &str, member: &str) -> Option<NamedBy> {
    let has = |path: &str, shape: Option<ivs_model::ShapeId>| {
        shape.and_then(|shape| model.shape_at(shape, path)).is_some_and(|shape| is_text(model, shape))
    };
    let path = format!("/{member}");
    // `ConfigurationId` is `Id` in the answer of `CreateConfiguration`.
    let prefix = resource.replace('-', "");
    let short =
        (member.len() > prefix.len() && member.to_lowercase().starts_with(&prefix)).then(|| &member[prefix.len()..]);
    let short = short.map(|short| format!("/{short}"));
    let outer = model.members(creator.output).iter().map(|member| format!("/{}", member.name));
    let places = std::iter::once(String::new()).chain(outer);
    let in_answer = places.flat_map(|place| {
        [Some(&path), short.as_ref()]
            .into_iter()
            .flatten()
            .map(move |path| format!("{place}{path}"))
            .collect::<Vec<_>>()
    });
    let answer = in_answer.into_iter().find(|path| has(path, creator.output));
    let from = if has(&path, creator.input) { NameOrigin::Chosen(path.clone()) } else { NameOrigin::Answer(answer?) };
    let last = short.as_deref().unwrap_or(&path).trim_start_matches('/').to_lowercase();
    Some(NamedBy { field: last, from, members: vec![path], operations: Vec::new() })
}

/// The ARN in the answer of a creating call, and the member that names resources by ARNs for tags.
fn arn(model: &Model, creator: &Operation, resource: &str) -> Option<(String, String)> {
    const TAGGED: [&str; 2] = ["ResourceArn", "resourceArn"];
    let members = || model.operations.iter().flat_map(|operation| model.members(operation.input));
    // The pattern may allow the ARNs of some types only.
    let takes = |shape: ivs_model::ShapeId| {
        let form = model.shape(shape).pattern.as_ref().and_then(ArnForm::of).and_then(|form| form.resource_type);
        form.is_none_or(|form| form == resource)
    };
    let tagged = TAGGED
        .iter()
        .find(|name| members().any(|member| member.name == **name && member.required && takes(member.shape)))?;
    let outputs = model.members(creator.output).iter();
    let arn = outputs
        .filter(|member| is_text(model, member.shape))
        .find(|member| member.name.to_lowercase().ends_with("arn"))?;
    let path = format!("/{}", arn.name);
    Some((path, format!("/{tagged}")))
}

fn is_text(model: &Model, shape: ivs_model::ShapeId) -> bool {
    let shape = model.shape(shape);
    shape.kind == ShapeKind::String && shape.enum_values.is_empty()
}
