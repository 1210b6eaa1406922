//! `check --record` and `check --against` as a process.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{Folder, Serving, run, stderr};

/// Returns the exchanges of each file in a folder, and the header of one file.
fn recorded(folder: &Path) -> (BTreeMap<String, String>, String) {
    let mut exchanges = BTreeMap::new();
    let mut head = String::new();
    for service in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(service.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let mut parts = text.splitn(3, "---\n").skip(1);
            head = parts.next().unwrap().to_owned();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            exchanges.insert(name, parts.next().unwrap().trim().to_owned());
        }
    }
    (exchanges, head)
}

/// Records some operations of an emulator.
fn record(name: &str, serving: &Serving, more: &[&str]) -> (BTreeMap<String, String>, String) {
    let folder = Folder::new(name);
    let into = format!("--record={}", folder.path().display());
    let arguments = ["check", "--endpoint-url", &serving.url, "--operation", "*Channel,*Stage,*Room", &into];
    let output = run(&[&arguments, more].concat());
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("snapshots written"), "{said}");
    recorded(folder.path())
}

#[test]
fn recording_an_emulator_that_poses_as_aws_changes_the_provenance_and_nothing_else() {
    let serving = Serving::start(&["--settling", "0"]);
    let posing = ["--recorded-from", "aws", "--region", "eu-west-1"];
    let (exchanges, head) = record("record-aws", &serving, &posing);
    assert!(exchanges.len() > 10, "{}", exchanges.len());
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots/exchanges");
    let (stored, _) = recorded(&stored);
    for (name, text) in &exchanges {
        assert_eq!(Some(text), stored.get(name), "{name}");
    }
    assert!(head.contains("endpoint: aws") && head.contains("region: eu-west-1"), "{head}");
}

#[test]
fn what_is_recorded_says_that_it_is_not_from_aws_and_differs_only_where_the_endpoint_does() {
    let serving = Serving::start(&["--settling", "0", "--fault", "delete-channel-answers-200"]);
    let (exchanges, head) = record("record-fault", &serving, &["--fail-on", "never"]);
    assert!(head.contains("endpoint: endpoint"), "{head}");
    let (stored, _) = recorded(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots/exchanges"));
    let differ: Vec<&str> = exchanges
        .iter()
        .filter(|(name, text)| stored.get(*name) != Some(text))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(differ, ["ivs/DeleteChannel.snap"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_is_sent() {
    let output = run(&["check", "--record=/proc/nowhere"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("/proc/nowhere"), "{}", stderr(&output));
}

/// Returns the report of a comparison with the embedded emulator.
fn against(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = run(&[&["check", "--against", "embedded", "--output", "json"], arguments].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    (report, output.status.code())
}

#[test]
fn two_healthy_emulators_do_not_differ() {
    let serving = Serving::start(&["--settling", "0"]);
    let some = "*Channel,*Stage,ListStages,*Room,*Tag*,*StreamKey,BatchGetChannel";
    let (report, code) =
        against(&["--endpoint-url", &serving.url, "--operation", some, "--fail-on", "warning", "--cases", "2"]);
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(code, Some(0));
    let cases = &report["summary"]["cases"];
    assert!(cases["passed"].as_u64() > Some(500) && cases["failed"] == 0, "{cases}");
    assert_eq!(report["notes"], serde_json::json!([]));
}

#[test]
fn a_planted_fault_is_where_two_emulators_differ() {
    for (fault, operation, pointer) in [
        ("name-bound-off-by-one", "CreateChannel", "/name#max-length"),
        ("delete-channel-answers-200", "DeleteChannel", "valid"),
    ] {
        let serving = Serving::start(&["--settling", "0", "--fault", fault]);
        let arguments = ["--endpoint-url", &serving.url, "--service", "ivs", "--operation", operation, "--cases", "0"];
        let (report, code) = against(&arguments);
        assert_eq!(code, Some(0), "an emulator is no authority: {report:#}");
        let findings = report["findings"].as_array().unwrap();
        let finding = findings.iter().find(|it| it["site"] == pointer);
        let finding = finding.unwrap_or_else(|| panic!("{fault} at {pointer} is not among {findings:#?}"));
        assert_eq!((&finding["check"], &finding["severity"]), (&"differs".into(), &"warning".into()));
        assert!(finding["rule"].as_str().unwrap().contains("embedded emulator"), "{finding:#}");
        // A call that names a resource comes in a script that makes the resource first.
        let curl = finding["reproduce"]["curl"].as_str().unwrap();
        let is_shown = |line: &str| line.starts_with("curl ") && line.contains(&format!("/{operation} "));
        assert!(curl.lines().any(is_shown), "{finding:#}");
        assert!(finding["reproduce"]["replay"].as_str().unwrap().contains("--against"), "{finding:#}");
        let (_, strict) = against(&[&arguments[..], &["--fail-on", "warning"]].concat());
        assert_eq!(strict, Some(1));
    }
}

#[test]
fn a_tag_lost_in_the_course_of_a_sequence_is_found() {
    let serving = Serving::start(&["--settling", "0", "--fault", "tag-lost-on-second-update"]);
    let some = "CreateStage,GetStage,TagResource,UntagResource,UpdateStage,DeleteStage";
    let service = ["--service", "ivs-realtime", "--operation", some, "--cases", "0", "--endpoint-url", &serving.url];
    let (report, _) = against(&service);
    let findings = report["findings"].as_array().unwrap();
    let is_lost_tag = |it: &Value| it["site"] == "body:/stage/tags/*" && it["actual"] == "no such member";
    let after =
        |it: &Value| it["rule"].as_str().is_some_and(|rule| rule.contains(", after ") && rule.contains("TagResource"));
    assert!(findings.iter().any(|it| is_lost_tag(it) && after(it)), "{findings:#?}");
}

#[test]
fn an_endpoint_that_is_not_on_this_machine_gets_no_unwanted_calls() {
    let output = run(&["check", "--against", "http://ivs.invalid", "--operation", "GetRoom"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("AWS_ACCESS_KEY_ID"), "{}", stderr(&output));
}
