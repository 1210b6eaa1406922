//! `call`, `explain`, `init`, `completions` and `man` as a process.

use crate::support::{Folder, assert_ends, run};

#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_ends(&output, 0, "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_call_is_sent_judged_and_shown() {
    let folder = Folder::new("call");
    let input = folder.file("input.json", r#"{"name": "by-hand"}"#);
    let shown = printed(&["call", "ivs", "create-channel", "--input", &format!("@{input}")]);
    assert!(shown.starts_with("POST /CreateChannel") && shown.ends_with("PASS: status 200, no findings\n"), "{shown}");
    let call =
        |more: &[&str]| printed(&[&["call", "ivs", "CreateChannel", "--input", r#"{"name":"x"}"#], more].concat());
    assert_eq!(call(&["--query", "channel.name", "--output", "text"]), "x\n");
    assert_eq!(call(&["--query", "channel.[name][?@==`x`]"]), "[\n  \"x\"\n]\n");
    assert!(call(&["--output", "yaml"]).contains("\n  name: x\n"));
    assert!(call(&["--output", "table"]).contains("|  name "));
}

#[test]
fn what_the_model_forbids_is_sent_only_when_asked() {
    let call = ["call", "ivs", "CreateChannel", "--input", r#"{"name":"not allowed"}"#];
    assert_ends(&run(&call), 2, "/name violates pattern");
    let sent = printed(&[&call[..], &["--unchecked"]].concat());
    assert!(sent.contains("ValidationException") && sent.ends_with("PASS: status 400, no findings\n"), "{sent}");
    assert_ends(&run(&["call", "ivs", "CreateChannel", "--input", "{"]), 2, "the input is not JSON");
    assert_ends(&run(&["call", "ivs", "CreateChannell"]), 2, "Did you mean 'CreateChannel'?");
    assert_ends(
        &run(&["call", "ivs", "CreateChannel", "--endpoint-url", "http://192.0.2.1", "--no-sign-request"]),
        2,
        "--allow-writes ACCOUNT_ID",
    );
}

#[test]
fn a_skeleton_is_an_input() {
    let folder = Folder::new("skeleton");
    let skeleton = folder.file("input.json", &printed(&["call", "ivs", "ListChannels", "--skeleton"]));
    let output = run(&["call", "ivs", "ListChannels", "--input", &format!("@{skeleton}")]);
    assert!(matches!(output.status.code(), Some(0)), "{output:?}");
}

#[test]
fn names_are_explained_or_suggested() {
    assert!(printed(&["explain", "rejects-invalid"]).contains("[[accept]]"));
    assert!(printed(&["explain", "conflictexception"]).contains("409"));
    assert!(printed(&["explain"]).contains("request-id"));
    assert_ends(&run(&["explain", "reject-invalid"]), 2, "Did you mean 'rejects-invalid'?");
    assert_ends(&run(&["explain", "CreateChannel"]), 2, "'CreateChannel' is an operation");
    // An error that only the endpoint has is named by findings, too.
    let foreign = printed(&["explain", "InvalidToken"]);
    assert!(
        foreign.starts_with("Error InvalidToken\n") && foreign.contains("error-declared:*:InvalidToken"),
        "{foreign}"
    );
    let misspelled = "ConflictExeption"; // spellchecker:disable-line
    assert!(printed(&["explain", misspelled]).contains("Did you mean 'ConflictException'?"));
    assert_ends(&run(&["check", "--suite", "validaton"]), 2, "Did you mean 'validation'?");
}

#[test]
fn a_settings_file_is_written_once() {
    let folder = Folder::new("init");
    let file = folder.within("ivs-contract.toml");
    printed(&["init", &file]);
    assert!(std::fs::read_to_string(&file).unwrap().contains("# existing_resources = "));
    assert_ends(&run(&["init", &file]), 2, "--force");
    assert!(printed(&["completions", "bash"]).contains("_ivs__contract"));
    assert!(printed(&["man"]).contains(".SH NAME"));
    let pages = folder.within("man");
    assert_ends(&run(&["man", "--dir", &pages]), 0, "man pages written");
    assert!(std::path::Path::new(&pages).join("ivs-contract-check.1").exists());
}
