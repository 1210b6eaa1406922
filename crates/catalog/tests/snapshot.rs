//! Compares the derived facts of all bundled operations with `snapshots/catalog/`, one line per operation.

use ivs_catalog::{
    Access, Creation, InputReference, ListOperation, OperationFacts, ReadBasis, RepeatBasis, Repeatability,
    SubjectEffect, TagRole, bundled,
};
use ivs_model::OperationId;

#[test]
fn every_operation_has_the_recorded_facts() {
    let mut count = 0;
    for service in bundled().services() {
        let lines: Vec<String> = service.operations().map(line).collect();
        count += lines.len();
        assert_snapshot(&service.model().service.id, &lines);
    }
    assert_eq!(count, 103);
}

#[test]
fn every_resource_type_has_the_recorded_operations() {
    let mut lines = Vec::new();
    for service in bundled().services() {
        for resource_type in service.resource_types() {
            lines.push(format!(
                "{}.{}: creates={} gets={} updates={} deletes={} list={} taggable={}",
                service.model().service.id,
                resource_type.name,
                names(&resource_type.creates),
                names(&resource_type.gets),
                names(&resource_type.updates),
                names(&resource_type.deletes),
                resource_type.list.map_or("-", |list| list.name()),
                yes(resource_type.is_taggable),
            ));
        }
    }
    assert_snapshot("resource-types", &lines);
}

fn assert_snapshot(name: &str, lines: &[String]) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../../../snapshots/catalog");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, lines.join("\n")));
}

fn line(facts: &OperationFacts<'_>) -> String {
    let effects = &facts.effects;
    let subject = |effect: SubjectEffect| {
        effects.subject.as_deref().filter(|_| effects.on_subject == effect).unwrap_or("-").to_owned()
    };
    let line = format!(
        "{}: read={} makes={} repeatable={} creates={} deletes={} changes={}",
        facts.operation.name,
        yes(facts.access.is_read()),
        yes(facts.creation.creates()),
        yes(facts.repeatability.is_safe()),
        joined(effects.creates.iter().cloned()),
        subject(SubjectEffect::Deletes),
        subject(SubjectEffect::Changes),
    );
    let optional = [
        reason(facts),
        names_of(&facts.references),
        facts.list.as_ref().map(list).unwrap_or_default(),
        facts.tag_role.map(tag_role).unwrap_or_default().to_owned(),
        format!(
            "errors={}",
            joined(facts.errors.iter().map(|error| {
                format!("{}:{}", error.name, error.status.map_or("-".to_owned(), |status| status.to_string()))
            }))
        ),
    ];
    let parts = std::iter::once(line).chain(optional).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" | ")
}

fn reason(facts: &OperationFacts<'_>) -> String {
    let access = match facts.access {
        Access::Read(ReadBasis::ReadonlyTrait) => "reads by trait",
        Access::Read(ReadBasis::Method) => "reads by method",
        Access::Read(ReadBasis::Name) => "reads by name",
        Access::Write if facts.operation.readonly => "writes against its readonly trait",
        Access::Write => "writes",
    };
    let repeat = match facts.repeatability {
        Repeatability::Safe(RepeatBasis::IdempotentTrait) => ", idempotent by trait",
        Repeatability::Safe(RepeatBasis::SetsState) => ", sets state",
        Repeatability::Safe(RepeatBasis::Reads) | Repeatability::Unsafe => "",
    };
    let creation = if facts.creation == Creation::WithoutArn { ", creates something without an ARN" } else { "" };
    let shows = if facts.shows_subject { ", shows its subject" } else { "" };
    format!("{access}{repeat}{creation}{shows}")
}

fn names_of(references: &[InputReference]) -> String {
    let names = references.iter().map(|it| {
        let required = if it.is_required { "!" } else { "" };
        format!("{}{required}={}.{}", it.path, it.reference.resource_type, it.reference.field)
    });
    if references.is_empty() { String::new() } else { format!("names {}", joined(names)) }
}

fn list(list: &ListOperation<'_>) -> String {
    let filters = list.filter.into_iter().flat_map(|filter| filter.members.iter().map(|it| it.member.clone()));
    format!(
        "lists {} of {} (scoped={} max={} default={} order={} filters={} exclusive={} events={})",
        list.items,
        list.resource_type.as_deref().unwrap_or("-"),
        yes(list.is_scoped),
        list.max_page_size,
        yes(list.default_page_size.is_some()),
        list.order.map_or("-", |order| order.by.as_str()),
        joined(filters),
        yes(list.exclusive().is_some()),
        yes(list.is_of_events()),
    )
}

fn tag_role(role: TagRole) -> &'static str {
    match role {
        TagRole::Tagger => "adds tags",
        TagRole::Untagger => "removes tags",
        TagRole::Reader => "lists tags",
        TagRole::Creator => "takes tags",
    }
}

fn names(ids: &[OperationId]) -> String {
    joined(ids.iter().map(|id| id.name().to_owned()))
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.collect();
    if texts.is_empty() { "-".to_owned() } else { texts.join(",") }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}
