//! The text of a first pack: what names and shapes of a model suggest.

use std::fmt::Write as _;

use ivs_catalog::inferred_resource_kinds;
use ivs_model::knowledge::{NameOrigin, NamedBy, ResourceKind};
use ivs_model::{Knowledge, Model, bundled};

use super::coverage::Coverage;

/// Returns the text of `pack.toml`.
pub(super) fn text(model: &Model) -> String {
    let mut text = format!(
        "# What the model of {} {} does not say: a first draft. Every line marked `inferred` is from names and shapes \
         alone.\n# Check it with `ivs-contract pack check`, and against the documentation of the service.\n",
        model.service.sdk_id, model.service.api_version
    );
    for kind in inferred_resource_kinds(model) {
        resource(&kind, &mut text);
    }
    if let Ok(knowledge) = Knowledge::read_pack(&text, model, bundled::knowledge()) {
        remarks(model, &knowledge, &mut text);
    }
    text
}

fn resource(kind: &ResourceKind, text: &mut String) {
    let list = |names: &[String]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "{key} = {value} # inferred");
    };
    line("\n[[resource]]\nresource", format!("{:?}", kind.resource));
    line("created-by", format!("[{}]", list(&kind.created_by)));
    for (key, name) in [("shown-by", &kind.shown_by), ("deleted-by", &kind.deleted_by)] {
        if let Some(name) = name {
            line(key, format!("{name:?}"));
        }
    }
    if !kind.changed_by.is_empty() {
        line("changed-by", format!("[{}]", list(&kind.changed_by)));
    }
    text.push_str("named-by = [\n");
    for NamedBy { field, from, members, operations } in &kind.named_by {
        let (key, path) = match from {
            NameOrigin::Answer(path) => ("answer", path),
            NameOrigin::Chosen(path) => ("chosen", path),
            NameOrigin::Input(path) => ("input", path),
        };
        let members = list(members);
        let operations =
            if operations.is_empty() { String::new() } else { format!(", operations = [{}]", list(operations)) };
        let _ = writeln!(
            text,
            "    {{ field = {field:?}, from = {{ {key} = {path:?} }}, members = [{members}]{operations} }}, # inferred"
        );
    }
    text.push_str("]\n");
}

fn remarks(model: &Model, knowledge: &Knowledge, text: &mut String) {
    let coverage = Coverage::of(model, knowledge);
    let (unreached, reached): (Vec<&Coverage>, Vec<&Coverage>) = coverage.iter().partition(|it| it.unreached.is_some());
    let unreached = unreached.into_iter().filter_map(|it| Some((it.operation, it.unreached.as_ref()?)));
    let unknown = reached.into_iter().filter_map(|it| Some((it.operation, it.remark.as_ref()?)));
    for (heading, operations) in [
        ("Nothing reaches these operations:", unreached.collect::<Vec<_>>()),
        (
            "Valid requests of these operations have a text whose values nobody gives (`given`, `free-text`):",
            unknown.collect(),
        ),
    ] {
        if !operations.is_empty() {
            let _ = writeln!(text, "\n# {heading}");
        }
        for (operation, why) in operations {
            let _ = writeln!(text, "# - {}: {why}", operation.name());
        }
    }
}
