//! The progress of a run, for display.

use std::time::Duration;

/// A snapshot of a running load, taken about once a second.
#[derive(Debug, Clone)]
pub struct LoadProgress {
    /// The time since the load began.
    pub elapsed: Duration,
    /// The planned duration of the load.
    pub planned: Duration,
    /// Requests so far.
    pub requests: u64,
    /// Failures so far.
    pub failures: u64,
    /// Throttled requests so far.
    pub throttled: u64,
    /// Requests per second in the last interval.
    pub rps: f64,
    /// The median of the last interval, in nanoseconds; from the intended start in an open loop.
    pub p50: u64,
    /// The 99th percentile of the last interval.
    pub p99: u64,
    /// Active users.
    pub users: u64,
    /// Arrivals dropped so far (open loop).
    pub dropped: u64,
    /// Requests started late so far (open loop).
    pub late: u64,
}
