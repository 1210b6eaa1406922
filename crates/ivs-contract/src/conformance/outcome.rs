//! The outcome of each test, from the one run that all of them share.

use std::collections::{BTreeMap, BTreeSet};

use ivs_judge::{Coverage, Event, Finding, Report, RunStatus, Severity, Verdict};
use ivs_model::{FindingScope, OperationId, SuiteName};
use ivs_suites::{SUITES, endpoint_checks};
use libtest_mimic::{Completion, Failed};

use super::trial::{ANSWERS, AskedTrial, Question};

/// What libtest-mimic expects of a test.
type TrialOutcome = Result<Completion, Failed>;

/// What a run showed.
#[derive(Debug, Default)]
pub(super) struct RunResult {
    pub(super) report: Report,
    coverage: BTreeMap<OperationId, Coverage>,
    passed: BTreeSet<(OperationId, SuiteName)>,
    open: BTreeMap<(OperationId, SuiteName), OpenCases>,
}

/// The cases of an operation and suite that have no verdict.
#[derive(Debug, Default)]
struct OpenCases {
    /// The number of cases by reason.
    reasons: BTreeMap<String, u64>,
    /// True if the run ended before one of them.
    is_cut: bool,
}

impl RunResult {
    /// Keeps what an event shows.
    pub(super) fn observe(&mut self, event: &Event) {
        match event {
            Event::OperationProbed(probe) => {
                self.coverage.insert(probe.operation, probe.coverage.clone());
            }
            Event::CaseJudged(judged) => {
                let key = (judged.case.operation, judged.case.suite);
                match &judged.verdict {
                    Verdict::Pass => {
                        self.passed.insert(key);
                    }
                    // The report has the findings.
                    Verdict::Fail(_) => {}
                    Verdict::Indeterminate(reason) | Verdict::Skipped(reason) | Verdict::NotSent(reason) => {
                        let open = self.open.entry(key).or_default();
                        *open.reasons.entry(reason.clone()).or_default() += 1;
                        open.is_cut |= matches!(judged.verdict, Verdict::NotSent(_));
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns the outcome of each selected test by name. `is_named` is false if no line for the command can name the endpoint.
    pub(super) fn outcomes(
        &self,
        selected: &[&AskedTrial],
        require_all: bool,
        is_named: bool,
    ) -> BTreeMap<String, TrialOutcome> {
        let mut findings: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
        for finding in self.report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
            findings.entry(test_of(finding)).or_default().push(finding);
        }
        let outcome = |trial: &&AskedTrial| {
            let failed = findings.get(&trial.name).map(|findings| {
                let texts: Vec<String> =
                    findings.iter().map(|finding| describe(finding, &trial.name, is_named)).collect();
                Err(texts.join("\n\n").into())
            });
            (trial.name.clone(), failed.unwrap_or_else(|| self.outcome(trial.question, require_all)))
        };
        selected.iter().map(outcome).collect()
    }

    /// The outcome of a test without findings.
    fn outcome(&self, question: Question, require_all: bool) -> TrialOutcome {
        match question {
            Question::Implemented(operation) => match self.coverage.get(&operation) {
                Some(Coverage::Implemented) => Ok(Completion::Completed),
                Some(Coverage::NotImplemented(how)) if require_all => Err(format!("not implemented: {how}").into()),
                Some(Coverage::NotImplemented(how)) => Ok(Completion::ignored_with(format!("not implemented: {how}"))),
                Some(Coverage::Unknown(why)) if require_all => Err(why.into()),
                Some(Coverage::Unknown(why)) => self.without_verdict(why, self.cut().is_some()),
                None => self.without_verdict("it was not called", self.cut().is_some()),
            },
            Question::Suite(operation, suite) => {
                if let Some(Coverage::NotImplemented(how)) = self.coverage.get(&operation) {
                    return Ok(Completion::ignored_with(format!("not implemented: {how}")));
                }
                let open = self.open.get(&(operation, suite));
                let reasons: Vec<String> = open
                    .iter()
                    .flat_map(|open| &open.reasons)
                    .map(|(reason, cases)| format!("{reason} ({cases} cases)"))
                    .collect();
                let is_cut = open.is_some_and(|open| open.is_cut) && self.cut().is_some();
                if self.passed.contains(&(operation, suite)) && !is_cut {
                    return Ok(Completion::Completed);
                }
                let why = if reasons.is_empty() { "no case of its own".to_owned() } else { reasons.join("; ") };
                self.without_verdict(&why, is_cut)
            }
            Question::Check(..) => match self.cut() {
                Some(reason) => Err(format!("the run is partial: {reason}").into()),
                None => Ok(Completion::Completed),
            },
            Question::Answers => {
                if let Some(reason) = self.cut() {
                    return Err(format!("the run is partial: {reason}").into());
                }
                let summary = &self.report.summary;
                if summary.operations.exercised == 0 || summary.cases.passed + summary.cases.failed == 0 {
                    return Err("no operation could be judged: none answered a valid call".into());
                }
                Ok(Completion::Completed)
            }
        }
    }

    /// The outcome of a test that judged nothing: a failure if the run was cut before it.
    fn without_verdict(&self, why: &str, is_cut: bool) -> TrialOutcome {
        if is_cut { Err(format!("not judged: {why}").into()) } else { Ok(Completion::ignored_with(why)) }
    }

    /// The reason why the run is partial, if it is.
    fn cut(&self) -> Option<&str> {
        match &self.report.status {
            RunStatus::Partial { reason } => Some(reason),
            RunStatus::Complete | RunStatus::Unusable { .. } => None,
        }
    }

    /// One line on the whole run.
    pub(super) fn summary(&self) -> String {
        let Report { summary, seed, duration_s, endpoint, .. } = &self.report;
        format!(
            "{endpoint}: {} errors, {} warnings; {} of {} operations tested, {} not implemented; {} requests in {duration_s:.1} s, seed {seed}",
            summary.findings.error,
            summary.findings.warning,
            summary.operations.exercised,
            summary.operations.total,
            summary.operations.not_implemented,
            summary.exchanges,
        )
    }
}

/// Returns the name of the test that fails by the finding.
fn test_of(finding: &Finding) -> String {
    match finding.scope {
        FindingScope::Service(_) => {
            let is_known = endpoint_checks().iter().any(|(check, _)| *check == finding.check);
            if is_known { format!("endpoint::{}", finding.check.replace('-', "_")) } else { ANSWERS.to_owned() }
        }
        FindingScope::Operation(operation) => {
            let is_suite = |name: &SuiteName| SUITES.iter().any(|suite| suite.name() == *name);
            // A check of every exchange fails the suite whose case showed it.
            let suite = [finding.suite, finding.case.suite].into_iter().find(is_suite);
            let test = suite.map_or("implemented", SuiteName::as_str);
            format!("{}::{}::{test}", operation.service(), operation.name())
        }
    }
}

/// Shows a finding, the rule behind it, and how to see it again.
fn describe(finding: &Finding, test: &str, is_named: bool) -> String {
    let mut text = format!(
        "{}\n  case     {}\n  expected {}\n  actual   {}\n  rule     {}\n  curl     {}",
        finding.identity, finding.case, finding.expected, finding.actual, finding.rule, finding.reproduce.curl
    );
    if is_named {
        text.push_str(&format!("\n  replay   {}", finding.reproduce.replay));
    }
    text.push_str(&format!("\n  rerun    cargo test -- --exact {test}"));
    printable(&text)
}

/// Escapes what an endpoint sent, line by line.
fn printable(text: &str) -> String {
    text.lines().map(ivs_judge::plain).collect::<Vec<_>>().join("\n")
}
