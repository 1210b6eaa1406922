//! A public type name means one thing in the workspace.

use std::collections::BTreeMap;
use std::path::Path;

use super::{RuleViolation, Workspace, settings};

/// Asserts that no two public types outside of tests have one name.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let mut by_name: BTreeMap<&str, Vec<(&Path, usize)>> = BTreeMap::new();
    for module in workspace.crates.iter().flat_map(|source| &source.modules) {
        for (name, line) in &module.public_types {
            by_name.entry(name).or_default().push((&module.file, *line));
        }
    }
    let allowed = &workspace.settings.twice;
    let mut violations = Vec::new();
    for (name, places) in by_name.iter_mut() {
        places.sort();
        // A file that belongs to a library and a program is parsed with each.
        places.dedup();
        if places.len() < 2 || allowed.iter().any(|it| it.name == **name) {
            continue;
        }
        let (first, first_line) = places[0];
        for (file, line) in &places[1..] {
            violations.push(RuleViolation::new(
                *file,
                *line,
                format!("the public type `{name}` exists in {}:{first_line}, too", first.display()),
                "name one of them by what sets it apart",
            ));
        }
    }
    for twice in allowed.iter().filter(|twice| by_name.get(twice.name.as_str()).is_none_or(|it| it.len() < 2)) {
        violations.push(RuleViolation::new(
            settings::PATH,
            workspace.settings_line(&format!("\"{}\"", twice.name)),
            format!("the public type `{}` does not exist twice", twice.name),
            "remove it from `[[twice]]`",
        ));
    }
    violations
}
