//! The JUnit report: one test for each operation and suite.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ivs_model::{OperationId, SuiteName};
use quick_junit::{NonSuccessKind, Property, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use super::console::extent;
use super::{Renderer, ReportFormat, counted};
use crate::finding_counts::FindingCounts;
use crate::printable::plain;
use crate::{Event, Finding, Policy, Report, RunStatus, Severity, Verdict};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "junit", file_name: "junit.xml", renderer: |options| Box::new(Junit::new(options.policy)) };

/// The suite and the class of the test of the run itself.
const RUN: &str = "run";

/// The number of findings that a test shows.
const MOST_FINDINGS: usize = 50;

/// Counts the cases and writes the tests at the end, sorted. A test fails if an error was found; warnings are no failure. The
/// tests of an absent operation are skipped. The first test is the run itself: an error if it is not complete.
#[derive(Debug, Default)]
pub struct Junit {
    policy: Policy,
    tests: BTreeMap<OperationId, BTreeMap<SuiteName, Tested>>,
}

/// What became of the cases of one suite on one operation.
#[derive(Debug, Default)]
struct Tested {
    judged: u64,
    /// The cases without a verdict, by reason.
    unjudged: BTreeMap<String, u64>,
}

/// The cases of a test and its findings.
type Content<'r> = (Option<&'r Tested>, Vec<&'r Finding>);

impl Renderer for Junit {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::CaseJudged(judged) => {
                let suites = self.tests.entry(judged.case.operation).or_default();
                let tested = suites.entry(judged.case.suite).or_default();
                match &judged.verdict {
                    Verdict::Pass | Verdict::Fail(_) => tested.judged += 1,
                    Verdict::Indeterminate(reason) | Verdict::Skipped(reason) | Verdict::NotSent(reason) => {
                        *tested.unjudged.entry(reason.clone()).or_default() += 1;
                    }
                }
                Ok(())
            }
            Event::RunEnded(report) => self.write(&report.without_accepted(), out),
            _ => Ok(()),
        }
    }
}

impl Junit {
    /// Creates a report. The policy says whether a partial run is a skipped test instead of an error.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut tests: BTreeMap<(OperationId, SuiteName), Content<'_>> = BTreeMap::new();
        for (operation, suites) in &self.tests {
            for (suite, tested) in suites {
                tests.insert((*operation, *suite), (Some(tested), Vec::new()));
            }
        }
        for finding in &report.findings {
            if let Some(operation) = finding.scope.operation() {
                let test = tests.entry((operation, self.suite_of(operation, finding))).or_default();
                test.1.push(finding);
            }
        }
        let mut suites: BTreeMap<OperationId, Vec<TestCase>> = BTreeMap::new();
        for ((operation, suite), (tested, findings)) in tests {
            let status = status(tested, &findings);
            suites.entry(operation).or_default().push(test(&operation.to_string(), suite.as_str(), status));
        }
        let mut xml = Xml::new("ivs-contract");
        xml.add_test_suite(self.run(report));
        for (operation, tests) in suites {
            let mut suite = TestSuite::new(operation.to_string());
            suite.add_test_cases(tests);
            xml.add_test_suite(suite);
        }
        xml.serialize(out).map_err(io::Error::other)
    }

    /// Returns the suite that a finding counts for: the one that sent the request. A request that other operations needed
    /// counts for the first suite of its operation.
    fn suite_of(&self, operation: OperationId, finding: &Finding) -> SuiteName {
        let suites = self.tests.get(&operation);
        [finding.suite, finding.case.suite]
            .into_iter()
            .find(|suite| suites.is_some_and(|suites| suites.contains_key(suite)))
            .or_else(|| suites.and_then(|suites| suites.keys().next().copied()))
            .unwrap_or(finding.suite)
    }

    /// Returns the suite that says how the run was made, how far it came, and what it found in all.
    fn run(&self, report: &Report) -> TestSuite {
        let mut suite = TestSuite::new(RUN);
        let FindingCounts { error, warning } = report.summary.findings;
        let mut property = |name: &str, value: &str| {
            if !value.is_empty() {
                suite.add_property(Property::new(name, plain(value)));
            }
        };
        property("run.status", report.status.name());
        property("run.status.reason", report.status.reason().unwrap_or_default());
        property("run.verdict", &report.verdict(&self.policy));
        property("run.date", &report.run.date);
        property("run.version", &report.run.version);
        for (service, version) in &report.run.models {
            property(&format!("run.model.{service}"), version);
        }
        property("run.command", &report.run.command);
        property("run.endpoint", &report.endpoint);
        property("run.seed", &report.seed.to_string());
        property("findings.error", &error.to_string());
        property("findings.warning", &warning.to_string());
        property("causes", &report.summary.causes.to_string());
        let outcome = match &report.status {
            RunStatus::Complete => TestCaseStatus::success(),
            RunStatus::Partial { reason } if self.policy.allow_partial => skipped(reason),
            RunStatus::Partial { reason } | RunStatus::Unusable { reason } => {
                let mut error = TestCaseStatus::non_success(NonSuccessKind::Error);
                error.set_message(plain(reason)).set_type(report.status.name());
                error
            }
        };
        if let Some(banner) = report.status.banner() {
            suite.set_system_out(plain(&banner));
        }
        suite.add_test_case(test(RUN, "the run is complete", outcome));
        suite
    }
}

fn test(operation: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(plain(name), status);
    test.set_classname(plain(operation));
    test
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(plain(reason));
    status
}

fn status(tested: Option<&Tested>, findings: &[&Finding]) -> TestCaseStatus {
    if !findings.is_empty() {
        return found(findings);
    }
    let Some(tested) = tested.filter(|tested| tested.judged == 0) else { return TestCaseStatus::success() };
    let reasons: Vec<String> =
        tested.unjudged.iter().map(|(reason, cases)| format!("{reason} ({})", counted(*cases, "case"))).collect();
    skipped(&reasons.join("; "))
}

/// Returns the status of a test with findings: a failure if one of them is an error, else a skipped test that lists them.
fn found(findings: &[&Finding]) -> TestCaseStatus {
    let counts = FindingCounts::of(findings.iter().copied());
    let mut sorted = findings.to_vec();
    sorted.sort_by(|a, b| (a.severity, &a.identity).cmp(&(b.severity, &b.identity)));
    let mut texts: Vec<String> = sorted.iter().take(MOST_FINDINGS).map(|finding| text(finding)).collect();
    if let Some(more) = sorted.len().checked_sub(MOST_FINDINGS).filter(|more| *more > 0) {
        texts.push(format!("and {}; all of them are in the JSON report", counted(more as u64, "more finding")));
    }
    let mut status = match sorted.first().map(|finding| finding.severity) {
        Some(Severity::Error) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Some(Severity::Warning) | None => TestCaseStatus::skipped(),
    };
    let numbers = format!("{}, {}", counted(counts.error, "error"), counted(counts.warning, "warning"));
    let first = sorted.first().map(|finding| format!("; first: {}", finding.identity)).unwrap_or_default();
    status.set_message(plain(&format!("{numbers}{first}")));
    status.set_type(sorted.first().map_or_else(String::new, |finding| plain(&finding.check)));
    status.set_description(texts.join("\n\n"));
    status
}

fn text(finding: &Finding) -> String {
    let text = format!(
        "{} {}\nexpected {}\nactual   {}{}\nrule     {}\n{}",
        finding.severity.as_str(),
        plain(&finding.identity.to_string()),
        plain(&finding.expected),
        plain(&finding.actual),
        plain(&extent(finding)),
        plain(&finding.rule),
        plain(&finding.reproduce.replay),
    );
    text.trim_end().to_owned()
}
