//! The universal checks on a sample of the exchanges, in the judge's own thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ivs_client::Exchange;
use ivs_judge::{Finding, Judge, RequestContext};
use ivs_model::{CaseId, FindingId};

use crate::scenario::StepRequest;

/// The maximum number of exchanges in the queue; further ones are dropped.
const QUEUE: usize = 256;
/// The least time between two exchanges of a sample, so that the judge takes about 2 % of a core from the generator.
const PAUSE: Duration = Duration::from_millis(4);

/// Selects one exchange in `every` and passes it to the judge: at most one in [`PAUSE`], unless all are selected.
pub(crate) struct ExchangeSampler {
    every: u64,
    started: Instant,
    /// When the next exchange may be selected, in nanoseconds after the start.
    next: AtomicU64,
    sender: Mutex<Option<SyncSender<Sampled>>>,
    thread: Mutex<Option<JoinHandle<SampleResults>>>,
}

/// The number of judged exchanges and their findings.
type SampleResults = (u64, Vec<Finding>);

struct Sampled {
    exchange: Exchange,
    case: CaseId,
    valid: bool,
}

impl ExchangeSampler {
    /// Starts the judge's thread; one exchange in `every` is judged (1 judges all).
    pub(crate) fn start(every: u64, judge: Arc<Judge<'static>>) -> Self {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = std::thread::spawn(move || judge_all(&judge, &receiver));
        let (started, next) = (Instant::now(), AtomicU64::new(0));
        Self { every: every.max(1), started, next, sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }
    }

    /// Returns whether the exchange of that number belongs to the sample.
    pub(crate) fn selects(&self, number: u64) -> bool {
        self.every == 1 || number.is_multiple_of(self.every) && self.is_due(self.started.elapsed())
    }

    /// Returns whether an exchange may be selected this long after the start. Then no other one may for a while.
    fn is_due(&self, elapsed: Duration) -> bool {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        let later = nanoseconds(elapsed + PAUSE);
        next <= nanoseconds(elapsed)
            && self.next.compare_exchange(next, later, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Queues an exchange. Drops it if the judge is behind, since judging must not slow the load down.
    pub(crate) fn offer(&self, exchange: Exchange, request: &StepRequest) {
        let case = request.case.clone().unwrap_or_else(|| request.template.name.case());
        let sampled = Sampled { exchange, case, valid: request.valid };
        if let Some(sender) = &*self.sender.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = sender.try_send(sampled);
        }
    }

    /// Ends the thread and returns the number of judged exchanges and their findings.
    pub(crate) fn finish(&self) -> SampleResults {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

fn judge_all(judge: &Judge<'_>, receiver: &Receiver<Sampled>) -> SampleResults {
    let mut judged = 0;
    let mut findings: BTreeMap<FindingId, Finding> = BTreeMap::new();
    while let Ok(sampled) = receiver.recv() {
        judged += 1;
        let context = if sampled.valid {
            RequestContext::probe(&sampled.case)
        } else {
            RequestContext { implemented: false, ..RequestContext::invalid(&sampled.case) }
        };
        for finding in judge.universal(&sampled.exchange, &context).findings {
            match findings.get_mut(&finding.identity) {
                Some(known) => known.count += 1,
                None => {
                    findings.insert(finding.identity.clone(), finding);
                }
            }
        }
    }
    (judged, findings.into_values().collect())
}

#[cfg(test)]
mod tests {
    use ivs_judge::Reproducer;
    use ivs_model::bundled;

    use super::*;

    fn sampler(every: u64) -> ExchangeSampler {
        let judge = Judge::new(bundled::models(), bundled::knowledge(), Reproducer::new(7));
        ExchangeSampler::start(every, Arc::new(judge))
    }

    #[test]
    fn a_sample_is_one_exchange_in_so_many_and_no_more_than_the_judge_has_time_for() {
        let sampler = sampler(100);
        let selected = (1..1_000).filter(|number| number % 100 == 0 && sampler.is_due(PAUSE * (*number as u32) / 300));
        assert_eq!(selected.collect::<Vec<_>>(), [100, 400, 700]);
        assert!(!sampler.selects(1_001));
    }

    #[test]
    fn a_sample_of_all_exchanges_has_all_of_them() {
        let sampler = sampler(1);
        assert!((0..10_000).all(|number| sampler.selects(number)));
    }
}
