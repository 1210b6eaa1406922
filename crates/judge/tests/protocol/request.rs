//! What the encoder writes.

use std::collections::BTreeMap;

use ivs_client::encode;
use serde::Deserialize;
use serde_json::Value;

use crate::{MODEL, REQUESTS, cases};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RequestCase {
    id: String,
    operation: String,
    input: String,
    path: String,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    no_headers: Vec<String>,
    json: Option<String>,
    text: Option<String>,
    #[serde(default, rename = "covers")]
    _covers: Vec<String>,
}

#[test]
fn every_input_becomes_its_request() {
    for case in cases::<RequestCase>(REQUESTS) {
        let RequestCase { id, operation, input, path, mut query, headers, no_headers, json, text, .. } = case;
        let operation = MODEL.operation(&operation).expect("an operation");
        let input: Value = serde_json::from_str(&input).expect("JSON");
        let request = encode(&MODEL, operation, &input).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(request.path, path, "{id}");
        let mut sent: Vec<&str> = request.query.split('&').filter(|pair| !pair.is_empty()).collect();
        sent.sort_unstable();
        query.sort_unstable();
        assert_eq!(sent, query, "{id}");
        for (name, value) in &headers {
            assert_eq!(request.header(name), Some(value.as_str()), "{id}: {name}");
        }
        for name in &no_headers {
            assert_eq!(request.header(name), None, "{id}: {name}");
        }
        let body = std::str::from_utf8(&request.body).expect("UTF-8");
        match json {
            Some(json) => {
                let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| panic!("{id}: {text}"));
                assert_eq!(parse(body), parse(&json), "{id}");
            }
            None => assert_eq!(body, text.unwrap_or_default(), "{id}"),
        }
    }
}
