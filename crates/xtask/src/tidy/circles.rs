//! Modules of a crate import each other in one direction only.
//!
//! A module and the modules around it are one thing and may import each other, and so may the groups of files that the
//! tables name. Every other circle is a violation, found in two ways. Among files alone, without the imports between a
//! module and those around it: this finds siblings that import each other. And with those imports: this finds two
//! folders that import each other through their parents, where no single module is around the whole circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::source::CrateSource;
use super::{RuleViolation, Workspace};

/// The imports between files: from, to, and the first line that says so.
type Imports<'a> = BTreeMap<(&'a Path, &'a Path), usize>;

/// Asserts that no crate's modules import each other in a circle.
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let mut violations = Vec::new();
    let mut needed = BTreeSet::new();
    for source in &workspace.crates {
        let mut imports = source.imports_between_files();
        for (index, mutual) in workspace.settings.mutual.iter().enumerate() {
            let holds = |file: &Path| mutual.files.iter().any(|it| it == file);
            let within: Imports<'_> = imports
                .iter()
                .filter(|((from, to), _)| holds(from) && holds(to))
                .map(|(pair, line)| (*pair, *line))
                .collect();
            if !components(&within).is_empty() {
                needed.insert(index);
            }
            imports.retain(|pair, _| !within.contains_key(pair));
        }
        violations.extend(circles(source, &imports));
    }
    for (index, mutual) in workspace.settings.mutual.iter().enumerate() {
        if !needed.contains(&index) {
            let first = mutual.files.first().map(|file| file.display().to_string()).unwrap_or_default();
            violations.push(RuleViolation::new(
                super::settings::PATH,
                workspace.settings_line(&first),
                format!("the files of the group `{}` do not import each other", mutual.reason),
                "remove the group from `[[mutual]]`",
            ));
        }
    }
    violations
}

fn circles(source: &CrateSource, imports: &Imports<'_>) -> Vec<RuleViolation> {
    let mut flat = imports.clone();
    flat.retain(|(from, to), _| !is_around(source, from, to) && !is_around(source, to, from));
    let among_files = components(&flat);
    let mut violations: Vec<RuleViolation> =
        among_files.iter().flat_map(|files| violations_of(source, files, &flat)).collect();

    // The root is around everything.
    let mut whole = imports.clone();
    let root = source.modules[0].file.as_path();
    whole.retain(|(from, to), _| *from != root && *to != root);
    for files in components(&whole) {
        let is_told = among_files.iter().any(|told| told.is_subset(&files));
        let is_family = files.iter().any(|top| files.iter().all(|file| file == top || is_around(source, top, file)));
        if !is_told && !is_family {
            violations.extend(violations_of(source, &files, &whole));
        }
    }
    violations
}

/// Returns whether one file is a module around that of another.
fn is_around(source: &CrateSource, outer: &Path, inner: &Path) -> bool {
    std::iter::successors(source.parent_file(inner), |file| source.parent_file(file)).any(|file| file == outer)
}

/// One violation for each pair of files that import each other; where there is no pair, one for the shortest circle.
fn violations_of(source: &CrateSource, files: &BTreeSet<&Path>, imports: &Imports<'_>) -> Vec<RuleViolation> {
    let is_pair = |(from, to): &(&Path, &Path)| {
        from < to && files.contains(from) && files.contains(to) && imports.contains_key(&(*to, *from))
    };
    let mut circles: Vec<Vec<&Path>> =
        imports.keys().copied().filter(is_pair).map(|(from, to)| vec![from, to]).collect();
    if circles.is_empty() {
        circles.push(shortest_circle(files, imports));
    }
    circles.iter().map(|circle| violation(source, files.len(), circle, imports)).collect()
}

fn violation(source: &CrateSource, files: usize, circle: &[&Path], imports: &Imports<'_>) -> RuleViolation {
    let line = |index: usize| imports.get(&(circle[index], circle[(index + 1) % circle.len()])).copied().unwrap_or(1);
    let steps: Vec<String> =
        (1..circle.len()).map(|index| format!("{}:{}", circle[index].display(), line(index))).collect();
    let more = if files > circle.len() {
        format!(" (one of the circles between {files} files of {})", source.package)
    } else {
        String::new()
    };
    RuleViolation::new(
        circle[0],
        line(0),
        format!("imports itself in a circle, by {}{more}", steps.join(", ")),
        "move what both need into a module that imports neither",
    )
}

/// The shortest circle within a strongly connected set of files.
fn shortest_circle<'a>(files: &BTreeSet<&'a Path>, imports: &Imports<'a>) -> Vec<&'a Path> {
    let circles = files.iter().filter_map(|start| circle_from(start, files, imports));
    circles.min_by_key(Vec::len).unwrap_or_else(|| files.iter().copied().collect())
}

fn circle_from<'a>(start: &'a Path, files: &BTreeSet<&'a Path>, imports: &Imports<'a>) -> Option<Vec<&'a Path>> {
    let mut before: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in imported(file, imports).filter(|next| files.contains(next)) {
            if next == start {
                let mut circle: Vec<&Path> =
                    std::iter::successors(Some(file), |file| before.get(file).copied()).collect();
                circle.reverse();
                return Some(circle);
            }
            before.entry(next).or_insert_with(|| {
                queue.push_back(next);
                file
            });
        }
    }
    None
}

fn imported<'a>(file: &'a Path, imports: &Imports<'a>) -> impl Iterator<Item = &'a Path> {
    imports.keys().filter(move |(from, _)| *from == file).map(|(_, to)| *to)
}

/// The strongly connected sets of two files or more.
fn components<'a>(imports: &Imports<'a>) -> Vec<BTreeSet<&'a Path>> {
    let backwards: Imports<'a> = imports.iter().map(|((from, to), line)| ((*to, *from), *line)).collect();
    let mut left: BTreeSet<&Path> = imports.keys().flat_map(|(from, to)| [*from, *to]).collect();
    let mut found = Vec::new();
    while let Some(file) = left.first().copied() {
        let behind = reachable(file, &backwards);
        let component: BTreeSet<&Path> = reachable(file, imports).intersection(&behind).copied().collect();
        left.remove(file);
        left.retain(|file| !component.contains(file));
        if component.len() > 1 {
            found.push(component);
        }
    }
    found
}

fn reachable<'a>(start: &'a Path, imports: &Imports<'a>) -> BTreeSet<&'a Path> {
    let mut found = BTreeSet::from([start]);
    let mut queue = vec![start];
    while let Some(file) = queue.pop() {
        queue.extend(imported(file, imports).filter(|next| found.insert(next)));
    }
    found
}
