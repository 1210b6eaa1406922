//! The healthy emulator yields no finding at all, in any suite (design section 7).

mod run;

use std::time::Duration;

use ivs_emulator::{Emulator, Options};
use ivs_judge::{Outcome, Policy};
use ivs_suites::Config;

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
    assert_eq!(report.outcome(&Policy::default()), Outcome::Conforms);
    assert_eq!(report.summary.operations.total, 103);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
}
