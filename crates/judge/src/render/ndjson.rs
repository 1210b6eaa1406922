//! The events of a run as one JSON document a line, as they happen.

use std::collections::BTreeSet;
use std::io::{self, Write};

use ivs_model::FindingId;
use serde_json::{Value, json};

use super::json::write_line;
use super::{Renderer, ReportFormat};
use crate::{CaseJudged, Coverage, Event, Finding, PairState, Report, Verdict};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "ndjson", file_name: "events.ndjson", renderer: |_| Box::new(Ndjson::default()) };

/// Writes each event when it comes. Each line has the member `event`; the last one is `run-ended`. A finding is written in
/// full the first time. Cases name their findings by id.
#[derive(Debug, Clone, Default)]
pub struct Ndjson {
    found: BTreeSet<FindingId>,
}

impl Renderer for Ndjson {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::FindingFound(finding) => return self.finding(finding, out),
            Event::CaseJudged(CaseJudged { verdict: Verdict::Fail(findings), .. }) => {
                findings.iter().try_for_each(|finding| self.finding(finding, out))?;
            }
            _ => {}
        }
        write_line(&document(event), out)
    }
}

impl Ndjson {
    fn finding(&mut self, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
        if !self.found.insert(finding.identity.clone()) {
            return Ok(());
        }
        write_line(&json!({ "event": "finding-found", "finding": finding }), out)
    }
}

fn document(event: &Event) -> Value {
    match event {
        Event::RunStarted(run) => json!({
            "event": "run-started",
            "run": run.facts,
            "endpoint": run.endpoint,
            "seed": run.seed,
            "cases": run.cases,
            "operations": run.operations.iter().map(|it| it.operation.to_string()).collect::<Vec<_>>(),
        }),
        Event::OperationProbed(probe) => {
            let (coverage, reason) = match &probe.coverage {
                Coverage::Implemented => ("exercised", None),
                Coverage::NotImplemented(how) => ("not-implemented", Some(how)),
                Coverage::Unknown(why) => ("unknown", Some(why)),
            };
            json!({
                "event": "operation-probed",
                "operation": probe.operation.to_string(),
                "coverage": coverage,
                "reason": reason,
            })
        }
        Event::CaseJudged(judged) => {
            let (verdict, reason, findings) = match &judged.verdict {
                Verdict::Pass => ("pass", None, &[][..]),
                Verdict::Fail(findings) => ("fail", None, findings.as_slice()),
                Verdict::Indeterminate(reason) => ("indeterminate", Some(reason), &[][..]),
                Verdict::Skipped(reason) => ("skipped", Some(reason), &[][..]),
                Verdict::NotSent(reason) => ("not-sent", Some(reason), &[][..]),
            };
            json!({
                "event": "case-judged",
                "case": judged.case.to_string(),
                "verdict": verdict,
                "reason": reason,
                "findings": findings.iter().map(|it| it.identity.to_string()).collect::<Vec<_>>(),
            })
        }
        Event::FindingFound(finding) => json!({ "event": "finding-found", "finding": finding.identity.to_string() }),
        Event::ErrorPair(pair) => {
            let (state, reason) = match &pair.state {
                PairState::Seen => ("seen", None),
                PairState::NotSeen => ("not-seen", None),
                PairState::NotProvocable(reason) => ("not-provocable", Some(reason)),
            };
            json!({
                "event": "error-pair",
                "operation": pair.pair.operation.to_string(),
                "error": pair.pair.error,
                "state": state,
                "reason": reason,
            })
        }
        Event::Note(note) => json!({ "event": "note", "note": note }),
        Event::RunEnded(report) => ended(report),
    }
}

/// Returns the end of a run: its status, its numbers and its causes. The findings came before.
fn ended(report: &Report) -> Value {
    json!({
        "event": "run-ended",
        "status": report.status.name(),
        "status_reason": report.status.reason(),
        "duration_s": report.duration_s,
        "summary": report.summary,
        "causes": report.causes,
        "not_implemented": report.not_implemented,
    })
}
