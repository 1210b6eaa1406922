//! The printed `curl` lines and scripts, pasted as they are: they send what was sent, get what was answered, and leave nothing.

use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Serving, command, run, stderr};

/// Runs the lines in a shell, with the environment that the report asks for.
fn paste(lines: &str, url: &str) -> Output {
    let clean = command(&[]);
    let mut shell = Command::new("sh");
    for (name, value) in clean.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let keys = [("AWS_ENDPOINT_URL", url), ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    shell.args(["-c", lines]).envs(keys).output().unwrap()
}

/// Returns whether the tools that scripts use are installed, and prints a note otherwise.
#[allow(clippy::print_stdout, reason = "a skipped test says so")]
fn has_tools() -> bool {
    let missing: Vec<&str> = ["curl", "jq", "openssl"]
        .into_iter()
        .filter(|tool| {
            !Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap().status.success()
        })
        .collect();
    if !missing.is_empty() {
        println!("skipped: {} is not installed", missing.join(", "));
    }
    missing.is_empty()
}

/// The identities of what an emulator without faults lists, by a list operation each.
fn listed(url: &str) -> String {
    let lists = [
        ("ivs", "ListChannels"),
        ("ivs", "ListPlaybackKeyPairs"),
        ("ivs", "ListPlaybackRestrictionPolicies"),
        ("ivs", "ListRecordingConfigurations"),
        ("ivs", "ListStages"),
        ("ivs", "ListEncoderConfigurations"),
        ("ivs", "ListIngestConfigurations"),
        ("ivs", "ListStorageConfigurations"),
        ("ivschat", "ListRooms"),
        ("ivschat", "ListLoggingConfigurations"),
    ];
    let mut all = String::new();
    for (service, list) in lists {
        let line = format!(
            "curl -sS --aws-sigv4 aws:amz:us-west-2:{service} --user test:test -X POST {url}/{list} \
             -H 'content-type: application/json' --data-raw '{{}}'"
        );
        all.push_str(&String::from_utf8_lossy(&paste(&line, url).stdout));
    }
    all
}

/// What is listed once nothing is on its way out: a deletion takes its time.
fn settled(url: &str) -> String {
    for _ in 0..100 {
        let all = listed(url);
        if !all.contains("\"DELETING\"") {
            return all;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("deletions do not end: {}", listed(url));
}

/// Every script of a run gets the status that the run got, and nothing is left of what it created.
#[track_caller]
fn every_script_works(fault: &str, selection: &[&str], least: usize) {
    if !has_tools() {
        return;
    }
    let serving = Serving::start(&["--settling", "300", "--fault", fault]);
    let arguments = ["check", "--endpoint-url", &serving.url, "--output", "json", "--no-regressions"];
    let output = run(&[&arguments, selection].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() >= least, "{fault}: {} findings", findings.len());
    // What the run itself could not delete is not the scripts'.
    let before = settled(&serving.url);
    for finding in findings {
        let lines = finding["reproduce"]["curl"].as_str().unwrap();
        let output = paste(lines, &serving.url);
        let text = String::from_utf8_lossy(&output.stdout);
        let status = &finding["exchange"]["response"]["status"];
        let told: Vec<&str> = text.lines().filter(|line| line.starts_with("HTTP/1.1 ")).collect();
        let is_right = told.last().is_some_and(|line| line.starts_with(&format!("HTTP/1.1 {status}")));
        assert!(is_right, "expected {status}, got {told:?}\n{lines}\n{text}{}", stderr(&output));
        assert!(!lines.contains("-arn:1>"), "{lines}");
    }
    assert_eq!(settled(&serving.url), before);
}

#[test]
fn a_call_that_names_nothing() {
    every_script_works("name-bound-too-tight", &["--operation", "CreateRoom", "--suite", "validation"], 1);
}

#[test]
fn a_call_that_names_a_resource() {
    every_script_works("update-ignores-member", &["--operation", "UpdateChannel", "--suite", "validation"], 1);
}

#[test]
fn a_path_with_encoded_characters() {
    every_script_works(
        "tag-too-long",
        &["--operation", "TagResource", "--service", "ivs-realtime", "--suite", "validation"],
        1,
    );
    every_script_works("error-type-header-missing", &["--operation", "UntagResource", "--suite", "validation"], 3);
}

#[test]
fn a_call_that_deletes() {
    every_script_works("delete-channel-answers-200", &["--operation", "DeleteChannel", "--suite", "validation"], 1);
}

#[test]
fn a_resource_that_takes_its_time_and_needs_others() {
    every_script_works("reads-differ", &["--operation", "GetIngestConfiguration", "--suite", "idempotency"], 1);
    every_script_works(
        "reserved-tags-taken",
        &["--service", "ivs-realtime", "--operation", "TagResource", "--suite", "tags"],
        2,
    );
}

#[test]
fn several_resources_in_one_call() {
    every_script_works("batch-loses-absent", &["--operation", "BatchGetChannel", "--suite", "batch"], 1);
}

#[test]
fn a_sequence_of_calls() {
    every_script_works("update-not-kept", &["--operation", "UpdateStage", "--suite", "lifecycle"], 1);
}
