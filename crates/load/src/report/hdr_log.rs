//! The HdrHistogram log of a run: one row for each interval and series.

use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder, Tag};

use super::LoadReportInput;
use crate::metric::LatencySeries;
use crate::recorder::Tally;

/// Writes rows to a log in memory.
pub(crate) struct HdrLogWriter<'a>(Option<IntervalLogWriter<'a, 'a, Vec<u8>, V2DeflateSerializer>>);

impl<'a> HdrLogWriter<'a> {
    /// Writes the head of the log.
    pub(crate) fn begin(log: &'a mut Vec<u8>, serializer: &'a mut V2DeflateSerializer) -> Self {
        let writer = IntervalLogWriterBuilder::new()
            .add_comment("[Values are nanoseconds, shown in milliseconds; tags name the two series]")
            .with_start_time(SystemTime::now())
            .with_max_value_divisor(1_000_000.0)
            .begin_log_with(log, serializer);
        Self(writer.ok())
    }

    /// Writes the interval of this `length` from `start`, relative to the start of the log.
    pub(crate) fn write(&mut self, tally: &Tally, start: Duration, length: Duration) {
        let Some(writer) = &mut self.0 else { return };
        for (series, histogram) in
            [(LatencySeries::Service, &tally.service), (LatencySeries::Intended, &tally.intended)]
        {
            if series == LatencySeries::Service || !histogram.is_empty() {
                // Writing to memory cannot fail.
                let _ = writer.write_histogram(histogram, start, length, Tag::new(series.name()));
            }
        }
    }
}

/// Renders a log of one row for each series, for a run without intervals.
pub(crate) fn whole_run_log(tally: &Tally, elapsed: Duration) -> Vec<u8> {
    let (mut log, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
    HdrLogWriter::begin(&mut log, &mut serializer).write(tally, Duration::ZERO, elapsed);
    log
}

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    input.hdr_log.to_vec()
}
