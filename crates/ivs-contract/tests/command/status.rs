//! How far a run came: what reports say of it, and the exit code.

use serde_json::Value;

use crate::support::{Folder, Serving, assert_ends, deserted, run, stderr};

const REASON: &str = "stopped by --max-requests: ";

/// The selection of a run that sends many more requests than its limit.
const LIMITED: [&str; 2] = ["--max-requests", "50"];

/// Returns a text without its line breaks.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Asserts that a text report opens with the verdict, and then says how far the run came.
#[track_caller]
fn assert_opens(text: &str, verdict: &str, banner: &str) {
    let (opening, _) = text.split_once("\n\n").expect("an empty line");
    assert!(opening.starts_with(verdict) && opening.contains(&format!("\n{banner}")), "{text}");
    // The last thing that a person sees is the verdict again.
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.starts_with(verdict), "{text}");
}

#[test]
fn every_report_of_a_run_that_a_limit_ended_begins_with_it() {
    let folder = Folder::new("partial");
    let [junit, markdown, html] = ["report.xml", "report.md", "report.html"].map(|name| folder.within(name));
    let files = ["--junit", &junit, "--markdown", &markdown, "--html", &html];
    let output = run(&[&LIMITED[..], &files].concat());
    assert_ends(&output, 3, "--allow-partial");
    assert_ends(&output, 3, "partial after");
    let banner = format!("PARTIAL: {REASON}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_opens(&text, "PARTIAL embedded emulator: no findings", &banner);
    assert!(text.contains("): --max-requests reached"), "{text}");
    let read = |path| std::fs::read_to_string(path).unwrap();
    assert!(read(&markdown).contains(&format!("**PARTIAL:** {REASON}")), "{}", read(&markdown));
    assert!(read(&html).contains(&banner));
    let xml = read(&junit);
    for part in [
        r#"<property name="run.status" value="partial""#,
        r#"errors="1""#,
        &format!("<error message=\"{REASON}"),
        &format!("<system-out>{banner}"),
    ] {
        assert!(xml.contains(part), "{part}");
    }
}

#[test]
fn a_partial_run_exits_with_0_only_if_that_is_allowed() {
    let report = |arguments: &[&str], code: i32| {
        let output = run(&[&LIMITED[..], &["--output", "json"], arguments].concat());
        assert_ends(&output, code, &format!("PARTIAL: {REASON}"));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let folder = Folder::new("allow-partial");
    let config = folder.file("allow.toml", "allow_partial = true\n");
    let junit = folder.within("report.xml");
    for (arguments, code) in
        [(&[][..], 3), (&["--allow-partial", "--junit", &junit][..], 0), (&["--config", &config][..], 0)]
    {
        let report = report(arguments, code);
        assert_eq!(report["status"], "partial");
        assert!(report["status_reason"].as_str().unwrap().starts_with(REASON), "{}", report["status_reason"]);
        let cases = &report["summary"]["cases"];
        assert!(cases["run"].as_u64().unwrap() < 50, "{cases}");
        assert!(cases["not_sent"].as_u64().unwrap() > 1000, "{cases}");
    }
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains(r#"value="partial""#) && !xml.contains("<error "));
}

#[test]
fn a_limit_of_time_is_named_and_one_that_suffices_ends_nothing() {
    let output = run(&["--service", "ivschat", "--max-time", "0"]);
    assert_ends(&output, 3, "");
    let text = String::from_utf8_lossy(&output.stdout);
    let says = ": stopped by --max-time before a case could be judged";
    assert!(text.starts_with("UNUSABLE embedded emulator") && unwrapped(&text).contains(says), "{text}");
    let one = ["--operation", "GetRoom", "--suite", "validation", "--output", "json", "--max-requests", "5000"];
    let output = run(&one);
    assert_ends(&output, 0, "done in");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["status"], report.get("status_reason")), (&"complete".into(), None));
}

#[test]
fn findings_of_a_partial_run_count() {
    let serving = Serving::start(&["--settling", "0", "--fault", "absent-is-400"]);
    let output = run(&["--endpoint-url", &serving.url, "--operation", "GetRoom", "--max-failures", "1"]);
    assert_ends(&output, 1, "");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_opens(&text, "FAIL http://", "PARTIAL: stopped by --max-failures: ");
}

#[test]
fn no_fault_passes_because_the_run_is_short() {
    for fault in ["signature-unchecked", "quota-is-400", "connection-dropped", "request-id-missing"] {
        let serving = Serving::start(&["--settling", "0", "--fault", fault]);
        let output = run(&["--endpoint-url", &serving.url, "--max-requests", "300"]);
        assert!(matches!(output.status.code(), Some(1 | 3)), "{fault}: {}", stderr(&output));
    }
}

#[test]
fn a_target_that_never_answered_is_not_allowed_by_allow_partial() {
    let url = deserted();
    let says = format!("UNUSABLE {url}: Cannot connect to {url}: connection refused. Is the emulator running?");
    for limit in [&[][..], &["--max-requests", "3"]] {
        let output = run(&[&["--endpoint-url", &url, "--operation", "*Room", "--allow-partial"], limit].concat());
        assert_ends(&output, 3, "");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(unwrapped(&text).starts_with(&says), "{text}");
    }
}

#[test]
fn an_operation_that_refuses_or_drops_every_valid_call_is_a_finding() {
    for (fault, operation) in [("signature-always-refused", "UntagResource"), ("connection-dropped", "UpdateRoom")] {
        let serving = Serving::start(&["--settling", "0", "--fault", fault]);
        let select = ["--service", "ivschat", "--operation", operation, "--suite", "validation"];
        let output = run(&[&["--endpoint-url", &serving.url, "--output", "json"], &select[..]].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_ends(&output, 1, "");
        assert_eq!(report["not_judged"][0], format!("ivschat.{operation}").as_str());
        let findings = report["findings"].as_array().unwrap();
        let names: Vec<_> = findings.iter().map(|finding| (&finding["check"], &finding["operation"])).collect();
        assert_eq!(names, [(&"answers-valid-call".into(), &operation.into())]);
    }
}
