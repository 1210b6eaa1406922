//! A badge as JSON for the endpoint of shields.io: <https://shields.io/badges/endpoint-badge>.

use std::io::{self, Write};

use serde_json::json;

use super::{Renderer, ReportFormat, counted, write_json};
use crate::finding_counts::FindingCounts;
use crate::{Event, Report, RunStatus};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "badge", file_name: "badge.json", renderer: |_| Box::new(Badge) };

/// Writes the badge once, at the end.
#[derive(Debug, Clone, Copy, Default)]
struct Badge;

impl Renderer for Badge {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let Event::RunEnded(report) = event else { return Ok(()) };
        let (message, color) = message(report);
        write_json(&json!({ "schemaVersion": 1, "label": "IVS contract", "message": message, "color": color }), out)
    }
}

/// Returns the message and its color. Findings that a baseline accepts do not count.
fn message(report: &Report) -> (String, &'static str) {
    let operations = &report.summary.operations;
    match report.status {
        RunStatus::Unusable { .. } => return ("not judged".to_owned(), "lightgrey"),
        RunStatus::Partial { .. } => return ("partial run".to_owned(), "lightgrey"),
        RunStatus::Complete => {}
    }
    let findings = FindingCounts::of(&report.without_accepted().findings);
    let tested = format!("{} of {} operations", operations.exercised, operations.total);
    match (findings.error, findings.warning) {
        (0, 0) => (format!("conforms, {tested}"), "brightgreen"),
        (0, warnings) => (format!("{}, {tested}", counted(warnings, "warning")), "yellow"),
        (errors, _) => (format!("{}, {tested}", counted(errors, "error")), "red"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_says_the_verdict_and_what_was_tested() {
        let mut report = Report::default();
        report.summary.operations.total = 46;
        report.summary.operations.exercised = 6;
        assert_eq!(message(&report), ("conforms, 6 of 46 operations".to_owned(), "brightgreen"));
        report.status = RunStatus::Partial { reason: "stopped".to_owned() };
        assert_eq!(message(&report).0, "partial run");
        let mut out = Vec::new();
        Badge.event(&Event::RunEnded(Box::new(report)), &mut out).unwrap();
        let badge: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((badge["schemaVersion"].as_u64(), badge["color"].as_str()), (Some(1), Some("lightgrey")));
    }
}
