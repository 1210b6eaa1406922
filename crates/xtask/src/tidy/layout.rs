//! The top level holds what was agreed, the README stays short, a map names every package's folder, and profiles name few
//! packages.

use std::collections::BTreeSet;
use std::path::Path;

use super::{RuleViolation, Workspace, settings};

/// Asserts the table `layout`.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let mut violations = top_level(workspace);
    violations.extend(readme(workspace));
    violations.extend(maps(workspace));
    violations.extend(profiles(workspace));
    violations
}

fn top_level(workspace: &Workspace) -> Vec<RuleViolation> {
    let tops: BTreeSet<&str> = workspace
        .files
        .iter()
        .filter_map(|file| file.components().next()?.as_os_str().to_str())
        .filter(|top| !top.starts_with('.'))
        .collect();
    let allowed = &workspace.settings.layout.top_level;
    tops.into_iter()
        .filter(|top| !allowed.iter().any(|it| it == top))
        .map(|top| {
            RuleViolation::new(
                top,
                1,
                "stands at the top level and was not agreed",
                format!("move it below `crates/` or `docs/`, or add it to `top-level` in {}", settings::PATH),
            )
        })
        .collect()
}

fn readme(workspace: &Workspace) -> Option<RuleViolation> {
    let most = workspace.settings.layout.readme_lines?;
    let lines = workspace.text("README.md").map_or(0, |text| text.lines().count());
    (lines > most).then(|| {
        RuleViolation::new(
            "README.md",
            most + 1,
            format!("has {lines} lines, {most} are allowed"),
            "move details to a page in docs/ and link to it",
        )
    })
}

fn maps(workspace: &Workspace) -> Vec<RuleViolation> {
    let maps = &workspace.settings.layout.maps;
    if maps.is_empty() {
        return Vec::new();
    }
    let texts: String = maps.iter().filter_map(|path| workspace.text(path)).collect();
    let named = |folder: &Path| {
        let last = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        last.is_empty() || texts.contains(&format!("{last}/"))
    };
    let missing = workspace.packages.iter().filter(|package| !named(&package.folder));
    missing
        .map(|package| {
            RuleViolation::new(
                &maps[0],
                1,
                format!("does not name {} ({})", package.folder.display(), package.name),
                "add the folder to the map of the tree",
            )
        })
        .collect()
}

fn profiles(workspace: &Workspace) -> Vec<RuleViolation> {
    let Some(most) = workspace.settings.layout.profile_packages else { return Vec::new() };
    let text = workspace.text("Cargo.toml").unwrap_or_default();
    // A manifest that does not parse has been told by cargo.
    let manifest: toml::Table = toml::from_str(&text).unwrap_or_default();
    let profiles = manifest.get("profile").and_then(toml::Value::as_table);
    profiles
        .into_iter()
        .flatten()
        .filter_map(|(name, profile)| {
            let packages = profile.get("package")?.as_table()?;
            let named = packages.keys().filter(|package| *package != "*").count();
            (named > most).then(|| {
                RuleViolation::new(
                    "Cargo.toml",
                    super::text::line_of(&text, &format!("[profile.{name}")),
                    format!("the profile `{name}` names {named} packages, {most} are allowed"),
                    "name only those that a profiler shows as hot",
                )
            })
        })
        .collect()
}
