//! The events of a run: recorded for the report, and handed to the observer as they happen.

use std::sync::{Arc, Mutex, PoisonError};

use ivs_judge::{Event, Recorder, Report, Totals};

/// Receives the events of a run: renderers, progress bars, tests.
pub type EventObserver = Arc<dyn Fn(&Event) + Send + Sync>;

/// Records events and hands them on.
pub(crate) struct EventLog {
    recorder: Mutex<Recorder>,
    observer: EventObserver,
}

impl EventLog {
    /// An empty log.
    pub(crate) fn new(observer: EventObserver) -> Self {
        Self { recorder: Mutex::new(Recorder::new()), observer }
    }

    /// Records an event and hands it to the observer.
    pub(crate) fn emit(&self, event: Event) {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner).record(&event);
        (self.observer)(&event);
    }

    /// Builds the report of all recorded events and announces it as the last event.
    pub(crate) fn finish(&self, totals: &Totals) -> Report {
        let report = self.recorder.lock().unwrap_or_else(PoisonError::into_inner).finish(totals);
        self.emit(Event::RunEnded(Box::new(report.clone())));
        report
    }
}
