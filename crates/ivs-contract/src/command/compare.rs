//! `ivs-contract compare OLD NEW`: the findings that are new, fixed or changed between two runs.

mod load;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use ivs_judge::{Finding, Report, RunStatus, plain};
use serde::Serialize;

use self::load::LoadComparison;
use super::arguments::CompareArguments;
use super::terminal::{print_json, print_text};
use crate::exit_status::ExitStatus;
use crate::settings::OutputFormat;

/// The version of the JSON form of a comparison.
const SCHEMA: u32 = 1;

pub(super) fn run(arguments: &CompareArguments) -> Result<ExitStatus> {
    if let Some(comparison) = LoadComparison::of_files(&arguments.old, &arguments.new)? {
        return comparison.print(arguments.output);
    }
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let comparison = Comparison::of(&old, &new);
    match arguments.output {
        OutputFormat::Text => print_text(&comparison.text())?,
        OutputFormat::Json => print_json(&comparison, "the comparison")?,
    }
    Ok(if comparison.new.is_empty() { ExitStatus::Success } else { ExitStatus::Findings })
}

/// Reads the JSON report of a run.
fn read(path: &Path) -> Result<Report> {
    let way_out = "Write one with `ivs-contract check --report json=FILE`";
    let bytes = std::fs::read(path).map_err(|error| anyhow!("cannot read the report {}: {error}", path.display()))?;
    let report: Report = serde_json::from_slice(&bytes)
        .map_err(|error| anyhow!("{} is not a JSON report of `check`: {error}. {way_out}", path.display()))?;
    if report.schema != ivs_judge::REPORT_SCHEMA {
        let known = ivs_judge::REPORT_SCHEMA;
        bail!("{} has schema {}; this version reads schema {known}. {way_out}", path.display(), report.schema);
    }
    Ok(report)
}

/// What differs between two runs.
#[derive(Debug, Serialize)]
struct Comparison {
    schema: u32,
    /// Findings of the later run alone.
    new: Vec<Line>,
    /// Findings of the earlier run alone, whose operations the later run tested.
    fixed: Vec<Line>,
    /// Findings of both runs with another answer, expectation or severity.
    changed: Vec<Line>,
    /// Findings of the earlier run that the later run did not test.
    not_tested: Vec<Line>,
    /// The number of findings that are the same in both.
    same: usize,
    /// Remarks on what limits the comparison.
    notes: Vec<String>,
}

/// A finding of a comparison.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    identity: String,
    severity: &'static str,
    expected: String,
    actual: String,
    /// For a changed finding: what came in the earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

impl Line {
    fn of(finding: &Finding) -> Self {
        Self {
            identity: finding.identity.to_string(),
            severity: finding.severity.as_str(),
            expected: finding.expected.clone(),
            actual: finding.actual.clone(),
            before: None,
        }
    }
}

impl Comparison {
    fn of(old: &Report, new: &Report) -> Self {
        let by_id = |report: &Report| -> BTreeMap<String, Finding> {
            report.findings.iter().map(|finding| (finding.identity.to_string(), finding.clone())).collect()
        };
        let (before, after) = (by_id(old), by_id(new));
        let rows = |report: &Report| -> BTreeSet<(String, String)> {
            report.operations.iter().map(|row| (row.service.clone(), row.operation.clone())).collect()
        };
        let (old_rows, new_rows) = (rows(old), rows(new));
        let is_in = |rows: &BTreeSet<(String, String)>, finding: &Finding| {
            let key = (finding.scope.service().to_owned(), finding.scope.operation_name().to_owned());
            rows.is_empty() || finding.scope.operation().is_none() || rows.contains(&key)
        };
        let is_complete = new.status == RunStatus::Complete;
        let mut comparison = Self {
            schema: SCHEMA,
            new: Vec::new(),
            fixed: Vec::new(),
            changed: Vec::new(),
            not_tested: Vec::new(),
            same: 0,
            notes: notes(old, new),
        };
        let mut unknown = 0;
        for (id, finding) in &after {
            match before.get(id) {
                // The earlier run did not select the operation: nothing tells whether the finding is new.
                None if !is_in(&old_rows, finding) => unknown += 1,
                None => comparison.new.push(Line::of(finding)),
                Some(earlier) if is_same(earlier, finding) => comparison.same += 1,
                Some(earlier) => {
                    let before = match earlier.severity == finding.severity {
                        true => earlier.actual.clone(),
                        false => format!("{} ({})", earlier.actual, earlier.severity.as_str()),
                    };
                    comparison.changed.push(Line { before: Some(before), ..Line::of(finding) });
                }
            }
        }
        if unknown > 0 {
            comparison
                .notes
                .push(format!("{unknown} findings are of operations that OLD did not select; they are not compared"));
        }
        for (_, finding) in before.iter().filter(|(id, _)| !after.contains_key(*id)) {
            let list = if is_complete && is_in(&new_rows, finding) {
                &mut comparison.fixed
            } else {
                &mut comparison.not_tested
            };
            list.push(Line::of(finding));
        }
        comparison
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{}: {} new, {} fixed, {} changed, {} the same",
            if self.new.is_empty() { "PASS" } else { "FAIL" },
            self.new.len(),
            self.fixed.len(),
            self.changed.len(),
            self.same
        );
        if !self.not_tested.is_empty() {
            let _ = write!(text, ", {} not tested in NEW", self.not_tested.len());
        }
        text.push('\n');
        for (title, lines) in
            [("NEW", &self.new), ("FIXED", &self.fixed), ("CHANGED", &self.changed), ("NOT TESTED", &self.not_tested)]
        {
            for (index, line) in lines.iter().enumerate() {
                if index == 0 {
                    text.push('\n');
                }
                let _ = writeln!(text, "{title:10} {:7} {}", line.severity, plain(&line.identity));
                if title == "NEW" || title == "CHANGED" {
                    let _ = writeln!(text, "  expected {}", plain(&line.expected));
                    if let Some(before) = &line.before {
                        let _ = writeln!(text, "  before   {}", plain(before));
                    }
                    let _ = writeln!(text, "  actual   {}", plain(&line.actual));
                }
            }
        }
        for note in &self.notes {
            let _ = write!(text, "\nnote: {}\n", plain(note));
        }
        text
    }
}

/// Whether the endpoint answered alike. The words for what was expected may be those of another version of the command.
fn is_same(one: &Finding, other: &Finding) -> bool {
    (one.severity, &one.actual) == (other.severity, &other.actual)
}

fn notes(old: &Report, new: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    for (name, report) in [("OLD", old), ("NEW", new)] {
        if report.status != RunStatus::Complete {
            notes.push(format!("{name} is {}: what it did not reach is not compared", report.status.name()));
        }
    }
    if old.seed != new.seed {
        notes.push(format!("the runs have different seeds ({} and {}): random cases differ", old.seed, new.seed));
    }
    notes
}

#[cfg(test)]
mod tests {
    use ivs_judge::Severity;
    use serde_json::{Value, json};

    use super::*;

    fn finding(id: &str, actual: &str) -> Value {
        let (check, rest) = id.split_once(':').unwrap();
        let (operation, site) = rest.split_once(':').unwrap();
        let (service, name) = operation.split_once('.').unwrap();
        json!({
            "identity": id, "suite": "validation", "check": check, "service": service, "operation": name,
            "severity": "error", "authority": "model", "pointer": "", "site": site,
            "case": format!("{operation}/setup/control"), "expected": "400", "actual": actual, "rule": "r", "count": 1,
            "reproduce": { "curl": "", "replay": "" },
        })
    }

    fn report(findings: Vec<Value>, operations: &[&str]) -> Report {
        let mut report = serde_json::to_value(Report { schema: 1, ..Report::default() }).unwrap();
        report["findings"] = findings.into();
        let mut report: Report = serde_json::from_value(report).unwrap();
        report.operations = operations
            .iter()
            .map(|name| {
                serde_json::from_value(json!({
                    "service": "ivs", "operation": name, "coverage": "exercised",
                    "cases": {"run": 0, "passed": 0, "failed": 0, "indeterminate": 0, "skipped": 0},
                    "sites": {"total": 0, "tested": 0}, "findings": {"error": 0, "warning": 0},
                }))
                .unwrap()
            })
            .collect();
        report
    }

    fn ids(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.identity.as_str()).collect()
    }

    #[test]
    fn findings_are_new_fixed_changed_or_the_same() {
        let all = ["GetChannel", "GetStream"];
        let old = report(
            vec![
                finding("a:ivs.GetChannel:", "200"),
                finding("b:ivs.GetChannel:", "200"),
                finding("c:ivs.GetStream:", "200"),
            ],
            &all,
        );
        let new = report(
            vec![
                finding("a:ivs.GetChannel:", "200"),
                finding("b:ivs.GetChannel:", "500"),
                finding("d:ivs.GetStream:", "200"),
            ],
            &all,
        );
        let comparison = Comparison::of(&old, &new);
        assert_eq!(ids(&comparison.new), ["d:ivs.GetStream:"]);
        assert_eq!(ids(&comparison.fixed), ["c:ivs.GetStream:"]);
        assert_eq!(ids(&comparison.changed), ["b:ivs.GetChannel:"]);
        assert_eq!((comparison.same, comparison.not_tested.len()), (1, 0));
        assert!(comparison.text().starts_with("FAIL: 1 new, 1 fixed, 1 changed, 1 the same\n"));
    }

    #[test]
    fn a_finding_changes_with_its_answer_or_severity_and_not_with_words() {
        let old =
            report(vec![finding("a:ivs.GetChannel:", "200"), finding("b:ivs.GetChannel:", "200")], &["GetChannel"]);
        let mut new = old.clone();
        new.findings[0].expected = "the same in other words".to_owned();
        new.findings[1].severity = Severity::Warning;
        let comparison = Comparison::of(&old, &new);
        assert_eq!((comparison.same, ids(&comparison.changed)), (1, vec!["b:ivs.GetChannel:"]));
        assert_eq!(comparison.changed[0].before.as_deref(), Some("200 (error)"));
    }

    #[test]
    fn what_a_run_did_not_test_is_neither_new_nor_fixed() {
        let old = report(vec![finding("a:ivs.GetChannel:", "200")], &["GetChannel"]);
        let new = report(vec![finding("b:ivs.GetStream:", "200")], &["GetStream"]);
        let comparison = Comparison::of(&old, &new);
        assert_eq!((comparison.new.len(), comparison.fixed.len(), comparison.not_tested.len()), (0, 0, 1));
        let mut partial = report(Vec::new(), &["GetChannel"]);
        partial.status = RunStatus::Partial { reason: "stopped".to_owned() };
        let comparison = Comparison::of(&old, &partial);
        assert_eq!((comparison.fixed.len(), comparison.not_tested.len()), (0, 1));
    }
}
