//! Report files are whole, or the run fails and says so.

#![cfg(target_os = "linux")]

use std::fs::File;

use crate::support::{Folder, assert_ends, command, run};

/// A run of a few requests without findings.
const SMALL: [&str; 4] = ["--operation", "GetRoom", "--suite", "idempotency"];

#[test]
fn a_folder_of_reports_has_a_file_of_every_format() {
    let folder = Folder::new("reports");
    let (out, junit) = (folder.within("new/out"), folder.within("alone.xml"));
    let output = run(&[&SMALL[..], &["--report", &out, "--report", &format!("junit={junit}")]].concat());
    assert_ends(&output, 0, "");
    for (file, begins) in
        [("report.json", "{"), ("junit.xml", "<?xml"), ("report.md", "## "), ("report.html", "<!doctype")]
    {
        let text = std::fs::read_to_string(format!("{out}/{file}")).unwrap();
        assert!(text.starts_with(begins), "{file}: {text}");
    }
    assert_eq!(std::fs::read(&junit).unwrap(), std::fs::read(format!("{out}/junit.xml")).unwrap());
}

#[test]
fn an_unknown_report_format_is_named_before_anything_is_sent() {
    let url = crate::support::deserted();
    let output = run(&["check", "--endpoint-url", &url, "--report", "junt=report.xml"]);
    assert_ends(&output, 2, "'junt' is not a report format (expected one of: json, junit, markdown, html");
}

#[test]
fn a_full_disk_is_exit_2_and_the_report_is_still_printed() {
    let folder = Folder::new("full");
    for flag in ["--junit", "--markdown", "--html"] {
        let whole = folder.within("whole.xml");
        let other = if flag == "--junit" { "--html" } else { "--junit" };
        let output = run(&[&SMALL[..], &[flag, "/dev/full", other, &whole]].concat());
        assert_ends(&output, 2, "error: cannot write /dev/full: ");
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
