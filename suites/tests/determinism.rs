//! The same seed gives the same report, byte for byte but for duration and endpoint
//! (docs/architecture.md#how-the-harness-is-tested).

mod run;

use std::time::Duration;

use ivs_emulator::{Emulator, Options};
use ivs_runner::Config;
use serde_json::Value;

/// One run on an emulator of its own, as JSON without what may differ.
async fn report(config: Config) -> String {
    let emulator =
        Emulator::start(Options { settling: Duration::ZERO, ..Options::default() }).await.expect("the emulator starts");
    let config = Config { endpoint: emulator.url(), ..config };
    let report = run::quietly(&emulator.url(), config).await;
    emulator.stop().await;
    let mut report = serde_json::to_value(&report).expect("a report is JSON");
    for dropped in ["duration_s", "endpoint"] {
        report.as_object_mut().expect("an object").remove(dropped).expect("it is there");
    }
    if let Some(Value::Object(summary)) = report.get_mut("summary") {
        summary.remove("retries");
    }
    serde_json::to_string_pretty(&report).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn same_seed_gives_the_same_report_however_many_calls_run_at_once_and_whether_plans_are_kept() {
    let config = Config { cases: 2, ..Config::default() };
    // Side by side, so that each gets in the way of the other.
    let first = report(Config { concurrency: 3, ..config.clone() });
    let (first, second) = tokio::join!(first, report(Config { concurrency: 16, kept_cases: 0, ..config }));
    assert!(first == second, "{}", first_difference(&first, &second));
}

/// The first lines that differ.
fn first_difference(first: &str, second: &str) -> String {
    first
        .lines()
        .zip(second.lines())
        .enumerate()
        .find(|(_, (one, other))| one != other)
        .map_or_else(|| "one is longer".to_owned(), |(number, (one, other))| format!("line {number}: {one} / {other}"))
}
