//! What a differential run reports: events of its own, whatever the sessions of its two sides have to tell.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use ivs_judge::{CaseJudged, Coverage, Event, Probe, Recorder, Report, Totals, Verdict};
use ivs_model::CaseId;

use crate::EventSink;
use crate::plan::Planned;
use crate::session::Session;

/// Takes the events of a run, and hands them on.
pub(super) struct Ledger {
    recorder: Mutex<Recorder>,
    sink: EventSink,
    started: Instant,
}

impl Ledger {
    pub(super) fn new(sink: EventSink) -> Self {
        Self { recorder: Mutex::new(Recorder::new()), sink, started: Instant::now() }
    }

    pub(super) fn emit(&self, event: Event) {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner).record(&event);
        (self.sink)(&event);
    }

    /// Whether the target has an operation.
    pub(super) fn probed(&self, planned: &Planned, coverage: Coverage) {
        self.emit(Event::OperationProbed(Probe { operation: planned.operation.id, coverage }));
    }

    /// The verdict of one case.
    pub(super) fn judged(&self, case: CaseId, tried: (&'static str, String), verdict: Verdict) {
        self.emit(Event::CaseJudged(CaseJudged { case, tried: vec![tried], sites: Vec::new(), verdict }));
    }

    /// The report of all that was noted; the exchanges are those of both sides.
    pub(super) fn finish(self, sessions: [&Session; 2], unusable: Option<String>) -> Report {
        let sum = |count: fn(&Session) -> u64| sessions.into_iter().map(count).sum();
        let totals = Totals {
            duration: self.started.elapsed(),
            exchanges: sum(Session::exchanges),
            retries: sum(Session::retries),
            unusable,
        };
        let report = self.recorder.lock().unwrap_or_else(PoisonError::into_inner).finish(&totals);
        (self.sink)(&Event::RunEnded(Box::new(report.clone())));
        report
    }
}
