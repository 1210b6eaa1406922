//! The healthy emulator yields no finding at all, in any suite (docs/architecture.md#how-the-harness-is-tested).

mod run;

use std::collections::BTreeSet;
use std::time::Duration;

use ivs_emulator::{Emulator, Options};
use ivs_judge::{ErrorRow, Outcome, Policy, RunStatus};
use ivs_model::bundled;
use ivs_runner::{Config, Selection};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn healthy_emulator_yields_no_finding() {
    let emulator =
        Emulator::start(Options { settling: Duration::ZERO, ..Options::default() }).await.expect("the emulator starts");
    let report = run::quietly(&emulator.url(), Config::default()).await;
    emulator.stop().await;
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(|it| format!("{} [{}] expected {} actual {}", it.identity, it.case, it.expected, it.actual))
        .collect();
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
    assert_eq!(report.status, RunStatus::Complete);
    assert_eq!(report.outcome(&Policy::default()), Outcome::Conforms);
    assert_eq!(report.summary.operations.total, 103);
    assert!(report.notes.is_empty(), "{:?}", report.notes);

    let pair = |row: &ErrorRow| format!("{}.{} {}: {}", row.service, row.operation, row.error, row.reason);
    let of_state = |state: &str| report.errors.iter().filter(|row| row.state == state).map(pair).collect::<Vec<_>>();
    assert_eq!(of_state("not-seen"), Vec::<String>::new(), "provocable, and not seen");
    let reasons: BTreeSet<&str> = bundled::knowledge().unprovocables.iter().map(|it| it.reason.as_str()).collect();
    let unexplained = report.errors.iter().filter(|row| row.state == "not-provocable");
    let unexplained: Vec<String> = unexplained.filter(|row| !reasons.contains(row.reason.as_str())).map(pair).collect();
    assert_eq!(unexplained, Vec::<String>::new(), "not provocable for a reason that no knowledge file gives");
    assert!(of_state("seen").len() > 210, "{} pairs were seen", of_state("seen").len());

    let unfilled = "the list is empty, and nothing could be made for it";
    let empty: Vec<_> = report.unjudged.iter().filter(|row| row.reason.starts_with(unfilled)).collect();
    assert!(empty.is_empty(), "{empty:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_may_not_write_is_partial_if_it_skips_most() {
    let emulator =
        Emulator::start(Options { settling: Duration::ZERO, ..Options::default() }).await.expect("the emulator starts");
    let report = |operation: &'static str| {
        let selection = Selection { operations: vec![operation.to_owned()], ..Selection::default() };
        let config = Config { allow_writes: false, cases: 1, selection, ..Config::default() };
        let url = emulator.url();
        async move { run::quietly(&url, config).await }
    };
    let status = report("*Room*").await.status;
    assert!(
        status.reason().is_some_and(|why| why.ends_with("cases skipped: writes require --allow-writes")),
        "{status:?}"
    );
    assert!(matches!(status, RunStatus::Partial { .. }));
    assert_eq!(report("ListRooms").await.status, RunStatus::Complete);
    assert!(matches!(report("CreateRoom").await.status, RunStatus::Unusable { .. }));
    emulator.stop().await;
}
