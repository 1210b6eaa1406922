//! The clock of an emulator: a base that tests can fix, and an offset that only grows.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The clock of an emulator. Clones share one offset.
///
/// It has two readings. Signatures are verified with the base time, since a client signs with its own clock. Resources
/// see the base time plus all advances.
#[derive(Clone)]
pub struct EmulatorClock {
    base: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
    offset: Arc<AtomicI64>,
}

impl EmulatorClock {
    /// Returns a clock with the system's time.
    #[must_use]
    pub fn system() -> Self {
        #[allow(clippy::disallowed_methods, reason = "the only place that reads the system's clock")]
        Self::from_fn(OffsetDateTime::now_utc)
    }

    /// Returns a clock that is fixed until it is advanced.
    #[must_use]
    pub fn fixed(at: OffsetDateTime) -> Self {
        Self::from_fn(move || at)
    }

    /// Returns a clock that reads a function.
    pub fn from_fn(base: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        Self { base: Arc::new(base), offset: Arc::default() }
    }

    /// Advances the time of the resources, to the millisecond. It never goes back.
    pub fn advance(&self, by: Duration) {
        let step = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        // The timestamps of the services end with the year 9999. The limit is far below an overflow.
        let _ = self.offset.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |offset| {
            Some(offset.saturating_add(step).min(MAX_OFFSET))
        });
    }

    /// Reverts all advances.
    pub(crate) fn reset(&self) {
        self.offset.store(0, Ordering::Relaxed);
    }

    /// Returns the base time, which verifies signatures.
    pub(crate) fn wall(&self) -> Timestamp {
        let at = (self.base)();
        Timestamp(at.unix_timestamp() * 1000 + i64::from(at.millisecond()))
    }

    /// Returns the time that resources see: the base plus all advances.
    pub(crate) fn now(&self) -> Timestamp {
        self.read().1
    }

    /// Returns both readings of one moment: the base time, and the time that resources see.
    pub(crate) fn read(&self) -> (Timestamp, Timestamp) {
        let wall = self.wall();
        (wall, Timestamp(wall.0 + self.offset.load(Ordering::Relaxed)))
    }
}

/// The largest advance of a clock: 5,000 years, in milliseconds.
const MAX_OFFSET: i64 = 5_000 * 365 * 24 * 3600 * 1000;

impl fmt::Debug for EmulatorClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clock").field("offset_ms", &self.offset).finish_non_exhaustive()
    }
}

/// A moment, in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// Returns the moment as the services write it: ISO 8601 in UTC with milliseconds and `Z`.
    pub(crate) fn iso(self) -> String {
        let at = self.date_time();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.millisecond()
        )
    }

    /// Returns the moment as HTTP writes it: `Fri, 02 Jan 2026 03:04:05 GMT`.
    pub(crate) fn http_date(self) -> String {
        let since_1970 = Duration::from_millis(u64::try_from(self.0).unwrap_or_default());
        httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since_1970)
    }

    /// Returns the moment in whole seconds since 1970, as in JWT claims.
    pub(crate) fn epoch_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the moment that many seconds later.
    pub(crate) fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1000)
    }

    /// Returns the moment that much later, to the millisecond. It saturates.
    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the moment in the type of the `time` crate. Moments beyond its range become the epoch.
    pub(crate) fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_changes_the_time_of_resources_but_not_of_signatures() {
        let clock = EmulatorClock::fixed(OffsetDateTime::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.wall(), Timestamp(0));
        assert_eq!(clock.now(), Timestamp(90_000));
    }

    #[test]
    fn moments_are_written_in_utc_with_milliseconds() {
        assert_eq!(Timestamp(1_582_934_400_007).iso(), "2020-02-29T00:00:00.007Z");
    }

    #[test]
    fn an_endless_advance_stays_within_the_range_of_timestamps() {
        let clock = EmulatorClock::fixed(OffsetDateTime::UNIX_EPOCH);
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert!(clock.now().iso().ends_with('Z'));
    }

    #[test]
    fn http_dates_have_the_names_of_day_and_month_in_three_letters() {
        assert_eq!(Timestamp(1_767_323_045_678).http_date(), "Fri, 02 Jan 2026 03:04:05 GMT");
    }
}
