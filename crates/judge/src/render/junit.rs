//! The JUnit report: one test suite per operation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, Report as Xml, TestCase, TestCaseStatus, TestSuite};

use ivs_model::{FindingId, OperationId};

use super::console::extent;
use super::{Renderer, ReportFormat};
use crate::printable::{plain, plain_lines};
use crate::{CaseJudged, Event, Finding, Report, RunStatus, Severity, Verdict};

pub(super) const FORMAT: ReportFormat = ReportFormat {
    name: "junit",
    file_name: "junit.xml",
    renderer: |options| Box::new(Junit::new(options.allow_partial)),
};

/// The suite and the class of the test of the run itself.
const RUN: &str = "run";

/// Collects the cases and writes them at the end, sorted. A finding of no case is a test of its own; a warning is no
/// failure; an absent operation is one skipped test. The first test is the run itself: an error if it is not complete.
#[derive(Debug, Default)]
pub struct Junit {
    /// Whether a partial run is no error.
    allow_partial: bool,
    cases: BTreeMap<OperationId, BTreeMap<String, CaseJudged>>,
}

impl Renderer for Junit {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::CaseJudged(judged) => {
                let name = format!("{} {}", judged.case.suite, judged.case);
                self.cases.entry(judged.case.operation).or_default().insert(name, judged.clone());
                Ok(())
            }
            Event::RunEnded(report) => self.write(&report.without_accepted(), out),
            _ => Ok(()),
        }
    }
}

impl Junit {
    /// Creates a report. `allow_partial` says whether a partial run is a skipped test instead of an error.
    #[must_use]
    pub fn new(allow_partial: bool) -> Self {
        Self { allow_partial, ..Self::default() }
    }

    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut suites: BTreeMap<String, Vec<TestCase>> = BTreeMap::new();
        for (operation, cases) in &self.cases {
            let operation = operation.to_string();
            let tests = cases.iter().map(|(name, judged)| test(&operation, name, status(judged)));
            suites.entry(operation.clone()).or_default().extend(tests);
        }
        let verdicts = self.cases.values().flat_map(BTreeMap::values).map(|judged| &judged.verdict);
        let failed = verdicts.filter_map(|verdict| match verdict {
            Verdict::Fail(findings) => Some(findings),
            Verdict::Pass | Verdict::Indeterminate(_) | Verdict::Skipped(_) | Verdict::NotSent(_) => None,
        });
        let of_cases: BTreeSet<&FindingId> = failed.flatten().map(|finding| &finding.identity).collect();
        for finding in &report.findings {
            // A finding of a case stands with its case; grouped and universal ones have none.
            let operation = finding.scope.to_string();
            if !of_cases.contains(&finding.identity) {
                let name = format!("{} {}", finding.check, finding.site);
                suites.entry(operation.clone()).or_default().push(test(
                    &operation,
                    name.trim_end(),
                    failure(&[finding]),
                ));
            }
        }
        for operation in &report.not_implemented {
            let mut status = TestCaseStatus::skipped();
            status.set_message("not implemented");
            suites.entry(operation.clone()).or_default().push(test(operation, "implemented", status));
        }
        let mut xml = Xml::new("ivs-contract");
        xml.add_test_suite(self.run_status(&report.status));
        for (name, tests) in suites {
            let mut suite = TestSuite::new(plain(&name));
            suite.add_test_cases(tests);
            xml.add_test_suite(suite);
        }
        xml.serialize(out).map_err(io::Error::other)
    }

    /// Returns the suite that says how far the run came.
    fn run_status(&self, status: &RunStatus) -> TestSuite {
        let mut suite = TestSuite::new(RUN);
        suite.add_property(Property::new("run.status", status.name()));
        let outcome = match status {
            RunStatus::Complete => TestCaseStatus::success(),
            RunStatus::Partial { reason } if self.allow_partial => {
                let mut skipped = TestCaseStatus::skipped();
                skipped.set_message(plain(reason));
                skipped
            }
            RunStatus::Partial { reason } | RunStatus::Unusable { reason } => {
                let mut error = TestCaseStatus::non_success(NonSuccessKind::Error);
                error.set_message(plain(reason)).set_type(status.name());
                error
            }
        };
        if let (Some(reason), Some(banner)) = (status.reason(), status.banner()) {
            suite.add_property(Property::new("run.status.reason", plain(reason)));
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

fn status(judged: &CaseJudged) -> TestCaseStatus {
    match &judged.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail(findings) => failure(&findings.iter().collect::<Vec<_>>()),
        Verdict::Indeterminate(reason) | Verdict::Skipped(reason) | Verdict::NotSent(reason) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(plain(reason));
            status
        }
    }
}

fn failure(findings: &[&Finding]) -> TestCaseStatus {
    let Some(worst) = findings.iter().min_by_key(|finding| finding.severity) else {
        return TestCaseStatus::non_success(NonSuccessKind::Failure);
    };
    let texts: Vec<String> = findings
        .iter()
        .map(|finding| {
            let reproduce = &finding.reproduce;
            let mut text = format!(
                "{}\nexpected {}\nactual   {}{}\nrule     {}\n{}\n{}",
                plain(&finding.identity.to_string()),
                plain(&finding.expected),
                plain(&finding.actual),
                plain(&extent(finding)),
                plain(&finding.rule),
                plain_lines(&reproduce.curl),
                plain(&reproduce.replay)
            );
            if let Some(exchange) = &finding.exchange {
                let _ = write!(text, "\n{exchange}");
            }
            text.trim_end().to_owned()
        })
        .collect();
    let mut status = if worst.severity == Severity::Error {
        TestCaseStatus::non_success(NonSuccessKind::Failure)
    } else {
        TestCaseStatus::skipped()
    };
    status.set_message(plain(&format!("expected {}, actual {}", worst.expected, worst.actual)));
    status.set_type(plain(&format!("{} {}", worst.severity.as_str(), worst.check)));
    status.set_description(texts.join("\n\n"));
    status
}
