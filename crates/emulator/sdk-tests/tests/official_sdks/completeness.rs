//! A comparison of everything that the SDKs saw in all tests with the models.

use std::collections::{BTreeMap, BTreeSet};

use ivs_model::{ErrorPair, Model, OperationId, bundled};
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::WALKS;
use crate::ledger::{Entries, Ledger};
use crate::sdk::Sdk;

/// The declared errors that no request can trigger, with the reasons.
const NOT_PROVOCABLE: &str = include_str!("not_provocable.toml");

/// The file of the errors that cannot be triggered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Excuses {
    /// Errors that no request can trigger.
    everywhere: Vec<Everywhere>,
    /// Errors that some operations declare without a known cause.
    some: Vec<Some>,
}

/// One error, on every operation that declares it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Everywhere {
    error: String,
    reason: String,
}

/// One error, on the operations named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Some {
    error: String,
    operations: Vec<OperationId>,
    reason: String,
}

/// Runs all walks, each on its own emulator, with one ledger.
async fn all_walks() -> Entries {
    let ledger = Ledger::default();
    let mut walking = JoinSet::new();
    let mut names = BTreeMap::new();
    for walk in WALKS {
        let ledger = ledger.clone();
        let handle = walking.spawn(async move {
            let sdk = Sdk::start((walk.options)(), &ledger).await;
            (walk.run)(&sdk).await;
            sdk.stop().await;
        });
        names.insert(handle.id(), walk.name);
    }
    let mut failed = BTreeSet::new();
    while let Option::Some(walked) = walking.join_next_with_id().await {
        if let Err(error) = walked {
            failed.insert(names[&error.id()]);
        }
    }
    assert!(failed.is_empty(), "these walks fail, also alone: {failed:#?}");
    ledger.entries()
}

/// Returns every operation of the models.
fn operations() -> BTreeSet<OperationId> {
    let of = |model: &'static Model| {
        model.operations.iter().map(|operation| OperationId::new(&model.service.id, &operation.name))
    };
    bundled::models().iter().flat_map(of).collect()
}

/// Returns every pair of operation and declared error.
fn declared() -> BTreeSet<ErrorPair> {
    let mut declared = BTreeSet::new();
    for model in bundled::models() {
        for operation in &model.operations {
            for error in &operation.errors {
                let id = OperationId::new(&model.service.id, &operation.name);
                declared.insert(ErrorPair::new(id, &model.shape(*error).name));
            }
        }
    }
    declared
}

/// Returns the pairs that cannot be triggered.
fn excused(declared: &BTreeSet<ErrorPair>) -> BTreeSet<ErrorPair> {
    let excuses: Excuses = toml::from_str(NOT_PROVOCABLE).expect("the data file is well formed");
    let mut excused = BTreeSet::new();
    for everywhere in &excuses.everywhere {
        assert!(!everywhere.reason.is_empty(), "{everywhere:?}");
        let of_error = declared.iter().filter(|pair| pair.error == everywhere.error);
        excused.extend(of_error);
    }
    for some in &excuses.some {
        assert!(!some.reason.is_empty(), "{some:?}");
        for operation in &some.operations {
            let fresh = excused.insert(ErrorPair::new(*operation, &some.error));
            assert!(fresh, "{operation} is excused twice from {}", some.error);
        }
    }
    excused
}

#[test]
fn excuses_name_declared_pairs_only() {
    let declared = declared();
    let unknown: Vec<_> = excused(&declared).difference(&declared).copied().collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_succeeds_and_every_provocable_error_is_provoked() {
    let seen = all_walks().await;
    let operations = operations();
    let unseen: Vec<_> = operations.difference(&seen.succeeded).collect();
    assert!(unseen.is_empty(), "never called with success: {unseen:#?}");
    assert_eq!(operations.len(), 103);

    let declared = declared();
    let excused = excused(&declared);
    let undeclared: Vec<_> = seen.refused.difference(&declared).collect();
    assert!(undeclared.is_empty(), "answered without being declared: {undeclared:#?}");
    let missing: Vec<_> = declared.difference(&seen.refused).filter(|pair| !excused.contains(*pair)).collect();
    assert!(missing.is_empty(), "neither provoked nor excused: {missing:#?}");
    let stale: Vec<_> = excused.intersection(&seen.refused).collect();
    assert!(stale.is_empty(), "provoked although excused: {stale:#?}");
}
