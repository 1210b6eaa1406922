//! The universal checks on a sample of the exchanges, in the judge's own thread.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use ivs_client::Exchange;
use ivs_judge::{Finding, Judge, RequestContext};
use ivs_model::{CaseId, FindingId};

use crate::scenario::StepRequest;

/// The maximum number of exchanges in the queue; further ones are dropped.
const QUEUE: usize = 256;

/// Selects one exchange in `every` and passes it to the judge.
pub(crate) struct ExchangeSampler {
    every: u64,
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
        Self { every: every.max(1), sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }
    }

    /// Returns whether the exchange of that number belongs to the sample.
    pub(crate) fn selects(&self, number: u64) -> bool {
        number.is_multiple_of(self.every)
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
