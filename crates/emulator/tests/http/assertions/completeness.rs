//! Each assertion that is well founded has a test named by its id, and no test an id that there is not.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use toml::Table;

/// The assertions by id, each with the authorities it rests on.
fn assertions() -> BTreeMap<String, Vec<String>> {
    let file: Table = toml::from_str(include_str!("assertions.toml")).unwrap();
    let entries = file["assertion"].as_array().unwrap();
    let read = |entry: &toml::Value| {
        let levels = entry["levels"].as_array().unwrap().iter().map(|level| level.as_str().unwrap().to_owned());
        (entry["id"].as_str().unwrap().to_owned(), levels.collect())
    };
    let assertions: BTreeMap<_, _> = entries.iter().map(read).collect();
    assert_eq!(assertions.len(), entries.len(), "an id stands twice");
    assertions
}

/// The ids that tests of this folder are named by, as the test binary itself lists them: `p01` of
/// `assertions::protocol::p01_every_operation_…`.
fn tested() -> BTreeSet<String> {
    let binary = std::env::current_exe().unwrap();
    let listed = Command::new(binary).args(["assertions::", "--list", "--format", "terse"]).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    let tests = names.lines().filter_map(|line| line.strip_suffix(": test"));
    tests.filter_map(|test| id_of(test.rsplit("::").next()?)).collect()
}

/// The id that the name of a test begins with: a letter and two digits.
fn id_of(test: &str) -> Option<String> {
    let (id, _) = test.split_once('_')?;
    let (letter, number) = id.split_at_checked(1)?;
    let is_id = letter.bytes().all(|byte| byte.is_ascii_lowercase())
        && number.len() == 2
        && number.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_ascii_uppercase())
}

#[test]
fn every_well_founded_assertion_is_a_test() {
    let tested = tested();
    let assertions = assertions();
    let founded = assertions.iter().filter(|(_, levels)| levels.iter().any(|level| level != "inferred"));
    let missing: Vec<_> = founded.map(|(id, _)| id).filter(|id| !tested.contains(*id)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "these have no test");
    let unknown: Vec<_> = tested.iter().filter(|id| !assertions.contains_key(*id)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "no assertion has these ids");
}

#[test]
fn levels_are_authorities() {
    for (id, levels) in assertions() {
        assert!(!levels.is_empty(), "{id}");
        for level in levels {
            let known = ["model", "documented", "observed", "protocol", "inferred"];
            assert!(known.contains(&level.as_str()), "{id} {level}");
        }
    }
}
