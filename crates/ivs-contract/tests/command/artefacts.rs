//! Report files are whole, or the run fails and says so.

#![cfg(target_os = "linux")]

use std::fs::File;

use crate::support::{Folder, assert_ends, command, run, stderr};

/// A run of a few requests without findings.
const SMALL: [&str; 4] = ["--operation", "GetRoom", "--suite", "idempotency"];

#[test]
fn a_folder_of_reports_has_a_file_of_every_format() {
    let folder = Folder::new("reports");
    let (out, junit) = (folder.within("new/out"), folder.within("alone.xml"));
    let output = run(&[&SMALL[..], &["--report", &out, "--report", &format!("junit={junit}")]].concat());
    assert_ends(&output, 0, "");
    for (file, begins) in [
        ("report.json", "{"),
        ("junit.xml", "<?xml"),
        ("report.md", "## PASS "),
        ("report.html", "<!doctype"),
        ("report.sarif", "{"),
        ("events.ndjson", "{\"event\":\"run-started\""),
    ] {
        let text = std::fs::read_to_string(format!("{out}/{file}")).unwrap();
        assert!(text.starts_with(begins), "{file}: {text}");
    }
    assert_eq!(std::fs::read(&junit).unwrap(), std::fs::read(format!("{out}/junit.xml")).unwrap());
}

#[test]
fn an_unknown_report_format_is_named_before_anything_is_sent() {
    let url = crate::support::deserted();
    let output = run(&["check", "--endpoint-url", &url, "--report", "junt=report.xml"]);
    assert_ends(
        &output,
        2,
        "'junt' is not a report format (expected one of: json, junit, markdown, html, sarif, ndjson, badge",
    );
}

#[test]
fn a_full_disk_is_exit_2_and_the_report_is_still_printed() {
    let folder = Folder::new("full");
    for flag in ["--junit", "--markdown", "--html"] {
        let whole = folder.within("whole.xml");
        let other = if flag == "--junit" { "--html" } else { "--junit" };
        let output = run(&[&SMALL[..], &[flag, "/dev/full", other, &whole]].concat());
        assert_ends(&output, 2, "error: cannot write /dev/full: ");
        assert_ends(&output, 2, "Free some space");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("Status     complete"), "{text}");
        assert!(std::fs::read_to_string(whole).unwrap().trim_end().ends_with('>'), "the other report is whole");
    }
    let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["whole.xml"], "no temporary file is left");
}

#[test]
fn a_full_stdout_is_exit_2_and_the_files_are_still_written() {
    let folder = Folder::new("full-stdout");
    let junit = folder.within("report.xml");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command(&[&SMALL[..], &["--junit", &junit]].concat()).stdout(full).output().unwrap();
    assert_ends(&output, 2, "cannot write the report to stdout");
    assert!(std::fs::read_to_string(junit).unwrap().contains("</testsuites>"));
}

#[test]
fn a_folder_in_the_way_and_a_missing_folder_are_told_before_anything_is_sent() {
    let folder = Folder::new("in-the-way");
    let url = crate::support::deserted();
    for path in [folder.within(""), folder.within("missing/report.xml"), "/proc/report.xml".to_owned()] {
        for flag in ["--junit", "--markdown", "--html"] {
            let output = run(&["check", "--endpoint-url", &url, flag, &path]);
            assert_ends(&output, 2, &format!("cannot write {path}"));
            assert!(output.stdout.is_empty());
        }
    }
}

#[test]
fn an_interrupted_or_refused_run_leaves_the_report_of_the_last_one() {
    let folder = Folder::new("kept");
    let junit = folder.file("report.xml", "the last one");
    assert_ends(&run(&["check", "--junit", &junit, "--operation", "Nothing"]), 2, "");
    assert_eq!(std::fs::read_to_string(&junit).unwrap(), "the last one");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_named_before_anything_is_sent() {
    let folder = Folder::new("no-folder");
    let file = folder.file("file", "");
    let url = crate::support::deserted();
    for path in [format!("{file}/out"), "/proc/out".to_owned()] {
        let output = run(&["check", "--endpoint-url", &url, "--report", &path]);
        assert_ends(&output, 2, &format!("cannot create the folder {path}"));
        assert_ends(&output, 2, "Name a path that can be written");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_quiet_run_prints_the_verdict_only() {
    let output = run(&[&SMALL[..], &["-q"]].concat());
    assert_ends(&output, 0, "0 findings, 0 causes");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.starts_with("PASS embedded emulator: no findings") && text.lines().count() == 1, "{text}");
    assert_ends(&run(&["-q", "-v"]), 2, "cannot be used with");
}

#[test]
fn a_run_in_github_actions_writes_one_annotation_and_the_job_summary() {
    let folder = Folder::new("github");
    let summary = folder.file("summary.md", "before\n");
    let output = command(&SMALL).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
    assert_ends(&output, 0, "::notice title=ivs-contract::PASS embedded emulator: no findings");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.matches("\n::").count(), 1, "{said}");
    let page = std::fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("before\n## PASS "), "{page}");
    // A summary that cannot be written costs no verdict.
    let output = command(&SMALL).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", "/proc/x").output().unwrap();
    assert_ends(&output, 0, "note: cannot write the job summary /proc/x: ");
}

#[test]
fn a_report_says_when_and_how_it_was_made() {
    let arguments = [&SMALL[..], &["--output", "json"]].concat();
    let output = command(&arguments).env("SOURCE_DATE_EPOCH", "1796000000").output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let run = &report["run"];
    assert_eq!((&run["date"], &run["version"]), (&"2026-11-30T00:53:20Z".into(), &env!("CARGO_PKG_VERSION").into()));
    assert_eq!(run["models"]["ivs-realtime"], "2020-07-14");
    assert_eq!(run["command"], "ivs-contract --operation GetRoom --suite idempotency --output json");
}

/// Escape sequences, workflow commands and noncharacters from an endpoint are shown as text, wherever they are shown.
#[test]
fn what_an_endpoint_sends_acts_on_no_terminal_and_no_log() {
    let url = crate::support::constant(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-amzn-requestid: \x9b2J ::error::head\r\n",
        r#"{"arn": "arn:aws:ivschat:us-west-2:123456789012:room/\u001b[31mred",
            "id": "id\r\n::error::from the endpoint", "name": "\u0000##[error]name", "createTime": "\ufffe]]>"}"#,
    );
    let folder = Folder::new("hostile");
    let reports = folder.within("reports");
    let select = ["--operation", "GetRoom", "--suite", "validation,idempotency", "--cases", "0", "--no-regressions"];
    let show = ["-v", "--debug=bodies", "--report", &reports];
    let output = run(&[&["check", "--endpoint-url", &url], &select[..], &show].concat());
    assert_ends(&output, 1, "from the endpoint");
    let mut shown = vec![
        ("stdout".to_owned(), String::from_utf8(output.stdout.clone()).unwrap()),
        ("stderr".to_owned(), stderr(&output)),
    ];
    for file in ["report.json", "junit.xml", "report.md", "report.sarif", "events.ndjson"] {
        shown.push((file.to_owned(), std::fs::read_to_string(format!("{reports}/{file}")).unwrap()));
    }
    for (name, text) in &shown {
        assert!(text.contains("from the endpoint"), "{name} shows nothing of it: {text}");
        for line in text.split('\n') {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{name}: {line:?}");
            let acts = |it: &char| it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}');
            assert_eq!(line.chars().find(acts), None, "{name}: {line:?}");
        }
    }
}
