//! Right answers in another writing: endpoints that differ from the emulator in nothing that a client may depend on yield no
//! finding. An endpoint that differs in one way has few causes.

mod run;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use ivs_client::{BoxFuture, Caller, Exchange, Request, Response, Signing};
use ivs_emulator::{Emulator, Options};
use ivs_judge::{Report, Severity};
use ivs_model::OperationId;
use ivs_runner::{Config, Selection};
use serde_json::{Value, json};
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
    let plain = PLAIN.get_or_init(async || judge(Options::default(), None).await.summary.cases.passed).await;
    let report = judge(options, Some(rewriting)).await;
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|it| format!("{} [{}] expected {}, got {}", it.identity, it.case, it.expected, it.actual))
        .collect();
    assert!(told.is_empty(), "{told:#?}");
    assert_eq!(report.summary.cases.passed, *plain);
}

/// One run against an emulator of its own.
async fn judge(options: Options, rewriting: Option<Rewriting>) -> Report {
    judge_operations(&OPERATIONS, options, rewriting).await
}

async fn judge_operations(operations: &[&str], options: Options, rewriting: Option<Rewriting>) -> Report {
    let options = Options { settling: Duration::ZERO, ..options };
    let emulator = Emulator::start(options).await.expect("the emulator starts");
    let operations = operations.iter().map(|&operation| operation.to_owned()).collect();
    let config = Config { cases: 2, selection: Selection { operations, ..Selection::default() }, ..Config::default() };
    let report = match rewriting {
        None => run::quietly(&emulator.url(), config).await,
        Some(rewriting) => {
            run::through(&emulator.url(), config, |inner| Arc::new(Rewritten { inner, rewriting })).await
        }
    };
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

/// The texts of a value, changed.
fn with_texts(value: Value, change: fn(String) -> String) -> Value {
    match value {
        Value::Object(members) => {
            members.into_iter().map(|(name, member)| (name, with_texts(member, change))).collect()
        }
        Value::Array(items) => items.into_iter().map(|item| with_texts(item, change)).collect(),
        Value::String(text) => Value::String(change(text)),
        other => other,
    }
}

/// A time such as `2026-11-30T02:47:21.602Z` without its fraction.
fn without_fraction(text: String) -> String {
    match text.split_once('.') {
        Some((second, fraction)) if second.contains('T') && second.contains(':') && fraction.ends_with('Z') => {
            format!("{second}Z")
        }
        _ => text,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_may_be_of_whole_seconds() {
    let rewriting: Rewriting = |_, response| rewrite(response, |body| with_texts(body, without_fraction).to_string());
    is_right(rewriting).await;
    let updates = ["UpdateRoom", "UpdateLoggingConfiguration"];
    let report = judge_operations(&updates, Options::default(), Some(rewriting)).await;
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
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

/// Operations whose answers have been seen, or are documented, in two forms (facts `D1` to `D17`).
const IN_TWO_FORMS: [&str; 16] = [
    "CreateChannel",
    "CreateIngestConfiguration",
    "CreateParticipantToken",
    "CreateRoom",
    "CreateStage",
    "GetChannel",
    "GetComposition",
    "GetParticipant",
    "GetRoom",
    "GetStage",
    "GetStreamKey",
    "ListParticipants",
    "ListRooms",
    "StartComposition",
    "StartParticipantReplication",
    "UpdateRoom",
];

/// Calls a function with every object of a value.
fn each_object(value: &mut Value, change: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            change(members);
            members.values_mut().for_each(|member| each_object(member, change));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, change)),
        _ => {}
    }
}

/// Replaces the first label of a host.
fn with_label(text: &str, label: &str) -> String {
    let (scheme, host) = text.split_once("://").map_or(("", text), |(scheme, host)| (scheme, host));
    let rest = host.split_once('.').map_or("", |(_, rest)| rest);
    if scheme.is_empty() { format!("{label}.{rest}") } else { format!("{scheme}://{label}.{rest}") }
}

/// Rewrites an object to the form that the emulator had before AWS was seen to have another.
fn to_other_form(members: &mut serde_json::Map<String, Value>) {
    let text = |members: &serde_json::Map<String, Value>, name: &str| {
        members.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let id = text(members, "arn").and_then(|arn| Some(arn.rsplit_once('/')?.1.to_owned()));
    // D1: rooms.
    if members.contains_key("maximumMessageLength") && id.is_some() {
        members.entry("messageReviewHandler").or_insert_with(|| json!({"uri": "", "fallbackResult": "ALLOW"}));
        members.entry("loggingConfigurationIdentifiers").or_insert_with(|| json!([]));
    }
    // D6: host names with the id of the resource.
    if let Some(id) = &id {
        for name in ["ingestEndpoint", "playbackUrl"] {
            if let Some(host) = text(members, name) {
                members.insert(name.to_owned(), json!(with_label(&host, id)));
            }
        }
        if let Some(Value::Object(endpoints)) = members.get_mut("endpoints") {
            for name in ["whip", "rtmp", "rtmps"] {
                if let Some(host) = text(endpoints, name) {
                    endpoints.insert(name.to_owned(), json!(with_label(&host, id)));
                }
            }
            endpoints.insert("events".to_owned(), json!(format!("wss://global.events.live-video.net/us-west-2/{id}")));
        }
    }
    // D8: an opaque token in another form.
    if let Some(token) = text(members, "token").filter(|token| token.matches('.').count() == 2) {
        let rest = token.split_once('.').map_or("", |(_, rest)| rest).to_owned();
        members.insert("token".to_owned(), json!(format!("eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzM4NCJ9.{rest}")));
    }
    // D10: the start at once, two ids, no fill mode.
    if members.contains_key("configuration") && text(members, "state").is_some_and(|state| state == "STARTING") {
        members.entry("startTime").or_insert_with(|| json!(UNKNOWN_START));
    }
    if let Some(prefix) = text(members, "recordingPrefix") {
        let shorter = prefix.split_once('/').map_or("", |(_, rest)| rest).to_owned();
        members.insert("recordingPrefix".to_owned(), json!(shorter));
    }
    if text(members, "videoFillMode").is_some_and(|mode| mode.is_empty()) {
        members.remove("videoFillMode");
    }
    // D11: dashes.
    if let Some(prefix) = text(members, "recordingS3Prefix") {
        members.insert("recordingS3Prefix".to_owned(), json!(prefix.replace('/', "-")));
    }
    // D12: the id of the channel.
    if let (Some(value), Some(channel)) = (text(members, "value"), text(members, "channelArn"))
        && let ([start, region, _, secret], Some((_, id))) =
            (&value.splitn(4, '_').collect::<Vec<_>>()[..], channel.rsplit_once('/'))
    {
        members.insert("value".to_owned(), json!(format!("{start}_{region}_{id}_{secret}")));
    }
    // D13: the credential of the second stream only.
    if let Some(Value::Array(credentials)) = members.get_mut("redundantIngestCredentials") {
        credentials.truncate(1);
    }
    // D14: unset members left out.
    for name in ["sourceStageArn", "sourceSessionId"] {
        if text(members, name).is_some_and(|text| text.is_empty()) {
            members.remove(name);
        }
    }
}

/// A start before every end.
const UNKNOWN_START: &str = "2026-01-01T00:00:00.000Z";

/// The answers that AWS was seen to give, and the other forms of them, are both right where one observation is all there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_that_were_observed_only_are_no_error() {
    let to_other_forms: Rewriting = |_, response| {
        for (name, value) in &mut response.headers {
            match name.as_str() {
                "x-frame-options" => *value = b"SAMEORIGIN".to_vec(),
                "access-control-expose-headers" => *value = b"x-amzn-errortype,x-amzn-requestid,date".to_vec(),
                // D17: the error that other restJson1 services have for a wrong type.
                "x-amzn-errortype" if is_of_a_wrong_type(&response.body) => *value = b"SerializationException".to_vec(),
                _ => {}
            }
        }
        rewrite(response, |mut body| {
            each_object(&mut body, &mut to_other_form);
            body.to_string()
        });
    };
    for rewriting in [None, Some(to_other_forms)] {
        let report = judge_operations(&IN_TWO_FORMS, Options::default(), rewriting).await;
        let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let told: Vec<String> = errors
            .map(|it| format!("{} [{}] expected {}, got {}", it.identity, it.case, it.expected, it.actual))
            .collect();
        assert!(told.is_empty(), "{told:#?}");
        assert!(report.summary.cases.passed > 500, "{} passed", report.summary.cases.passed);
    }
}

/// One departure of an endpoint is at most so many causes, however many findings it has.
const FEW: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn another_status_of_all_validation_errors_has_few_causes() {
    let another_status: Rewriting = |_, response| {
        if response.status == 400 {
            response.status = 422;
        }
    };
    let report = judge(Options::default(), Some(another_status)).await;
    has_few_causes(&report, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_status_of_wrong_signatures_has_few_causes() {
    let fault = Some("wrong-signature-is-400".parse().expect("there is such a fault"));
    let report = judge_operations(&OPERATIONS, Options { fault, ..Options::default() }, None).await;
    has_few_causes(&report, 50);
}

fn has_few_causes(report: &Report, findings: usize) {
    let told: Vec<String> = report.causes.iter().map(|it| format!("{}: {}", it.id, it.findings.total())).collect();
    assert!((1..=FEW).contains(&report.causes.len()), "{told:#?}");
    assert!(report.findings.len() >= findings, "{} findings", report.findings.len());
}

/// Whether an error of the emulator is about the JSON type of a member.
fn is_of_a_wrong_type(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    let types = ["a string", "a list", "an object", "true or false", "a whole number", "a number"];
    types.iter().any(|name| body.contains(&format!("must be {name}")))
}
