//! What the page shows, in the order in which it shows it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::matrix::Matrix;
use super::shown::{ShownCause, shown_causes};
use super::sites::{OperationSites, Polarity, by_kind, operations};
use crate::render::{RenderOptions, counted};
use crate::{Outcome, Policy, Report, Unjudged};

/// So many reasons why cases have no verdict are listed.
const REASONS: usize = 200;

/// The page of a report.
#[derive(Debug, Serialize)]
pub(super) struct Page<'r> {
    /// `PASS`, `FAIL`, `PARTIAL` or `UNUSABLE`.
    word: &'static str,
    totals: String,
    facts: Vec<Fact>,
    matrix: Matrix<'r>,
    filters: Vec<Filter>,
    causes: Vec<ShownCause<'r>>,
    unjudged: &'r [Unjudged],
    unjudged_cases: u64,
    unjudged_left_out: usize,
    operations: Vec<OperationSites<'r>>,
    polarities: Vec<Polarity<'r>>,
}

/// One fact of the run.
#[derive(Debug, Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    /// Whether a reader may want to paste it.
    copy: bool,
}

/// One of the choices that narrow the findings down.
#[derive(Debug, Serialize)]
struct Filter {
    /// What the user reads.
    name: &'static str,
    /// The member of the finding that has the value.
    key: &'static str,
    values: Vec<String>,
}

impl<'r> Page<'r> {
    pub(super) fn new(report: &'r Report, options: RenderOptions) -> Self {
        let causes = shown_causes(report);
        let listed = report.unjudged.len().min(REASONS);
        Self {
            word: word(report, options),
            totals: totals(report),
            facts: facts(report),
            matrix: Matrix::new(report),
            filters: filters(&causes),
            causes,
            unjudged: &report.unjudged[..listed],
            unjudged_cases: report.unjudged.iter().map(|row| row.cases).sum(),
            unjudged_left_out: report.unjudged.len() - listed,
            operations: operations(report),
            polarities: by_kind(report),
        }
    }
}

fn word(report: &Report, options: RenderOptions) -> &'static str {
    match report.outcome(&Policy { allow_partial: options.allow_partial, ..Policy::default() }) {
        Outcome::Conforms => "PASS",
        Outcome::Findings => "FAIL",
        Outcome::Partial => "PARTIAL",
        Outcome::Unusable => "UNUSABLE",
    }
}

fn totals(report: &Report) -> String {
    let summary = &report.summary;
    let causes = counted(report.causes.len() as u64, "cause");
    let errors = counted(summary.findings.error, "error");
    let warnings = counted(summary.findings.warning, "warning");
    let operations = summary.operations;
    format!(
        "{causes} ({errors}, {warnings}), {} of {} operations implemented; {} passed, {} failed, {} without a verdict",
        operations.total.saturating_sub(operations.not_implemented),
        operations.total,
        counted(summary.cases.passed, "case"),
        summary.cases.failed,
        summary.cases.indeterminate + summary.cases.not_sent,
    )
}

fn facts(report: &Report) -> Vec<Fact> {
    let fact = |name, value: String| Fact { name, value, copy: false };
    let summary = &report.summary;
    let retries = if summary.retries == 0 { String::new() } else { format!(", {} sent again", summary.retries) };
    let facts = vec![
        fact("seed", report.seed.to_string()),
        fact("duration", format!("{:.1} s", report.duration_s)),
        fact("exchanges", format!("{}{retries}", summary.exchanges)),
        fact("sites", format!("{} of {} tested", summary.sites.tested, summary.sites.total)),
    ];
    facts
}

/// The choices that tell findings apart: those of which two values occur.
fn filters(causes: &[ShownCause<'_>]) -> Vec<Filter> {
    let keys = [
        ("Service", "service"),
        ("Suite", "suite"),
        ("Severity", "severity"),
        ("Check", "check"),
        ("Authority", "authority"),
        ("Baseline", "state"),
    ];
    let filter = |(name, key)| {
        let values: BTreeSet<&str> = causes.iter().flat_map(|cause| cause.values(key)).collect();
        let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect();
        (values.len() > 1).then_some(Filter { name, key, values })
    };
    keys.into_iter().filter_map(filter).collect()
}
