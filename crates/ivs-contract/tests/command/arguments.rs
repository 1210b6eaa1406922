//! Valid and invalid arguments, and the output of each subcommand.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::support::{Folder, Serving, assert_ends, command, deserted, run, stderr, without_tls};

/// Asserts the exit code, and that stdout and stderr together contain the text once, whatever their line breaks.
fn assert_tells_once(output: &Output, code: i32, says: &str) {
    assert_ends(output, code, "");
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(output));
    let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(all.matches(says).count(), 1, "{all}");
}

#[test]
fn an_unknown_option_is_wrong_usage() {
    assert_ends(&run(&["check", "--sede", "7"]), 2, "--sede");
}

#[test]
fn an_endpoint_without_its_flag_is_answered_with_the_flag() {
    for before in [&[][..], &["check"], &["load", "smoke"], &["clean"]] {
        let output = run(&[before, &["http://127.0.0.1:4566"]].concat());
        assert_ends(&output, 2, "use '--endpoint-url http://127.0.0.1:4566'");
    }
}

#[test]
fn an_unknown_suite_is_named_with_those_that_exist() {
    assert_ends(&run(&["--suite", "validaton"]), 2, "'validaton' is not a suite (expected one of: validation, ");
}

#[test]
fn an_unknown_service_is_named_with_those_that_exist() {
    assert_ends(
        &run(&["list", "operations", "--service", "ivs-chat"]),
        2,
        "'ivs-chat' is not a service (expected one of: ivs, ",
    );
    assert_ends(&run(&["list", "operations", "--service", "ivs-chat"]), 2, "ivschat");
}

#[test]
fn a_glob_that_matches_no_operation_is_wrong_usage() {
    assert_ends(&run(&["--operation", "Creat"]), 2, "list operations");
}

#[test]
fn a_target_that_is_no_url_is_wrong_usage() {
    let output = run(&["--target", "localhost:4566"]);
    assert_ends(&output, 2, "'localhost:4566' is not a target");
    assert_ends(&output, 2, "http://127.0.0.1:4566");
}

#[test]
fn a_wrong_query_is_told_before_anything_is_sent() {
    assert_ends(&run(&["--query", "findings[?"]), 2, "JMESPath");
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_sent() {
    assert_ends(&run(&["--junit", "/nonexistent/report.xml"]), 2, "/nonexistent/report.xml");
}

#[test]
fn a_remote_target_without_credentials_is_told_what_to_do() {
    assert_ends(&run(&["--endpoint-url", "http://ivs.invalid"]), 2, "AWS_ACCESS_KEY_ID");
}

#[test]
fn a_port_nobody_listens_on_is_told_once_with_what_to_look_at() {
    let url = deserted();
    let says = format!("Cannot connect to {url}: connection refused. Is the emulator running?");
    assert_tells_once(&run(&["--endpoint-url", &url, "--operation", "*Room"]), 3, &says);
    let output = run(&["--endpoint-url", &url, "--operation", "*Room", "--output", "json"]);
    assert_ends(&output, 3, &says);
    assert!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["unusable"] == says.as_str());
    assert_tells_once(&run(&["--endpoint-url", &url, "--operation", "*Room", "--against", "embedded"]), 3, &says);
    assert_tells_once(&run(&["check", "--operation", "*Room", "--against", &url]), 3, &says);
}

#[test]
fn an_endpoint_that_speaks_no_tls_is_told_once_with_what_to_look_at() {
    let url = without_tls();
    let says = format!("Cannot connect to {url}: TLS handshake failed. Is it an http:// endpoint?");
    assert_tells_once(&run(&["--endpoint-url", &url, "--operation", "GetRoom"]), 3, &says);
}

#[test]
fn report_files_of_an_unreachable_endpoint_say_so() {
    let folder = Folder::new("unreachable");
    let markdown = folder.within("report.md");
    assert_ends(&run(&["--endpoint-url", &deserted(), "--operation", "*Room", "--markdown", &markdown]), 3, "");
    let report = std::fs::read_to_string(&markdown).unwrap();
    assert!(report.contains("connection refused. Is the emulator running?"), "{report}");
}

#[test]
fn an_old_settings_key_is_accepted_with_a_note() {
    let folder = Folder::new("old-key");
    let config = folder.file("old.toml", "seed = 9\n[externals]\ns3-bucket = \"mine\"\n");
    let select = ["--operation", "GetRoom", "--suite", "validation", "--query", "seed"];
    let output = run(&[&select[..], &["--config", &config]].concat());
    assert_ends(&output, 0, "note: the setting 'externals' is now called 'existing_resources'");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "9");
    let config = folder.file("new.toml", "[existing_resources]\ns3-bucket = \"mine\"\n");
    let output = run(&[&select[..], &["--config", &config]].concat());
    assert_ends(&output, 0, "");
    assert!(!stderr(&output).contains("is now called"), "{}", stderr(&output));
}

#[test]
fn an_unknown_settings_key_is_named_with_file_and_line() {
    let folder = Folder::new("unknown-key");
    let config = folder.file("wrong.toml", "seed = 7\nsede = 7\n");
    let output = run(&["--config", &config]);
    assert_ends(&output, 2, "wrong.toml is not a valid settings file");
    assert_ends(&output, 2, "unknown field `sede`");
    assert_ends(&output, 2, "line 2");
}

#[test]
fn a_malformed_model_file_is_named_with_the_place() {
    let folder = Folder::new("import");
    let (model, out) = (folder.file("service-2.json", "{\n  \"metadata\": {,\n"), folder.within("out.json"));
    let output = run(&["model", "import", &model, "-o", &out]);
    assert_ends(&output, 2, "service-2.json");
    assert!(stderr(&output).contains("line 2"), "{}", stderr(&output));
    assert!(!Path::new(&out).exists(), "nothing is written of a model that cannot be read");
}

#[test]
fn importing_a_fixture_again_gives_the_same_bytes() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models/ivschat.json");
    let folder = Folder::new("import-again");
    let out = folder.within("ivschat.json");
    let output = run(&["model", "import", fixture.to_str().unwrap(), "-o", &out]);
    assert_ends(&output, 0, "17 operations");
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&fixture).unwrap());
}

#[test]
fn all_operations_are_listed() {
    let output = run(&["list", "operations"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 103);
}

#[test]
fn a_listing_that_nobody_reads_to_the_end_is_no_error() {
    let mut child = command(&["list", "cases"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_ends(&output, 0, "");
}

#[test]
fn json_on_stdout_is_the_report_alone() {
    let output = run(&["check", "--operation", "GetRoom", "--suite", "validation", "--output", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("stdout holds one JSON document");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["summary"]["operations"]["total"], 1);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_query_picks_from_the_report() {
    let output = run(&["--operation", "GetRoom", "--suite", "validation", "--query", "summary.operations.total"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1", "{}", stderr(&output));
}

#[test]
fn replay_runs_one_case_and_tells_its_verdict() {
    let output = run(&["replay", "ivschat.GetRoom/validation/valid-minimal", "--seed", "7"]);
    assert_ends(&output, 0, "");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("POST /CreateRoom"), "{said}");
    assert!(said.ends_with("FIXED: ivschat.GetRoom/validation/valid-minimal\n"), "{said}");
    assert!(!stderr(&output).contains("note:"), "{}", stderr(&output));
}

#[test]
fn replay_takes_an_id_of_earlier_versions_and_names_the_new_one() {
    for (earlier, current) in [
        ("ivschat.GetRoom/valid-minimal", "ivschat.GetRoom/validation/valid-minimal"),
        ("ivschat.GetRoom/control", "ivschat.GetRoom/setup/control"),
    ] {
        let output = run(&["replay", earlier, "--seed", "7"]);
        assert_ends(&output, 0, &format!("'{earlier}' is called '{current}' now"));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.ends_with(&format!("FIXED: {current}\n")), "{said}");
    }
}

#[test]
fn replay_of_a_control_that_passes_says_so() {
    let output = run(&["replay", "ivschat.GetRoom/setup/control", "--seed", "7"]);
    assert_ends(&output, 0, "");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("FIXED: ivschat.GetRoom/setup/control\n"));
}

#[test]
fn replay_of_a_case_that_does_not_exist_is_wrong_usage() {
    let absent = run(&["replay", "ivschat.GetRoom/validation/valid-minimum"]);
    assert_ends(&absent, 2, "no case 'ivschat.GetRoom/validation/valid-minimum'");
    assert_ends(&run(&["replay", "GetRoom"]), 2, "'GetRoom' is not a case ID (example: ivs.CreateChannel/");
}

#[test]
fn clean_finds_nothing_where_nothing_was_left() {
    let serving = Serving::start(&[]);
    let output = run(&["clean", "--endpoint-url", &serving.url]);
    assert_ends(&output, 0, "0 found");
}

#[test]
fn serve_prints_its_address_and_stops_on_sigterm() {
    let serving = Serving::start(&[]);
    assert!(serving.url.starts_with("http://127.0.0.1:"), "{}", serving.url);
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn the_environment_names_the_endpoint_that_is_checked() {
    let serving = Serving::start(&[]);
    let output = command(&["--operation", "GetRoom", "--suite", "validation", "--output", "json"])
        .env("AWS_ENDPOINT_URL", &serving.url)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["endpoint"], serving.url.as_str());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_port_that_is_taken_is_told_with_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    assert_ends(&run(&["serve", "--port", &port]), 2, "--port");
}
