//! A timer with a precision of tens of microseconds; tokio's own timer counts whole milliseconds.

use std::time::Instant;

/// A reusable timer.
pub(crate) struct Alarm {
    #[cfg(target_os = "linux")]
    timer: Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>>,
}

/// Shorter waits poll other tasks instead: setting a timer would take as long.
const SHORTEST: std::time::Duration = std::time::Duration::from_micros(30);

impl Alarm {
    /// Creates a timer on the current runtime. Without timerfd it falls back to tokio's timer.
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            timer: timerfd(),
        }
    }

    /// Waits until the moment. Yields once if it is close or past, so that other tasks make progress.
    pub(crate) async fn wait_until(&self, moment: Instant) {
        let wait = moment.saturating_duration_since(Instant::now());
        if wait < SHORTEST {
            tokio::task::yield_now().await;
            return;
        }
        #[cfg(target_os = "linux")]
        if let Some(timer) = &self.timer
            && set(timer, wait).is_ok()
        {
            if let Ok(mut ready) = timer.readable().await {
                let mut expirations = [0; 8];
                // An error means that the timer has not expired. The caller checks the clock anyway.
                let _ = rustix::io::read(timer.get_ref(), &mut expirations);
                ready.clear_ready();
            }
            return;
        }
        tokio::time::sleep_until(moment.into()).await;
    }
}

#[cfg(target_os = "linux")]
#[allow(
    deprecated,
    reason = "it is unsound only for types that violate I/O safety, unlike OwnedFd; its replacement is unsafe"
)]
fn timerfd() -> Option<tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>> {
    use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    let timer = timerfd_create(TimerfdClockId::Monotonic, flags).ok()?;
    tokio::io::unix::AsyncFd::with_interest(timer, tokio::io::Interest::READABLE).ok()
}

#[cfg(target_os = "linux")]
fn set(
    timer: &tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>,
    wait: std::time::Duration,
) -> rustix::io::Result<rustix::time::Itimerspec> {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
    let value =
        Timespec { tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX), tv_nsec: wait.subsec_nanos().into() };
    timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &Itimerspec { it_interval: never, it_value: value })
}
