//! The HdrHistogram log of a run: a row an interval and series.

use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder, Tag};

use crate::figures::Series;
use crate::recorder::Tally;

/// Writes rows to a log in memory.
pub(crate) struct Rows<'a>(Option<IntervalLogWriter<'a, 'a, Vec<u8>, V2DeflateSerializer>>);

impl<'a> Rows<'a> {
    /// Writes the head of the log.
    pub(crate) fn begin(log: &'a mut Vec<u8>, serializer: &'a mut V2DeflateSerializer) -> Self {
        let begun = IntervalLogWriterBuilder::new()
            .add_comment("[Values are nanoseconds, shown in milliseconds; tags name the two series]")
            .with_start_time(SystemTime::now())
            .with_max_value_divisor(1_000_000.0)
            .begin_log_with(log, serializer);
        Self(begun.ok())
    }

    /// Writes what was counted from `start`, since the beginning of the log, for `length`.
    pub(crate) fn write(&mut self, tally: &Tally, start: Duration, length: Duration) {
        let Some(writer) = &mut self.0 else { return };
        for (series, histogram) in [(Series::Service, &tally.service), (Series::Intended, &tally.intended)] {
            if series == Series::Service || !histogram.is_empty() {
                // The log goes to memory: only a histogram without a line could fail.
                let _ = writer.write_histogram(histogram, start, length, Tag::new(series.name()));
            }
        }
    }
}

/// A log of one row a series, of a run that nobody watched in intervals.
pub(crate) fn whole(tally: &Tally, elapsed: Duration) -> Vec<u8> {
    let (mut log, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
    Rows::begin(&mut log, &mut serializer).write(tally, Duration::ZERO, elapsed);
    log
}
