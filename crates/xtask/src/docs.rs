//! The generated pages of `docs/`, the registries of the code as Markdown, and the snapshot of the public API.
//!
//! The renderers take plain rows. Only `registry`, behind the feature `docs`, reads the rows from the other crates: without
//! it this tool compiles in seconds.

pub mod checks;
pub mod commands;
pub mod configuration;
pub mod conformance;
pub mod faults;
mod markdown;
pub mod public_api;
#[cfg(feature = "docs")]
mod registry;
pub mod rows;
pub mod suites;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::tidy::RuleViolation;

/// A generated page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The file, relative to the workspace root.
    pub path: &'static str,
    /// The Markdown.
    pub text: String,
}

/// Renders every page from the registries of the other crates.
///
/// # Errors
///
/// Fails if the facade re-exports what it does not have.
#[cfg(feature = "docs")]
pub fn pages(workspace: &crate::tidy::Workspace) -> anyhow::Result<Vec<Page>> {
    let faults = registry::faults();
    Ok(vec![
        Page { path: "docs/checks.md", text: checks::page(&registry::checks(), &faults) },
        Page { path: "docs/suites.md", text: suites::page(&registry::suites()) },
        Page { path: "docs/faults.md", text: faults::page(&faults) },
        Page { path: "docs/configuration.md", text: configuration::page(&registry::settings()) },
        Page { path: "docs/cli.md", text: commands::page(registry::command()) },
        Page {
            path: "fixtures/facts.md",
            // The package `ivs-fixtures` holds a copy, since a package holds its own files only.
            text: std::fs::read_to_string(workspace.root.join("docs/facts.md")).context("cannot read docs/facts.md")?,
        },
        Page {
            path: "snapshots/public-api/ivs-contract.txt",
            text: public_api::page(&workspace.root, "crates/ivs-contract/src/lib.rs")?,
        },
    ])
}

/// Renders `docs/conformance.md` with the section of an endpoint that a JSON report shows.
///
/// # Errors
///
/// Fails if the page or the report cannot be read.
#[cfg(feature = "docs")]
pub fn conformance_page(root: &Path, endpoint: &str, report: &Path) -> anyhow::Result<Page> {
    let page = std::fs::read_to_string(root.join(conformance::PAGE)).context("cannot read the page")?;
    let bytes = std::fs::read(report).with_context(|| format!("cannot read {}", report.display()))?;
    let parsed = registry::results(&bytes);
    let (suites, rows) = parsed.with_context(|| format!("{} is not a JSON report of `check`", report.display()))?;
    let section = conformance::section(endpoint, &suites, &rows);
    Ok(Page { path: conformance::PAGE, text: conformance::with_section(&page, endpoint, &section) })
}

/// Writes the pages that are not current; returns their paths.
///
/// # Errors
///
/// Fails if a file cannot be written.
pub fn write(root: &Path, pages: &[Page]) -> anyhow::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for page in pages {
        let path = root.join(page.path);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == page.text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        std::fs::write(&path, &page.text).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(PathBuf::from(page.path));
    }
    Ok(written)
}

/// Returns a violation for each page that differs from what the command would generate.
#[must_use]
pub fn stale(root: &Path, pages: &[Page], command: &str) -> Vec<RuleViolation> {
    let mut violations = Vec::new();
    for page in pages {
        let stored = std::fs::read_to_string(root.join(page.path)).unwrap_or_default();
        if stored == page.text {
            continue;
        }
        let mut pairs = stored.lines().zip(page.text.lines());
        let line = pairs.position(|(stored, generated)| stored != generated);
        let line = line.unwrap_or_else(|| stored.lines().count().min(page.text.lines().count()));
        violations.push(RuleViolation::new(
            page.path,
            line + 1,
            "the generated page is not current",
            format!("run `{command}` and commit the page"),
        ));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_stale_until_it_is_written() {
        let root = tempfile::tempdir().unwrap();
        let pages = [Page { path: "one.md", text: "one\ntwo\n".to_owned() }];
        assert_eq!(stale(root.path(), &pages, "cargo xtask docs")[0].line, 1);
        assert_eq!(write(root.path(), &pages).unwrap(), [PathBuf::from("one.md")]);
        assert_eq!(stale(root.path(), &pages, "cargo xtask docs"), []);
        assert!(write(root.path(), &pages).unwrap().is_empty());
        std::fs::write(root.path().join("one.md"), "one\n2\n").unwrap();
        assert_eq!(stale(root.path(), &pages, "cargo xtask docs")[0].line, 2);
    }
}
