//! Why a run proves nothing: nothing was measured, or the generator was too slow, and then when and in which stage.

use std::fmt;
use std::time::Duration;

use crate::class::AnswerClass;
use crate::driver_stats::RunStats;
use crate::duration::format_duration;
use crate::metrics::RunMetrics;
use crate::pacer::ArrivalSchedule;
use crate::plan::LoadPlan;
use crate::profile::LoadModel;
use crate::time_series::TimePoint;

/// The share of its time from which on a generator thread counts as saturated.
const SATURATED: f64 = 0.95;

/// The reason why a run is inconclusive.
#[derive(Debug, Clone, PartialEq)]
pub enum InconclusiveReason {
    /// No request was sent.
    NoRequest,
    /// No request got a response.
    NoResponse,
    /// The generator started too many requests late.
    Late {
        /// Late requests as a share of those due.
        share: f64,
        /// The longest delay.
        longest: Duration,
        /// The interval with the most late requests.
        worst: Option<LateInterval>,
    },
    /// A generator thread was saturated.
    Busy {
        /// The share of the time that it was busy, 0 to 1.
        share: f64,
    },
}

/// The interval of a run in which the generator started the most requests late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LateInterval {
    /// The start of the interval, in seconds from the start of the load.
    pub start_s: f64,
    /// The end of the interval.
    pub end_s: f64,
    /// The late requests in it.
    pub late: u64,
    /// The late requests of the run.
    pub of: u64,
    /// The stage of the schedule, from 1.
    pub stage: usize,
    /// The number of stages.
    pub stages: usize,
    /// The scheduled rate in the middle of the interval, in requests per second.
    pub rate: f64,
}

impl InconclusiveReason {
    /// Returns the reason why a run proves nothing, if there is one.
    pub(crate) fn of(plan: &LoadPlan, metrics: &RunMetrics, stats: &RunStats) -> Option<Self> {
        if metrics.total.requests() == 0 {
            return Some(Self::NoRequest);
        }
        if metrics.total.of(AnswerClass::Transport) == metrics.total.requests() {
            return Some(Self::NoResponse);
        }
        // A closed loop always saturates; every report names its model instead.
        let LoadModel::Open { schedule, .. } = &plan.load else { return None };
        if !metrics.open {
            return None;
        }
        let share = metrics.late_rate();
        if share > plan.max_late {
            let worst = LateInterval::worst(&stats.series, schedule);
            return Some(Self::Late { share, longest: stats.max_delay, worst });
        }
        stats.busy.filter(|busy| *busy > SATURATED).map(|share| Self::Busy { share })
    }

    /// Returns whether the generator was too slow. The endpoint may be healthy then, and another run may be conclusive.
    #[must_use]
    pub fn is_of_generator(&self) -> bool {
        matches!(self, Self::Late { .. } | Self::Busy { .. })
    }
}

impl fmt::Display for InconclusiveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRequest => f.write_str("no request was sent"),
            Self::NoResponse => f.write_str("no request got a response"),
            Self::Late { share, longest, worst } => {
                let longest = format_duration(u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX));
                write!(f, "the generator started {:.1} % of its requests late, by up to {longest}", share * 100.0)?;
                if let Some(worst) = worst {
                    write!(f, ", {worst}")?;
                }
                f.write_str("; it needs more cores or a lower rate")
            }
            Self::Busy { share } => write!(f, "a generator thread was busy {:.0} % of the time", share * 100.0),
        }
    }
}

impl LateInterval {
    /// Returns the interval with the most late requests; none if there are none.
    pub(crate) fn worst(series: &[TimePoint], schedule: &ArrivalSchedule) -> Option<Self> {
        let point = series.iter().rev().max_by_key(|point| point.late).filter(|point| point.late > 0)?;
        let middle = Duration::from_secs_f64(point.start_s + point.length_s / 2.0);
        let (stage, rate) = schedule.stage_at(middle);
        Some(Self {
            start_s: point.start_s,
            end_s: point.start_s + point.length_s,
            late: point.late,
            of: series.iter().map(|point| point.late).sum(),
            stage: stage + 1,
            stages: schedule.stages(),
            rate,
        })
    }
}

impl fmt::Display for LateInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start_s, end_s, late, of, stage, stages, rate } = self;
        write!(
            f,
            "{late} of {of} late requests from {start_s:.0} s to {end_s:.0} s, in stage {stage} of {stages} at {rate:.0}/s"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacer::RateStage;
    use crate::recorder::Tally;
    use crate::time_series::{RunningCounts, TimeSeries};

    #[test]
    fn lateness_is_blamed_on_the_second_and_the_stage_where_it_happened() {
        let schedule = ArrivalSchedule::new(vec![
            RateStage::constant(100.0, Duration::from_secs(2)),
            RateStage { duration: Duration::from_secs(2), from: 100.0, to: 500.0 },
        ])
        .unwrap();
        let mut series = TimeSeries::default();
        for late in [1, 1, 31, 36] {
            let counts = RunningCounts { late, ..RunningCounts::default() };
            series.add(&Tally::default(), series.end(), Duration::from_secs(1), counts);
        }
        let worst = LateInterval::worst(&series.into_points(), &schedule).unwrap();
        assert_eq!(worst.to_string(), "30 of 36 late requests from 2 s to 3 s, in stage 2 of 2 at 200/s");
        let reason = InconclusiveReason::Late { share: 0.036, longest: Duration::from_millis(40), worst: Some(worst) };
        assert!(reason.is_of_generator() && reason.to_string().contains("late, by up to 40.0ms, 30 of 36"), "{reason}");
    }

    #[test]
    fn a_run_without_late_requests_has_no_worst_interval() {
        let schedule = ArrivalSchedule::new(vec![RateStage::constant(1.0, Duration::from_secs(2))]).unwrap();
        assert_eq!(LateInterval::worst(&[], &schedule), None);
    }
}
