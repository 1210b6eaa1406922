//! Runs on one endpoint, one after the other and at the same time: they agree, and leave nothing behind.

mod run;

use std::time::Duration;

use ivs_client::{Caller as _, Signing, encode};
use ivs_emulator::{Emulator, Options, Running};
use ivs_judge::{Outcome, Policy, Report};
use ivs_model::bundled;
use ivs_runner::{Config, RunNonce, Selection};
use serde_json::{Value, json};

/// One operation of each kind that is not the same the second time: tokens, keys, quotas, lists, deletions.
const OPERATIONS: [&str; 8] = [
    "StartComposition",
    "ImportPublicKey",
    "ImportPlaybackKeyPair",
    "GetPlaybackKeyPair",
    "CreateLoggingConfiguration",
    "CreateRoom",
    "ListRooms",
    "DeleteStage",
];

fn config(nonce: u128, concurrency: usize) -> Config {
    let operations = OPERATIONS.map(str::to_owned).to_vec();
    Config {
        cases: 1,
        concurrency,
        nonce: RunNonce::new(nonce),
        run_tag: Some(format!("run-of-{nonce}")),
        selection: Selection { operations, ..Selection::default() },
        ..Config::default()
    }
}

async fn emulator(settling: Duration) -> Running {
    Emulator::start(Options { settling, ..Options::default() }).await.expect("the emulator starts")
}

/// The report without what may differ.
fn comparable(report: &Report) -> Value {
    let mut report = serde_json::to_value(report).expect("a report is JSON");
    report["duration_s"] = json!(0);
    report["summary"]["retries"] = json!(0);
    // Lists have more pages where others, or stopped compositions, are listed too.
    report["summary"]["exchanges"] = json!(0);
    report
}

fn first_difference(one: &Value, other: &Value) -> String {
    let lines = |report| serde_json::to_string_pretty(report).expect("JSON");
    let (one, other) = (lines(one), lines(other));
    let differ = one.lines().zip(other.lines()).filter(|(one, other)| one != other);
    let differ = differ.map(|(one, other)| format!("{} / {}", one.trim(), other.trim())).take(30);
    differ.collect::<Vec<_>>().join("\n")
}

/// Everything that the endpoint lists when deletions have had their time.
async fn left(url: &str) -> Vec<String> {
    for _ in 0..50 {
        if listed(url).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    listed(url).await
}

/// Everything that the endpoint lists, but for compositions that have stopped: those it keeps for a while.
async fn listed(url: &str) -> Vec<String> {
    let client = run::client(url, "us-west-2");
    let mut found = Vec::new();
    for model in bundled::models() {
        let is_free = |it: &&ivs_model::Operation| model.members(it.input).iter().all(|member| !member.required);
        for operation in model.operations.iter().filter(|it| it.pagination.is_some()).filter(is_free) {
            let request = encode(model, operation, &json!({})).expect("an empty input");
            let exchange = client.send(operation.id, request, &Signing::Valid).await;
            let answer = exchange.outcome.expect("an answer").json().expect("JSON");
            let items = answer.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array()).flatten();
            found.extend(items.filter(|item| item["state"] != "STOPPED").map(ToString::to_string));
        }
    }
    found
}

fn assert_conforms(report: &Report) {
    let findings: Vec<String> = report
        .findings
        .iter()
        .map(|it| format!("{} [{}] expected {} actual {}", it.identity, it.case, it.expected, it.actual))
        .collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert_eq!(report.outcome(&Policy::default()), Outcome::Conforms, "{:?}", report.status);
    assert!(report.left_behind.is_empty(), "{:?}", report.left_behind);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_in_a_row_give_equal_reports_and_runs_at_once_no_finding_and_all_leave_nothing() {
    let emulator = emulator(Duration::ZERO).await;
    let url = emulator.url();
    let mut first: Option<Value> = None;
    let mut check = |report: &Report| {
        assert_conforms(report);
        let report = comparable(report);
        let first = first.get_or_insert_with(|| report.clone());
        let unjudged = format!("{:#}\n{:#}", first["unjudged"], report["unjudged"]);
        assert!(*first == report, "{}\n{unjudged}", first_difference(first, &report));
    };
    for (nonce, concurrency) in [(1, 8), (2, 1), (3, 64)] {
        check(&run::quietly(&url, config(nonce, concurrency)).await);
        assert_eq!(listed(&url).await, Vec::<String>::new());
    }
    let (one, other) = tokio::join!(run::quietly(&url, config(4, 8)), run::quietly(&url, config(5, 8)));
    // A case that wants half of a small quota may find too little of it left: then it has no verdict.
    for report in [one, other] {
        assert_conforms(&report);
        assert!(report.summary.cases.indeterminate < 20, "{:?}", report.unjudged);
    }
    assert_eq!(listed(&url).await, Vec::<String>::new());
    emulator.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_its_time_to_be_made_is_deleted_when_it_has_settled() {
    let emulator = emulator(Duration::from_millis(50)).await;
    let url = emulator.url();
    let operations = ["CreateLoggingConfiguration", "DeleteRecordingConfiguration"].map(str::to_owned).to_vec();
    let selection = Selection { operations, ..Selection::default() };
    let report = run::quietly(&url, Config { selection, ..config(1, 8) }).await;
    assert_conforms(&report);
    let full = report.unjudged.iter().filter(|row| row.reason.contains("402"));
    let cases: u64 = full.clone().map(|row| row.cases).sum();
    // Some run on a quota that is full of what is being deleted.
    assert!(cases * 20 < report.summary.cases.run, "{:?}", full.collect::<Vec<_>>());
    assert_eq!(left(&url).await, Vec::<String>::new());
    emulator.stop().await;
}
