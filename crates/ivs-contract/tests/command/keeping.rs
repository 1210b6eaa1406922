//! `serve --state` and `serve --seed-data`: what is refused, and how.

use std::fs;

use crate::support::{Folder, Serving, assert_ends, run};

/// Runs `serve` on a free port with these arguments, which must fail.
fn refused(arguments: &[&str], says: &[&str]) {
    let output = run(&[&["serve", "--port", "0"], arguments].concat());
    for says in says {
        assert_ends(&output, 2, says);
    }
}

#[test]
fn a_state_file_that_cannot_be_used_is_refused_by_name() {
    let folder = Folder::new("state-refused");
    let path = folder.within("ivs.state");
    let name = path.as_str();
    fs::write(&path, "ivs-contract state, version 0.0.0\n").unwrap();
    refused(&["--state", name], &[name, "version 0.0.0", "--seed-data"]);
    fs::write(&path, "notes of somebody\n").unwrap();
    refused(&["--state", name], &[name, "is not a state file"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "notes of somebody\n", "nothing is lost");

    fs::remove_file(&path).unwrap();
    let (code, _) = Serving::start(&["--state", name]).stop();
    assert_eq!(code, Some(0));
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, whole.replacen("settling", "settlinG", 1)).unwrap();
    refused(&["--state", name], &[name, "line 2 is damaged", "another file"]);

    // The unfinished line of a process that was killed is dropped.
    fs::write(&path, whole + "0123456789abcdef {\"call\"").unwrap();
    let serving = Serving::start(&["--state", name]);
    refused(&["--state", name], &[name, "used by another emulator"]);
    assert_eq!(serving.stop().0, Some(0));
    assert!(!fs::read_to_string(&path).unwrap().contains("call"));
    refused(&["--state", "/nonexistent/ivs.state"], &["/nonexistent/ivs.state", "cannot create"]);
}

#[test]
fn a_full_disk_is_named_at_the_start() {
    if std::path::Path::new("/dev/full").exists() {
        refused(&["--state", "/dev/full"], &["/dev/full"]);
    }
}

#[test]
fn seed_data_that_cannot_be_used_is_refused_by_name() {
    let folder = Folder::new("seed-refused");
    for (name, text, says) in [
        ("typo.toml", "[[chanel]]\nname = 'lobby'\n", "/chanel: unknown member"),
        ("deep.toml", "[[channel]]\nnam = 'lobby'\n", "/channel/0/nam: unknown member"),
        ("broken.toml", "[[channel]\n", "cannot use the seed data"),
        ("broken.json", "{\"channel\": [}", "cannot use the seed data"),
        ("seed.yaml", "channel: []\n", "ends with .toml or .json"),
    ] {
        let path = folder.file(name, text);
        refused(&["--seed-data", &path], &[&path, says]);
    }
    refused(&["--seed-data", "/nonexistent.toml"], &["/nonexistent.toml"]);
}

#[test]
fn an_open_host_is_warned_of() {
    let (code, said) = Serving::start(&["--host", "0.0.0.0"]).stop();
    assert_eq!(code, Some(0));
    assert!(said.contains("with the secret `test`") && said.contains("/_emulator/"), "{said}");
    let (_, said) = Serving::start(&["--host", "0.0.0.0", "--key", "AKIDEXAMPLE:secret"]).stop();
    assert!(!said.contains("with the secret `test`") && said.contains("/_emulator/"), "{said}");
}
