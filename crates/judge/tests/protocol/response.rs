//! What the judge reads.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ivs_client::{Exchange, Request, Response};
use ivs_judge::{Judge, Reproducer, RequestContext};
use ivs_model::{CaseId, bundled};
use serde::Deserialize;

use crate::{MODEL, RESPONSES, cases};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseCase {
    id: String,
    operation: String,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: String,
    /// The check and the site of each.
    #[serde(default)]
    findings: Vec<String>,
    #[serde(default, rename = "covers")]
    _covers: Vec<String>,
}

#[test]
fn every_response_gives_its_findings() {
    let models = std::slice::from_ref(&*MODEL);
    for case in cases::<ResponseCase>(RESPONSES) {
        let ResponseCase { id, operation, status, mut headers, body, mut findings, .. } = case;
        let operation = MODEL.operation(&operation).expect("an operation");
        headers.insert("x-amzn-requestid".to_owned(), "0f3a1c52-7b1e-4d0e-9f55-2c8d7a6b4e31".to_owned());
        if !body.is_empty() {
            headers.entry("content-type".to_owned()).or_insert_with(|| "application/json".to_owned());
        }
        let headers = headers.into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        let request = Request {
            method: operation.method.as_str().to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        };
        let response = Response { status: status.unwrap_or(200), headers, body: Bytes::from(body) };
        let exchange = Exchange { operation: operation.id, request, outcome: Ok(response), duration: Duration::ZERO };
        let judge = Judge::new(models, bundled::knowledge(), Reproducer::new(7));
        let case = CaseId::control(operation.id);
        let judgement = judge.universal(&exchange, &RequestContext::valid(&case));
        let mut found: Vec<String> =
            judgement.findings.iter().map(|finding| format!("{} {}", finding.check, finding.identity.site)).collect();
        found.sort_unstable();
        findings.sort_unstable();
        assert_eq!(found, findings, "{id}");
    }
}
