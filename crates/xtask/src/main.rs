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
    /// Generate the section of an endpoint in docs/conformance.md from a JSON report of `check`.
    Conformance {
        /// The name of the endpoint, such as 'moto 5.2.5'.
        endpoint: String,
        /// The report.
        report: PathBuf,
        /// Write nothing; fail if the section is not current.
        #[arg(long)]
        check: bool,
        /// Compile with the release profile what the section needs.
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
        Task::Conformance { endpoint, report, check, release } => {
            conformance(&root, &endpoint, &report, check, release)
        }
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
    update(root, &xtask::docs::pages(&workspace)?, "cargo xtask docs", check)
}

#[cfg(feature = "docs")]
fn conformance(root: &Path, endpoint: &str, path: &Path, check: bool, _: bool) -> anyhow::Result<ExitCode> {
    let page = xtask::docs::conformance_page(root, endpoint, path)?;
    let command = format!("cargo xtask conformance '{endpoint}' REPORT");
    update(root, &[page], &command, check)
}

/// Writes the pages that are not current, or reports them.
#[cfg(feature = "docs")]
fn update(root: &Path, pages: &[xtask::docs::Page], command: &str, check: bool) -> anyhow::Result<ExitCode> {
    if check {
        return Ok(report(&xtask::docs::stale(root, pages, command), "docs"));
    }
    for path in xtask::docs::write(root, pages)? {
        println!("wrote {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "docs"))]
fn docs(root: &Path, check: bool, release: bool) -> anyhow::Result<ExitCode> {
    with_docs(root, &["docs".as_ref()], check, release)
}

#[cfg(not(feature = "docs"))]
fn conformance(root: &Path, endpoint: &str, path: &Path, check: bool, release: bool) -> anyhow::Result<ExitCode> {
    // The tool runs in the root of the workspace.
    let path = std::path::absolute(path)?;
    with_docs(root, &["conformance".as_ref(), endpoint.as_ref(), path.as_ref()], check, release)
}

/// Builds this tool with the feature `docs`, and lets it do the work.
#[cfg(not(feature = "docs"))]
fn with_docs(root: &Path, task: &[&std::ffi::OsStr], check: bool, release: bool) -> anyhow::Result<ExitCode> {
    use anyhow::Context as _;

    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.current_dir(root).args(["run", "--quiet", "-p", "xtask", "--features", "docs"]);
    command.args(release.then_some("--release")).arg("--").args(task).args(check.then_some("--check"));
    let status = command.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
