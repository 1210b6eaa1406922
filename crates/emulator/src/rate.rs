//! Call rates, enforced with `Options::rates`: so many calls a second of one operation by an account in a region.

use std::collections::HashMap;

use crate::clock::Timestamp;
use crate::failure::{Code, Failure};

/// A rate of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    /// Calls a second, and as many at once (the burst is unknown, facts section 4.1).
    pub(crate) per_second: u32,
    /// The input member that names the resource, where each resource has the rate for itself.
    pub(crate) resource: Option<&'static str>,
}

/// What a rate is counted for: an operation by its full name, and a resource or `""`.
type Subject = (&'static str, String);

/// What was called lately in one region of one account.
#[derive(Debug, Default)]
pub(crate) struct Meters {
    /// When everything called so far would have come at an even pace, in microseconds since 1970 (GCRA).
    due: HashMap<Subject, i64>,
}

/// Above this many subjects, those with nothing pending are forgotten.
const MAX_IDLE_SUBJECTS: usize = 4096;

const SECOND: i64 = 1_000_000;

impl Meters {
    /// Counts one call, or refuses it with ThrottlingException 429 when a second's worth of calls is pending.
    pub(crate) fn count(
        &mut self,
        operation: &'static str,
        resource: &str,
        limit: &Limit,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let now = now.0 * 1000;
        if self.due.len() > MAX_IDLE_SUBJECTS {
            self.due.retain(|_, due| *due > now);
        }
        let due = self.due.entry((operation, resource.to_owned())).or_insert(now);
        let next = (*due).max(now) + SECOND / i64::from(limit.per_second.max(1));
        if next - now > SECOND {
            let name = operation.replacen('.', ":", 1);
            let text = format!("Operation: {name} exceeded call rate: {}", limit.per_second);
            let mut failure = Failure::new(Code::Throttling, text);
            failure.limit = Some(limit.per_second.into());
            return Err(if resource.is_empty() { failure } else { failure.about(resource) });
        }
        *due = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Limit = Limit { per_second: 5, resource: None };

    #[test]
    fn a_second_s_worth_of_calls_passes_at_once_and_then_one_at_a_time() {
        let mut meters = Meters::default();
        for _ in 0..5 {
            meters.count("ivs.GetChannel", "", &FIVE, Timestamp(0)).unwrap();
        }
        let refused = meters.count("ivs.GetChannel", "", &FIVE, Timestamp(199)).unwrap_err();
        assert_eq!((refused.code, refused.limit), (Code::Throttling, Some(5)));
        meters.count("ivs.GetChannel", "", &FIVE, Timestamp(200)).unwrap();
        meters.count("ivs.GetChannel", "", &FIVE, Timestamp(200)).unwrap_err();
    }

    #[test]
    fn operations_and_resources_are_counted_apart() {
        let mut meters = Meters::default();
        let one = Limit { per_second: 1, resource: Some("channelArn") };
        for (operation, resource) in [("ivs.A", "a"), ("ivs.A", "b"), ("ivs.B", "a")] {
            meters.count(operation, resource, &one, Timestamp(0)).unwrap();
            meters.count(operation, resource, &one, Timestamp(0)).unwrap_err();
        }
    }

    #[test]
    fn what_is_long_past_is_forgotten() {
        let mut meters = Meters::default();
        for channel in 0..=MAX_IDLE_SUBJECTS {
            meters.count("ivs.A", &channel.to_string(), &FIVE, Timestamp(0)).unwrap();
        }
        meters.count("ivs.A", "", &FIVE, Timestamp(10_000)).unwrap();
        assert_eq!(meters.due.len(), 1);
    }
}
