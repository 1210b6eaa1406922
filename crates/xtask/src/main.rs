//! `cargo xtask`: see the library.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer commands of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Assert the rules of the repository: imports, circles, references, names, generated pages.
    Tidy {
        /// Skip the comparison of the generated pages, so that only this tool is compiled when built without features.
        #[arg(long)]
        no_docs: bool,
    },
    /// Generate the pages of `docs/` that state what the code holds.
    Docs {
        /// Write nothing; fail if a page is not current.
        #[arg(long)]
        check: bool,
    },
    /// Run the release matrix: null servers and every planted fault.
    Faults {
        /// Filters and options of the test programs, such as a fault's name.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        filters: Vec<String>,
    },
}

/// The workspace that this program was compiled in.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_owned()
}

fn main() -> anyhow::Result<ExitCode> {
    let root = root();
    match Arguments::parse().command {
        Task::Tidy { no_docs } => tidy(&root, !no_docs),
        Task::Docs { check } => docs(&root, check),
        Task::Faults { filters } => xtask::matrix::run(&root, &filters),
    }
}

fn tidy(root: &Path, with_docs: bool) -> anyhow::Result<ExitCode> {
    let workspace = xtask::tidy::Workspace::load(root)?;
    let mut violations = xtask::tidy::check(&workspace);
    if with_docs {
        violations.extend(stale_pages(&workspace)?);
    }
    Ok(report(&violations, "tidy"))
}

fn report(violations: &[xtask::tidy::RuleViolation], task: &str) -> ExitCode {
    for violation in violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!("{task}: no violation");
        ExitCode::SUCCESS
    } else {
        eprintln!("{task}: {} violations", violations.len());
        ExitCode::FAILURE
    }
}

#[cfg(feature = "docs")]
fn stale_pages(workspace: &xtask::tidy::Workspace) -> anyhow::Result<Vec<xtask::tidy::RuleViolation>> {
    Ok(xtask::docs::stale(&workspace.root, &xtask::docs::pages(workspace)?))
}

#[cfg(not(feature = "docs"))]
fn stale_pages(_: &xtask::tidy::Workspace) -> anyhow::Result<Vec<xtask::tidy::RuleViolation>> {
    anyhow::bail!(
        "xtask was built without the feature `docs`: run `cargo xtask tidy --no-docs`, or build it with default features"
    )
}

#[cfg(feature = "docs")]
fn docs(root: &Path, check: bool) -> anyhow::Result<ExitCode> {
    let workspace = xtask::tidy::Workspace::load(root)?;
    let pages = xtask::docs::pages(&workspace)?;
    if check {
        return Ok(report(&xtask::docs::stale(root, &pages), "docs"));
    }
    for path in xtask::docs::write(root, &pages)? {
        println!("wrote {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "docs"))]
fn docs(_: &Path, _: bool) -> anyhow::Result<ExitCode> {
    anyhow::bail!("xtask was built without the feature `docs`: run `cargo xtask docs` with default features")
}
