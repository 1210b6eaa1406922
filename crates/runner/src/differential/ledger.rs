//! The report of a differential run: events of its own, whatever the runs of its two sides have to tell.

use std::time::Instant;

use ivs_judge::{CaseJudged, Coverage, Event, Probe, Report, Totals, Verdict};
use ivs_model::CaseId;

use crate::event_log::{EventLog, EventObserver};
use crate::plan::OperationPlan;
use crate::run_context::RunContext;

/// Takes the events of a differential run, and hands them on.
pub(super) struct Ledger {
    events: EventLog,
    started: Instant,
}

impl Ledger {
    pub(super) fn new(observer: EventObserver) -> Self {
        Self { events: EventLog::new(observer), started: Instant::now() }
    }

    pub(super) fn emit(&self, event: Event) {
        self.events.emit(event);
    }

    /// Tells whether the target has an operation.
    pub(super) fn probed(&self, planned: &OperationPlan, coverage: Coverage) {
        self.emit(Event::OperationProbed(Probe { operation: planned.operation.id, coverage }));
    }

    /// Takes the verdict of one case.
    pub(super) fn conclude(&self, case: CaseId, tried: (&'static str, String), verdict: Verdict) {
        self.emit(Event::CaseJudged(CaseJudged { case, tried: vec![tried], sites: Vec::new(), verdict }));
    }

    /// Builds the report; the exchanges are those of both sides.
    pub(super) fn finish(self, sides: [&RunContext; 2], unusable: Option<String>) -> Report {
        let [target, against] = sides.map(|side| side.totals(None));
        let writes_skipped = target.writes_skipped;
        self.events.finish(&Totals {
            duration: self.started.elapsed(),
            exchanges: target.exchanges + against.exchanges,
            retries: target.retries + against.retries,
            unusable,
            cut: target.cut.or(against.cut),
            has_succeeded: target.has_succeeded && against.has_succeeded,
            writes_skipped,
            left_behind: target.left_behind.into_iter().chain(against.left_behind).collect(),
            clean_command: target.clean_command,
        })
    }
}
