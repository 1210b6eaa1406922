//! `ivs-contract load` as a process: profiles, gates, signals and reports.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{Folder, assert_ends, command, deserted, signal, stderr, without_tls};

/// One second of single reads at a low rate. Its gates are met on a busy machine as well.
const TINY: &str = r#"
about = "a test"
time-limit = "30s"
sample-every = 5
max-late = 1.0
gates = ["error_rate <= 0%", "requests > 10"]
[scenarios]
channel-reads = 1
[open]
stages = [{ rate = 20, duration = "1s" }]
"#;

/// Returns the command `load` with these arguments.
fn prepared(arguments: &[&str]) -> Command {
    command(&[&["load"], arguments].concat())
}

fn load(arguments: &[&str]) -> Output {
    prepared(arguments).output().expect("the command runs")
}

fn summary(folder: &str) -> Value {
    serde_json::from_slice(&fs::read(Path::new(folder).join("summary.json")).unwrap()).unwrap()
}

#[test]
fn a_short_load_on_the_embedded_emulator_holds_and_leaves_a_report_folder() {
    let folder = Folder::new("load-held");
    let (profile, report) = (folder.file("tiny.toml", TINY), folder.within("report"));
    let output = load(&[&profile, "--report", &report, "--output", "json"]);
    assert_ends(&output, 0, "");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("stdout holds one JSON document");
    assert_eq!(printed["verdict"], "held");
    assert_eq!(printed["due"], 20);
    assert_eq!(printed["total"]["requests"], 20);
    assert_eq!(printed["findings"], Value::Array(Vec::new()));
    assert_eq!(printed["left_behind"], Value::Array(Vec::new()));
    assert_eq!(printed, summary(&report));
    for name in ["summary.md", "summary.txt", "junit.xml", "metrics.prom", "latency.hlog"] {
        assert!(fs::metadata(Path::new(&report).join(name)).unwrap().len() > 0, "{name}");
    }
}

#[test]
fn the_text_summary_opens_with_the_verdict_and_fits_80_columns() {
    let folder = Folder::new("load-text");
    let profile = folder.file("tiny.toml", TINY);
    let output = load(&[&profile]);
    assert_ends(&output, 0, "load test of embedded emulator: a test, seed 7");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("PASS: 3 of 3 gates met, open loop\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("\nFrom the intended start\n"), "{text}");
}

#[test]
fn a_breached_gate_is_exit_code_99_and_stands_in_the_report() {
    let folder = Folder::new("load-breached");
    let (profile, report) = (folder.file("tiny.toml", TINY), folder.within("report"));
    let output = load(&[&profile, "--gate", "p99 < 1us", "--report", &report]);
    assert_ends(&output, 99, "");
    let gates = summary(&report)["gates"].as_array().unwrap().clone();
    let breached: Vec<_> = gates.iter().filter(|gate| gate["held"] == false).map(|gate| &gate["gate"]).collect();
    assert_eq!(breached, ["p99 < 1us"]);
}

#[test]
fn a_baseline_is_what_gates_compare_with() {
    let folder = Folder::new("load-baseline");
    let (profile, report) = (folder.file("tiny.toml", TINY), folder.within("report"));
    assert_ends(&load(&[&profile, "--report", &report]), 0, "");
    let before = Path::new(&report).join("summary.json");
    let compared = |gate: &str| load(&[&profile, "--baseline", before.to_str().unwrap(), "--gate", gate]);
    assert_ends(&compared("requests >= baseline"), 0, "");
    assert_ends(&compared("requests >= baseline * 2"), 99, "");
    let other = folder.file("other.json", "{}");
    assert_ends(&load(&[&profile, "--baseline", &other]), 2, "other.json");
}

#[test]
fn options_take_the_place_of_the_profiles_load() {
    let folder = Folder::new("load-options");
    let profile = folder.file("tiny.toml", TINY);
    let run = |options: &[&str]| -> Value {
        let output = load(&[&[profile.as_str(), "--output", "json"], options].concat());
        assert_ends(&output, 0, "");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert_eq!(run(&["--stages", "500ms:30,500ms:30-50"])["due"], 35);
    assert_eq!(run(&["--rate", "50", "--duration", "500ms", "--max-late", "1"])["due"], 25);
    let closed = run(&["--users", "2", "--duration", "500ms"]);
    assert_eq!((&closed["model"], &closed["users"]), (&Value::from("closed"), &Value::from(2)));
}

#[test]
fn goose_drives_users_with_flags_of_its_own() {
    let folder = Folder::new("load-goose");
    let report = folder.within("report");
    let output = load(&[
        "channel-reads",
        "--goose",
        "--users",
        "2",
        "--duration",
        "1s",
        "--report",
        &report,
        "--output",
        "json",
        "--",
        "--no-telnet",
    ]);
    assert_ends(&output, 0, "");
    // goose prints the number of launched users with any flags, but stdout must contain only the summary.
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["users"], 2);
    assert!(Path::new(&report).join("goose.html").exists());
    assert_ends(&load(&["channel-reads", "--goose", "--", "--threshold", "x"]), 2, "--gate");
}

#[test]
fn an_unknown_name_is_answered_with_those_that_exist() {
    for name in ["smoke", "nightly", "channel-lifecycle", "mixed-day"] {
        assert_ends(&load(&["smok"]), 2, name);
    }
}

#[test]
fn an_unknown_key_of_a_profile_is_named() {
    let folder = Folder::new("load-unknown-key");
    let profile = folder.file("tiny.toml", &TINY.replace("about", "abuot"));
    assert_ends(&load(&[&profile]), 2, "abuot");
}

#[test]
fn what_is_wrong_with_the_arguments_is_told_before_anything_is_sent() {
    for (arguments, says) in [
        (&["no-such.toml"] as &[&str], "no-such.toml"),
        (&["--gate", "p99 < 0ms"], "p99 < 0ms"),
        (&["--gate", "p99"], "p99"),
        (&["--gate", "p99 < 1s for ivs.NoSuchStep"], "NoSuchStep"),
        (&["--gate", "p99 < baseline"], "baseline"),
        (&["--users", "0"], "--users"),
        (&["--users", "3", "--rate", "5"], "--rate"),
        (&["--rate", "-5"], "-5"),
        (&["--duration", "5x"], "invalid duration '5x' (example: 90s)"),
        (&["--duration", "2s", "--rate", "5", "--ramp", "3s"], "--ramp"),
        (&["--max-late", "2"], "--max-late"),
        (&["--master-port", "5557"], "--worker"),
        (&["--", "--no-telnet"], "--goose"),
        (&["--baseline", "/nonexistent/summary.json"], "/nonexistent/summary.json"),
        (&["--report", "/proc/nonexistent"], "/proc/nonexistent"),
        (&["--no-sign-request"], "--no-sign-request"),
        (&["--endpoint-url-ivs", "http://127.0.0.1:9"], "--endpoint-url"),
    ] {
        assert_ends(&load(arguments), 2, says);
    }
}

#[test]
fn a_target_that_is_not_this_machine_needs_an_explicit_word() {
    let output = prepared(&["--endpoint-url", "http://ivs.invalid"])
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
        .output()
        .unwrap();
    assert_ends(&output, 2, "--allow-writes");
    assert!(!stderr(&output).contains("secret-of-the-test"));
}

#[test]
fn a_port_nobody_listens_on_proves_nothing() {
    let url = deserted();
    let says = format!("error: Cannot connect to {url}: connection refused. Is the emulator running?");
    assert_ends(&load(&["--endpoint-url", &url]), 3, &says);
    // This scenario needs no seed data, so only the load itself detects the failure.
    let alone =
        load(&["chat-rooms", "--rate", "20", "--duration", "500ms", "--max-late", "1", "--endpoint-url", &deserted()]);
    assert_ends(&alone, 3, "");
}

#[test]
fn an_endpoint_that_speaks_no_tls_proves_nothing() {
    assert_ends(&load(&["--endpoint-url", &without_tls()]), 3, "TLS handshake failed. Is it an http:// endpoint?");
}

#[test]
fn the_master_gets_a_locustfile_with_the_scenarios_as_classes() {
    let output = load(&["smoke", "--locustfile"]);
    assert_ends(&output, 0, "");
    assert!(String::from_utf8(output.stdout).unwrap().contains("class MixedDay(User):"));
}

#[test]
fn an_interrupted_run_cleans_up_and_writes_its_reports() {
    for name in ["-INT", "-TERM"] {
        let folder = Folder::new(&format!("load-interrupted{name}"));
        let (profile, report) = (folder.file("tiny.toml", TINY), folder.within("report"));
        let mut child = prepared(&[&profile, "--rate", "20", "--duration", "60s", "--report", &report])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        // A line of progress shows that the load has started.
        assert!(lines.any(|line| line.unwrap().contains(" requests, ")), "the run shows its progress");
        signal(&child, name);
        let said: Vec<String> = lines.map(Result::unwrap).collect();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{said:?}");
        let summary = summary(&report);
        assert_eq!(summary["stopped_by"], "signal");
        assert_eq!(summary["left_behind"], Value::Array(Vec::new()));
        assert!(summary["duration_s"].as_f64().unwrap() < 30.0);
    }
}
