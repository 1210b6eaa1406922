//! The results of a generator thread: for each step two HDR histograms, counts by class, and errors by name.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::class::AnswerClass;
use crate::step_id::StepId;

/// An hour in nanoseconds. Longer times count as an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// Creates a histogram of nanoseconds, exact to three digits.
#[must_use]
pub(crate) fn histogram() -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order");
    // It grows on demand: most runs never need the memory for an hour.
    histogram.auto(true);
    histogram
}

/// The outcome of one request.
#[derive(Debug, Clone)]
pub struct RequestSample<'a> {
    /// The step.
    pub step: StepId,
    /// The class of the response.
    pub class: AnswerClass,
    /// The status; 0 without a response.
    pub status: u16,
    /// The error name, or the kind of transport failure.
    pub error: Option<&'a str>,
    /// The size of the response's body in bytes.
    pub bytes: u64,
    /// The time from the first byte sent to the last byte received.
    pub service: Duration,
    /// The time from the intended start (open loop).
    pub intended: Option<Duration>,
}

/// The counts of one step.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Service time in nanoseconds.
    pub service: Histogram<u64>,
    /// Time from the intended start in nanoseconds; empty in a closed loop.
    pub intended: Histogram<u64>,
    /// Requests by class, in the order of [`AnswerClass::ALL`].
    pub classes: [u64; 5],
    /// Responses by status; 0 counts requests without a response.
    pub statuses: BTreeMap<u16, u64>,
    /// Errors by class and name.
    pub errors: BTreeMap<(AnswerClass, String), u64>,
    /// The total size of response bodies in bytes.
    pub bytes: u64,
}

impl Tally {
    /// The tally of successful requests of one step, by service time and time from the intended start.
    #[cfg(test)]
    pub(crate) fn of_times(times: impl IntoIterator<Item = (Duration, Option<Duration>)>) -> Self {
        let mut recorder = MetricsRecorder::default();
        for (service, intended) in times {
            recorder.record(&RequestSample {
                step: StepId(0),
                class: AnswerClass::Expected,
                status: 200,
                error: None,
                bytes: 0,
                service,
                intended,
            });
        }
        recorder.take_interval()
    }

    fn new() -> Self {
        Self {
            service: histogram(),
            intended: histogram(),
            classes: [0; 5],
            statuses: BTreeMap::new(),
            errors: BTreeMap::new(),
            bytes: 0,
        }
    }

    fn record(&mut self, sample: &RequestSample<'_>) {
        self.service.saturating_record(nanoseconds(sample.service));
        if let Some(intended) = sample.intended {
            self.intended.saturating_record(nanoseconds(intended));
        }
        self.classes[sample.class as usize] += 1;
        *self.statuses.entry(sample.status).or_default() += 1;
        self.bytes += sample.bytes;
        if let (Some(error), false) = (sample.error, sample.class == AnswerClass::Expected) {
            match self.errors.get_mut(&(sample.class, error.to_owned())) {
                Some(count) => *count += 1,
                None => {
                    self.errors.insert((sample.class, error.to_owned()), 1);
                }
            }
        }
    }

    /// The number of requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.classes.iter().sum()
    }

    /// The number of requests of one class.
    #[must_use]
    pub fn of(&self, class: AnswerClass) -> u64 {
        self.classes[class as usize]
    }

    /// The number of failed requests, without the throttled ones.
    #[must_use]
    pub fn failures(&self) -> u64 {
        AnswerClass::ALL.into_iter().filter(|class| class.is_failure()).map(|class| self.of(class)).sum()
    }

    /// Adds another tally to this one.
    pub fn merge(&mut self, other: &Self) {
        // Both have the same bounds and grow on demand, so adding cannot fail.
        let _ = self.service.add(&other.service);
        let _ = self.intended.add(&other.intended);
        for (count, more) in self.classes.iter_mut().zip(other.classes) {
            *count += more;
        }
        for (status, more) in &other.statuses {
            *self.statuses.entry(*status).or_default() += more;
        }
        for (error, more) in &other.errors {
            *self.errors.entry(error.clone()).or_default() += more;
        }
        self.bytes += other.bytes;
    }
}

impl Default for Tally {
    fn default() -> Self {
        Self::new()
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(LONGEST)
}

/// The recorder of one generator thread.
#[derive(Debug, Clone, Default)]
pub struct MetricsRecorder {
    steps: Vec<Option<Box<Tally>>>,
    /// All steps since the last call of `take_interval`.
    interval: Tally,
}

impl MetricsRecorder {
    /// Counts one request.
    pub fn record(&mut self, sample: &RequestSample<'_>) {
        let index = sample.step.index();
        if self.steps.len() <= index {
            self.steps.resize(index + 1, None);
        }
        self.steps[index].get_or_insert_with(Box::default).record(sample);
        self.interval.record(sample);
    }

    /// Returns the results since the last call.
    pub fn take_interval(&mut self) -> Tally {
        std::mem::take(&mut self.interval)
    }

    /// The tallies by step.
    pub fn tallies(&self) -> impl Iterator<Item = (StepId, &Tally)> {
        let step = |index| StepId(u16::try_from(index).unwrap_or(u16::MAX));
        self.steps.iter().enumerate().filter_map(move |(index, tally)| Some((step(index), tally.as_deref()?)))
    }

    /// Adds another recorder to this one.
    pub fn merge(&mut self, other: &Self) {
        if self.steps.len() < other.steps.len() {
            self.steps.resize(other.steps.len(), None);
        }
        for (mine, theirs) in self.steps.iter_mut().zip(&other.steps) {
            if let Some(theirs) = theirs {
                mine.get_or_insert_with(Box::default).merge(theirs);
            }
        }
        self.interval.merge(&other.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u16, class: AnswerClass, micros: u64) -> RequestSample<'static> {
        RequestSample {
            step: StepId(step),
            class,
            status: 200,
            error: (class != AnswerClass::Expected).then_some("ConflictException"),
            bytes: 10,
            service: Duration::from_micros(micros),
            intended: Some(Duration::from_micros(2 * micros)),
        }
    }

    #[test]
    fn throttled_requests_are_not_failures() {
        let mut recorder = MetricsRecorder::default();
        for class in AnswerClass::ALL {
            recorder.record(&sample(0, class, 5));
        }
        let (_, tally) = recorder.tallies().next().unwrap();
        assert_eq!((tally.requests(), tally.failures(), tally.of(AnswerClass::Throttled)), (5, 3, 1));
    }

    #[test]
    fn merged_shards_equal_one_shard() {
        let (mut one, mut left, mut right) =
            (MetricsRecorder::default(), MetricsRecorder::default(), MetricsRecorder::default());
        for micros in 1..2000 {
            let sample = sample((micros % 3) as u16, AnswerClass::Expected, micros);
            one.record(&sample);
            if micros % 2 == 0 { &mut left } else { &mut right }.record(&sample);
        }
        left.merge(&right);
        let totals = |recorder: &MetricsRecorder| {
            let mut total = Tally::default();
            recorder.tallies().for_each(|(_, tally)| total.merge(tally));
            (total.requests(), total.service.value_at_quantile(0.99), total.intended.max(), total.bytes)
        };
        assert_eq!(totals(&left), totals(&one));
    }

    #[test]
    fn an_interval_is_returned_once() {
        let mut recorder = MetricsRecorder::default();
        recorder.record(&sample(0, AnswerClass::Expected, 5));
        assert_eq!((recorder.take_interval().requests(), recorder.take_interval().requests()), (1, 0));
    }
}
