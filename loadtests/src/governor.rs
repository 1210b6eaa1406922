//! The documented calls per second of AWS's hosts as a ceiling, shared by all threads.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ivs_model::{Knowledge, OperationId};

use crate::template::StepName;

/// Spaces the calls of each operation evenly at its documented rate.
pub(crate) struct Governor {
    /// The period of a call, and the earliest moment of the next, by operation.
    slots: Mutex<HashMap<OperationId, Slot>>,
}

struct Slot {
    period: Duration,
    next: Option<Instant>,
}

impl Governor {
    /// The ceilings of the operations of these steps, as the knowledge states them. Operations without a documented
    /// rate are held to the slowest one of their service: not known is not unlimited.
    pub(crate) fn new<'a>(knowledge: &Knowledge, steps: impl IntoIterator<Item = &'a StepName>) -> Self {
        let slots = steps
            .into_iter()
            .map(|step| {
                let documented =
                    documented_rate(knowledge, step).or_else(|| slowest(knowledge, step.operation.service()));
                let period = Duration::from_secs_f64(1.0 / documented.unwrap_or(1.0).max(0.01));
                (step.operation, Slot { period, next: None })
            })
            .collect();
        Self { slots: Mutex::new(slots) }
    }

    /// Waits until the operation may be called.
    pub(crate) async fn admit(&self, step: &StepName) {
        if let Some(moment) = self.reserve(step, Instant::now()) {
            tokio::time::sleep_until(moment.into()).await;
        }
    }

    /// Reserves the next slot; `None` if it is free at `now`.
    fn reserve(&self, step: &StepName, now: Instant) -> Option<Instant> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get_mut(&step.operation)?;
        let moment = slot.next.map_or(now, |next| next.max(now));
        slot.next = Some(moment + slot.period);
        (moment > now).then_some(moment)
    }
}

/// The lowest documented rate of an operation for a whole account or one resource, in calls per second.
fn documented_rate(knowledge: &Knowledge, step: &StepName) -> Option<f64> {
    knowledge.rates_of(step.operation).map(|rate| f64::from(rate.per_second)).reduce(f64::min)
}

fn slowest(knowledge: &Knowledge, service: &str) -> Option<f64> {
    let of_service = knowledge.rates.iter().filter(|rate| rate.services.iter().any(|known| known == service));
    of_service.map(|rate| f64::from(rate.per_second)).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_spaced_at_the_documented_rate() {
        let step = StepName::new("ivs", "GetChannel", "");
        let governor = Governor::new(ivs_model::bundled::knowledge(), [&step]);
        let start = Instant::now();
        assert_eq!(governor.reserve(&step, start), None);
        // GetChannel: 5 calls per second (facts section 4.1).
        assert_eq!(governor.reserve(&step, start), Some(start + Duration::from_millis(200)));
        assert_eq!(governor.reserve(&step, start), Some(start + Duration::from_millis(400)));
        assert_eq!(governor.reserve(&step, start + Duration::from_secs(9)), None);
    }

    #[test]
    fn an_operation_without_a_documented_rate_is_still_held() {
        let step = StepName::new("ivs", "InsertAdBreak", "");
        let governor = Governor::new(ivs_model::bundled::knowledge(), [&step]);
        let start = Instant::now();
        assert_eq!(governor.reserve(&step, start), None);
        assert!(governor.reserve(&step, start).is_some());
    }
}
