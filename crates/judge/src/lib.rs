//! Exchanges to Findings to a Report: universal checks, verdicts, events, renderers. Sends nothing.

mod finding;
mod verdict;

pub use finding::{Finding, Identity, Reproduce, Severity};
pub use verdict::Verdict;
