//! `ivs-contract load` where something is wrong around it: a full folder, a machine that is too slow, a missing Locust.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::support::{Folder, assert_ends, command, run, stderr};

/// A fifth of a second of single reads, many more than any machine can send.
const TOO_FAST: [&str; 7] = ["load", "channel-reads", "--rate", "4000000", "--duration", "200ms", "--max-users=20"];
const READS: [&str; 2] = ["load", "channel-reads"];

#[test]
#[cfg(unix)]
fn a_report_folder_that_fills_keeps_the_summary_on_stdout_and_names_the_files() {
    let folder = Folder::new("load-full");
    let full = ["summary.json", "report.html", "latency.hlog"];
    for name in full {
        std::os::unix::fs::symlink("/dev/full", folder.within(&format!(".{name}.partial"))).unwrap();
    }
    let report = folder.path().to_str().unwrap();
    let arguments = ["--rate", "20", "--duration", "500ms", "--max-late", "1", "--output", "json", "--report", report];
    let output = run(&[&READS[..], &arguments].concat());
    assert_ends(&output, 3, "No space left on device");
    let said = stderr(&output);
    assert!(full.iter().all(|name| said.contains(&format!("cannot write {}", folder.within(name)))), "{said}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["verdict"], "held");
    // Half a file would be worse than none.
    assert!(full.iter().all(|name| !Path::new(&folder.within(name)).exists()));
    assert!(fs::metadata(folder.within("summary.md")).unwrap().len() > 0);
}

#[test]
fn a_rate_that_the_machine_cannot_hold_is_announced_and_inconclusive() {
    let output = run(&TOO_FAST);
    assert_ends(&output, 3, "which this machine cannot generate");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("INCONCLUSIVE: "), "{text}");
    // The second and the stage of the lateness are named.
    let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains("late requests from 0 s to") && unwrapped.contains("in stage 1 of 1"), "{text}");
    assert!(stderr(&output).contains("generator: about "), "{}", stderr(&output));
}

#[test]
fn an_inconclusive_run_passes_or_is_repeated_on_request() {
    let with = |way: &str| run(&[&TOO_FAST[..], &["--on-inconclusive", way]].concat());
    assert_ends(&with("pass"), 0, "");
    assert_ends(&with("retry"), 3, "The run is repeated once");
    assert_ends(&with("fail"), 3, "");
    assert_ends(&with("maybe"), 2, "retry");
}

#[test]
fn an_endpoint_that_never_answers_passes_in_no_way() {
    let url = crate::support::deserted();
    let arguments = ["load", "chat-rooms", "--rate", "20", "--duration", "500ms", "--endpoint-url", &url];
    assert_ends(&run(&[&arguments[..], &["--on-inconclusive", "pass"]].concat()), 3, "");
    // A gate of the user's own is breached nevertheless.
    assert_ends(&run(&[&arguments[..], &["--gate", "error_rate < 50%"]].concat()), 99, "");
}

#[test]
fn a_search_for_the_limit_says_which_rate_holds() {
    let folder = Folder::new("load-limit");
    let report = folder.within("report");
    let search = |gate: &str, more: &[&str]| {
        run(&[
            &["load", "channel-reads", "--rate", "10", "--duration", "400ms", "--max-late", "1", "--find-limit", gate],
            more,
        ]
        .concat())
    };
    let output = search("p99 < 1us", &["--report", &report]);
    assert_ends(&output, 99, "10/s  broke");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("LIMIT: no rate holds p99 < 1us"));
    assert!(Path::new(&report).join("limit.html").exists() && Path::new(&report).join("rate-10/report.html").exists());
    assert_ends(&search("p99", &[]), 2, "invalid gate 'p99'");
    assert_ends(&search("p99 < 1s for ivs.NoSuchStep", &[]), 2, "NoSuchStep");
    assert_ends(&search("p99 < 1s", &["--users", "3"]), 2, "--users");
}

#[test]
#[cfg(not(feature = "otlp"))]
fn a_build_without_otlp_names_the_feature() {
    assert_ends(&run(&[&READS[..], &["--otlp", "http://127.0.0.1:4318"]].concat()), 2, "cargo feature `otlp`");
}

#[test]
#[cfg(feature = "otlp")]
fn an_otlp_endpoint_that_refuses_keeps_the_summary() {
    let url = crate::support::deserted();
    let arguments = ["--rate", "20", "--duration", "500ms", "--max-late", "1", "--output", "json", "--otlp", &url];
    let output = run(&[&READS[..], &arguments].concat());
    assert_ends(&output, 3, &format!("cannot export metrics to {url}"));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["verdict"], "held");
}

/// Runs two workers with this PATH.
fn workers(path: &str) -> Output {
    command(&[&READS[..], &["--workers", "2", "--duration", "1s"]].concat()).env("PATH", path).output().unwrap()
}

#[test]
#[cfg(unix)]
fn workers_without_a_locust_or_with_an_old_one_say_how_to_install_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("load-locust");
    let install = "pip install locust==";
    assert_ends(&workers(folder.path().to_str().unwrap()), 2, install);
    let program = folder.file("locust", "#!/bin/sh\necho 'locust 1.6.0 from /nowhere (Python 3.8.1)'\n");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let output = workers(folder.path().to_str().unwrap());
    assert_ends(&output, 2, "is 1.6.0");
    assert!(stderr(&output).contains(install));
}
