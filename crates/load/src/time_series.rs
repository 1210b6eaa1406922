//! The load over time: one point for each interval, about a second long.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::class::AnswerClass;
use crate::recorder::Tally;

/// The counters of the whole run at one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunningCounts {
    pub(crate) users: u64,
    pub(crate) due: u64,
    pub(crate) held_back: u64,
    pub(crate) dropped: u64,
    pub(crate) late: u64,
}

/// One interval of a run. Times of responses are in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimePoint {
    /// The start of the interval in seconds from the start of the load.
    pub start_s: f64,
    /// Its length in seconds.
    pub length_s: f64,
    /// Responses that came in it, per second.
    pub rps: f64,
    /// The same by class.
    pub classes: BTreeMap<&'static str, u64>,
    /// Active users at its end.
    pub users: u64,
    /// Requests that were due in it (open loop).
    pub due: u64,
    /// Arrivals in it that a rate limit took out of the schedule (open loop).
    pub held_back: u64,
    /// Arrivals in it for which no user was free (open loop).
    pub dropped: u64,
    /// Requests in it that the generator started late (open loop).
    pub late: u64,
    /// Service time; none without responses.
    pub service: Option<PointTimes>,
    /// Time from the intended start; none in a closed loop.
    pub intended: Option<PointTimes>,
}

/// The times of one interval in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PointTimes {
    /// The median.
    pub p50: u64,
    /// The 95th percentile.
    pub p95: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

impl PointTimes {
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| histogram.value_at_quantile(quantile);
        (!histogram.is_empty()).then(|| Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: histogram.max() })
    }
}

/// Collects the points of a run.
#[derive(Debug, Default)]
pub(crate) struct TimeSeries {
    points: Vec<TimePoint>,
    last: RunningCounts,
}

impl TimeSeries {
    /// Adds the interval from `start`; `counts` are those of the run so far.
    pub(crate) fn add(&mut self, tally: &Tally, start: Duration, length: Duration, counts: RunningCounts) {
        self.points.push(TimePoint {
            start_s: milliseconds(start),
            length_s: milliseconds(length),
            rps: tally.requests() as f64 / length.as_secs_f64().max(f64::MIN_POSITIVE),
            classes: AnswerClass::ALL.into_iter().map(|class| (class.name(), tally.of(class))).collect(),
            users: counts.users,
            due: counts.due.saturating_sub(self.last.due),
            held_back: counts.held_back.saturating_sub(self.last.held_back),
            dropped: counts.dropped.saturating_sub(self.last.dropped),
            late: counts.late.saturating_sub(self.last.late),
            service: PointTimes::of(&tally.service),
            intended: PointTimes::of(&tally.intended),
        });
        self.last = counts;
    }

    /// The end of the last interval.
    #[cfg(any(test, feature = "locust"))]
    pub(crate) fn end(&self) -> Duration {
        self.points.last().map_or(Duration::ZERO, |point| Duration::from_secs_f64(point.start_s + point.length_s))
    }

    pub(crate) fn into_points(self) -> Vec<TimePoint> {
        self.points
    }
}

/// Seconds, exact to a millisecond.
fn milliseconds(duration: Duration) -> f64 {
    duration.as_millis() as f64 / 1000.0
}

/// The quantiles of a histogram for a plot: pairs of the quantile (0 to 1) and the time in nanoseconds. The closer to 1,
/// the more there are.
pub(crate) fn distribution(histogram: &Histogram<u64>) -> Vec<(f64, u64)> {
    let steps = histogram.iter_quantiles(5).map(|step| (step.quantile_iterated_to(), step.value_iterated_to()));
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(millis: &[u64]) -> Tally {
        let intended = |millis: &u64| Some(Duration::from_millis(*millis));
        Tally::of_times(millis.iter().map(|millis| (Duration::from_millis(1), intended(millis))))
    }

    #[test]
    fn a_stall_shows_in_its_own_second_and_in_the_intended_series() {
        let mut series = TimeSeries::default();
        let second = Duration::from_secs(1);
        for (number, millis) in [[1, 1], [1, 1000], [1, 1]].iter().enumerate() {
            series.add(&tally(millis), second * number as u32, second, RunningCounts::default());
        }
        let points = series.into_points();
        let slow = |times: Option<PointTimes>| times.is_some_and(|times| times.max > 900_000_000);
        assert_eq!(points.iter().map(|it| slow(it.intended)).collect::<Vec<_>>(), [false, true, false]);
        assert!(points.iter().all(|it| !slow(it.service)));
    }

    #[test]
    fn counts_are_those_of_the_interval() {
        let mut series = TimeSeries::default();
        for (dropped, late) in [(2, 0), (2, 5), (7, 5)] {
            let counts = RunningCounts { users: 3, dropped, late, ..RunningCounts::default() };
            series.add(&tally(&[]), series.end(), Duration::from_millis(1500), counts);
        }
        let points = series.into_points();
        assert_eq!(points.iter().map(|it| (it.dropped, it.late)).collect::<Vec<_>>(), [(2, 0), (0, 5), (5, 0)]);
        assert_eq!(points[2].start_s, 3.0);
        assert_eq!(points[0].service, None);
    }

    #[test]
    fn a_distribution_rises_and_ends_at_the_longest_time() {
        let points = distribution(&tally(&(1..=2000).collect::<Vec<_>>()).intended);
        assert!(points.len() < 200 && points.windows(2).all(|pair| pair[0] <= pair[1]), "{points:?}");
        assert!(points.last().is_some_and(|(quantile, time)| *quantile == 1.0 && *time >= 2_000_000_000));
    }
}
