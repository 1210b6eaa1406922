//! Arbitrary bytes on the socket cause no 5xx and no panic, and the state stays usable.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Bench, Signer, post};

/// Generates JSON of any shape, with member names of the operations.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        Just("arn"),
        Just("name"),
        Just("tags"),
        Just("arns"),
        Just("type"),
        Just("preset"),
        Just("maxResults"),
        Just("nextToken"),
        Just("stageArn"),
        Just("attributes"),
        Just("uri"),
        Just("multitrackInputConfiguration"),
        Just("participantTokenConfigurations"),
        Just("messageReviewHandler"),
        Just("loggingConfigurationIdentifiers"),
        Just("x"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!("arn:aws:ivs:us-east-1:123456789012:channel/abc")),
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn any_bytes_are_answered_without_a_server_error() {
    let runtime = runtime();
    let bench = runtime.block_on(Bench::start());
    proptest!(ProptestConfig::with_cases(200), |(bytes in prop::collection::vec(any::<u8>(), 0..600))| {
        let answer = runtime.block_on(bench.bytes(&bytes));
        prop_assert!(!answer.starts_with(b"HTTP/1.1 5"));
    });
    runtime.block_on(bench.channel());
}

#[test]
fn any_signed_body_is_answered_without_a_server_error() {
    let runtime = runtime();
    let bench = runtime.block_on(Bench::start());
    let operations: Vec<(&str, &str)> = ivs_model::bundled::models()
        .iter()
        .flat_map(|model| {
            model.operations.iter().map(|operation| (model.service.signing_name.as_str(), operation.name.as_str()))
        })
        .collect();
    let input = (any::<prop::sample::Index>(), any_json());
    proptest!(ProptestConfig::with_cases(400), |((index, body) in input)| {
        let (service, operation) = operations[index.index(operations.len())];
        let answer = runtime.block_on(bench.signed(&Signer::of(service), post(operation, &body)));
        prop_assert!(answer.status < 500, "{} {}", operation, answer.status);
    });
}
