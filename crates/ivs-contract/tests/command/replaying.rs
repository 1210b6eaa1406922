//! The printed `replay` lines, pasted as they are.

use std::process::Output;

use serde_json::Value;

use crate::support::{Folder, Serving, assert_ends, command, run, stderr};

/// How many requests one case may take.
const MOST_REQUESTS: usize = 12;
/// How many a sequence may take: its steps and what they need.
const MOST_OF_A_SEQUENCE: usize = 40;

/// A line as a user pastes it: in an empty folder, read by a shell.
fn paste(line: &str) -> Output {
    let folder = Folder::new(&format!("paste-{:x}", line.len() * 31 + line.bytes().map(usize::from).sum::<usize>()));
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_ivs-contract")).parent().unwrap().to_owned();
    let clean = command(&[]);
    let (path, inherited) = (bin.display(), std::env::var("PATH").unwrap());
    let mut shell = std::process::Command::new("sh");
    for (name, value) in clean.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.args(["-c", line]).env("PATH", format!("{path}:{inherited}")).current_dir(folder.path()).output().unwrap()
}

/// The findings of a run at that URL.
fn findings(url: &str, selection: &[&str]) -> Vec<Value> {
    let arguments = ["check", "--endpoint-url", url, "--output", "json", "--no-regressions"];
    let output = run(&[&arguments, selection].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    report["findings"].as_array().unwrap().clone()
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

/// Every line of a run on a faulty emulator fails as pasted, names its finding, and takes few requests; with the fault switched
/// off, on the same port, each says that it is fixed.
#[track_caller]
fn every_line_fails_and_then_is_fixed(fault: &str, selection: &[&str]) {
    let serving = Serving::start(&["--settling", "0", "--fault", fault]);
    let found = findings(&serving.url, selection);
    assert!(!found.is_empty(), "{fault}");
    let mut lines = Vec::new();
    for finding in &found {
        let line = finding["reproduce"]["replay"].as_str().unwrap();
        assert!(line.contains(&format!("--endpoint-url {}", serving.url)), "{line}");
        let output = paste(line);
        assert_ends(&output, 1, "");
        assert_eq!(last_line(&output), format!("STILL FAILING: {}", finding["identity"].as_str().unwrap()), "{line}");
        let requests = String::from_utf8_lossy(&output.stdout).matches("\n-> ").count();
        let is_sequence = finding["case"].as_str().unwrap().contains("/lifecycle/");
        let most = if is_sequence { MOST_OF_A_SEQUENCE } else { MOST_REQUESTS };
        assert!((1..=most).contains(&requests), "{requests} requests: {line}");
        lines.push((line.to_owned(), finding["case"].as_str().unwrap().to_owned()));
    }
    let port = serving.url.rsplit(':').next().unwrap().to_owned();
    serving.stop();
    let serving = Serving::start_on(&port, &["--settling", "0"]);
    for (line, case) in lines {
        let output = paste(&line);
        assert_ends(&output, 0, "");
        assert!(last_line(&output).starts_with("FIXED: "), "{}, of {case}: {line}", last_line(&output));
    }
    drop(serving);
}

#[test]
fn a_broken_constraint() {
    every_line_fails_and_then_is_fixed("name-bound-too-tight", &["--operation", "CreateRoom", "--suite", "validation"]);
}

#[test]
fn a_signature_that_nobody_looks_at() {
    every_line_fails_and_then_is_fixed(
        "signature-unchecked",
        &["--operation", "GetChannel,ListRooms", "--suite", "auth"],
    );
}

#[test]
fn a_fact_of_every_answer() {
    every_line_fails_and_then_is_fixed(
        "delete-channel-answers-200",
        &["--operation", "DeleteChannel", "--suite", "tags"],
    );
}

#[test]
fn a_batch_whose_fault_needs_several_resources() {
    every_line_fails_and_then_is_fixed(
        "batch-stops-at-absent",
        &["--operation", "BatchGetChannel", "--suite", "batch"],
    );
    every_line_fails_and_then_is_fixed("batch-loses-absent", &["--operation", "BatchGetChannel", "--suite", "batch"]);
    every_line_fails_and_then_is_fixed(
        "batch-spoilt-by-one",
        &["--operation", "BatchGetStreamKey", "--suite", "batch"],
    );
}

#[test]
fn lists_tags_repetitions_and_errors() {
    for (fault, operation, suite) in [
        ("page-size-ignored", "ListRooms", "pagination"),
        ("reserved-tags-taken", "TagResource", "tags"),
        ("untag-removes-all", "UntagResource", "tags"),
        ("delete-again-succeeds", "DeleteRoom", "idempotency"),
        ("absent-is-400", "GetRoom", "errors"),
        ("quota-is-400", "CreateStreamKey", "errors"),
        ("content-type-text", "ListRooms", "validation"),
        ("default-latency-normal", "CreateChannel", "snapshot"),
        ("trailing-text-taken", "CreateChannel", "protocol"),
    ] {
        every_line_fails_and_then_is_fixed(fault, &["--operation", operation, "--suite", suite]);
    }
}

#[test]
fn a_sequence_of_steps() {
    every_line_fails_and_then_is_fixed(
        "update-not-kept",
        &["--service", "ivs-realtime", "--operation", "UpdateStage", "--suite", "lifecycle"],
    );
}

#[test]
fn what_cannot_be_judged_is_not_fixed() {
    let serving = Serving::start(&["--settling", "0", "--fault", "signature-always-refused"]);
    let case = "ivschat.UntagResource/setup/control";
    for expect in ["success-status:ivschat.UntagResource:", "accepts-valid:ivschat.UntagResource:"] {
        let output = run(&["replay", case, "--endpoint-url", &serving.url, "--expect", expect]);
        assert_ends(&output, 3, "");
        assert!(last_line(&output).starts_with("INDETERMINATE: "), "{expect}: {}", last_line(&output));
    }
}

#[test]
fn the_line_carries_the_settings_that_matter() {
    let serving = Serving::start(&["--settling", "0", "--fault", "absent-is-400"]);
    let folder = Folder::new("settings");
    let config = folder.file("own.toml", "consistency_wait = 1\n[existing_resources]\ns3-bucket = \"it's mine\"\n");
    let found = findings(&serving.url, &["--config", &config, "--operation", "GetRoom", "--suite", "errors"]);
    let line = found[0]["reproduce"]["replay"].as_str().unwrap();
    assert!(line.contains(" --consistency-wait 1 --existing-resource 's3-bucket=it'\\''s mine' "), "{line}");
    assert_ends(&paste(line), 1, "");
}

#[test]
fn the_line_of_a_comparison_names_both_endpoints() {
    let serving = Serving::start(&["--settling", "0", "--fault", "delete-channel-answers-200"]);
    let found = findings(&serving.url, &["--against", "embedded", "--operation", "DeleteChannel"]);
    let line = found[0]["reproduce"]["replay"].as_str().unwrap();
    assert!(line.contains(" --against embedded ") && line.contains(&serving.url), "{line}");
    assert_ends(&paste(line), 1, "");
    let port = serving.url.rsplit(':').next().unwrap().to_owned();
    serving.stop();
    let _serving = Serving::start_on(&port, &["--settling", "0"]);
    assert_ends(&paste(line), 0, "");
}

#[test]
fn a_finding_carries_the_exchange_of_its_answer() {
    let serving = Serving::start(&["--settling", "0", "--fault", "delete-channel-answers-200"]);
    let found = findings(&serving.url, &["--operation", "DeleteChannel", "--suite", "idempotency"]);
    let finding = found.iter().find(|finding| finding["check"] == "success-status").unwrap();
    assert_eq!(finding["exchange"]["response"]["status"], 200, "{finding:#}");
    assert_eq!(finding["exchange"]["request"]["path"], "/DeleteChannel", "{finding:#}");
    assert!(finding["exchange"]["request"]["body"].as_str().unwrap().contains("<channel-arn:1>"), "{finding:#}");
}

#[test]
fn an_expected_finding_that_gave_way_to_another_is_a_change() {
    let serving = Serving::start(&["--settling", "0", "--fault", "signature-unchecked"]);
    let case = "ivs.GetChannel/auth/wrong-secret";
    let expect = "signature-error-code:ivs.GetChannel:wrong-secret";
    let output = run(&["replay", case, "--endpoint-url", &serving.url, "--expect", expect]);
    assert_ends(&output, 1, "");
    let line = last_line(&output);
    assert!(line.starts_with(&format!("CHANGED: {expect} is gone, and there is verifies-signature")), "{line}");
}

#[test]
fn an_id_that_names_nothing_is_told_before_anything_is_sent() {
    let url = crate::support::deserted();
    let replay = |more: &[&str]| run(&[&["replay"], more, &["--endpoint-url", &url]].concat());
    for (arguments, says) in [
        (
            &["ivs.GetChannel/validation/length-of-old"][..],
            "no case 'ivs.GetChannel/validation/length-of-old' with seed 7",
        ),
        (&["ivs.CreateChannel/validation/random-valid/7-0", "--seed", "9"], "is a case of seed 7, and --seed says 9"),
        (
            &["ivs.CreateChannel/lifecycle/channel-kept-4"],
            "Name the folder of the run that found it with --regressions",
        ),
        (&["ivs.GetChannel/setup/controls"], "no case 'ivs.GetChannel/setup/controls'"),
        (&["ivs.GetChannel/setup/control", "--expect", "nonsense"], "'nonsense' is not a finding ID"),
        (
            &["ivs.GetChannel/setup/control", "--expect", "request-id:ivs.*:"],
            "Name the finding of one operation: --expect request-id:ivs.GetChannel:",
        ),
        (
            &["ivs.GetChannel/setup/control", "--expect", "verifies-signature:ivs.*:*"],
            "for several operations at once. Leave out --expect, or run `check` again",
        ),
    ] {
        assert_ends(&replay(arguments), 2, says);
    }
    assert_ends(&replay(&["ivs.GetChannel/setup/control"]), 3, "");
}

#[test]
fn a_folder_of_garbage_is_named_with_the_way_out() {
    let folder = Folder::new("garbage");
    let path = folder.file("ivschat.room.json", "{{{ not json");
    let regressions = folder.within("");
    let says = format!("{} holds no sequences", path.replace("//", "/"));
    let output = run(&["replay", "ivschat.CreateRoom/lifecycle/room-kept-0", "--regressions", &regressions]);
    assert_ends(&output, 2, &says);
    assert_ends(&output, 2, "Delete it, or name another folder with --regressions DIR");
    let small = ["--operation", "CreateRoom", "--suite", "lifecycle", "--regressions", &regressions];
    let says = format!("{} holds no failed sequences", path.replace("//", "/"));
    assert_ends(&run(&small), 2, &says);
    assert_ends(&run(&small), 2, "Delete it, name another folder with --regressions DIR, or run with --no-regressions");
    assert_ends(&run(&["--operation", "CreateRoom", "--suite", "lifecycle", "--no-regressions"]), 0, "");
    assert_ends(&run(&["check", "--regressions", &path]), 2, "is not a folder");
    assert_ends(&run(&["replay", "ivs.GetChannel/setup/control", "--regressions", &path]), 2, "is not a folder");
}

#[test]
fn debug_logs_bodies_without_secrets() {
    let output = run(&["replay", "ivs.CreateStreamKey/setup/control", "--debug=bodies"]);
    let said = stderr(&output);
    assert!(said.contains("\"value\":\"<masked>\"") && !said.contains("sk_us-west-2"), "{said}");
    let lines = stderr(&run(&["replay", "ivs.GetChannel/setup/control", "--debug"]));
    assert!(lines.contains("POST /GetChannel (") && !lines.contains("content-type"), "{lines}");
}
