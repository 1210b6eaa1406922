//! The start times of requests: the inverse of the stages' cumulated rate, which does not drift.

use std::time::Duration;

use rand::Rng;
use serde::{Deserialize, Serialize};

/// A period in which the rate changes linearly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateStage {
    /// The duration.
    pub duration: Duration,
    /// The rate at the start, in requests per second.
    pub from: f64,
    /// The rate at the end.
    pub to: f64,
}

impl RateStage {
    /// Creates a stage with a constant rate.
    #[must_use]
    pub fn constant(rate: f64, duration: Duration) -> Self {
        Self { duration, from: rate, to: rate }
    }

    /// The number of requests due in the first `seconds`.
    fn due(&self, seconds: f64) -> f64 {
        let length = self.duration.as_secs_f64();
        let slope = (self.to - self.from) / length;
        self.from * seconds + slope * seconds * seconds / 2.0
    }

    /// The number of requests due in the stage.
    fn total(&self) -> f64 {
        (self.from + self.to) / 2.0 * self.duration.as_secs_f64()
    }

    /// The second at which `count` requests are due; `count` is at most the total.
    fn second_of(&self, count: f64) -> f64 {
        let length = self.duration.as_secs_f64();
        let slope = (self.to - self.from) / length;
        // The stable root of slope/2 t^2 + from t = count: it is valid for a slope of zero as well.
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        let second = if root + self.from > 0.0 { 2.0 * count / (self.from + root) } else { length };
        second.clamp(0.0, length)
    }
}

/// The arrival process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrivalProcess {
    /// Evenly spaced.
    #[default]
    Constant,
    /// A Poisson process, like independent users.
    Poisson,
}

/// The reason why stages do not form a schedule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ArrivalScheduleError {
    /// There are no stages.
    #[error("an open loop needs at least one stage with a rate and a duration")]
    Empty,
    /// An invalid rate.
    #[error("stage {stage}: invalid rate {rate}: a rate is a number of requests per second from 0 to 10,000,000")]
    Rate {
        /// The stage, from 1.
        stage: usize,
        /// The invalid rate.
        rate: f64,
    },
    /// A stage without duration.
    #[error("stage {stage} has no duration")]
    Duration {
        /// The stage, from 1.
        stage: usize,
    },
    /// No request is due.
    #[error("the stages add up to less than one request")]
    Nothing,
}

/// The consecutive stages of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivalSchedule {
    stages: Vec<RateStage>,
}

impl ArrivalSchedule {
    /// Creates a schedule.
    ///
    /// # Errors
    ///
    /// [`ArrivalScheduleError`] if the stages do not form one.
    pub fn new(stages: Vec<RateStage>) -> Result<Self, ArrivalScheduleError> {
        if stages.is_empty() {
            return Err(ArrivalScheduleError::Empty);
        }
        for (index, stage) in stages.iter().enumerate() {
            for rate in [stage.from, stage.to] {
                if !rate.is_finite() || !(0.0..=10_000_000.0).contains(&rate) {
                    return Err(ArrivalScheduleError::Rate { stage: index + 1, rate });
                }
            }
            if stage.duration.is_zero() {
                return Err(ArrivalScheduleError::Duration { stage: index + 1 });
            }
        }
        let schedule = Self { stages };
        if schedule.total() < 1.0 { Err(ArrivalScheduleError::Nothing) } else { Ok(schedule) }
    }

    /// Scales the durations of all stages by one factor, so that the rates keep their shape.
    ///
    /// # Errors
    ///
    /// [`ArrivalScheduleError`] if no request would be due.
    pub fn lasting(&self, duration: Duration) -> Result<Self, ArrivalScheduleError> {
        let factor = duration.as_secs_f64() / self.duration().as_secs_f64();
        let stretched = |stage: &RateStage| RateStage { duration: stage.duration.mul_f64(factor), ..*stage };
        Self::new(self.stages.iter().map(stretched).collect())
    }

    /// The number of requests due.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.stages.iter().map(RateStage::total).sum()
    }

    /// The duration.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.stages.iter().map(|stage| stage.duration).sum()
    }

    /// The highest rate, in requests per second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.stages.iter().map(|stage| stage.from.max(stage.to)).fold(0.0, f64::max)
    }

    /// The number of stages.
    #[must_use]
    pub fn stages(&self) -> usize {
        self.stages.len()
    }

    /// The index of the stage at a moment, and the rate in it; beyond the end, those of the end.
    #[must_use]
    pub fn stage_at(&self, moment: Duration) -> (usize, f64) {
        let mut before = Duration::ZERO;
        let mut found = (0, 0.0);
        for (index, stage) in self.stages.iter().enumerate() {
            let share = moment.saturating_sub(before).as_secs_f64() / stage.duration.as_secs_f64();
            found = (index, stage.from + (stage.to - stage.from) * share.min(1.0));
            before += stage.duration;
            if moment < before {
                break;
            }
        }
        found
    }

    /// The number of requests due by a moment.
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

    /// The moment, from the start of the run, at which `count` requests are due; `None` beyond the end.
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

    /// Iterates over the arrivals of one of `workers` generator threads.
    #[must_use]
    pub fn arrivals<R: Rng>(
        &self,
        process: ArrivalProcess,
        worker: usize,
        workers: usize,
        random: R,
    ) -> ArrivalTimes<'_, R> {
        let start = match process {
            ArrivalProcess::Constant => worker as f64,
            ArrivalProcess::Poisson => 0.0,
        };
        let mut times = ArrivalTimes { schedule: self, process, count: start, workers: workers as f64, random };
        if process == ArrivalProcess::Poisson {
            times.advance();
        }
        times
    }
}

/// An iterator over the arrivals of one generator thread, as moments from the start of the run.
#[derive(Debug)]
pub struct ArrivalTimes<'a, R> {
    schedule: &'a ArrivalSchedule,
    process: ArrivalProcess,
    count: f64,
    workers: f64,
    random: R,
}

impl<R: Rng> ArrivalTimes<'_, R> {
    fn advance(&mut self) {
        self.count += match self.process {
            ArrivalProcess::Constant => self.workers,
            // A Poisson process of rate 1 on the axis of cumulated requests, split among the workers. The draw
            // is from the open interval, whose logarithm is finite.
            ArrivalProcess::Poisson => {
                let uniform: f64 = self.random.random_range(f64::MIN_POSITIVE..1.0);
                -uniform.ln() * self.workers
            }
        };
    }
}

impl<R: Rng> Iterator for ArrivalTimes<'_, R> {
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

    fn arrivals(schedule: &ArrivalSchedule, process: ArrivalProcess, workers: usize) -> Vec<Duration> {
        let mut all: Vec<Duration> = (0..workers)
            .flat_map(|worker| {
                schedule.arrivals(process, worker, workers, SmallRng::seed_from_u64(worker as u64)).collect::<Vec<_>>()
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_stretched_schedule_keeps_its_rates() {
        let stages =
            vec![RateStage { duration: seconds(2.0), from: 50.0, to: 200.0 }, RateStage::constant(200.0, seconds(6.0))];
        let short = ArrivalSchedule::new(stages).unwrap().lasting(seconds(4.0)).unwrap();
        assert_eq!((short.duration(), short.peak(), short.total()), (seconds(4.0), 200.0, 725.0));
        assert!(short.lasting(Duration::ZERO).is_err());
    }

    #[test]
    fn constant_arrivals_never_drift() {
        let schedule = ArrivalSchedule::new(vec![RateStage::constant(3.0, seconds(1000.0))]).unwrap();
        let moments = arrivals(&schedule, ArrivalProcess::Constant, 1);
        assert_eq!(moments.len(), 3000);
        for (index, moment) in moments.iter().enumerate() {
            assert!((moment.as_secs_f64() - index as f64 / 3.0).abs() < 1e-6, "{index}: {moment:?}");
        }
    }

    #[test]
    fn workers_together_cover_the_whole_schedule() {
        let schedule = ArrivalSchedule::new(vec![RateStage { duration: seconds(2.0), from: 0.0, to: 500.0 }]).unwrap();
        assert_eq!(arrivals(&schedule, ArrivalProcess::Constant, 3), arrivals(&schedule, ArrivalProcess::Constant, 1));
    }

    #[test]
    fn a_poisson_run_has_about_the_scheduled_number_and_uneven_gaps() {
        let schedule = ArrivalSchedule::new(vec![RateStage::constant(1000.0, seconds(20.0))]).unwrap();
        let moments = arrivals(&schedule, ArrivalProcess::Poisson, 2);
        // Five standard deviations of a Poisson count of 20,000.
        assert!((moments.len() as f64 - 20_000.0).abs() < 5.0 * 20_000_f64.sqrt(), "{}", moments.len());
        let gaps: Vec<f64> = moments.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // The gaps of a Poisson process have a standard deviation equal to their mean.
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.05);
    }

    #[test]
    fn a_stage_may_have_a_rate_of_zero() {
        let stages = vec![
            RateStage::constant(10.0, seconds(1.0)),
            RateStage::constant(0.0, seconds(5.0)),
            RateStage::constant(10.0, seconds(1.0)),
        ];
        let moments = arrivals(&ArrivalSchedule::new(stages).unwrap(), ArrivalProcess::Constant, 1);
        assert_eq!(moments.len(), 20);
        assert!(moments[9] < seconds(1.0) && moments[10] >= seconds(6.0), "{moments:?}");
    }

    #[test]
    fn stages_without_requests_are_refused() {
        let refused = |stages: Vec<RateStage>| ArrivalSchedule::new(stages).unwrap_err();
        assert_eq!(refused(vec![]), ArrivalScheduleError::Empty);
        assert_eq!(refused(vec![RateStage::constant(0.0, seconds(1.0))]), ArrivalScheduleError::Nothing);
        assert_eq!(
            refused(vec![RateStage::constant(1.0, Duration::ZERO)]),
            ArrivalScheduleError::Duration { stage: 1 }
        );
        assert!(matches!(
            refused(vec![RateStage::constant(f64::NAN, seconds(1.0))]),
            ArrivalScheduleError::Rate { stage: 1, .. }
        ));
        assert!(matches!(
            refused(vec![RateStage::constant(-1.0, seconds(1.0))]),
            ArrivalScheduleError::Rate { stage: 1, .. }
        ));
    }

    proptest! {
        #[test]
        fn moments_are_the_inverse_of_the_cumulated_rate(
            rates in proptest::collection::vec((0.0_f64..2000.0, 0.0_f64..2000.0, 0.5_f64..20.0), 1..4),
            part in 0.0_f64..0.999,
        ) {
            let stage = |(from, to, length)| RateStage { duration: seconds(length), from, to };
            let stages = rates.into_iter().map(stage).collect();
            let schedule = ArrivalSchedule::new(stages);
            prop_assume!(schedule.is_ok());
            let schedule = schedule.unwrap();
            let count = schedule.total() * part;
            let moment = schedule.moment_of(count).unwrap();
            prop_assert!((schedule.due_at(moment) - count).abs() < 0.01, "{} {count}", schedule.due_at(moment));
        }
    }
}
