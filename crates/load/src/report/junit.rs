//! The gates as JUnit, for CI systems.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::LoadReportInput;
use super::summary::LoadVerdict;

/// Renders one test case for each gate and one for the generator's health.
pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    let summary = input.summary;
    let mut suite = TestSuite::new("load gates");
    suite.set_time(Duration::from_secs_f64(summary.duration_s.max(0.0)));
    for gate in &summary.gates {
        let status = if gate.held {
            TestCaseStatus::success()
        } else {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!("found {}, limit {}", gate.actual, gate.limit));
            status
        };
        let mut case = TestCase::new(gate.gate.as_str(), status);
        case.set_classname("load.gate");
        suite.add_test_case(case);
    }
    let status = match (&summary.generator.complaint, summary.verdict) {
        (Some(complaint), LoadVerdict::Inconclusive) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(format!("inconclusive: {complaint}"));
            status
        }
        _ => TestCaseStatus::success(),
    };
    let mut case = TestCase::new("the generator is neither late nor saturated", status);
    case.set_classname("load.generator");
    suite.add_test_case(case);
    let mut report = quick_junit::Report::new("ivs-contract load");
    report.add_test_suite(suite);
    report.to_string().unwrap_or_default().into_bytes()
}
