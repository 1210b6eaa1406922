//! The counts that drivers keep about themselves: live, per worker, and for the whole run.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::time_series::TimePoint;

/// Counters of one worker that the progress display reads while the worker runs.
#[derive(Debug, Default)]
pub(crate) struct LiveCounters {
    pub(crate) due: AtomicU64,
    /// Arrivals that a rate limit took out of the schedule.
    pub(crate) held_back: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) users: AtomicU64,
}

/// The totals of one worker.
#[derive(Debug, Default)]
pub(crate) struct WorkerStats {
    /// The longest time an arrival waited for the generator.
    pub(crate) max_delay: Duration,
    /// The time from the start to the last arrival: longer than the schedule if the generator fell behind.
    pub(crate) lasted: Duration,
    /// The share of the time the thread was busy, 0 to 1; `None` where the system does not report it.
    pub(crate) busy: Option<f64>,
    /// Resources that could not be deleted.
    pub(crate) left_behind: Vec<String>,
}

/// The totals of a run, for every driver.
#[derive(Debug, Default)]
pub(crate) struct RunStats {
    /// The time from the start to the last response.
    pub(crate) elapsed: Duration,
    /// The time in which requests were started.
    pub(crate) dispatched: Duration,
    pub(crate) due: u64,
    pub(crate) held_back: u64,
    pub(crate) dropped: u64,
    pub(crate) late: u64,
    pub(crate) max_delay: Duration,
    pub(crate) busy: Option<f64>,
    pub(crate) process_cores: Option<f64>,
    pub(crate) memory: Option<u64>,
    pub(crate) left_behind: Vec<String>,
    pub(crate) stopped_by: Option<&'static str>,
    pub(crate) series: Vec<TimePoint>,
}
