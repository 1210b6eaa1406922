//! The planted faults that `list faults` shows are those of the emulator.

#![allow(clippy::unwrap_used, reason = "a test may fail anywhere")]

use std::process::Command;

use ivs_emulator::FAULTS;
use serde_json::{Value, json};

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
    for (line, fault) in text.lines().zip(FAULTS.iter()) {
        assert!(line.starts_with(fault.name) && line.contains(fault.check) && line.contains(fault.summary), "{line}");
    }
}
