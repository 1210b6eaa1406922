//! Directions of dependencies: between packages of the workspace, and on crates that bring input, output or arguments.

use super::workspace::{Dependency, Package};
use super::{RuleViolation, Workspace, settings};

/// Asserts the tables `packages`, `only`, `never` and `requires`.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let mut violations = Vec::new();
    for package in &workspace.packages {
        violations.extend(imports(workspace, package));
        violations.extend(reserved(workspace, package));
        violations.extend(required(workspace, package));
    }
    violations.extend(unknown_packages(workspace));
    violations
}

fn at_dependency(
    workspace: &Workspace,
    package: &Package,
    dependency: &Dependency,
    problem: String,
    remedy: &str,
) -> RuleViolation {
    let manifest = package.folder.join("Cargo.toml");
    let text = workspace.text(&manifest).unwrap_or_default();
    let is_named = |line: &str| {
        line.trim_start().strip_prefix(&dependency.name).is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    let line = text.lines().position(is_named).map_or(1, |index| index + 1);
    RuleViolation::new(manifest, line, problem, remedy)
}

fn imports(workspace: &Workspace, package: &Package) -> Vec<RuleViolation> {
    let name = &package.name;
    let Some(allowed) = workspace.settings.packages.get(name) else {
        return vec![RuleViolation::new(
            package.folder.join("Cargo.toml"),
            1,
            format!("package `{name}` has no entry in the table of imports"),
            format!("add `[packages.{name}]` to {}, and docs/architecture.md", settings::PATH),
        )];
    };
    let is_member = |name: &str| workspace.packages.iter().any(|package| package.name == name);
    package
        .dependencies
        .iter()
        .filter(|dependency| is_member(&dependency.name) && dependency.name != *name)
        .filter(|dependency| {
            let is_allowed = allowed.imports.contains(&dependency.name)
                || (dependency.is_dev() && allowed.dev_imports.contains(&dependency.name));
            !is_allowed
        })
        .map(|dependency| {
            let kind = if dependency.is_dev() { "in its tests " } else { "" };
            at_dependency(
                workspace,
                package,
                dependency,
                format!("`{name}` must not {kind}depend on `{}`", dependency.name),
                "move what needs it into a package that may, or change the architecture first",
            )
        })
        .collect()
}

fn reserved(workspace: &Workspace, package: &Package) -> Vec<RuleViolation> {
    let mut violations = Vec::new();
    for dependency in &package.dependencies {
        for only in workspace.settings.only.iter().filter(|only| only.crates.contains(&dependency.name)) {
            if !dependency.is_dev() && !only.packages.contains(&package.name) {
                violations.push(at_dependency(
                    workspace,
                    package,
                    dependency,
                    format!("`{}` must leave `{}` to {}", package.name, dependency.name, only.packages.join(", ")),
                    &only.reason,
                ));
            }
        }
        for never in workspace.settings.never.iter().filter(|never| never.packages.contains(&package.name)) {
            if never.crates.contains(&dependency.name) {
                violations.push(at_dependency(
                    workspace,
                    package,
                    dependency,
                    format!("`{}` must never depend on `{}`", package.name, dependency.name),
                    &never.reason,
                ));
            }
        }
    }
    violations
}

fn required(workspace: &Workspace, package: &Package) -> Vec<RuleViolation> {
    let of_package = workspace.settings.requires.iter().filter(|requires| requires.packages.contains(&package.name));
    of_package
        .filter_map(|requires| {
            let path = package.folder.join(&requires.file);
            let is_held = workspace.text(&path).is_some_and(|text| text.contains(&requires.text));
            (!is_held).then(|| {
                RuleViolation::new(
                    path,
                    1,
                    format!("does not hold `{}`", requires.text),
                    format!("add it: {}", requires.reason),
                )
            })
        })
        .collect()
}

/// Names in the tables that no package has: a rule about nothing.
fn unknown_packages(workspace: &Workspace) -> Vec<RuleViolation> {
    let tables = &workspace.settings;
    let in_imports =
        tables.packages.iter().flat_map(|(name, it)| std::iter::once(name).chain(&it.imports).chain(&it.dev_imports));
    let in_lists = tables
        .only
        .iter()
        .map(|it| &it.packages)
        .chain(tables.never.iter().map(|it| &it.packages))
        .chain(tables.requires.iter().map(|it| &it.packages))
        .flatten();
    in_imports
        .chain(in_lists)
        .chain(tables.without_example.keys())
        .filter(|name| !workspace.packages.iter().any(|package| package.name == **name))
        .map(|name| {
            RuleViolation::new(
                settings::PATH,
                workspace.settings_line(name),
                format!("no package is named `{name}`"),
                "remove the name from the tables, or correct it",
            )
        })
        .collect()
}
