//! The report as SARIF 2.1.0, for code scanning: one result for each finding.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ivs_model::Authority;
use serde_json::{Value, json};

use super::{RenderOptions, Renderer, ReportFormat, write_json};
use crate::{CheckInfo, Event, Finding, Report, Severity, authority_name, registry};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "sarif", file_name: "report.sarif", renderer: |options| Box::new(Sarif::new(options)) };

/// The name of the fingerprint by which a finding is known in the next run.
const FINGERPRINT: &str = "findingId/v1";

/// Writes the report once, at the end.
#[derive(Debug, Clone, Default)]
pub struct Sarif {
    checks: Vec<CheckInfo>,
}

impl Sarif {
    /// Creates a report with a rule for each of the checks that there are.
    #[must_use]
    pub fn new(options: &RenderOptions) -> Self {
        Self { checks: options.checks.clone() }
    }

    /// Returns the rules by name: the source of each check, and its level.
    fn rules<'a>(&'a self, report: &'a Report) -> BTreeMap<&'a str, (&'a str, Authority)> {
        let of_findings = report.findings.iter().map(|it| (it.check.as_str(), (it.rule.as_str(), it.authority)));
        let universal = registry::rules().map(|it| (it.check, (it.source, it.authority)));
        let of_suites = self.checks.iter().map(|it| (it.check, (it.source, it.authority)));
        of_findings.chain(universal).chain(of_suites).collect()
    }
}

impl Renderer for Sarif {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => write_json(&self.log(&report.without_accepted()), out),
            _ => Ok(()),
        }
    }
}

impl Sarif {
    fn log(&self, report: &Report) -> Value {
        let rules = self.rules(report);
        let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(index, name)| (*name, index)).collect();
        let causes: BTreeMap<String, &str> = report
            .causes
            .iter()
            .flat_map(|cause| cause.members.iter().map(|member| (member.to_string(), cause.id.as_str())))
            .collect();
        let results: Vec<Value> = report.findings.iter().map(|finding| result(finding, &index, &causes)).collect();
        let rules: Vec<Value> =
            rules.iter().map(|(name, (source, authority))| rule(name, source, *authority)).collect();
        let mut driver = json!({ "name": "ivs-contract", "rules": rules });
        if !report.run.version.is_empty() {
            driver["version"] = report.run.version.clone().into();
        }
        let mut invocation = json!({ "executionSuccessful": report.status.reason().is_none() });
        if !report.run.command.is_empty() {
            invocation["commandLine"] = report.run.command.clone().into();
        }
        if !report.run.date.is_empty() {
            invocation["startTimeUtc"] = report.run.date.clone().into();
        }
        if let Some(reason) = report.status.reason() {
            invocation["toolExecutionNotifications"] = json!([{ "level": "error", "message": { "text": reason } }]);
        }
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": driver },
                "columnKind": "unicodeCodePoints",
                "invocations": [invocation],
                "results": results,
                "properties": {
                    "endpoint": report.endpoint,
                    "seed": report.seed,
                    "models": report.run.models,
                    "status": report.status.name(),
                    "summary": report.summary,
                },
            }],
        })
    }
}

fn rule(name: &str, source: &str, authority: Authority) -> Value {
    json!({
        "id": name,
        "shortDescription": { "text": name.replace('-', " ") },
        "fullDescription": { "text": source },
        "help": { "text": format!("ivs-contract explain {name}") },
        "defaultConfiguration": { "level": level(authority.into()) },
    })
}

fn result(finding: &Finding, index: &BTreeMap<&str, usize>, causes: &BTreeMap<String, &str>) -> Value {
    let identity = finding.identity.to_string();
    let operation = finding.scope.to_string();
    let mut result = json!({
        "ruleId": finding.check,
        "ruleIndex": index.get(finding.check.as_str()),
        "level": level(finding.severity),
        "message": { "text": format!("{operation}: expected {}, got {}", finding.expected, finding.actual) },
        // Code scanning shows results with a file only. The service and the operation stand in for it.
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": operation.replace('.', "/") },
                "region": { "startLine": 1 },
            },
            "logicalLocations": [{ "fullyQualifiedName": operation, "kind": "function" }],
        }],
        "partialFingerprints": { FINGERPRINT: identity },
        "properties": {
            "authority": authority_name(finding.authority),
            "case": finding.case.to_string(),
            "cause": causes.get(&identity),
            "count": finding.count,
            "pointer": finding.pointer,
            "replay": finding.reproduce.replay,
            "rule": finding.rule,
            "site": finding.site,
        },
    });
    if let Some(state) = finding.baseline {
        result["properties"]["baseline"] = json!(state);
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
