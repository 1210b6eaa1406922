//! The invariants of the scenarios: each planted fault of load fails the one that is meant for it.

use ivs_emulator::{FAULTS, Fault};
use ivs_load::{LoadOutcome, LoadVerdict, StopHandle, run};

use crate::support::{Behavior, serve};
use crate::{closed, embedded_with, run_plan};

/// Runs a live event of this many requests on an emulator.
fn live_event(fault: Option<Fault>, requests: u64) -> LoadOutcome {
    let emulator = embedded_with(fault);
    let stop = StopHandle::new();
    let outcome = run(&closed(&emulator.url, &["live-event"], 50_000), &stop, &mut |progress| {
        if progress.requests >= requests {
            stop.request();
        }
    });
    outcome.unwrap()
}

/// Asserts that a check found the fault, and that no other found anything.
#[track_caller]
fn assert_found(outcome: &LoadOutcome, check: &str, step: &str) {
    let found: Vec<(&str, String)> =
        outcome.summary.findings.iter().map(|finding| (&*finding.check, finding.scope.to_string())).collect();
    assert!(!found.is_empty() && found.iter().all(|it| *it == (check, step.to_owned())), "{found:?}");
    assert_eq!(outcome.verdict, LoadVerdict::Breached);
}

#[test]
fn one_lost_revocation_in_a_thousand_fails_the_live_event() {
    let outcome = live_event(Some(Fault::REVOCATION_LOST), 10_000);
    assert_found(&outcome, "lost-revocation", "ivs.GetStream");
}

#[test]
fn a_batch_item_that_is_answered_twice_fails_the_live_event() {
    let outcome = live_event(Some(Fault::BATCH_ERROR_TWICE), 200);
    let revocations = "ivs.BatchStartViewerSessionRevocation";
    let of_batch = outcome.summary.findings.iter().filter(|finding| finding.check == "batch-partition");
    assert!(of_batch.map(|finding| finding.scope.to_string()).any(|scope| scope == revocations));
    assert_eq!(outcome.verdict, LoadVerdict::Breached);
}

#[test]
fn a_live_event_without_a_fault_holds_and_revokes_every_viewer() {
    let outcome = live_event(None, 3000);
    assert!(outcome.summary.findings.is_empty(), "{:#?}", outcome.summary.findings);
    assert!(outcome.summary.left_behind.is_empty(), "{:?}", outcome.summary.left_behind);
    let count = |label: &str| outcome.summary.steps.iter().find(|step| step.label == label).map_or(0, |it| it.requests);
    assert!(count("emulator.channel/view") > 38 && count("ivs.GetStream") > 3, "{:?}", outcome.summary.steps);
    assert!(outcome.summary.notes.is_empty());
}

#[test]
fn an_endpoint_without_a_control_api_says_what_is_left_out() {
    let server = serve(Behavior::Correct);
    let outcome = run_plan(&closed(&server.url, &["live-event"], 200));
    assert_eq!(outcome.summary.notes.len(), 1, "{:?}", outcome.summary.notes);
    assert!(outcome.summary.headlines().iter().any(|line| line.contains("no control API")));
    assert!(outcome.summary.steps.iter().all(|step| !step.label.starts_with("emulator.")));
}

#[test]
fn every_fault_of_load_is_one_of_those_above() {
    let of_load: Vec<Fault> = FAULTS.iter().filter(|info| info.is_of_load()).map(|info| info.fault).collect();
    assert_eq!(of_load, [Fault::REVOCATION_LOST]);
}
