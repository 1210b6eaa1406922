//! Noise on the way to a healthy endpoint is not blamed on it: lost, late, broken and made-up answers, at random with seeds
//! (docs/architecture.md#how-the-harness-is-tested).

mod run;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ivs_client::{BoxFuture, Caller, Exchange, Failure, FailureKind, Request, Response, RetryPolicy, Signing};
use ivs_emulator::{Emulator, Options, Running};
use ivs_judge::{BODY_JSON, Report};
use ivs_model::{OperationId, SuiteName, bundled};
use ivs_runner::{Config, Selection};

/// What happens to a call.
#[derive(Debug, Clone, Copy)]
enum Noise {
    /// The request never arrives, and this status comes back, with this error name.
    Status(u16, &'static str),
    /// The request never arrives, and the connection breaks.
    Reset,
    /// The request is carried out, and its answer is lost in this way.
    Lost(FailureKind),
    /// The request is carried out, and the end of the answer's body is missing.
    Truncated,
}

/// Which calls meet with noise.
#[derive(Debug, Clone, Copy)]
enum When {
    /// So many of a hundred, drawn from the seed.
    Percent(u64),
    /// The call of this operation with this number, from 0.
    Once(&'static str, u64),
    /// Those of the suite `auth` alone: requests whose signature is wrong.
    WronglySigned(u64),
}

/// A call times out after longer than others take: meanwhile they are answered.
const TIMEOUT: Duration = Duration::from_millis(50);

/// A client behind which calls meet with noise.
struct Noisy {
    inner: Arc<dyn Caller>,
    seed: u64,
    noise: Noise,
    when: When,
    calls: AtomicU64,
}

impl Noisy {
    fn meets(&self, operation: OperationId, signing: &Signing) -> bool {
        let drawn = |percent: u64| {
            let number = self.calls.fetch_add(1, Ordering::Relaxed);
            mixed(self.seed.wrapping_mul(1_000_003).wrapping_add(number)) % 100 < percent
        };
        match self.when {
            When::Percent(percent) => drawn(percent),
            When::WronglySigned(percent) => *signing != Signing::Valid && drawn(percent),
            When::Once(name, number) => {
                operation.name() == name && self.calls.fetch_add(1, Ordering::Relaxed) == number
            }
        }
    }
}

/// One draw of splitmix64.
fn mixed(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Caller for Noisy {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            if let (Noise::Truncated, When::Once(..)) = (self.noise, self.when) {
                // Only what was taken is counted: a broken refusal is not blamed.
                let mut exchange = self.inner.send(operation, request, signing).await;
                if let Ok(response) = &mut exchange.outcome
                    && response.is_success()
                    && self.meets(operation, signing)
                {
                    response.body = response.body.slice(..response.body.len() / 2);
                }
                return exchange;
            }
            if !self.meets(operation, signing) {
                return self.inner.send(operation, request, signing).await;
            }
            let before = |outcome| Exchange { operation, request: request.clone(), outcome, duration: Duration::ZERO };
            match self.noise {
                Noise::Status(status, name) => {
                    let headers = match name {
                        "" => Vec::new(),
                        name => vec![("x-amzn-errortype".to_owned(), name.as_bytes().to_vec())],
                    };
                    before(Ok(Response { status, headers, body: Bytes::from_static(b"{\"message\":\"noise\"}") }))
                }
                Noise::Reset => before(Err(Failure::new(FailureKind::Closed, "reset"))),
                Noise::Lost(kind) => {
                    let exchange = self.inner.send(operation, request, signing).await;
                    if kind == FailureKind::Timeout {
                        tokio::time::sleep(TIMEOUT).await;
                    }
                    Exchange { outcome: Err(Failure::new(kind, "lost on the way")), ..exchange }
                }
                Noise::Truncated => {
                    let mut exchange = self.inner.send(operation, request, signing).await;
                    if let Ok(response) = &mut exchange.outcome {
                        response.body = response.body.slice(..response.body.len() / 2);
                    }
                    exchange
                }
            }
        })
    }
}

/// The attempts of every run, and waits that no test feels.
fn quick() -> RetryPolicy {
    let usual = Config::default().retry;
    RetryPolicy { initial_backoff: Duration::from_millis(1), max_backoff: Duration::from_millis(4), ..usual }
}

fn config(operations: &[&str]) -> Config {
    let operations = operations.iter().map(|&name| name.to_owned()).collect();
    let selection = Selection { operations, ..Selection::default() };
    Config { cases: 1, selection, retry: quick(), run_tag: Some("noise".to_owned()), ..Config::default() }
}

/// Operations of every kind: creations with a quota and with keys, changes, reads, lists, batches, tags.
const SOME: [&str; 6] =
    ["UpdateRoom", "ListRooms", "DeleteStage", "GetChannel", "BatchGetChannel", "ImportPlaybackKeyPair"];

async fn emulator() -> Running {
    Emulator::start(Options { settling: Duration::ZERO, ..Options::default() }).await.expect("the emulator starts")
}

/// The findings of a run through noise.
async fn found(config: Config, noise: Noise, when: When) -> (Report, Vec<String>) {
    let emulator = emulator().await;
    let seed = config.seed;
    let report = run::through(&emulator.url(), config, |inner| {
        Arc::new(Noisy { inner, seed, noise, when, calls: AtomicU64::new(0) })
    })
    .await;
    emulator.stop().await;
    let told =
        |it: &ivs_judge::Finding| format!("{} [{}] expected {} got {}", it.identity, it.case, it.expected, it.actual);
    let findings = report.findings.iter().map(told).collect();
    (report, findings)
}

async fn is_not_blamed(noise: Noise, when: When) {
    let (report, findings) = found(config(&SOME), noise, when).await;
    assert!(findings.is_empty(), "{noise:?}: {findings:#?}");
    let cases = report.summary.cases;
    assert!(cases.passed * 10 > cases.run * 7, "{noise:?}: {cases:?} {:#?}", report.unjudged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn throttled_calls_are_not_blamed() {
    is_not_blamed(Noise::Status(429, "ThrottlingException"), When::Percent(10)).await;
    is_not_blamed(Noise::Status(429, ""), When::WronglySigned(30)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_errors_are_not_blamed() {
    is_not_blamed(Noise::Status(500, "InternalServerException"), When::Percent(10)).await;
    is_not_blamed(Noise::Status(503, ""), When::Percent(10)).await;
    is_not_blamed(Noise::Status(504, ""), When::Percent(5)).await;
}

/// An endpoint that fails on every body that is no JSON, each time.
struct FailingOnMalformed(Arc<dyn Caller>);

impl Caller for FailingOnMalformed {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        if serde_json::from_slice::<serde_json::Value>(&request.body).is_ok() {
            return self.0.send(operation, request, signing);
        }
        let headers = vec![("x-amzn-errortype".to_owned(), b"InternalServerException".to_vec())];
        let outcome = Ok(Response { status: 500, headers, body: Bytes::from_static(b"{\"message\":\"no\"}") });
        Box::pin(async move { Exchange { operation, request, outcome, duration: Duration::ZERO } })
    }
}

/// A request that fails each time is blamed, and costs no other request its retries.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_errors_by_chance_are_not_blamed_where_other_requests_always_fail() {
    let operations = ["UpdateRoom", "GetChannel", "DeleteStage"];
    let identities =
        |report: &Report| -> BTreeSet<String> { report.findings.iter().map(|it| it.identity.to_string()).collect() };
    let emulator = emulator().await;
    let run = async |noise: Option<When>| {
        run::through(&emulator.url(), config(&operations), |inner| {
            let inner: Arc<dyn Caller> = Arc::new(FailingOnMalformed(inner));
            let Some(when) = noise else { return inner };
            let noise = Noise::Status(500, "InternalServerException");
            Arc::new(Noisy { inner, seed: 7, noise, when, calls: AtomicU64::new(0) })
        })
        .await
    };
    let quiet = identities(&run(None).await);
    for operation in operations {
        let blamed = quiet.iter().filter(|it| it.contains(&format!(".{operation}:")));
        assert!(blamed.count() >= 3, "{operation} in {quiet:#?}");
    }
    let noisy = run(Some(When::Percent(10))).await;
    emulator.stop().await;
    let others: Vec<String> = identities(&noisy).difference(&quiet).cloned().collect();
    assert!(others.is_empty(), "{others:#?}");
    let cases = noisy.summary.cases;
    assert!(cases.passed * 10 > cases.run * 7, "{cases:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_out_of_the_blue_are_not_blamed() {
    is_not_blamed(Noise::Status(403, ""), When::Percent(5)).await;
    is_not_blamed(Noise::Status(404, ""), When::Percent(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_connections_are_not_blamed() {
    is_not_blamed(Noise::Reset, When::Percent(10)).await;
    is_not_blamed(Noise::Lost(FailureKind::Closed), When::Percent(5)).await;
    is_not_blamed(Noise::Lost(FailureKind::Timeout), When::Percent(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truncated_bodies_are_named_and_nothing_else_is_blamed() {
    let (_, findings) = found(config(&SOME), Noise::Truncated, When::Percent(10)).await;
    let others: Vec<&String> = findings.iter().filter(|it| !it.starts_with(BODY_JSON)).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(!findings.is_empty(), "no broken body was named");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_truncated_body_is_one_finding() {
    for (operation, number) in [("GetChannel", 0), ("GetChannel", 9), ("CreateChannel", 0), ("ListRooms", 2)] {
        // One call after the other, so that the number names the same call in each run.
        let config = Config { concurrency: 1, ..config(&["GetChannel", "ListRooms"]) };
        let (_, findings) = found(config, Noise::Truncated, When::Once(operation, number)).await;
        assert_eq!(findings.len(), 1, "{operation}: {findings:#?}");
        assert!(findings[0].starts_with(BODY_JSON), "{findings:#?}");
    }
}

/// Of each operation that creates something, one answer is lost after the endpoint has acted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_lost_answer_of_each_creating_operation_is_not_blamed() {
    let catalog = ivs_catalog::bundled();
    let operations = bundled::models().iter().flat_map(|model| &model.operations);
    let creating: Vec<OperationId> = operations
        .map(|operation| operation.id)
        .filter(|id| catalog.operation(*id).is_some_and(|facts| facts.creation.creates()))
        .collect();
    assert!(creating.len() > 12, "{creating:?}");
    for id in creating {
        let mut config = config(&[id.name()]);
        config.selection.services = vec![id.service().to_owned()];
        // The suites that call it most, and those that come after them.
        config.selection.suites =
            ["validation", "errors", "auth", "idempotency", "lifecycle", "tags"].map(SuiteName::from_static).to_vec();
        let (_, findings) = found(config, Noise::Lost(FailureKind::Closed), When::Once(id.name(), 1)).await;
        assert!(findings.is_empty(), "{id}: {findings:#?}");
    }
}

/// A client whose endpoint is another one from the call of that number on, as if it had been started anew at once.
struct Renewed {
    before: Arc<dyn Caller>,
    after: Arc<dyn Caller>,
    at: u64,
    calls: AtomicU64,
}

impl Caller for Renewed {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        let is_new = self.calls.fetch_add(1, Ordering::SeqCst) >= self.at;
        if is_new {
            self.after.send(operation, request, signing)
        } else {
            self.before.send(operation, request, signing)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_lost_its_state_is_not_blamed_though_it_was_never_away() {
    for at in [120, 900] {
        let (first, second) = (emulator().await, emulator().await);
        let after = run::client(&second.url(), "us-west-2");
        let report = run::through(&first.url(), config(&SOME), |before| {
            Arc::new(Renewed { before, after, at, calls: AtomicU64::new(0) })
        })
        .await;
        first.stop().await;
        second.stop().await;
        let findings: Vec<String> =
            report.findings.iter().map(|it| format!("{} [{}] {}", it.identity, it.case, it.actual)).collect();
        assert!(findings.is_empty(), "at {at}: {findings:#?}");
        let cases = report.summary.cases;
        assert!(cases.passed * 10 > cases.run * 6, "at {at}: {cases:?}");
    }
}

/// A list that shows what was made half a second later.
struct Lagging {
    inner: Arc<dyn Caller>,
    /// When each resource was made.
    made: std::sync::Mutex<std::collections::BTreeMap<String, std::time::Instant>>,
}

const LAG: Duration = Duration::from_millis(300);

impl Caller for Lagging {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let mut exchange = self.inner.send(operation, request, signing).await;
            let Ok(response) = &mut exchange.outcome else { return exchange };
            let mut answer: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let mut made = self.made.lock().expect("no holder panics");
            if operation.name().starts_with("Create") && response.status == 200 {
                let members = answer.as_object().into_iter().flat_map(|object| object.values());
                let arns = std::iter::once(&answer).chain(members).filter_map(|it| it.get("arn")?.as_str());
                made.extend(arns.map(|arn| (arn.to_owned(), std::time::Instant::now())));
            } else if operation.name().starts_with("List") {
                let lists = answer.as_object_mut().into_iter().flat_map(|object| object.values_mut());
                for items in lists.filter_map(serde_json::Value::as_array_mut) {
                    items.retain(|item| {
                        let arn = item.get("arn").and_then(|arn| arn.as_str()).unwrap_or_default();
                        made.get(arn).is_none_or(|at| at.elapsed() > LAG)
                    });
                }
                let body = serde_json::to_vec(&answer).expect("JSON");
                response.headers.retain(|(name, _)| name != "content-length");
                response.body = body.into();
            }
            exchange
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_that_lag_behind_are_waited_for_in_every_suite() {
    let lists = ["ListRooms", "ListStages", "ListPlaybackRestrictionPolicies", "ListChannels"];
    let patient = Config { consistency_wait: Duration::from_secs(5), ..config(&lists) };
    let emulator = emulator().await;
    let report =
        run::through(&emulator.url(), patient, |inner| Arc::new(Lagging { inner, made: Default::default() })).await;
    emulator.stop().await;
    let findings: BTreeSet<String> =
        report.findings.iter().map(|it| format!("{} {}", it.identity, it.actual)).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// An endpoint that takes every call and never answers.
struct Silent(Arc<AtomicU64>);

impl Caller for Silent {
    fn send<'a>(&'a self, operation: OperationId, request: Request, _signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let outcome = Err(Failure::new(FailureKind::Timeout, "no answer within 2 s"));
        Box::pin(async move { Exchange { operation, request, outcome, duration: Duration::ZERO } })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_never_answers_costs_a_few_calls_and_is_told_in_one_sentence() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&calls);
    let report = run::through("http://127.0.0.1:9", Config::default(), |_| Arc::new(Silent(counted))).await;
    assert!(calls.load(Ordering::Relaxed) < 40, "{} calls", calls.load(Ordering::Relaxed));
    let unusable = report.unusable.unwrap_or_default();
    assert!(unusable.contains("answers nothing in time"), "{unusable}");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}
