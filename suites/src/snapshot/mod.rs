//! The suite `snapshot`: canonical exchanges of every operation held against those that are stored.
//!
//! What the model demands of an answer the universal checks see. A snapshot settles what no model says: which answer a
//! request gets, what comes back of what was put there, and with which defaults. Recorded from an emulator it is a reading
//! and gives warnings about these alone; recorded from AWS it is an observation, and every member and value counts.

mod provenance;
mod recording;
mod shot;
mod store;
mod taking;
mod weighing;

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use ivs_judge::{Answer, Verdict};
use ivs_model::{Authority, CaseId};

use crate::SuiteName;
use crate::answer::{is_one_of, is_success, tells_nothing};
use crate::canonical::{Canonical, Difference, Way, compare};
use crate::judged::undecided;
use crate::pagination::Listing;
use crate::rules::SNAPSHOT_ANSWER;
use crate::subject::Subject;

pub use provenance::{EndpointKind, Provenance};
pub use recording::{Recording, SnapshotFile};
pub(crate) use shot::{Means, Shot, shots};
pub use store::Snapshots;
use store::Stored;
pub(crate) use taking::{PUT, Taken, overlay, take};
use weighing::Weighing;
pub(crate) use weighing::is_early_state;

const SUITE: SuiteName = SuiteName::Snapshot;

/// Takes every shot of the operation: first those that are refused, which are evidence for the others.
pub(crate) async fn run(subject: &Arc<Subject>, shots: &[Shot], listing: Option<&Listing>) {
    let config = &subject.session.config;
    let stored = config.snapshots.stored(subject.operation.id);
    let width = config.concurrency.max(1);
    for valid in [false, true] {
        let some = shots.iter().enumerate().filter(|(_, shot)| matches!(shot.means, Means::Valid { .. }) == valid);
        stream::iter(some)
            .for_each_concurrent(width, async |(place, shot)| {
                let case = subject.case_id(SUITE, &shot.name);
                let verdict = match take(subject, &case, shot, listing).await {
                    Ok(taken) => {
                        record(subject, place, shot, &taken);
                        judge(subject, shot, stored.as_ref(), &taken, &case).await
                    }
                    Err(verdict) => verdict,
                };
                let tried = vec![(SNAPSHOT_ANSWER.check, shot.name.clone())];
                subject.conclude(case, tried, Vec::new(), verdict);
            })
            .await;
    }
}

/// Hands the exchange to the recording, if there is one and the answer tells of the operation.
fn record(subject: &Subject, place: usize, shot: &Shot, taken: &Taken) {
    let Some(recording) = &subject.session.config.recording else { return };
    let answer = &taken.call.answer;
    let tells = !tells_nothing(answer) && !answer.is_absent() || is_one_of(answer, shot.means.errors());
    if let (true, None, Some(canonical)) = (tells, &taken.call.missing, &taken.canonical) {
        recording.take(subject.operation.id, place, canonical.clone());
    }
}

/// Holds the exchange against the stored one.
async fn judge(subject: &Subject, shot: &Shot, stored: Option<&Stored>, taken: &Taken, case: &CaseId) -> Verdict {
    let answer = &taken.call.answer;
    let Some(actual) = &taken.canonical else { return undecided(answer.to_string()) };
    if let Some(missing) = &taken.call.missing {
        return undecided(format!("the input names a resource that is not there: {missing}"));
    }
    let Some(stored) = stored else { return undecided("no snapshot is stored of this operation") };
    let Some(expected) = stored.exchanges.iter().find(|exchange| exchange.name == shot.name) else {
        return undecided("no snapshot is stored of this exchange");
    };
    if expected.input != actual.input {
        return undecided("the snapshot is of another request");
    }
    let weighing = Weighing { subject, shot, stored, case };
    if (expected.status, &expected.error) != (actual.status, &actual.error) {
        return match other_answer(shot, stored, expected, answer) {
            Other::Right => control(subject, shot, answer, false).await,
            Other::Undecided(reason) => undecided(reason),
            Other::Departs => weighing.answer(expected, &taken.call),
        };
    }
    let comparison = compare(subject.model, subject.operation, expected, actual, &taken.put);
    if comparison.differences.iter().any(|difference| is_unlisted(subject, difference)) {
        return undecided("the list does not show what was just made");
    }
    match weighing.differences(&comparison.differences, actual, &taken.call) {
        Some(verdict) => verdict,
        None => control(subject, shot, answer, comparison.telling).await,
    }
}

/// What an answer other than the stored one amounts to.
enum Other {
    /// Knowledge has it among the right ones.
    Right,
    /// It tells of a state, of the account or of the endpoint, or others judge it.
    Undecided(String),
    /// It departs from the snapshot.
    Departs,
}

fn other_answer(shot: &Shot, stored: &Stored, expected: &Canonical, answer: &Answer) -> Other {
    // What AWS was seen to answer is more than what it may answer by our knowledge.
    if stored.provenance.authority() == Authority::Inferred && is_one_of(answer, shot.means.errors()) {
        return Other::Right;
    }
    if tells_nothing(answer) || answer.is_absent() {
        return Other::Undecided(format!("answered by {answer}"));
    }
    match &shot.means {
        Means::Valid { external: true, .. } if !is_success(answer) => {
            Other::Undecided(format!("answered by {answer}, and the input names things outside"))
        }
        Means::Valid { unless, .. } if !is_success(answer) && is_one_of(answer, unless) => {
            Other::Undecided(format!("answered by {answer}, which tells of a state"))
        }
        Means::Valid { .. } if is_success(answer) && !expected.is_success() => {
            Other::Undecided("it succeeds, where the snapshot is of a state that refuses it".to_owned())
        }
        // The model settles the status of a success, and a check of its own judges it.
        _ if is_success(answer) && expected.is_success() => Other::Undecided(format!("answered by {answer}")),
        _ => Other::Departs,
    }
}

/// Whether a page lacks the resource that was made for it: that it is not there yet is for the suite `pagination` to judge.
fn is_unlisted(subject: &Subject, difference: &Difference) -> bool {
    let items = subject.operation.pagination.as_ref().and_then(|pagination| pagination.items.as_ref());
    matches!(difference.way, Way::Missing { .. })
        && items.is_some_and(|items| difference.site == format!("/{items}") || difference.site == format!("/{items}/*"))
}

/// A pass, if it is shown that the endpoint can tell one call from another.
async fn control(subject: &Subject, shot: &Shot, answer: &Answer, telling: bool) -> Verdict {
    match &shot.means {
        Means::Valid { .. } if telling && is_success(answer) || subject.tells_apart() => Verdict::Pass,
        Means::Valid { .. } => undecided(format!("{answer}, and no control tells whether the input was looked at")),
        Means::Invalid { .. } | Means::Triggered(_) => subject.pass_if_twin_differs(&subject.base, answer).await,
    }
}
