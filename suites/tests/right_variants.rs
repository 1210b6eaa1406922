//! Right answers in another writing: endpoints that differ from the emulator in nothing that a client may depend on yield no
//! finding.

mod run;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use ivs_client::{BoxFuture, Caller, Exchange, Request, Response, Signing};
use ivs_emulator::{Emulator, Options};
use ivs_judge::Report;
use ivs_model::OperationId;
use ivs_runner::{Config, Selection};
use serde_json::Value;
use tokio::sync::OnceCell;

/// Operations of all services and of all kinds of answers: lists, batches, deep structures, empty bodies, errors.
const OPERATIONS: [&str; 8] = [
    "BatchGetChannel",
    "BatchGetStreamKey",
    "CreateStage",
    "DeleteRoom",
    "GetChannel",
    "GetRoom",
    "ListTagsForResource",
    "StartComposition",
];

/// Another writing of the same answer.
type Rewriting = fn(OperationId, &mut Response);

/// A client behind which every answer is written in another way.
struct Rewritten {
    inner: Arc<dyn Caller>,
    rewriting: Rewriting,
}

impl Caller for Rewritten {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let mut exchange = self.inner.send(operation, request, signing).await;
            if let Ok(response) = &mut exchange.outcome {
                (self.rewriting)(operation, response);
            }
            exchange
        })
    }
}

/// A run through the rewriting yields no finding, and passes what passes without it.
async fn is_right(rewriting: Rewriting) {
    is_right_with(Options::default(), rewriting).await;
}

/// The same on an emulator with these options.
async fn is_right_with(options: Options, rewriting: Rewriting) {
    static PLAIN: OnceCell<u64> = OnceCell::const_new();
    let plain = PLAIN.get_or_init(async || judge(Options::default(), |_, _| {}).await.summary.cases.passed).await;
    let report = judge(options, rewriting).await;
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|it| format!("{} [{}] expected {}, got {}", it.identity, it.case, it.expected, it.actual))
        .collect();
    assert!(told.is_empty(), "{told:#?}");
    assert_eq!(report.summary.cases.passed, *plain);
}

/// One run against an emulator of its own.
async fn judge(options: Options, rewriting: Rewriting) -> Report {
    let options = Options { settling: Duration::ZERO, ..options };
    let emulator = Emulator::start(options).await.expect("the emulator starts");
    let operations = OPERATIONS.map(str::to_owned).to_vec();
    let config = Config { cases: 2, selection: Selection { operations, ..Selection::default() }, ..Config::default() };
    let around = |inner| Arc::new(Rewritten { inner, rewriting }) as Arc<dyn Caller>;
    let report = run::through(&emulator.url(), config, around).await;
    emulator.stop().await;
    report
}

/// Rewrites the JSON of a body.
fn rewrite(response: &mut Response, change: impl FnOnce(Value) -> String) {
    if let Ok(body) = serde_json::from_slice(&response.body) {
        response.body = change(body).into();
    }
}

fn reversed(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().rev().map(|(name, member)| (name, reversed(member))).collect(),
        Value::Array(items) => items.into_iter().map(reversed).collect(),
        other => other,
    }
}

/// Writes every letter of every string as `\uXXXX`, names of members too, and spaces between all tokens.
fn escaped(value: &Value) -> String {
    let text = |text: &str| {
        let mut written = String::from("\"");
        for unit in text.encode_utf16() {
            let _ = write!(written, "\\u{unit:04X}");
        }
        written + "\""
    };
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, member)| format!("{} :\t{}", text(name), escaped(member)));
            format!("{{\r\n{} }}", members.collect::<Vec<_>>().join(" ,\n"))
        }
        Value::Array(items) => format!("[ {} ]", items.iter().map(escaped).collect::<Vec<_>>().join(" , ")),
        Value::String(string) => text(string),
        other => other.to_string(),
    }
}

/// The error's name in the forms that clients strip (fact `error-identification`).
fn with_namespace(_: OperationId, response: &mut Response) {
    for (name, value) in &mut response.headers {
        if name == "x-amzn-errortype" {
            let plain = String::from_utf8_lossy(value).into_owned();
            *value = format!("com.amazonaws.ivs#{plain}:http://internal.amazon.com/coral/").into_bytes();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn error_names_may_have_a_namespace() {
    is_right(with_namespace).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_may_come_in_any_order() {
    is_right(|_, response| rewrite(response, |body| reversed(body).to_string())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_may_be_pretty_and_escaped() {
    is_right(|_, response| rewrite(response, |body| escaped(&body))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lists_of_a_batch_may_have_any_order() {
    is_right(|operation, response| {
        if operation.name().starts_with("Batch") {
            rewrite(response, |mut body| {
                for list in body.as_object_mut().into_iter().flat_map(|body| body.values_mut()) {
                    list.as_array_mut().into_iter().for_each(|items| items.reverse());
                }
                body.to_string()
            });
        }
    })
    .await;
}

/// An endpoint may have no `Date`, and then the time of the signature counts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_may_lack_headers_that_nobody_is_owed() {
    is_right(|_, response| {
        response.headers.retain(|(name, _)| !matches!(name.as_str(), "date" | "vary" | "access-control-allow-origin"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_may_be_closed_after_each_answer() {
    is_right_with(Options { closes_connections: true, ..Options::default() }, |_, _| {}).await;
}
