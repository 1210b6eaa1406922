//! `check --baseline`, `compare` and `trend` as a process.

use std::process::Output;

use serde_json::Value;

use crate::support::{Folder, Serving, assert_ends, deserted, run, stderr};

const OPERATION: [&str; 4] = ["--operation", "GetChannel", "--suite", "errors"];

fn check(url: &str, baseline: &str, more: &[&str]) -> Output {
    let arguments = ["check", "--endpoint-url", url, "--no-regressions", "--output", "json", "--baseline", baseline];
    run(&[&arguments, &OPERATION[..], more].concat())
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

/// Returns the IDs of the findings in a state.
fn in_state(output: &Output, state: &str) -> Vec<String> {
    let report = report(output);
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|it| it["baseline"] == state).map(|it| it["identity"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_baseline_is_updated_kept_expired_and_pruned() {
    let folder = Folder::new("baseline");
    let file = folder.within("accepted.toml");
    let faulty = Serving::start(&["--settling", "0", "--fault", "request-id-missing"]);

    let updated = check(&faulty.url, &file, &["--update-baseline"]);
    assert_ends(&updated, 0, "");
    let accepted = in_state(&updated, "accepted");
    assert!(accepted.iter().all(|id| id.starts_with("request-id:")) && !accepted.is_empty(), "{accepted:?}");

    let json = folder.within("old.json");
    let again = check(&faulty.url, &file, &["--report", &format!("json={json}")]);
    assert_ends(&again, 0, "");
    assert_eq!(in_state(&again, "accepted"), accepted);

    // One entry less: exactly this one is new.
    let text = std::fs::read_to_string(&file).unwrap();
    let blocks: Vec<&str> = text.split("\n\n[[accept]]").collect();
    let (first, rest) = (blocks[1], &blocks[2..]);
    let fewer = [&blocks[..1], rest].concat().join("\n\n[[accept]]");
    let fewer = folder.file("fewer.toml", &format!("{}\n", fewer.trim_end()));
    let missed = check(&faulty.url, &fewer, &[]);
    assert_ends(&missed, 1, "");
    assert_eq!(in_state(&missed, "new").len(), 1, "{first}");
    assert!(first.contains(&in_state(&missed, "new")[0]));

    let expired = folder.file("expired.toml", &text.replacen("\nfirst_seen", "\nexpires = 2020-01-01\nfirst_seen", 1));
    let over = check(&faulty.url, &expired, &[]);
    assert_ends(&over, 1, "");
    assert_eq!(in_state(&over, "expired").len(), 1);

    // The endpoint is mended: the entries are stale, and the run passes.
    let mended = Serving::start(&["--settling", "0"]);
    let stale = check(&mended.url, &file, &["--suite", "errors"]);
    assert_ends(&stale, 0, "");
    // A run of one suite says nothing about checks of every exchange.
    assert_eq!(report(&stale)["baseline"]["stale"].as_array().unwrap().len(), 0);
    let all =
        ["check", "--endpoint-url", &mended.url, "--no-regressions", "--operation", "GetChannel", "--output", "json"];
    let new_json = folder.within("new.json");
    let pruned = run(&[&all[..], &["--baseline", &file, "--prune", "--report", &format!("json={new_json}")]].concat());
    assert_ends(&pruned, 0, "");
    assert!(!std::fs::read_to_string(&file).unwrap().contains("[[accept]]"));

    let compared = run(&["compare", &json, &new_json]);
    assert_ends(&compared, 0, "");
    let text = String::from_utf8_lossy(&compared.stdout).into_owned();
    assert!(text.starts_with(&format!("PASS: 0 new, {} fixed", accepted.len())), "{text}");
    assert_ends(&run(&["compare", &new_json, &json, "--output", "json"]), 1, "");
    assert_ends(&run(&["compare", &new_json, &folder.file("x.json", "{}")]), 2, "is not a JSON report");

    let html = folder.within("trend.html");
    let trend = run(&["trend", folder.path().to_str().unwrap(), "--html", &html]);
    assert_ends(&trend, 0, "x.json is left out");
    assert!(std::fs::read_to_string(&html).unwrap().contains("<svg"));
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let folder = Folder::new("baseline-refused");
    let url = deserted();
    let refused = |file: &str, says: &str| assert_ends(&check(&url, file, &[]), 2, says);
    refused(&folder.within("none.toml"), "Create it with --baseline");
    refused(&folder.file("schema.toml", "schema = 9"), "schema.toml:1: this version reads");
    let entry = |lines: &str| format!("schema = 1\n[[accept]]\n{lines}\n");
    refused(&folder.file("check.toml", &entry("id = 'requestid:ivs.GetChannel:'")), "Did you mean 'request-id'?");
    refused(
        &folder.file("date.toml", &entry("glob = 'request-id:*'\nexpires = 'May'")),
        "date.toml:4: 'expires' must be",
    );
    let unwritable = check(&url, "/nonexistent/x.toml", &["--update-baseline"]);
    assert_ends(&unwritable, 2, "cannot write the baseline /nonexistent/x.toml: ");
    assert_ends(&unwritable, 2, "Name a file that can be written");
    let said = String::from_utf8_lossy(&unwritable.stderr).into_owned();
    assert_eq!(said.matches("os error").count(), 1, "the reason is told once: {said}");
    assert_ends(&run(&["check", "--prune"]), 2, "--baseline FILE");
    // Nobody answers: the file stays as it is.
    let kept = folder.file("kept.toml", "schema = 1\n");
    assert_ends(&check(&url, &kept, &["--update-baseline"]), 3, "is unchanged");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "schema = 1\n");
}
