//! Events to a Report: counts, de-duplicates, sorts, and finds the causes.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::{ErrorPair, FindingId, OperationId, SuiteName};

use crate::cause::causes;
use crate::finding::rank;
use crate::finding_counts::FindingCounts;
use crate::report::{
    CaseCounts, CoverageRow, ErrorCounts, ErrorRow, OperationCounts, OperationRow, Report, SCHEMA, SiteCounts, SiteRow,
    Summary, Trial, Unjudged,
};
use crate::run_assessment;
use crate::{CaseJudged, Coverage, Event, Finding, PairState, Run, RunStatus, Totals, Verdict};

/// Builds the report of a run from its events, in whatever order they come.
#[derive(Debug, Default)]
pub struct Recorder {
    run: Run,
    operations: BTreeMap<OperationId, OperationRow>,
    cases: CaseCounts,
    unjudged: BTreeMap<(SuiteName, &'static str, String), u64>,
    sites: BTreeMap<(OperationId, String, String), [Option<Trial>; 2]>,
    findings: BTreeMap<FindingId, Finding>,
    errors: BTreeMap<ErrorPair, PairState>,
    notes: BTreeSet<String>,
}

impl Recorder {
    /// A recorder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of an event. Findings inside a verdict count; the sender does not send them again.
    pub fn record(&mut self, event: &Event) {
        match event {
            Event::RunStarted(run) => self.start(run),
            Event::OperationProbed(probe) => {
                let row = self.operation(probe.operation);
                (row.coverage, row.reason) = match &probe.coverage {
                    Coverage::Implemented => (CoverageRow::Exercised, String::new()),
                    Coverage::NotImplemented(how) => (CoverageRow::NotImplemented, how.clone()),
                    Coverage::Unknown(why) => (CoverageRow::Unknown, why.clone()),
                };
            }
            Event::CaseJudged(judged) => self.case(judged),
            Event::FindingFound(finding) => self.finding(finding),
            Event::ErrorPair(pair) => {
                // Seen once is seen, whatever another request says.
                if self.errors.get(&pair.pair) != Some(&PairState::Seen) {
                    self.errors.insert(pair.pair, pair.state.clone());
                }
            }
            Event::Note(note) => {
                self.notes.insert(note.clone());
            }
            Event::RunEnded(_) => {}
        }
    }

    /// How many findings there are so far, each identity once: the number that reports give and that
    /// `--max-failures` limits.
    #[must_use]
    pub fn findings(&self) -> usize {
        self.findings.len()
    }

    /// The report. Sorted, so that the order in which events came does not show.
    #[must_use]
    pub fn finish(&self, totals: &Totals) -> Report {
        let mut findings: Vec<Finding> = self.findings.values().cloned().collect();
        for finding in &mut findings {
            finding.list_answers();
        }
        findings.sort_by(|a, b| {
            let key = |finding: &Finding| (finding.scope.service(), finding.scope.operation());
            (key(a), a.severity, &a.check, &a.site).cmp(&(key(b), b.severity, &b.check, &b.site))
        });
        let mut operations = self.operations.clone();
        for (operation, row) in &mut operations {
            let own = findings.iter().filter(|finding| finding.scope.operation() == Some(*operation));
            row.findings = FindingCounts::of(own);
            row.sites.tested = self.tested(*operation);
        }
        let causes = causes(&findings);
        let coverage = |wanted| operations.values().filter(|row| row.coverage == wanted).count() as u64;
        let summary = Summary {
            operations: OperationCounts {
                total: operations.len() as u64,
                exercised: coverage(CoverageRow::Exercised),
                not_implemented: coverage(CoverageRow::NotImplemented),
            },
            cases: self.cases,
            sites: SiteCounts {
                total: operations.values().map(|row| row.sites.total).sum(),
                tested: operations.values().map(|row| row.sites.tested).sum(),
            },
            errors: self.error_counts(),
            exchanges: totals.exchanges,
            retries: totals.retries,
            findings: FindingCounts::of(&findings),
            causes: causes.len() as u64,
        };
        let not_judged = match totals.cut {
            Some(_) => Vec::new(),
            None => operations.iter().filter(|(_, row)| is_not_judged(row)).map(|(it, _)| it.to_string()).collect(),
        };
        let not_implemented = operations
            .iter()
            .filter(|(_, row)| row.coverage == CoverageRow::NotImplemented)
            .map(|(operation, _)| operation.to_string())
            .collect();
        let mut report = Report {
            schema: SCHEMA,
            status: RunStatus::default(),
            run: self.run.facts.clone(),
            seed: self.run.seed,
            endpoint: self.run.endpoint.clone(),
            target: self.run.target.clone(),
            duration_s: totals.duration.as_secs_f64(),
            summary,
            findings,
            causes,
            operations: operations.into_values().collect(),
            not_implemented,
            not_judged,
            unjudged: self.unjudged_rows(),
            sites: self.site_rows(),
            errors: self.error_rows(),
            notes: self.notes.iter().cloned().collect(),
            clean_command: totals.clean_command.clone().filter(|_| !totals.left_behind.is_empty()),
            left_behind: totals.left_behind.clone(),
            unusable: totals.unusable.clone(),
            baseline: None,
        };
        report.status = run_assessment::assess(&report, totals);
        if run_assessment::is_silent(&report, totals) {
            report.withhold_findings();
        }
        report
    }

    fn start(&mut self, run: &Run) {
        self.run = run.clone();
        for planned in &run.operations {
            self.operation(planned.operation).sites.total = planned.sites;
        }
    }

    fn operation(&mut self, operation: OperationId) -> &mut OperationRow {
        self.operations.entry(operation).or_insert_with(|| OperationRow {
            service: operation.service().to_owned(),
            operation: operation.name().to_owned(),
            ..OperationRow::default()
        })
    }

    fn case(&mut self, judged: &CaseJudged) {
        let row = self.operation(judged.case.operation);
        count(&mut row.cases, &judged.verdict);
        count(row.suites.entry(judged.case.suite.to_string()).or_default(), &judged.verdict);
        count(&mut self.cases, &judged.verdict);
        let trial = match &judged.verdict {
            Verdict::Pass => Trial::Passed,
            Verdict::Fail(_) => Trial::Failed,
            Verdict::Indeterminate(_) => Trial::Indeterminate,
            Verdict::Skipped(_) | Verdict::NotSent(_) => Trial::Skipped,
        };
        for site in &judged.sites {
            let key = (judged.case.operation, site.path.clone(), site.kind.clone());
            let cell = &mut self.sites.entry(key).or_default()[usize::from(!site.valid)];
            *cell = (*cell).max(Some(trial));
        }
        let (verdict, reason) = match &judged.verdict {
            Verdict::Indeterminate(reason) => ("indeterminate", reason),
            Verdict::Skipped(reason) => ("skipped", reason),
            Verdict::NotSent(reason) => ("not-sent", reason),
            Verdict::Pass | Verdict::Fail(_) => {
                if let Verdict::Fail(findings) = &judged.verdict {
                    findings.iter().for_each(|finding| self.finding(finding));
                }
                return;
            }
        };
        *self.unjudged.entry((judged.case.suite, verdict, reason.clone())).or_default() += 1;
    }

    fn finding(&mut self, finding: &Finding) {
        let Some(known) = self.findings.get_mut(&finding.identity) else {
            let mut first = finding.clone();
            first.take_answers_of(finding);
            self.findings.insert(finding.identity.clone(), first);
            return;
        };
        known.take_answers_of(finding);
        let count = known.count + finding.count;
        if rank(finding) < rank(known) {
            let seen = std::mem::take(&mut known.seen);
            *known = Finding { seen, ..finding.clone() };
        }
        known.count = count;
    }

    fn tested(&self, operation: OperationId) -> u64 {
        let judged = |trial: &Option<Trial>| matches!(trial, Some(Trial::Passed | Trial::Failed));
        self.sites.iter().filter(|((on, _, _), cells)| *on == operation && cells.iter().any(judged)).count() as u64
    }

    fn unjudged_rows(&self) -> Vec<Unjudged> {
        let mut rows: Vec<Unjudged> = self
            .unjudged
            .iter()
            .map(|((suite, verdict, reason), cases)| Unjudged {
                suite: suite.to_string(),
                verdict: (*verdict).to_owned(),
                reason: reason.clone(),
                cases: *cases,
            })
            .collect();
        rows.sort();
        rows
    }

    fn site_rows(&self) -> Vec<SiteRow> {
        self.sites
            .iter()
            .map(|((operation, path, kind), [valid, invalid])| SiteRow {
                operation: operation.to_string(),
                path: path.clone(),
                kind: kind.clone(),
                valid: *valid,
                invalid: *invalid,
            })
            .collect()
    }

    fn error_counts(&self) -> ErrorCounts {
        let mut counts = ErrorCounts { total: self.errors.len() as u64, ..ErrorCounts::default() };
        for state in self.errors.values() {
            *match state {
                PairState::Seen => &mut counts.seen,
                PairState::NotSeen => &mut counts.not_seen,
                PairState::NotProvocable(_) => &mut counts.not_provocable,
            } += 1;
        }
        counts
    }

    fn error_rows(&self) -> Vec<ErrorRow> {
        self.errors
            .iter()
            .map(|(pair, state)| {
                let (state, reason) = match state {
                    PairState::Seen => ("seen", String::new()),
                    PairState::NotSeen => ("not-seen", String::new()),
                    PairState::NotProvocable(reason) => ("not-provocable", reason.clone()),
                };
                ErrorRow {
                    service: pair.operation.service().to_owned(),
                    operation: pair.operation.name().to_owned(),
                    error: pair.error.to_owned(),
                    state: state.to_owned(),
                    reason,
                }
            })
            .collect()
    }
}

/// Whether cases of an operation were due, and none came to a verdict.
fn is_not_judged(row: &OperationRow) -> bool {
    let CaseCounts { passed, failed, indeterminate, not_sent, .. } = row.cases;
    row.coverage != CoverageRow::NotImplemented && passed + failed == 0 && indeterminate + not_sent > 0
}

fn count(counts: &mut CaseCounts, verdict: &Verdict) {
    match verdict {
        Verdict::Pass => counts.passed += 1,
        Verdict::Fail(_) => counts.failed += 1,
        Verdict::Indeterminate(_) => counts.indeterminate += 1,
        Verdict::Skipped(_) => {
            counts.skipped += 1;
            return;
        }
        Verdict::NotSent(_) => {
            counts.not_sent += 1;
            return;
        }
    }
    counts.run += 1;
}
