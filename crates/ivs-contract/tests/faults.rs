//! The planted faults as a user reads of them: `list faults` and the table of the README say what the emulator has.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::path::Path;
use std::process::Command;

use ivs_emulator::{FAULTS, FaultInfo};
use serde_json::{Value, json};

/// The line of a fault in the README's table.
fn row(fault: &FaultInfo) -> String {
    let operations = if fault.operations.is_empty() { "all".to_owned() } else { fault.operations.join(", ") };
    format!("| `{}` | {} | {} | {operations} | `{}` |", fault.name, fault.area.as_str(), fault.summary, fault.check)
}

#[test]
fn the_readme_has_the_table_of_faults() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let areas: Vec<&str> = FAULTS.iter().map(|fault| fault.area.as_str()).collect();
    let is_row = |line: &&str| line.split(" | ").nth(1).is_some_and(|area| areas.contains(&area));
    let table: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).filter(is_row).collect();
    let rows: Vec<String> = FAULTS.iter().map(row).collect();
    assert_eq!(table.join("\n"), rows.join("\n"));
}

#[test]
fn list_faults_says_of_each_where_it_shows_and_what_finds_it() {
    let list = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ivs-contract"));
        let output = command.args(["list", "faults"]).args(arguments).output().expect("the command runs");
        assert!(output.status.success());
        output.stdout
    };
    let listed: Value = serde_json::from_slice(&list(&["--output", "json"])).unwrap();
    let known = FAULTS.iter().map(|fault| {
        json!({
            "name": fault.name,
            "summary": fault.summary,
            "area": fault.area.as_str(),
            "operations": fault.operations,
            "suite": fault.suite,
            "check": fault.check,
        })
    });
    assert_eq!(listed, known.collect::<Value>());
    let text = String::from_utf8(list(&[])).unwrap();
    assert_eq!(text.lines().count(), FAULTS.len());
    for (line, fault) in text.lines().zip(FAULTS) {
        assert!(line.starts_with(fault.name) && line.contains(fault.check) && line.contains(fault.summary), "{line}");
    }
}
