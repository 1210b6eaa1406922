//! A target that is slow, fails now and then, throttles or is started anew in mid-run: the run goes on, blames nobody for it,
//! and leaves nothing behind (docs/safety.md#retries). A crash of a check is none of the run.

mod run;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Response, RetryPolicy, Signing};
use ivs_emulator::{Emulator, Options, Running};
use ivs_judge::Report;
use ivs_model::OperationId;
use ivs_runner::{Config, Selection};

/// What comes in the place of an answer.
#[derive(Clone, Copy)]
enum Mishap {
    /// The request never arrives, and this status comes back.
    Before(u16),
    /// The request is carried out, and its answer is lost.
    After(FailureKind),
    /// Too many calls, with what `retry-after` says.
    Throttled(Option<&'static str>),
    /// Too many calls, by name and with a status of 400.
    ThrottledByName,
}

/// A client behind which every so-manieth call meets with a mishap; never twice in a row.
struct Unsteady {
    inner: Arc<dyn Caller>,
    every: u64,
    mishap: Mishap,
    calls: AtomicU64,
    /// What the calls that got through have made, each with the input that made it, less what was removed.
    alive: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Unsteady {
    fn note(&self, exchange: &Exchange) {
        let Ok(response) = &exchange.outcome else { return };
        let mut alive = self.alive.lock().expect("no call panics");
        let asked: serde_json::Value = serde_json::from_slice(&exchange.request.body).unwrap_or_default();
        let gone = matches!(response.status, 200 | 204) && exchange.operation.name().starts_with("Delete");
        if let Some(arn) = asked.get("arn").or(asked.get("identifier")).and_then(|arn| arn.as_str()).filter(|_| gone) {
            alive.remove(arn);
        }
        if response.status == 200 && exchange.operation.name().starts_with("Create") {
            let answer = response.json().unwrap_or_default();
            for kind in ["room", "stage"] {
                let arn = answer.get(kind).unwrap_or(&answer).get("arn").and_then(|arn| arn.as_str());
                if let Some(arn) = arn.filter(|arn| arn.contains(&format!(":{kind}/"))) {
                    alive.insert(arn.to_owned(), asked.to_string());
                }
            }
        }
    }
}

impl Caller for Unsteady {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let number = self.calls.fetch_add(1, Ordering::Relaxed);
            let meets = number % self.every == self.every - 1;
            let answer = |status: u16, headers: &[(&str, &str)]| {
                let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()));
                Ok(Response { status, headers: headers.collect(), body: Bytes::from_static(b"{}") })
            };
            let outcome = match self.mishap {
                _ if !meets => None,
                Mishap::After(_) => None,
                Mishap::Before(status) => Some(answer(status, &[])),
                Mishap::Throttled(None) => Some(answer(429, &[])),
                Mishap::Throttled(Some(seconds)) => Some(answer(429, &[("retry-after", seconds)])),
                Mishap::ThrottledByName => Some(answer(400, &[("x-amzn-errortype", "ThrottlingException")])),
            };
            if let Some(outcome) = outcome {
                return Exchange { operation, request, outcome, duration: Duration::ZERO };
            }
            let mut exchange = self.inner.send(operation, request, signing).await;
            self.note(&exchange);
            if let (true, Mishap::After(kind)) = (meets, self.mishap) {
                exchange.outcome = Err(Failure::new(kind, "lost on the way"));
            }
            exchange
        })
    }
}

/// Waits that no test feels, and so many attempts that no call meets a mishap each time.
fn quick() -> RetryPolicy {
    RetryPolicy {
        max_attempts: 12,
        initial_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(4),
        recovery_window: Duration::from_secs(5),
    }
}

fn some() -> Config {
    let operations = ["*Room", "DeleteStage", "ListStages"].map(str::to_owned).to_vec();
    let selection = Selection { operations, ..Selection::default() };
    Config { cases: 1, selection, retry: quick(), run_tag: Some("unsteady".to_owned()), ..Config::default() }
}

async fn emulator() -> Running {
    Emulator::start(Options { settling: Duration::ZERO, ..Options::default() }).await.expect("the emulator starts")
}

/// A run through mishaps: nobody is blamed, most cases have a verdict, nothing is left.
async fn is_survived(every: u64, mishap: Mishap) -> Report {
    let emulator = emulator().await;
    let alive = Arc::new(Mutex::new(BTreeMap::new()));
    let seen = Arc::clone(&alive);
    let report = run::through(&emulator.url(), some(), |inner| {
        Arc::new(Unsteady { inner, every, mishap, calls: AtomicU64::new(0), alive: seen })
    })
    .await;
    emulator.stop().await;
    let findings: Vec<String> =
        report.findings.iter().map(|it| format!("{} [{}] actual {}", it.identity, it.case, it.actual)).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(report.unusable.is_none());
    assert!(report.summary.retries > 0, "nothing was sent again");
    let cases = report.summary.cases;
    assert!(cases.passed * 10 > cases.run * 8, "{cases:?}");
    let alive = alive.lock().expect("no call panics");
    // Bodies that are made to be malformed carry no tag.
    let (tagged, untagged): (Vec<_>, Vec<_>) = alive.iter().partition(|(_, input)| input.contains("ivs-contract:run"));
    assert!(tagged.is_empty(), "left behind: {tagged:?}, {:?}", report.notes);
    for (arn, _) in untagged {
        let kind = if arn.contains(":room/") { "CreateRoom" } else { "CreateStage" };
        assert!(report.notes.iter().any(|note| note.contains(kind)), "{arn} is left behind: {:?}", report.notes);
    }
    let others = report.notes.iter().filter(|note| !note.contains("no tag to find it by"));
    assert_eq!(others.count(), 0, "{:?}", report.notes);
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_errors_now_and_then_blame_nobody() {
    is_survived(23, Mishap::Before(500)).await;
    is_survived(29, Mishap::Before(503)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_lost_on_the_way_leave_nothing_behind() {
    is_survived(23, Mishap::After(FailureKind::Closed)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_come_too_late_leave_nothing_behind() {
    is_survived(31, Mishap::After(FailureKind::Timeout)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttled_calls_are_sent_again() {
    is_survived(7, Mishap::Throttled(None)).await;
    is_survived(11, Mishap::Throttled(Some("1"))).await;
    is_survived(13, Mishap::ThrottledByName).await;
}

/// A client whose endpoint is started anew, with nothing in it, at the call of that number.
struct Restarted {
    before: Arc<dyn Caller>,
    after: Arc<dyn Caller>,
    at: u64,
    refused: u64,
    calls: AtomicU64,
}

impl Caller for Restarted {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let number = self.calls.fetch_add(1, Ordering::SeqCst);
            match number {
                _ if number < self.at => self.before.send(operation, request, signing).await,
                _ if number < self.at + self.refused => Exchange {
                    operation,
                    request,
                    outcome: Err(Failure::new(FailureKind::Connect, "nobody listens")),
                    duration: Duration::ZERO,
                },
                _ => self.after.send(operation, request, signing).await,
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_is_started_anew_is_not_blamed_for_what_it_forgot() {
    let (first, second) = (emulator().await, emulator().await);
    for at in [150, 700] {
        let after = run::client(&second.url(), "us-west-2");
        let report = run::through(&first.url(), some(), |before| {
            Arc::new(Restarted { before, after, at, refused: 12, calls: AtomicU64::new(0) })
        })
        .await;
        let findings: Vec<String> = report.findings.iter().map(|finding| finding.identity.to_string()).collect();
        assert!(findings.is_empty(), "{findings:#?}");
        assert!(report.summary.cases.passed * 10 > report.summary.cases.run * 5, "{:?}", report.summary.cases);
        assert_eq!(report.notes, Vec::<String>::new());
    }
    first.stop().await;
    second.stop().await;
}

/// A client that breaks down on one operation.
struct Crashing(Arc<dyn Caller>);

impl Caller for Crashing {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        let pages = operation.name() == "ListRooms" && request.body.windows(9).any(|part| part == b"nextToken");
        let asks_for_it = pages || operation.name() == "GetRoom";
        assert!(!asks_for_it, "a check breaks down");
        self.0.send(operation, request, signing)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_a_check_is_indeterminate_and_stops_no_other() {
    let emulator = emulator().await;
    let operations = ["GetRoom", "ListRooms", "GetStage"].map(str::to_owned).to_vec();
    let config = Config { selection: Selection { operations, ..Selection::default() }, ..some() };
    let whole = run::quietly(&emulator.url(), config.clone()).await;
    let report = run::through(&emulator.url(), config, |inner| Arc::new(Crashing(inner))).await;
    emulator.stop().await;
    let row = |report: &Report, name: &str| {
        let row = report.operations.iter().find(|row| row.operation == name);
        row.map(|row| row.cases).expect("the operation is in the report")
    };
    let total = |cases: ivs_judge::CaseCounts| cases.run + cases.skipped + cases.not_sent;
    for name in ["GetRoom", "ListRooms", "GetStage"] {
        assert_eq!(total(row(&report, name)), total(row(&whole, name)), "{name}: cases were dropped");
    }
    assert_eq!(row(&report, "GetRoom").indeterminate, row(&report, "GetRoom").run);
    assert!(row(&report, "ListRooms").indeterminate > row(&whole, "ListRooms").indeterminate);
    assert_eq!(row(&report, "GetStage"), row(&whole, "GetStage"), "{:?}", report.unjudged);
    let crashed = report.unjudged.iter().filter(|row| row.reason == "the check itself crashed");
    assert!(crashed.map(|row| row.cases).sum::<u64>() > 0);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

/// A client whose endpoint takes every call from the one of that number on, and answers none of them.
struct Silent {
    inner: Arc<dyn Caller>,
    from: u64,
    calls: AtomicU64,
}

impl Caller for Silent {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            if self.calls.fetch_add(1, Ordering::SeqCst) < self.from {
                return self.inner.send(operation, request, signing).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            let outcome = Err(Failure::new(FailureKind::Timeout, "no answer in time"));
            Exchange { operation, request, outcome, duration: Duration::ZERO }
        })
    }
}

/// A run at an endpoint that falls silent, and the number of calls that it did not answer.
async fn silenced(url: &str, from: u64, concurrency: usize) -> (Report, u64) {
    let silent = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&silent);
    let report = run::through(url, Config { concurrency, ..some() }, |inner| {
        let client = Arc::new(Silent { inner, from, calls: AtomicU64::new(0) });
        *seen.lock().expect("no holder panics") = Some(Arc::clone(&client));
        client
    })
    .await;
    let client = silent.lock().expect("no holder panics").take().expect("a client was made");
    (report, client.calls.load(Ordering::SeqCst) - from)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_never_answers_ends_the_run_after_a_handful_of_calls() {
    let (report, unanswered) = silenced("http://127.0.0.1:1", 0, 8).await;
    let reason = report.unusable.as_deref().unwrap_or_default();
    assert!(reason.contains("answers nothing"), "{reason}");
    // Two for each service.
    assert_eq!(unanswered, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_falls_silent_ends_the_run_when_one_more_call_is_not_answered() {
    let emulator = emulator().await;
    for concurrency in [1, 8] {
        let (report, unanswered) = silenced(&emulator.url(), 500, concurrency).await;
        assert!(matches!(report.status, ivs_judge::RunStatus::Partial { .. }), "{:?}", report.status);
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        assert!(!report.left_behind.is_empty(), "nothing could be deleted");
        // Those under way (calls that are to meet pass the limit), the one that tells, and what was sent until it did.
        assert!(unanswered <= 3 * concurrency as u64 + 2, "{unanswered} calls at {concurrency} at once");
    }
    emulator.stop().await;
}
