//! Runs that end badly: the results so far are kept, and the verdict is the right one.

use ivs_load::{LoadError, LoadVerdict, StopHandle, run};

use crate::support::{Behavior, serve};
use crate::{folder, open, run_plan};

#[test]
fn a_target_that_dies_in_mid_run_leaves_the_results_so_far_and_a_breached_gate() {
    let server = serve(Behavior::Dying { after: 60 });
    let reports = folder("dying");
    let mut plan = open(&server.url, "channel-reads", 100.0, 1500);
    plan.report = Some(reports.clone());
    let outcome = run_plan(&plan);
    let summary = &outcome.summary;
    let of = |class: &str| summary.total.classes[class];
    assert!(of("expected") >= 40 && of("transport") >= 40, "{:?}", summary.total.classes);
    assert_eq!(outcome.verdict, LoadVerdict::Breached);
    assert!(summary.gates.iter().any(|gate| gate.gate == "error_rate < 10%" && !gate.held), "{:?}", summary.gates);
    // The channel of the setup could not be deleted, and is named.
    assert_eq!(summary.left_behind.len(), 1, "{:?}", summary.left_behind);
    assert!(outcome.report_errors.is_empty() && reports.join("report.html").exists());
    // The series shows when.
    let failed: Vec<bool> = summary.series.iter().map(|point| point.classes["transport"] > 0).collect();
    assert!(failed.last().is_some_and(|last| *last), "{failed:?}");
    let _ = std::fs::remove_dir_all(reports);
}

#[test]
fn a_target_that_is_dead_before_the_load_is_unreachable() {
    let server = serve(Behavior::Dying { after: 0 });
    let ended = run(&open(&server.url, "channel-reads", 100.0, 500), &StopHandle::new(), &mut |_| {});
    assert!(matches!(ended, Err(LoadError::Unreachable(_))), "{ended:?}");
}
