//! Finds the commit that `ivs-contract --version` names: of a package, of an image's argument, or of the repository.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a build script reads its environment and prints to cargo"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The environment variable that gives the commit where there is no repository.
const COMMIT: &str = "IVS_CONTRACT_COMMIT";

/// The number of digits of a commit that are shown.
const LENGTH: usize = 12;

fn main() {
    println!("cargo::rerun-if-env-changed={COMMIT}");
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let given = env::var(COMMIT).ok().filter(|commit| !commit.is_empty());
    let commit = given.or_else(|| of_package(&folder)).or_else(|| of_repository(&folder));
    let commit = commit.unwrap_or_else(|| "unknown".to_owned());
    let is_hash = commit.len() >= LENGTH && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = if is_hash { &commit[..LENGTH] } else { &commit };
    println!("cargo::rustc-env=IVS_CONTRACT_BUILD_COMMIT={commit}");
}

/// Returns the commit that `cargo package` noted.
fn of_package(folder: &Path) -> Option<String> {
    let note = folder.join(".cargo_vcs_info.json");
    println!("cargo::rerun-if-changed=build.rs");
    let text = fs::read_to_string(note).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned)
}

/// Returns the commit of the repository that this package belongs to. Only an optimized build watches it, so that a commit
/// compiles nothing again while one develops.
fn of_repository(folder: &Path) -> Option<String> {
    let root = folder.join("../..");
    if env::var("OPT_LEVEL").is_ok_and(|level| level == "0") || env::var("PROFILE").is_ok_and(|it| it == "debug") {
        return Some("a development build".to_owned());
    }
    // A package that was copied into another repository has no commit of its own.
    root.join(".git").exists().then_some(())?;
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(&root).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let head = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={head}");
    git(&["rev-parse", "HEAD"])
}
