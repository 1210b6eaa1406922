//! `cargo xtask`: see the library.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its user")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer commands of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// The workspace; by default the one that this tool was compiled in.
    #[arg(long, global = true, value_name = "FOLDER")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Assert the rules of the repository: imports, circles, references, names, generated pages.
    Tidy {
        /// Skip the comparison of the generated pages, for which most of the workspace is compiled.
        #[arg(long)]
        no_docs: bool,
        /// Compile with the release profile what the generated pages need.
        #[arg(long, conflicts_with = "no_docs")]
        release: bool,
    },
    /// Generate the pages of `docs/` that state what the code holds.
    Docs {
        /// Write nothing; fail if a page is not current.
        #[arg(long)]
        check: bool,
        /// Compile with the release profile what the pages need.
        #[arg(long)]
        release: bool,
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
    let arguments = Arguments::parse();
    let root = arguments.root.unwrap_or_else(root);
    match arguments.command {
        Task::Tidy { no_docs, release } => tidy(&root, !no_docs, release),
        Task::Docs { check, release } => docs(&root, check, release),
        Task::Faults { filters } => xtask::matrix::run(&root, &filters),
    }
}

fn tidy(root: &Path, with_docs: bool, release: bool) -> anyhow::Result<ExitCode> {
    let workspace = xtask::tidy::Workspace::load(root)?;
    let status = report(&xtask::tidy::check(&workspace), "tidy");
    if !with_docs {
        return Ok(status);
    }
    let pages = docs(root, true, release)?;
    Ok(if status == ExitCode::SUCCESS { pages } else { status })
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
fn docs(root: &Path, check: bool, _: bool) -> anyhow::Result<ExitCode> {
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

/// Builds this tool with the feature `docs`, and lets it do the work.
#[cfg(not(feature = "docs"))]
fn docs(root: &Path, check: bool, release: bool) -> anyhow::Result<ExitCode> {
    use anyhow::Context as _;

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.current_dir(root).args(["run", "--quiet", "-p", "xtask", "--features", "docs"]);
    command.args(release.then_some("--release")).args(["--", "docs"]).args(check.then_some("--check"));
    let status = command.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
