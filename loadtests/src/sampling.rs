//! The full universal checks on a stated sample of the exchanges, in a thread of their own.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use ivs_client::Exchange;
use ivs_judge::{Finding, Judge, RequestContext};
use ivs_model::{CaseId, FindingId};

use crate::scenario::Call;

/// Exchanges that wait to be judged; more are let go and counted.
const WAITING: usize = 256;

/// Takes one exchange in so many, and hands it to the judge.
pub(crate) struct Sampling {
    every: u64,
    sender: Mutex<Option<SyncSender<Sampled>>>,
    thread: Mutex<Option<JoinHandle<Judged>>>,
}

/// What the judge's thread brings back.
type Judged = (u64, Vec<Finding>);

struct Sampled {
    exchange: Exchange,
    case: CaseId,
    valid: bool,
}

impl Sampling {
    /// Starts the judge's thread; one exchange in `every` is judged (1 judges all).
    pub(crate) fn start(every: u64, judge: Arc<Judge<'static>>) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::spawn(move || judge_all(&judge, &receiver));
        Self { every: every.max(1), sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }
    }

    /// Whether the exchange of that number belongs to the sample.
    pub(crate) fn takes(&self, number: u64) -> bool {
        number.is_multiple_of(self.every)
    }

    /// Hands an exchange over; lets it go if the judge is behind: judging must not slow the load down.
    pub(crate) fn offer(&self, exchange: Exchange, call: &Call) {
        let case = call.case.clone().unwrap_or_else(|| call.template.name.case());
        let sampled = Sampled { exchange, case, valid: call.valid };
        if let Some(sender) = &*self.sender.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = sender.try_send(sampled);
        }
    }

    /// Ends the thread: how many exchanges it judged, and its findings.
    pub(crate) fn finish(&self) -> (u64, Vec<Finding>) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        thread.and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

fn judge_all(judge: &Judge<'_>, receiver: &Receiver<Sampled>) -> (u64, Vec<Finding>) {
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
