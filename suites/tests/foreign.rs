//! Endpoints that others wrote have manners of their own: they verify no signature, answer for operations that they do not have,
//! refuse a second resource without a name. None of it lends a pass to another property, and nobody is blamed for what the
//! control shares.

mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ivs_client::{BoxFuture, Caller, Exchange, Request, Response, Signing};
use ivs_emulator::{Emulator, Options};
use ivs_judge::{Event, Finding, Outcome, Policy, Report, RunStatus, Verdict};
use ivs_model::{CaseId, OperationId, SuiteName, bundled};
use ivs_runner::{CancellationToken, Config, Runner, Selection};
use ivs_suites::SUITES;
use serde_json::{Value, json};

/// What a foreign endpoint does instead of the emulator, by operation and input; none leaves the request to it.
type Answers = dyn Fn(OperationId, &Value) -> Option<(u16, &'static str, Value)> + Send + Sync;

/// An emulator with the manners of another one.
struct Foreign {
    inner: Arc<dyn Caller>,
    verifies_signatures: bool,
    answers: Box<Answers>,
    /// Sees what the emulator answered.
    learns: Box<dyn Fn(&Exchange) + Send + Sync>,
}

impl Caller for Foreign {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let input = serde_json::from_slice(&request.body).unwrap_or_default();
            if let Some((status, error, body)) = (self.answers)(operation, &input) {
                let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
                let mut headers = vec![
                    header("content-type", "application/json"),
                    header("x-amzn-requestid", &format!("{:016x}", rand(&request, operation))),
                ];
                if !error.is_empty() {
                    headers.push(header("x-amzn-errortype", error));
                }
                let outcome = Ok(Response { status, headers, body: body.to_string().into() });
                return Exchange { operation, request, outcome, duration: Duration::ZERO };
            }
            let signing = if self.verifies_signatures { signing } else { &Signing::Valid };
            let exchange = self.inner.send(operation, request, signing).await;
            (self.learns)(&exchange);
            exchange
        })
    }
}

/// A request id that no other request has.
fn rand(request: &Request, operation: OperationId) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((&request.path, operation.to_string()))
}

/// The verdicts of a run by case, and its report.
struct JudgedRun {
    report: Report,
    verdicts: BTreeMap<CaseId, Verdict>,
}

impl JudgedRun {
    fn passed(&self, suite: &str) -> usize {
        let of_suite = self.verdicts.iter().filter(|(case, _)| case.suite.as_str() == suite);
        of_suite.filter(|(_, verdict)| **verdict == Verdict::Pass).count()
    }

    fn findings(&self) -> Vec<String> {
        let line = |it: &Finding| format!("{} [{}] expected {}, got {}", it.identity, it.case, it.expected, it.actual);
        self.report.findings.iter().map(line).collect()
    }
}

async fn judge(
    operations: &[&str],
    suites: &[&'static str],
    foreign: impl FnOnce(Arc<dyn Caller>) -> Foreign,
) -> JudgedRun {
    let options = Options { settling: Duration::ZERO, ..Options::default() };
    let emulator = Emulator::start(options).await.expect("the emulator starts");
    let selection = Selection {
        operations: operations.iter().map(|it| (*it).to_owned()).collect(),
        suites: suites.iter().map(|it| SuiteName::from_static(it)).collect(),
        ..Selection::default()
    };
    let config = Config { cases: 1, selection, ..Config::default() };
    let caller: Arc<dyn Caller> = Arc::new(foreign(run::client(&emulator.url(), &config.region)));
    let verdicts = Arc::new(Mutex::new(BTreeMap::new()));
    let observer = {
        let verdicts = Arc::clone(&verdicts);
        Arc::new(move |event: &Event| {
            if let Event::CaseJudged(judged) = event {
                verdicts.lock().expect("no observer panics").insert(judged.case.clone(), judged.verdict.clone());
            }
        })
    };
    let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
    let report = runner.run(caller, observer, CancellationToken::new()).await;
    emulator.stop().await;
    let verdicts = std::mem::take(&mut *verdicts.lock().expect("no observer panics"));
    JudgedRun { report, verdicts }
}

fn as_it_is(inner: Arc<dyn Caller>) -> Foreign {
    Foreign { inner, verifies_signatures: true, answers: Box::new(|_, _| None), learns: Box::new(|_| {}) }
}

const SOME: [&str; 6] = ["GetChannel", "UpdateStage", "ListRooms", "DeleteRoom", "UntagResource", "StopStream"];

/// Malformed JSON and invalid values are refused, which says nothing of signatures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_case_of_auth_passes_where_nothing_is_verified() {
    let suites = ["validation", "errors", "protocol", "auth"];
    let judged = judge(&SOME, &suites, |inner| Foreign { verifies_signatures: false, ..as_it_is(inner) }).await;
    assert_eq!(judged.passed("auth"), 0);
    assert!(judged.passed("validation") > 50 && judged.passed("protocol") > 50);
    let blamed: BTreeSet<&str> = judged.report.findings.iter().map(|it| it.check.as_str()).collect();
    assert_eq!(blamed, BTreeSet::from(["verifies-signature"]), "{:?}", judged.findings());
    let healthy = judge(&SOME, &suites, as_it_is).await;
    assert_eq!(healthy.findings(), Vec::<String>::new());
    // Eleven right and wrong ways to sign, at the least, on each operation.
    assert!(healthy.passed("auth") > 11 * SOME.len(), "{}", healthy.passed("auth"));
}

/// Each operation that is missing is answered by the known error that unknown paths get.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_is_answered_as_an_unknown_path_is_not_implemented() {
    const MISSING: [&str; 3] = ["UpdateRoom", "ListRooms", "GetRoom"];
    let judged = judge(&["*Room", "ListRooms"], &[], |inner| Foreign {
        answers: Box::new(|operation, _| {
            let is_missing = operation.name() == "NoSuchOperation" || MISSING.contains(&operation.name());
            is_missing.then(|| (404, "ResourceNotFoundException", json!({ "message": "Not found" })))
        }),
        ..as_it_is(inner)
    })
    .await;
    let mut missing = MISSING.map(|name| format!("ivschat.{name}"));
    missing.sort();
    assert_eq!(judged.report.not_implemented, missing);
    assert_eq!(judged.findings(), Vec::<String>::new());
    assert!(judged.report.summary.operations.exercised >= 2, "{:?}", judged.report.summary.operations);
}

/// What every valid call gets is one finding, and no other request is blamed for getting it too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_refuses_every_valid_call_is_one_finding() {
    for (status, error) in [(400, "ValidationException"), (400, "")] {
        let judged = judge(&["UpdateChannel", "GetChannel"], &[], |inner| Foreign {
            answers: Box::new(move |operation, _| {
                (operation.name() == "UpdateChannel").then(|| (status, error, json!({ "exceptionMessage": "no" })))
            }),
            ..as_it_is(inner)
        })
        .await;
        let of_the_operation: Vec<&str> =
            judged.report.findings.iter().map(|it| it.check.as_str()).filter(|it| !it.starts_with("error-")).collect();
        assert_eq!(of_the_operation, ["answers-valid-call"], "{:?}", judged.findings());
        let outcome = judged.report.outcome(&Policy::default());
        assert_eq!(outcome, Outcome::Findings);
    }
}

/// An endpoint that refuses a second channel of one name, or a second one without any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_as_a_duplicate_is_created_by_a_unique_name() {
    let alive = Arc::new(Mutex::new(BTreeMap::<String, String>::new()));
    let name = |input: &Value| input["name"].as_str().unwrap_or_default().to_owned();
    let taken = Arc::clone(&alive);
    let operations = ["CreateChannel", "ListChannels", "BatchGetChannel", "ListTagsForResource", "DeleteChannel"];
    let judged = judge(&operations, &["pagination", "batch", "tags", "lifecycle", "auth"], |inner| Foreign {
        answers: Box::new(move |operation, input| {
            let is_taken = operation.name() == "CreateChannel"
                && input.is_object()
                && taken.lock().expect("no call panics").values().any(|it| *it == name(input));
            is_taken.then(|| (409, "ConflictException", json!({ "exceptionMessage": "a channel of that name exists" })))
        }),
        learns: Box::new(move |exchange| {
            let Ok(response) = &exchange.outcome else { return };
            let asked: Value = serde_json::from_slice(&exchange.request.body).unwrap_or_default();
            let mut alive = alive.lock().expect("no call panics");
            match (exchange.operation.name(), response.status, response.json()) {
                ("CreateChannel", 200, Ok(answer)) => {
                    let arn = answer["channel"]["arn"].as_str().unwrap_or_default().to_owned();
                    alive.insert(arn, asked["name"].as_str().unwrap_or_default().to_owned());
                }
                ("DeleteChannel", 204, _) => {
                    alive.remove(asked["arn"].as_str().unwrap_or_default());
                }
                _ => {}
            }
        }),
        ..as_it_is(inner)
    })
    .await;
    // The model does not declare the conflict. All else is as on the emulator.
    assert!(judged.report.findings.iter().all(|it| it.check == "error-declared"), "{:?}", judged.findings());
    for suite in ["pagination", "batch", "tags", "lifecycle", "auth"] {
        assert!(judged.passed(suite) > 3, "{suite}: {}", judged.passed(suite));
    }
    let lists = judged.verdicts.iter().filter(|(case, _)| case.operation.name() == "ListChannels");
    let unavailable =
        lists.filter(|(_, verdict)| matches!(verdict, Verdict::Indeterminate(why) if why.contains("409")));
    assert_eq!(unavailable.count(), 0);
}

/// A proxy on loopback that decodes the colons in the paths of tag operations, as some gateways do.
async fn decoding_proxy(to: String) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                let server = tokio::net::TcpStream::connect(to).await.expect("the emulator listens");
                let ((mut requests, mut back), (mut answers, mut there)) = (client.into_split(), server.into_split());
                let forth = async {
                    let mut buffer = vec![0; 1 << 16];
                    while let Ok(length @ 1..) = requests.read(&mut buffer).await {
                        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                        let is_of_tags = text.lines().next().is_some_and(|line| line.contains(" /tags/"));
                        let decoded = text.replace("%3A", ":").into_bytes();
                        let bytes = if is_of_tags { &decoded[..] } else { &buffer[..length] };
                        if there.write_all(bytes).await.is_err() {
                            return;
                        }
                    }
                };
                let _ = tokio::join!(forth, tokio::io::copy(&mut answers, &mut back));
            });
        }
    });
    url
}

/// Then every rightly signed call of a tag operation is refused, while others take the same key.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_whose_signatures_are_refused_behind_a_proxy_is_a_finding() {
    let options = Options { settling: Duration::ZERO, ..Options::default() };
    let emulator = Emulator::start(options).await.expect("the emulator starts");
    let url = decoding_proxy(emulator.url().trim_start_matches("http://").to_owned()).await;
    let selection = Selection {
        services: vec!["ivs".to_owned()],
        operations: vec!["*TagResource".to_owned(), "ListTagsForResource".to_owned()],
        ..Selection::default()
    };
    let report = run::quietly(&url, Config { cases: 1, selection, ..Config::default() }).await;
    emulator.stop().await;
    let blamed: BTreeSet<String> = report.findings.iter().map(|it| it.identity.to_string()).collect();
    for operation in ["ListTagsForResource", "TagResource", "UntagResource"] {
        let identity = format!("answers-valid-call:ivs.{operation}:signature");
        assert!(blamed.contains(&identity), "{identity} is not among {blamed:?}");
    }
    assert_eq!(report.outcome(&Policy::default()), Outcome::Findings);
}

/// An emulator of other services: one cause, and no finding.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_without_the_service_has_one_cause() {
    for error in ["", "InvalidAction", "ValidationException"] {
        let judged = judge(&["*Channel*", "*Tag*"], &[], |inner| Foreign {
            answers: Box::new(move |_, _| Some((400, error, json!({ "error": "Unsupported service: ivs" })))),
            ..as_it_is(inner)
        })
        .await;
        assert_eq!(judged.findings(), Vec::<String>::new(), "{error}");
        let RunStatus::Unusable { reason } = &judged.report.status else { panic!("{:?}", judged.report.status) };
        assert!(reason.starts_with("none of the operations is implemented: every valid call got 400"), "{reason}");
        let policy = Policy { allow_partial: true, ..Policy::default() };
        assert_eq!(judged.report.outcome(&policy), Outcome::Unusable);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_without_a_listener_is_told_at_once() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port on loopback");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let start = Instant::now();
    let report = run::quietly(&url, Config::default()).await;
    assert!(matches!(report.status, RunStatus::Unusable { .. }), "{:?}", report.status);
    assert_eq!((report.summary.exchanges, report.findings.len()), (0, 0));
    assert_eq!(report.summary.cases.run, 0);
    // Planning takes most of it in a build without optimisation.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
