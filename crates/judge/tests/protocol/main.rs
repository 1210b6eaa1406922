//! The protocol cases of `fixtures/protocol/`: what the encoder writes, what the generators plan, what the judge reads.

mod coverage;
mod malformed;
mod request;
mod response;

use std::sync::LazyLock;

use ivs_model::Model;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Inputs, and the requests that they must become.
const REQUESTS: &str = include_str!("../../../../fixtures/protocol/requests.toml");
/// Responses, and the findings that they must give.
const RESPONSES: &str = include_str!("../../../../fixtures/protocol/responses.toml");
/// Planned cases, and the wrong texts that they must send.
const MALFORMED: &str = include_str!("../../../../fixtures/protocol/malformed.toml");
/// The ids of the public cases of botocore and Smithy.
const PUBLIC: &str = include_str!("../../../../fixtures/protocol/public.toml");
/// The public cases that none of ours covers, with the reason.
const UNCOVERED: &str = include_str!("../../../../fixtures/protocol/uncovered.toml");

/// The invented service with every binding of restJson1.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    Model::from_slice(include_bytes!("../../../../fixtures/protocol/model.json")).expect("the model is read whole")
});

/// A file of cases.
#[derive(Deserialize)]
struct Cases<T> {
    case: Vec<T>,
}

fn cases<T: DeserializeOwned>(text: &str) -> Vec<T> {
    toml::from_str::<Cases<T>>(text).expect("a file of cases").case
}

#[test]
fn invented_service_is_read_without_a_gap() {
    assert_eq!(MODEL.gaps, []);
}
