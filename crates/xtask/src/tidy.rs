//! The rules of the repository, and the violations they report.

pub mod circles;
pub mod directions;
pub mod examples;
pub mod layout;
pub mod references;
pub mod retired;
pub mod settings;
mod source;
mod text;
pub mod types;
mod workspace;

use std::fmt;
use std::path::PathBuf;

pub use workspace::Workspace;

/// One breach of a rule. Displays as one line: `path:line: what is wrong; what to do`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleViolation {
    /// The file, relative to the workspace root.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The breach, as a predicate or a sentence.
    pub problem: String,
    /// The action that ends it.
    pub remedy: String,
}

impl RuleViolation {
    /// Creates a violation at a line of a file.
    pub fn new(path: impl Into<PathBuf>, line: usize, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), line: line.max(1), problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for RuleViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}; {}", self.path.display(), self.line, self.problem, self.remedy)
    }
}

/// A rule of the repository.
type Rule = fn(&Workspace) -> Vec<RuleViolation>;

/// Every rule, in the order of its reports. That generated pages are current is asserted by [`crate::docs::stale`].
const RULES: [Rule; 7] = [
    directions::check,
    layout::check,
    circles::check,
    references::check,
    types::check,
    retired::check,
    examples::check,
];

/// Asserts every rule; returns the violations, ordered by file and line within each rule.
#[must_use]
pub fn check(workspace: &Workspace) -> Vec<RuleViolation> {
    let sorted = |rule: &Rule| {
        let mut violations = rule(workspace);
        violations.sort();
        violations.dedup();
        violations
    };
    RULES.iter().flat_map(sorted).collect()
}
