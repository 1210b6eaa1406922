//! The emulator gives the exchanges under `snapshots/exchanges/` as they stand; `cargo insta review` shows what changed.

mod run;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use insta::internals::Content;
use ivs_client::Clock;
use ivs_emulator::{Emulator, Options};
use ivs_model::bundled;
use ivs_suites::{Config, EndpointKind, Provenance, Recording, Selection, SnapshotFile, Snapshots, SuiteName};

/// The exchanges of one run on an emulator of its own.
async fn recorded(config: Config) -> Vec<SnapshotFile> {
    let emulator =
        Emulator::start(Options { settling: Duration::ZERO, ..Options::default() }).await.expect("the emulator starts");
    let recording = Recording::new();
    let selection = Selection { suites: vec![SuiteName::Snapshot], ..Selection::default() };
    let _ = run::quietly(&emulator.url(), Config { recording: Some(recording.clone()), selection, ..config }).await;
    emulator.stop().await;
    // Only what is new gets this date; it is no part of what is compared.
    let date = time::OffsetDateTime::from(Clock::system().now()).date().to_string();
    let provenance = Provenance { endpoint: EndpointKind::Embedded, region: "us-west-2".to_owned(), date };
    recording.files(|_| provenance.clone())
}

/// Holds one file against the stored one in insta's way.
fn assert_stored(file: &SnapshotFile) {
    let entry = |name: &'static str| {
        let line = file.text.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
        (name, Content::from(line.expect("the head has it")))
    };
    let info = Content::Struct("Provenance", ["endpoint", "region", "date"].map(entry).to_vec());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../../snapshots/exchanges/{}", file.operation.service()));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_raw_info(&info);
    settings.bind(|| insta::assert_snapshot!(file.operation.name(), file.exchanges));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_emulator_gives_the_stored_exchanges() {
    let files = recorded(Config::default()).await;
    assert_eq!(files.len(), 103);
    // All that changed is to be reviewed at once.
    let differ: Vec<&str> = files
        .iter()
        .filter(|file| catch_unwind(AssertUnwindSafe(|| assert_stored(file))).is_err())
        .map(|file| file.operation.name())
        .collect();
    assert!(differ.is_empty(), "not as stored: {differ:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_region_and_a_run_tag_and_many_calls_at_once_give_the_same_exchanges() {
    let config = Config {
        region: "eu-west-1".to_owned(),
        run_tag: Some("1763788683-4711".to_owned()),
        concurrency: 16,
        ..Config::default()
    };
    let snapshots = Snapshots::embedded();
    for file in recorded(config).await {
        let stored = snapshots.text(file.operation).expect("it is stored");
        let exchanges = stored.splitn(3, "---\n").nth(2).expect("a head and a body");
        assert_eq!(exchanges.trim(), file.exchanges.trim(), "{}", file.operation);
    }
}

#[test]
fn nothing_stored_is_of_one_account_or_one_run() {
    let snapshots = Snapshots::embedded();
    for model in bundled::models() {
        for operation in &model.operations {
            let text = snapshots.text(operation.id).expect("it is stored");
            for hidden in ["123456789012", "arn:aws:", "sk_us-", "eyJ", "BEGIN PUBLIC KEY", "ivs-contract:run"] {
                assert!(!text.contains(hidden), "{} holds {hidden}", operation.name);
            }
        }
    }
}
