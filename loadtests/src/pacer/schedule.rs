//! When requests are due: the inverse of the stages' cumulated rate, so that nothing drifts.

use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

/// A stretch of time in which the rate moves evenly from the last stage's end to `rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// How long it lasts.
    pub duration: Duration,
    /// The rate at its beginning, in requests per second.
    pub from: f64,
    /// The rate at its end.
    pub to: f64,
}

impl Stage {
    /// A stage at one rate.
    #[must_use]
    pub fn constant(rate: f64, duration: Duration) -> Self {
        Self { duration, from: rate, to: rate }
    }

    /// The requests due in its first `seconds`.
    fn due(&self, seconds: f64) -> f64 {
        let length = self.duration.as_secs_f64();
        let slope = (self.to - self.from) / length;
        self.from * seconds + slope * seconds * seconds / 2.0
    }

    /// All requests due in it.
    fn total(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.duration.as_secs_f64()
    }

    /// The second at which `count` requests are due; `count` is no more than its total.
    fn second_of(&self, count: f64) -> f64 {
        let length = self.duration.as_secs_f64();
        let slope = (self.to - self.from) / length;
        // The stable root of slope/2 t^2 + from t = count: it holds for a slope of zero as well.
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        let second = if root + self.from > 0.0 { 2.0 * count / (self.from + root) } else { length };
        second.clamp(0.0, length)
    }
}

/// How arrivals lie about the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Evenly spaced.
    #[default]
    Constant,
    /// A Poisson process: as independent users would come.
    Poisson,
}

/// Why stages make no schedule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// There are none.
    #[error("an open model needs at least one stage with a rate and a duration")]
    Empty,
    /// A rate that is none.
    #[error("stage {stage}: {rate} is no rate in requests per second")]
    Rate {
        /// The stage, from 1.
        stage: usize,
        /// The rate given.
        rate: f64,
    },
    /// A stage without length.
    #[error("stage {stage} has no duration")]
    Duration {
        /// The stage, from 1.
        stage: usize,
    },
    /// No request would ever be due.
    #[error("the stages ask for less than one request in all")]
    Nothing,
}

/// The stages of a run, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    stages: Vec<Stage>,
}

impl Schedule {
    /// A schedule of these stages.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] if they make none.
    pub fn new(stages: Vec<Stage>) -> Result<Self, ScheduleError> {
        if stages.is_empty() {
            return Err(ScheduleError::Empty);
        }
        for (index, stage) in stages.iter().enumerate() {
            for rate in [stage.from, stage.to] {
                if !rate.is_finite() || !(0.0..=10_000_000.0).contains(&rate) {
                    return Err(ScheduleError::Rate { stage: index + 1, rate });
                }
            }
            if stage.duration.is_zero() {
                return Err(ScheduleError::Duration { stage: index + 1 });
            }
        }
        let schedule = Self { stages };
        if schedule.total() < 1.0 { Err(ScheduleError::Nothing) } else { Ok(schedule) }
    }

    /// The same course of rates over another length of time: every stage is stretched alike.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] if nothing would be left.
    pub fn lasting(&self, duration: Duration) -> Result<Self, ScheduleError> {
        let factor = duration.as_secs_f64() / self.duration().as_secs_f64();
        let stretched = |stage: &Stage| Stage { duration: stage.duration.mul_f64(factor), ..*stage };
        Self::new(self.stages.iter().map(stretched).collect())
    }

    /// All requests due.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.stages.iter().map(Stage::total).sum()
    }

    /// How long it lasts.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(|stage| stage.duration).sum()
    }

    /// The highest rate, in requests per second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.stages.iter().map(|stage| stage.from.max(stage.to)).fold(0.0, f64::max)
    }

    /// The requests due until a moment.
    #[must_use]
    pub fn due_at(&self, moment: Duration) -> f64 {
        let mut before = Duration::ZERO;
        let mut due = 0.0;
        for stage in &self.stages {
            let within = moment.saturating_sub(before).min(stage.duration);
            due += stage.due(within.as_secs_f64());
            before += stage.duration;
        }
        due
    }

    /// The moment at which `count` requests are due, from the start of the run; `None` beyond the end.
    #[must_use]
    pub fn moment_of(&self, count: f64) -> Option<Duration> {
        let mut rest = count;
        let mut before = Duration::ZERO;
        for stage in &self.stages {
            let total = stage.total();
            if rest < total {
                return Some(before + Duration::from_secs_f64(stage.second_of(rest)));
            }
            rest -= total;
            before += stage.duration;
        }
        None
    }

    /// The arrivals of one of `lanes` generator threads.
    #[must_use]
    pub fn lane<R: Rng>(&self, arrivals: Arrivals, lane: usize, lanes: usize, random: R) -> Lane<'_, R> {
        let start = match arrivals {
            Arrivals::Constant => lane as f64,
            Arrivals::Poisson => 0.0,
        };
        let mut lane = Lane { schedule: self, arrivals, count: start, lanes: lanes as f64, random };
        if arrivals == Arrivals::Poisson {
            lane.advance();
        }
        lane
    }
}

/// The arrivals of one generator thread: an iterator over moments from the start of the run.
#[derive(Debug)]
pub struct Lane<'a, R> {
    schedule: &'a Schedule,
    arrivals: Arrivals,
    count: f64,
    lanes: f64,
    random: R,
}

impl<R: Rng> Lane<'_, R> {
    fn advance(&mut self) {
        self.count += match self.arrivals {
            Arrivals::Constant => self.lanes,
            // A Poisson process of rate 1 on the axis of cumulated requests, thinned to one lane in so many. The draw
            // is from the open interval, whose logarithm is finite.
            Arrivals::Poisson => {
                let uniform: f64 = self.random.random_range(f64::MIN_POSITIVE..1.0);
                -uniform.ln() * self.lanes
            }
        };
    }
}

impl<R: Rng> Iterator for Lane<'_, R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let moment = self.schedule.moment_of(self.count)?;
        self.advance();
        Some(moment)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    use super::*;

    fn seconds(value: f64) -> Duration {
        Duration::from_secs_f64(value)
    }

    fn arrivals(schedule: &Schedule, kind: Arrivals, lanes: usize) -> Vec<Duration> {
        let mut all: Vec<Duration> = (0..lanes)
            .flat_map(|lane| schedule.lane(kind, lane, lanes, SmallRng::seed_from_u64(lane as u64)).collect::<Vec<_>>())
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_stretched_schedule_keeps_its_rates() {
        let stages =
            vec![Stage { duration: seconds(2.0), from: 50.0, to: 200.0 }, Stage::constant(200.0, seconds(6.0))];
        let short = Schedule::new(stages).unwrap().lasting(seconds(4.0)).unwrap();
        assert_eq!((short.duration(), short.peak(), short.total()), (seconds(4.0), 200.0, 725.0));
        assert!(short.lasting(Duration::ZERO).is_err());
    }

    #[test]
    fn constant_arrivals_never_drift() {
        let schedule = Schedule::new(vec![Stage::constant(3.0, seconds(1000.0))]).unwrap();
        let moments = arrivals(&schedule, Arrivals::Constant, 1);
        assert_eq!(moments.len(), 3000);
        for (index, moment) in moments.iter().enumerate() {
            assert!((moment.as_secs_f64() - index as f64 / 3.0).abs() < 1e-6, "{index}: {moment:?}");
        }
    }

    #[test]
    fn lanes_together_are_the_whole_schedule() {
        let schedule = Schedule::new(vec![Stage { duration: seconds(2.0), from: 0.0, to: 500.0 }]).unwrap();
        assert_eq!(arrivals(&schedule, Arrivals::Constant, 3), arrivals(&schedule, Arrivals::Constant, 1));
    }

    #[test]
    fn a_poisson_run_has_about_the_asked_number_and_uneven_gaps() {
        let schedule = Schedule::new(vec![Stage::constant(1000.0, seconds(20.0))]).unwrap();
        let moments = arrivals(&schedule, Arrivals::Poisson, 2);
        // Five standard deviations of a Poisson count of 20,000.
        assert!((moments.len() as f64 - 20_000.0).abs() < 5.0 * 20_000_f64.sqrt(), "{}", moments.len());
        let gaps: Vec<f64> = moments.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // The gaps of a Poisson process have a standard deviation equal to their mean.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_stage_may_rest() {
        let stages = vec![
            Stage::constant(10.0, seconds(1.0)),
            Stage::constant(0.0, seconds(5.0)),
            Stage::constant(10.0, seconds(1.0)),
        ];
        let moments = arrivals(&Schedule::new(stages).unwrap(), Arrivals::Constant, 1);
        assert_eq!(moments.len(), 20);
        assert!(moments[9] < seconds(1.0) && moments[10] >= seconds(6.0), "{moments:?}");
    }

    #[test]
    fn stages_that_ask_for_nothing_are_refused() {
        let refused = |stages: Vec<Stage>| Schedule::new(stages).unwrap_err();
        assert_eq!(refused(vec![]), ScheduleError::Empty);
        assert_eq!(refused(vec![Stage::constant(0.0, seconds(1.0))]), ScheduleError::Nothing);
        assert_eq!(refused(vec![Stage::constant(1.0, Duration::ZERO)]), ScheduleError::Duration { stage: 1 });
        assert!(matches!(refused(vec![Stage::constant(f64::NAN, seconds(1.0))]), ScheduleError::Rate { stage: 1, .. }));
        assert!(matches!(refused(vec![Stage::constant(-1.0, seconds(1.0))]), ScheduleError::Rate { stage: 1, .. }));
    }

    proptest! {
        #[test]
        fn moments_are_the_inverse_of_the_cumulated_rate(
            rates in proptest::collection::vec((0.0_f64..2000.0, 0.0_f64..2000.0, 0.5_f64..20.0), 1..4),
            part in 0.0_f64..0.999,
        ) {
            let stages = rates.into_iter().map(|(from, to, length)| Stage { duration: seconds(length), from, to }).collect();
            let schedule = Schedule::new(stages);
            prop_assume!(schedule.is_ok());
            let schedule = schedule.unwrap();
            let count = schedule.total() * part;
            let moment = schedule.moment_of(count).unwrap();
            prop_assert!((schedule.due_at(moment) - count).abs() < 0.01, "{} {count}", schedule.due_at(moment));
        }
    }
}
