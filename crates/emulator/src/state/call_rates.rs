//! Counting of calls against the documented call rates, for `Options::rates`.

use std::collections::HashMap;

use crate::clock::Timestamp;
use crate::contract::CallRate;
use crate::service_error::{ErrorCode, ServiceError};

/// The key of a counter: the full name of an operation, and a resource or `""`.
type RateKey = (&'static str, String);

/// The recent calls in one region of one account.
#[derive(Debug, Default)]
pub(crate) struct CallRateMeters {
    /// The time at which all calls so far would have arrived at an even pace, in microseconds since 1970 (GCRA).
    due: HashMap<RateKey, i64>,
}

/// Above this number of counters, those without pending calls are dropped.
const MAX_IDLE_COUNTERS: usize = 4096;

const SECOND: i64 = 1_000_000;

impl CallRateMeters {
    /// Counts one call. Returns ThrottlingException (429) if the calls of one second are already pending.
    pub(crate) fn count(
        &mut self,
        operation: &'static str,
        resource: &str,
        rate: &CallRate,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let now = now.0 * 1000;
        if self.due.len() > MAX_IDLE_COUNTERS {
            self.due.retain(|_, due| *due > now);
        }
        let due = self.due.entry((operation, resource.to_owned())).or_insert(now);
        let next = (*due).max(now) + SECOND / i64::from(rate.per_second.max(1));
        if next - now > SECOND {
            let name = operation.replacen('.', ":", 1);
            let text = format!("Operation: {name} exceeded call rate: {}", rate.per_second);
            let mut error = ServiceError::new(ErrorCode::Throttling, text);
            error.limit = Some(rate.per_second.into());
            return Err(if resource.is_empty() { error } else { error.about(resource) });
        }
        *due = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: CallRate = CallRate { per_second: 5, resource: None };

    #[test]
    fn a_burst_of_one_second_passes_and_then_calls_pass_one_at_a_time() {
        let mut meters = CallRateMeters::default();
        for _ in 0..5 {
            meters.count("ivs.GetChannel", "", &FIVE, Timestamp(0)).unwrap();
        }
        let refused = meters.count("ivs.GetChannel", "", &FIVE, Timestamp(199)).unwrap_err();
        assert_eq!((refused.code, refused.limit), (ErrorCode::Throttling, Some(5)));
        meters.count("ivs.GetChannel", "", &FIVE, Timestamp(200)).unwrap();
        meters.count("ivs.GetChannel", "", &FIVE, Timestamp(200)).unwrap_err();
    }

    #[test]
    fn operations_and_resources_are_counted_separately() {
        let mut meters = CallRateMeters::default();
        let one = CallRate { per_second: 1, resource: Some("channelArn") };
        for (operation, resource) in [("ivs.A", "a"), ("ivs.A", "b"), ("ivs.B", "a")] {
            meters.count(operation, resource, &one, Timestamp(0)).unwrap();
            meters.count(operation, resource, &one, Timestamp(0)).unwrap_err();
        }
    }

    #[test]
    fn old_counters_are_dropped() {
        let mut meters = CallRateMeters::default();
        for channel in 0..=MAX_IDLE_COUNTERS {
            meters.count("ivs.A", &channel.to_string(), &FIVE, Timestamp(0)).unwrap();
        }
        meters.count("ivs.A", "", &FIVE, Timestamp(10_000)).unwrap();
        assert_eq!(meters.due.len(), 1);
    }
}
