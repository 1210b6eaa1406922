//! The import rules of the house (README, "The house"), read from `cargo metadata`, and its map.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What no part but the command may know.
const COMMAND_ONLY: [&str; 2] = ["clap", "anyhow"];

/// What brings input and output into a crate.
const INPUT_OUTPUT: [&str; 6] = ["tokio", "hyper", "reqwest", "axum", "http", "goose"];

/// Part, and what it never imports; `dev:` marks what its tests may use all the same.
const NEVER: [(&str, &[&str]); 10] = [
    (
        "ivs-model",
        &["ivs-client", "ivs-generators", "ivs-judge", "ivs-pool", "ivs-emulator", "ivs-suites", "ivs-loadtests"],
    ),
    ("ivs-generators", &["ivs-client", "ivs-judge", "ivs-pool", "ivs-suites", "ivs-emulator", "ivs-loadtests"]),
    ("ivs-client", &["ivs-generators", "ivs-judge", "ivs-pool", "ivs-suites", "ivs-emulator", "ivs-loadtests"]),
    ("ivs-judge", &["ivs-pool", "ivs-suites", "ivs-emulator", "ivs-loadtests"]),
    ("ivs-pool", &["ivs-judge", "ivs-suites", "ivs-emulator", "ivs-loadtests"]),
    (
        "ivs-canonical",
        &["ivs-generators", "ivs-judge", "ivs-runner", "ivs-suites", "ivs-emulator", "ivs-loadtests", "ivs-contract"],
    ),
    ("ivs-runner", &["ivs-suites", "ivs-emulator", "ivs-loadtests", "ivs-contract"]),
    ("ivs-emulator", &["ivs-client", "ivs-generators", "ivs-judge", "ivs-pool", "ivs-suites", "ivs-loadtests"]),
    ("ivs-suites", &["ivs-loadtests", "ivs-contract", "dev:ivs-emulator"]),
    ("ivs-loadtests", &["ivs-suites", "ivs-contract", "dev:ivs-emulator"]),
];

/// One package as `cargo metadata` states it.
struct Package {
    folder: PathBuf,
    /// Dependency names with their kind: `normal`, `dev` or `build`.
    dependencies: Vec<(String, String)>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let package_of = Package {
                folder: Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned(),
                dependencies: dependencies
                    .iter()
                    .map(|dependency| {
                        let kind = dependency["kind"].as_str().unwrap_or("normal");
                        (text(&dependency["name"]), kind.to_owned())
                    })
                    .collect(),
            };
            (text(&package["name"]), package_of)
        })
        .collect()
}

#[test]
fn no_part_imports_what_the_design_forbids_it() {
    let packages = packages();
    for (part, never) in NEVER {
        let package = packages.get(part).unwrap_or_else(|| panic!("{part} is a part"));
        for forbidden in never {
            let (name, tests_may) = match forbidden.strip_prefix("dev:") {
                Some(name) => (name, true),
                None => (*forbidden, false),
            };
            let offence = package
                .dependencies
                .iter()
                .find(|(dependency, kind)| dependency == name && !(tests_may && kind == "dev"));
            assert!(offence.is_none(), "{part} must never import {name}: {offence:?}");
        }
    }
}

#[test]
fn only_the_command_knows_arguments_and_untyped_errors() {
    for (name, package) in packages() {
        if name == "ivs-contract" {
            continue;
        }
        for (dependency, kind) in &package.dependencies {
            assert!(
                kind == "dev" || !COMMAND_ONLY.contains(&dependency.as_str()),
                "{name} must leave {dependency} to the command"
            );
        }
    }
}

#[test]
fn model_and_generators_know_no_input_or_output() {
    let packages = packages();
    for part in ["ivs-model", "ivs-generators"] {
        for (dependency, _) in &packages[part].dependencies {
            assert!(!INPUT_OUTPUT.contains(&dependency.as_str()), "{part} is pure, and {dependency} is not");
        }
    }
}

#[test]
fn every_part_but_the_command_forbids_the_environment_to_itself() {
    for (name, package) in packages() {
        if !NEVER.iter().any(|(part, _)| *part == name) {
            continue;
        }
        let path = package.folder.join("clippy.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(text.contains("std::env::var"), "{} must disallow std::env::var", path.display());
    }
    let emulator = std::fs::read_to_string(root().join("crates/emulator/clippy.toml")).unwrap();
    assert!(
        emulator.contains("ivs_model::validate"),
        "the emulator must not share the model's evaluation, or both would share one mistake"
    );
}

#[test]
fn the_map_in_the_readme_names_every_part() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for (name, package) in packages() {
        let folder = package.folder.strip_prefix(root()).unwrap();
        let last = folder.file_name().unwrap().to_str().unwrap();
        assert!(readme.contains(&format!("{last}/")), "README.md does not name {} ({name})", folder.display());
    }
}

#[test]
fn the_top_level_holds_nothing_but_what_was_agreed() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "crates",
        "docs",
        "fixtures",
        "generators",
        "loadtests",
        "snapshots",
        "suites",
    ];
    let output = Command::new("git").args(["ls-files"]).current_dir(root()).output().expect("git runs");
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let top = line.split('/').next().unwrap();
        assert!(top.starts_with('.') || agreed.contains(&top), "{top} stands at the top level and was not agreed");
    }
}
