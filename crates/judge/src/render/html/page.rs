//! What the page shows, in the order in which it shows it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::shown::{CauseGroup, cause_groups};
use super::sites::{OperationSites, Polarity, by_kind, operations};
use crate::render::RenderOptions;
use crate::render::console::exchanges;
use crate::{BaselineResult, BaselineState, Report, ResultMatrix, Unjudged};

/// So many reasons why cases have no verdict are listed.
const REASONS: usize = 200;

/// The page of a report.
#[derive(Debug, Serialize)]
pub(super) struct Page<'r> {
    /// `PASS`, `FAIL`, `PARTIAL` or `UNUSABLE`.
    word: String,
    totals: String,
    facts: Vec<Fact>,
    matrix: ResultMatrix<'r>,
    filters: Vec<Filter>,
    groups: Vec<CauseGroup>,
    baseline: Option<Baseline<'r>>,
    unjudged: Vec<UnjudgedRow<'r>>,
    unjudged_cases: u64,
    unjudged_left_out: usize,
    operations: Vec<OperationSites<'r>>,
    polarities: Vec<Polarity<'r>>,
}

/// Cases without a verdict, as a reader sees them.
#[derive(Debug, Serialize)]
struct UnjudgedRow<'r> {
    cases: u64,
    verdict: &'r str,
    suite: &'r str,
    reason: &'r str,
}

impl<'r> UnjudgedRow<'r> {
    fn new(row: &'r Unjudged) -> Self {
        let (verdict, reason) = row.in_words();
        Self { cases: row.cases, verdict, suite: &row.suite, reason }
    }
}

/// What the baseline says of the run.
#[derive(Debug, Serialize)]
struct Baseline<'r> {
    file: &'r str,
    states: Vec<State>,
}

/// The number of findings or entries in one state.
#[derive(Debug, Serialize)]
struct State {
    name: &'static str,
    count: u64,
}

impl<'r> Baseline<'r> {
    fn new(result: &'r BaselineResult) -> Self {
        let states = [
            (BaselineState::New.as_str(), result.new),
            (BaselineState::Expired.as_str(), result.expired),
            ("STALE", result.stale.len() as u64),
            (BaselineState::Accepted.as_str(), result.accepted),
        ];
        Self { file: &result.file, states: states.map(|(name, count)| State { name, count }).into() }
    }
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
    pub(super) fn new(report: &'r Report, options: &RenderOptions) -> Self {
        let groups = cause_groups(report);
        let (word, totals) = verdict(report, options);
        let listed = report.unjudged.len().min(REASONS);
        Self {
            word,
            totals,
            facts: facts(report),
            matrix: ResultMatrix::new(report),
            filters: filters(&groups),
            groups,
            baseline: report.baseline.as_ref().map(Baseline::new),
            unjudged: report.unjudged[..listed].iter().map(UnjudgedRow::new).collect(),
            unjudged_cases: report.unjudged.iter().map(|row| row.cases).sum(),
            unjudged_left_out: report.unjudged.len() - listed,
            operations: operations(report),
            polarities: by_kind(report),
        }
    }
}

/// The first word of the verdict, and what follows the endpoint.
fn verdict(report: &Report, options: &RenderOptions) -> (String, String) {
    let verdict = report.verdict(&options.policy);
    let (word, rest) = verdict.split_once(' ').unwrap_or((&verdict, ""));
    let rest = rest.strip_prefix(&report.endpoint).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(rest);
    (word.to_owned(), rest.to_owned())
}

fn facts(report: &Report) -> Vec<Fact> {
    let Report { run, summary, .. } = report;
    let models: Vec<String> = run.models.iter().map(|(service, version)| format!("{service} {version}")).collect();
    let cases = &summary.cases;
    let facts = [
        ("target", report.target.clone(), false),
        ("command", run.command.clone(), true),
        ("date", run.date.clone(), false),
        ("version", run.version.clone(), false),
        ("models", models.join(", "), false),
        ("seed", report.seed.to_string(), false),
        ("duration", format!("{:.1} s", report.duration_s), false),
        ("exchanges", exchanges(summary), false),
        (
            "cases",
            format!(
                "{} passed, {} failed, {} indeterminate, {} skipped, {} not run",
                cases.passed, cases.failed, cases.indeterminate, cases.skipped, cases.not_sent
            ),
            false,
        ),
        ("sites", format!("{} of {} tested", summary.sites.tested, summary.sites.total), false),
    ];
    let known = facts.into_iter().filter(|(_, value, _)| !value.is_empty());
    known.map(|(name, value, copy)| Fact { name, value, copy }).collect()
}

/// The choices that tell findings apart: those of which two values occur.
fn filters(groups: &[CauseGroup]) -> Vec<Filter> {
    let keys = [
        ("Service", "service"),
        ("Suite", "suite"),
        ("Severity", "severity"),
        ("Check", "check"),
        ("Authority", "authority"),
        ("Baseline", "state"),
    ];
    let filter = |(name, key)| {
        let values: BTreeSet<&str> = groups.iter().flat_map(|group| group.values(key)).collect();
        let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect();
        (values.len() > 1).then_some(Filter { name, key, values })
    };
    keys.into_iter().filter_map(filter).collect()
}
