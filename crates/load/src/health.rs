//! The health of the generator: CPU time of its threads and memory of the process.

use std::time::{Duration, Instant};

/// The CPU time of the current thread since a moment.
pub(crate) struct ThreadTime {
    wall: Instant,
    computed: Option<Duration>,
}

impl ThreadTime {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), computed: thread_time() }
    }

    /// The CPU time since then; `None` where the system does not report it.
    pub(crate) fn computed(&self) -> Option<Duration> {
        thread_time()?.checked_sub(self.computed?)
    }

    /// The share of the time the thread was busy, 0 to 1; `None` where the system does not report it.
    pub(crate) fn busy(&self) -> Option<f64> {
        let computed = self.computed()?;
        let wall = self.wall.elapsed().as_secs_f64();
        (wall > 0.0).then(|| (computed.as_secs_f64() / wall).min(1.0))
    }
}

#[cfg(unix)]
fn thread_time() -> Option<Duration> {
    spent(rustix::time::ClockId::ThreadCPUTime)
}

#[cfg(not(unix))]
fn thread_time() -> Option<Duration> {
    None
}

/// The CPU time of the process.
#[cfg(unix)]
pub(crate) fn process_time() -> Option<Duration> {
    spent(rustix::time::ClockId::ProcessCPUTime)
}

#[cfg(not(unix))]
pub(crate) fn process_time() -> Option<Duration> {
    None
}

#[cfg(unix)]
fn spent(clock: rustix::time::ClockId) -> Option<Duration> {
    let time = rustix::time::clock_gettime(clock);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

/// The resident memory of the process in bytes; `None` where the system does not report it.
pub(crate) fn resident_memory() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * page_size())
}

#[cfg(unix)]
fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

#[cfg(not(unix))]
fn page_size() -> u64 {
    4096
}
