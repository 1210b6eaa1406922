//! The progress of a run as lines of text, for a log.

use std::collections::BTreeSet;
use std::io::{self, Write};

use ivs_model::FindingId;

use super::{Renderer, counted};
use crate::printable::plain;
use crate::{Coverage, Event, RunStatus, Verdict};

/// The number of progress lines per run.
const STEPS: u64 = 10;

/// Writes a line at the start, after each tenth of the cases, for each note, and at the end.
#[derive(Debug, Default)]
pub struct Progress {
    planned: u64,
    done: u64,
    absent: u64,
    found: BTreeSet<FindingId>,
}

impl Renderer for Progress {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunStarted(run) => {
                self.planned = run.cases;
                let operations = counted(run.operations.len() as u64, "operation");
                let cases = counted(run.cases, "case");
                writeln!(out, "{}: {operations}, {cases}, seed {}", run.endpoint, run.seed)
            }
            Event::OperationProbed(probe) => {
                self.absent += u64::from(matches!(probe.coverage, Coverage::NotImplemented(_)));
                Ok(())
            }
            Event::CaseJudged(judged) => {
                if let Verdict::Fail(findings) = &judged.verdict {
                    self.found.extend(findings.iter().map(|finding| finding.identity.clone()));
                }
                self.done += 1;
                let share = |done: u64| (done * STEPS).checked_div(self.planned).unwrap_or_default();
                if share(self.done) == share(self.done - 1) {
                    return Ok(());
                }
                let findings = counted(self.found.len() as u64, "finding");
                write!(out, "{} of {}, {findings}", self.done, counted(self.planned, "case"))?;
                if self.absent > 0 {
                    write!(out, ", {} not implemented", counted(self.absent, "operation"))?;
                }
                writeln!(out)
            }
            Event::FindingFound(finding) => {
                self.found.insert(finding.identity.clone());
                Ok(())
            }
            Event::Note(note) => writeln!(out, "note: {}", plain(note)),
            Event::RunEnded(report) => {
                let end = match &report.status {
                    RunStatus::Complete => "done in".to_owned(),
                    status @ (RunStatus::Partial { .. } | RunStatus::Unusable { .. }) => {
                        format!("{} after", status.name())
                    }
                };
                let findings = counted(report.summary.findings.total(), "finding");
                let causes = counted(report.summary.causes, "cause");
                writeln!(out, "{end} {:.1} s: {findings}, {causes}", report.duration_s)
            }
            Event::ErrorPair(_) => Ok(()),
        }
    }
}
