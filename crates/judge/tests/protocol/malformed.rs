//! What the generators plan.

use ivs_client::encode;
use ivs_generators::systematic;
use ivs_model::bundled;
use serde::Deserialize;

use crate::{MALFORMED, MODEL, cases};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MalformedCase {
    id: String,
    operation: String,
    /// The name in the suite `validation`.
    case: String,
    #[serde(flatten)]
    place: WrongText,
    #[serde(default, rename = "covers")]
    _covers: Vec<String>,
}

/// The place of the wrong text in the request.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrongText {
    Path(String),
    Query(String),
    Header(String),
    NoHeader(String),
    Body(String),
}

#[test]
fn every_malformed_request_is_planned() {
    let plan = systematic(&MODEL, bundled::knowledge());
    for MalformedCase { id, operation, case, place, .. } in cases(MALFORMED) {
        let operation = MODEL.operation(&operation).expect("an operation");
        let Some(planned) = plan.of_operation(operation.id).find(|planned| *planned.id.name == case) else {
            panic!("{id}: no case {case} is planned");
        };
        assert!(!planned.is_valid(), "{id}");
        let request = encode(&MODEL, operation, &planned.input.value()).unwrap_or_else(|error| panic!("{id}: {error}"));
        let body = String::from_utf8_lossy(&request.body);
        let is_sent = match &place {
            WrongText::Path(text) => format!("{}/", request.path).contains(&format!("{text}/")),
            WrongText::Query(pair) => request.query.split('&').any(|sent| sent == pair),
            WrongText::Header(line) => {
                let (name, value) = line.split_once(": ").expect("a header");
                request.header(name) == Some(value)
            }
            WrongText::NoHeader(name) => request.header(name).is_none(),
            WrongText::Body(text) => body.contains(text.as_str()),
        };
        assert!(is_sent, "{id}: {} {:?} {body}", request.target(), request.headers);
    }
}
