//! The sequences that every run plays, whatever its seed: the whole life of a kind, member by member.

use std::sync::Arc;

use ivs_generators::Placeholder;
use ivs_model::knowledge::Detach;
use ivs_model::pointer;
use serde_json::{Map, Value, json};

use super::document::is_nothing;
use super::kind::Kind;
use super::role::Role;
use super::state::State;
use super::step::{Step, referred};

/// The most members that one walk changes: a kind with more gets several walks.
const CHANGES: usize = 12;
/// The same where each change takes its time.
const SLOW_CHANGES: usize = 4;

/// The walks of an operation over a kind, by name.
pub(super) fn walks(kind: &Arc<Kind>, role: &Role) -> Vec<(String, Vec<Step>)> {
    let create = || Step::Create { input: Map::new() };
    let whole = || Step::Create { input: everything(kind) };
    let read = |slot| Step::Read { slot };
    let list = || Step::List { slot: 0 };
    let delete = || Step::Delete { slot: 0 };
    let tag = |tags: Value| Step::Tag { slot: 0, tags: tags.as_object().cloned().unwrap_or_default() };
    let untag = |keys: &[&str]| Step::Untag { slot: 0, keys: keys.iter().map(|key| (*key).to_owned()).collect() };
    let change = || kind.changing.first().map(|change| Step::Update { slot: 0, change: change.clone() });
    let mut walks = Vec::new();
    let mut walk = |name: &str, steps: Vec<Step>| walks.push((name.to_owned(), possible(kind, steps)));
    match role {
        Role::Create => walk("made", vec![create(), whole(), read(0), list(), delete(), read(1)]),
        Role::Get => walk("read", vec![whole(), create(), read(0), read(1), delete(), read(0), read(1)]),
        Role::List => walk("listed", vec![create(), list(), whole(), list(), delete(), list()]),
        Role::Delete => {
            let after = [delete(), tag(json!({"contract-a": "1"}))];
            let steps = [whole(), create(), delete(), read(0), list()].into_iter().chain(change()).chain(after);
            walk("removed", steps.chain([read(1)]).collect());
        }
        Role::Tag | Role::Untag | Role::TagReader => {
            let first = tag(json!({"contract-a": "1", "contract-b": "2"}));
            let steps = [create(), create(), first].into_iter().chain(change());
            let then = [tag(json!({"contract-b": "3", "contract c": ""})), untag(&["contract-a"]), read(0), read(1)];
            let gone = [delete(), tag(json!({"contract-a": "1"})), untag(&["contract-b"])];
            walk("tagged", steps.chain(then).chain(gone).collect());
        }
        Role::Update => {
            let each = changes(kind);
            let at_most = if kind.changes_slowly() { SLOW_CHANGES } else { CHANGES };
            for (index, changes) in each.chunks(at_most).enumerate() {
                let updates = changes.iter().map(|change| Step::Update { slot: 0, change: change.clone() });
                let gone = [read(1), delete()].into_iter().chain(change());
                let steps = [whole(), create()].into_iter().chain(updates).chain(gone);
                walk(&format!("each-member-{}", index + 1), steps.collect());
            }
            for (name, steps) in attached(kind) {
                walk(&name, steps);
            }
        }
        Role::ParentRemover(_) => {
            for (name, steps) in attached(kind) {
                walk(&name, steps);
            }
        }
    }
    walks.retain(|(_, steps)| role.is_shown_by(kind, steps));
    walks
}

/// The steps but for those whose outcome is not known.
fn possible(kind: &Arc<Kind>, steps: Vec<Step>) -> Vec<Step> {
    let mut state = State::new(Arc::clone(kind));
    let mut kept = Vec::new();
    for step in steps {
        if state.allows(&step) {
            state.apply(&step);
            kept.push(step);
        }
    }
    kept
}

/// As many members at once as go together; references left out, which have their own walk.
fn everything(kind: &Kind) -> Map<String, Value> {
    let mut all = Map::new();
    // What is unset shows nothing when it is lost: values come first.
    let (empty, telling): (Vec<_>, Vec<_>) = kind.making.iter().partition(|patch| patch.values().all(is_nothing));
    for patch in telling.into_iter().chain(empty) {
        let is_new = patch.keys().all(|name| !all.contains_key(name));
        if !is_new || !referred(&Value::Object(patch.clone())).is_empty() {
            continue;
        }
        let mut more = all.clone();
        more.extend(patch.clone());
        if kind.keeps_rules(kind.create.operation, &kind.making_input(0, &more)) {
            all = more;
        }
    }
    all
}

/// Every change of the menu with a member that no earlier one holds, and then each of the values of an enumeration or
/// of a flag, so that each member takes more than one.
fn changes(kind: &Kind) -> Vec<Map<String, Value>> {
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let mut chosen = Vec::new();
    for change in &kind.changing {
        if !referred(&Value::Object(change.clone())).is_empty() {
            continue;
        }
        // Values of one member, longer ones last: three of them tell whether it is taken.
        if change.keys().any(|name| seen.get(name).is_none_or(|times| *times < 3)) {
            for name in change.keys() {
                *seen.entry(name.clone()).or_default() += 1;
            }
            chosen.push(change.clone());
        }
    }
    chosen
}

/// For each reference: attach, try to remove what is attached, detach, remove it.
fn attached(kind: &Kind) -> Vec<(String, Vec<Step>)> {
    let remove = |parent: &Placeholder| Step::Remove { parent: parent.to_string() };
    let mut walks = Vec::new();
    for parent in referred(&kind.making_input(0, &Map::new())) {
        let steps = vec![
            Step::Create { input: Map::new() },
            remove(&parent),
            Step::Read { slot: 0 },
            Step::Delete { slot: 0 },
            remove(&parent),
        ];
        walks.push((format!("attached-{}", parent.kind), steps));
    }
    for change in attaching(kind) {
        let whole = Value::Object(change.clone());
        let Some(parent) = referred(&whole).into_iter().next() else { continue };
        let mut steps = vec![Step::Create { input: Map::new() }, Step::Update { slot: 0, change: change.clone() }];
        let detach = kind.detaches.iter().find(|detach| !pointer::resolve(&whole, &detach.member).is_empty());
        steps.push(remove(&parent));
        if let Some(detach) = detach {
            steps.push(Step::Update { slot: 0, change: detaching(detach) });
            steps.push(remove(&parent));
        }
        steps.push(Step::Read { slot: 0 });
        let name = change.keys().next().map(String::as_str).unwrap_or_default();
        walks.push((format!("attached-{name}"), steps));
    }
    walks
}

/// The simplest change for each reference that an update may set.
pub(super) fn attaching(kind: &Kind) -> Vec<Map<String, Value>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut chosen = Vec::new();
    for change in &kind.changing {
        let parents = referred(&Value::Object(change.clone()));
        if let [parent] = parents.as_slice()
            && seen.insert(parent.kind.clone())
        {
            chosen.push(change.clone());
        }
    }
    chosen
}

/// The change that takes a reference away.
pub(super) fn detaching(detach: &Detach) -> Map<String, Value> {
    let names: Vec<String> = pointer::tokens(&detach.member).collect();
    let value = names.iter().rev().fold(detach.value.clone(), |inner, name| json!({ name.as_str(): inner }));
    value.as_object().cloned().unwrap_or_default()
}
