//! Each assertion that is not only inferred has a test named by its id, and each test id is the id of an assertion.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use toml::Table;

const ASSERTIONS: &str = ivs_fixtures::ASSERTIONS;

fn file() -> Table {
    toml::from_str(ASSERTIONS).unwrap()
}

/// Returns the assertions by id.
fn assertions() -> BTreeMap<String, Table> {
    let file = file();
    let entries = file["assertion"].as_array().unwrap();
    let read = |entry: &toml::Value| (entry["id"].as_str().unwrap().to_owned(), entry.as_table().unwrap().clone());
    let assertions: BTreeMap<_, _> = entries.iter().map(read).collect();
    assert_eq!(assertions.len(), entries.len(), "an id occurs twice");
    assertions
}

/// Returns the ids in the names of this folder's tests, as the test binary lists them: `p01` of
/// `assertions::protocol::p01_every_operation_…`.
fn tested() -> BTreeSet<String> {
    let binary = std::env::current_exe().unwrap();
    let listed = Command::new(binary).args(["assertions::", "--list", "--format", "terse"]).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    let tests = names.lines().filter_map(|line| line.strip_suffix(": test"));
    tests.filter_map(|test| id_of(test.rsplit("::").next()?)).collect()
}

/// Returns the id that the name of a test begins with: a letter and one or two digits.
fn id_of(test: &str) -> Option<String> {
    let (id, _) = test.split_once('_')?;
    let (letter, number) = id.split_at_checked(1)?;
    let is_id = letter.bytes().all(|byte| byte.is_ascii_lowercase())
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_ascii_uppercase())
}

#[test]
fn every_assertion_that_is_not_only_inferred_has_a_test() {
    let tested = tested();
    let assertions = assertions();
    let founded = assertions.iter().filter(|(_, assertion)| assertion["authority"].as_str() != Some("inferred"));
    let missing: Vec<_> = founded.map(|(id, _)| id).filter(|id| !tested.contains(*id)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "these have no test");
    let unknown: Vec<_> = tested.iter().filter(|id| !assertions.contains_key(*id)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "no assertion has these ids");
}

#[test]
fn every_assertion_has_a_statement_and_an_authority() {
    for (id, assertion) in assertions() {
        let statement = assertion["statement"].as_str().unwrap();
        assert!(statement.ends_with('.'), "{id}: {statement}");
        let authority = assertion["authority"].as_str().unwrap();
        let known = ["model", "documented", "observed", "protocol", "inferred"];
        assert!(known.contains(&authority), "{id} {authority}");
    }
}

#[test]
fn every_source_of_an_assertion_is_in_the_table_of_sources() {
    let file = file();
    let table = file["sources"].as_table().unwrap();
    for url in table.values() {
        let url = url.as_str().unwrap();
        assert!(url.starts_with("https://"), "{url}");
    }
    for (id, assertion) in assertions() {
        let sources = assertion["source"].as_array().unwrap();
        assert!(!sources.is_empty(), "{id} has no source");
        for source in sources {
            let name = source.as_str().unwrap().split(": ").next().unwrap();
            assert!(table.contains_key(name), "{id}: {name}");
        }
    }
}
