//! Records what each place that asks "is it a read?" answers, operation by operation, before these places become one.

use std::collections::BTreeSet;

use ivs_generators::{Case, Effects, systematic};
use ivs_model::{Operation, bundled};

use crate::availability::{is_making, is_repeatable};
use crate::runner::is_write;

/// As in `generators/src/effect.rs`.
fn reads_for_effects(operation: &Operation) -> bool {
    let name = operation.name.as_str();
    let end = name.char_indices().skip(1).find(|(_, character)| character.is_uppercase());
    let verb = &name[..end.map_or(name.len(), |(index, _)| index)];
    matches!(verb, "Get" | "List" | "Describe" | "Search" | "Head") || name.starts_with("BatchGet")
}

/// As in `suites/src/idempotency/mod.rs`.
fn reads_for_idempotency(operation: &Operation) -> bool {
    ["Get", "List", "BatchGet"].iter().any(|verb| operation.name.starts_with(verb))
}

#[test]
fn the_places_that_ask_for_reads_agree_as_recorded() {
    let knowledge = bundled::knowledge();
    for model in bundled::models() {
        let cases = systematic(model, knowledge).cases;
        let mut lines = String::new();
        for operation in &model.operations {
            let valid = cases.iter().filter(|case| case.operation() == operation.id && case.is_valid());
            let all: Vec<&Effects> = valid.map(|case: &Case| &case.effects).collect();
            let kinds = |of: fn(&Effects) -> &Vec<String>| {
                let kinds: BTreeSet<&str> = all.iter().flat_map(|it| of(it)).map(String::as_str).collect();
                let kinds: Vec<&str> = kinds.into_iter().collect();
                if kinds.is_empty() { "-".to_owned() } else { kinds.join(",") }
            };
            let reads = [
                reads_for_effects(operation),
                all.iter().all(|effects| !is_write(effects, operation)),
                reads_for_idempotency(operation),
            ];
            let yes = |is: bool| if is { "yes" } else { "no" };
            let read = if reads.iter().all(|it| *it == reads[0]) {
                yes(reads[0]).to_owned()
            } else {
                format!("{reads:?}")
            };
            let line = format!(
                "{}: read={read} makes={} repeatable={} creates={} deletes={} changes={}",
                operation.name,
                yes(is_making(&operation.name)),
                yes(is_repeatable(&operation.name)),
                kinds(|it| &it.creates),
                kinds(|it| &it.consumes),
                kinds(|it| &it.mutates),
            );
            lines.push_str(&line);
            lines.push('\n');
            println!("{:?} readonly={} idempotent={} {}.{line}", operation.method, operation.readonly, operation.idempotent, model.service.id);
        }
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path("../../../snapshots/catalog");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(model.service.id.as_str(), lines));
    }
}
