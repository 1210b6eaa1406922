//! Whole runs against the emulator and against misbehaving servers.

#![allow(clippy::unwrap_used, reason = "a test may unwrap outside its functions as well")]

mod endings;
mod invariants;
mod limit_search;
#[cfg(feature = "otlp")]
mod otlp;
mod reports;
mod schedule;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ivs_client::{Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider};
use ivs_emulator::{Emulator, Fault, Observer, Options};
use ivs_judge::Severity;
#[cfg(feature = "goose")]
use ivs_load::ClosedLoopDriver;
use ivs_load::{
    AnswerClass, ArrivalProcess, ArrivalSchedule, LoadBaseline, LoadError, LoadModel, LoadOutcome, LoadPlan,
    LoadTarget, LoadVerdict, RateStage, StopHandle, run,
};
use ivs_loadtests::{SCENARIOS, profile, scenario};
use support::{Behavior, serve};

/// An emulator on its own runtime, with the counts of its responses.
struct Embedded {
    url: String,
    seen: Arc<Mutex<BTreeMap<(String, u16), u64>>>,
    _runtime: tokio::runtime::Runtime,
}

fn embedded() -> Embedded {
    embedded_with(None)
}

fn embedded_with(fault: Option<Fault>) -> Embedded {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let seen: Arc<Mutex<BTreeMap<(String, u16), u64>>> = Arc::default();
    let observed = Arc::clone(&seen);
    let observer = Observer::new(move |request| {
        let key = (request.operation.unwrap_or("none").to_owned(), request.status);
        *observed.lock().unwrap().entry(key).or_default() += 1;
    });
    let options = Options { observer: Some(observer), fault, ..Options::default() };
    let running = runtime.block_on(Emulator::start(options)).unwrap();
    let url = running.url();
    // The emulator serves until the runtime is dropped.
    std::mem::forget(running);
    Embedded { url, seen, _runtime: runtime }
}

impl Embedded {
    fn count(&self, operation: &str, status: u16) -> u64 {
        self.seen.lock().unwrap().get(&(operation.to_owned(), status)).copied().unwrap_or(0)
    }
}

fn target(url: &str) -> LoadTarget {
    LoadTarget {
        endpoints: Endpoints::one(url).unwrap(),
        region: "us-west-2".to_owned(),
        credentials: SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")),
        clock: Clock::system(),
        tls: None,
        limits: Limits { connect: Duration::from_secs(30), read: Duration::from_secs(30), ..Limits::default() },
        allow_remote: false,
        keep_rates: false,
        lift_rates: false,
    }
}

fn closed(url: &str, names: &[&str], millis: u64) -> LoadPlan {
    let load = LoadModel::Closed {
        users: 3,
        ramp: Duration::ZERO,
        duration: Duration::from_millis(millis),
        think_time: Duration::ZERO,
    };
    let scenarios = names.iter().map(|name| (scenario(name).expect("the scenario exists"), 1)).collect();
    let mut plan = LoadPlan::new(target(url), scenarios, load, Duration::from_secs(60), "test-run");
    plan.sample_every = 1;
    plan
}

fn open(url: &str, name: &str, rate: f64, millis: u64) -> LoadPlan {
    let schedule = ArrivalSchedule::new(vec![RateStage::constant(rate, Duration::from_millis(millis))]).unwrap();
    let load = LoadModel::Open { schedule, arrivals: ArrivalProcess::Constant, max_users: 500 };
    LoadPlan { load, ..closed(url, &[name], millis) }
}

fn run_plan(plan: &LoadPlan) -> LoadOutcome {
    run(plan, &StopHandle::new(), &mut |_| {}).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ivs-loadtests-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

#[test]
fn every_scenario_passes_on_the_emulator_and_cleans_up() {
    let emulator = embedded();
    for name in SCENARIOS.iter().map(|factory| factory.name()) {
        let outcome = run_plan(&closed(&emulator.url, &[name], 400));
        let summary = &outcome.summary;
        let errors: Vec<_> = summary.findings.iter().filter(|it| it.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        assert_eq!(summary.total.failures, 0, "{name}: {:?}", summary.steps);
        assert!(summary.total.requests > 0 && summary.sampled > 0, "{name}");
        assert!(summary.left_behind.is_empty(), "{name}: {:?}", summary.left_behind);
        assert_eq!(outcome.verdict, LoadVerdict::Held);
    }
    for (create, delete, status) in [
        ("ivs.CreateChannel", "ivs.DeleteChannel", 204),
        ("ivs-realtime.CreateStage", "ivs-realtime.DeleteStage", 200),
        ("ivschat.CreateRoom", "ivschat.DeleteRoom", 204),
    ] {
        assert!(emulator.count(create, 200) > 0, "{create} was never called");
        assert_eq!(emulator.count(create, 200), emulator.count(delete, status), "{create} left something behind");
    }
}

#[test]
fn a_run_stopped_during_setup_generates_no_load() {
    let emulator = embedded();
    let stop = StopHandle::new();
    stop.request();
    let ended = run(&closed(&emulator.url, &["channel-reads"], 400), &stop, &mut |_| {});
    assert!(matches!(ended, Err(LoadError::Stopped)), "{ended:?}");
    assert_eq!(emulator.count("ivs.CreateChannel", 200), 0);
}

#[test]
fn an_open_run_counts_what_the_server_counted_and_writes_every_report() {
    let emulator = embedded();
    let reports = folder("open");
    let mut plan = open(&emulator.url, "channel-reads", 200.0, 1000);
    plan.report = Some(reports.clone());
    let outcome = run_plan(&plan);
    assert!(outcome.report_errors.is_empty(), "{:?}", outcome.report_errors);
    let summary = &outcome.summary;
    assert_eq!((summary.due, summary.dropped), (200, 0));
    assert_eq!(summary.total.requests, emulator.count("ivs.GetChannel", 200));
    for file in [
        "summary.json",
        "summary.md",
        "summary.txt",
        "junit.xml",
        "metrics.prom",
        "latency.hlog",
        "series.csv",
        "report.html",
    ] {
        assert!(std::fs::metadata(reports.join(file)).unwrap().len() > 0, "{file} is empty");
    }
    // Every request is in one interval of the series, and each interval is a line of the table.
    let counted = summary.series.iter().flat_map(|point| point.classes.values()).sum::<u64>();
    assert_eq!(counted, summary.total.requests);
    let table = std::fs::read_to_string(reports.join("series.csv")).unwrap();
    assert_eq!(table.lines().count(), summary.series.len() + 1);
    let columns: BTreeSet<usize> = table.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(columns.len(), 1, "{table}");
    let page = std::fs::read_to_string(reports.join("report.html")).unwrap();
    let word = summary.verdict.word();
    assert!(page.contains(word) && page.contains("ivs.GetChannel") && !page.contains("src="));
    let log = std::fs::read(reports.join("latency.hlog")).unwrap();
    let logged = hdrhistogram::serialization::interval_log::IntervalLogIterator::new(&log)
        .filter(|entry| {
            matches!(entry, Ok(hdrhistogram::serialization::interval_log::LogEntry::Interval(interval))
                if interval.tag().is_some_and(|tag| tag.as_str() == "intended"))
        })
        .count();
    assert!(logged >= 1, "no interval of the intended series is in the log");

    // The summary is a baseline.
    plan.baseline = Some(LoadBaseline::from_slice(&std::fs::read(reports.join("summary.json")).unwrap()).unwrap());
    plan.gates = vec!["p99 < baseline * 1000000".parse().unwrap(), "p99 > baseline * 1000000".parse().unwrap()];
    let outcome = run_plan(&plan);
    let held: Vec<bool> = outcome.summary.gates.iter().map(|gate| gate.held).collect();
    assert_eq!(held, [true, false, true, true]);
    let _ = std::fs::remove_dir_all(reports);
}

#[test]
fn a_failed_gate_is_a_breach() {
    let server = serve(Behavior::Correct);
    let mut plan = closed(&server.url, &["channel-reads"], 400);
    plan.gates = vec!["p99 < 1us".parse().unwrap()];
    let outcome = run_plan(&plan);
    assert_eq!((outcome.verdict, outcome.verdict.exit_code()), (LoadVerdict::Breached, 99));
}

#[test]
fn a_stall_shows_in_intended_latency_and_closed_loops_are_named() {
    let behavior = Behavior::Stalling { period: Duration::from_millis(800), length: Duration::from_millis(300) };
    let server = serve(behavior);
    let outcome = run_plan(&open(&server.url, "channel-reads", 200.0, 1600));
    let intended = outcome.summary.total.intended.as_ref().unwrap();
    // The server stalls for 300 ms in every 800 ms: one request in ten waits 220 ms or longer.
    assert!(intended["p95"] > 150e6, "{intended:?}");
    let outcome = run_plan(&closed(&server.url, &["channel-reads"], 300));
    assert_eq!(outcome.summary.model, "closed");
    assert!(outcome.summary.total.intended.is_none());
    assert!(outcome.summary.markdown().contains("closed loop"));
}

#[test]
fn throttled_responses_are_not_failures() {
    let server = serve(Behavior::Throttling);
    let outcome = run_plan(&closed(&server.url, &["channel-reads"], 400));
    let total = &outcome.summary.total;
    assert_eq!((total.failures, total.classes[AnswerClass::Throttled.name()]), (0, total.requests));
}

#[test]
fn a_lost_write_is_found() {
    let server = serve(Behavior::LosingWrites);
    // Within 50 requests each of the three users reads after a write.
    let stop = StopHandle::new();
    let outcome = run(&closed(&server.url, &["channel-lifecycle"], 50_000), &stop, &mut |progress| {
        if progress.requests >= 50 {
            stop.request();
        }
    })
    .unwrap();
    assert!(outcome.summary.findings.iter().any(|it| it.check == "lost-write"), "{:?}", outcome.summary.findings);
    assert_eq!(outcome.verdict, LoadVerdict::Breached);
}

#[test]
fn an_undeclared_error_is_found_once_and_counted() {
    let server = serve(Behavior::InventingErrors);
    let outcome = run_plan(&closed(&server.url, &["channel-reads"], 400));
    let total = &outcome.summary.total;
    assert_eq!(total.classes[AnswerClass::Undeclared.name()], total.requests);
    let found: Vec<_> = outcome.summary.findings.iter().filter(|it| it.check == "declared-errors").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].count, total.requests);
}

#[test]
fn a_target_that_closes_or_refuses_connections_fails_with_class_transport() {
    let hanging = serve(Behavior::HangingUp).url;
    let refusing = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for url in [hanging, refusing] {
        let mut plan = closed(&url, &["channel-lifecycle"], 400);
        plan.gates = vec!["error_rate < 1%".parse().unwrap()];
        let outcome = run_plan(&plan);
        let total = &outcome.summary.total;
        assert!(total.requests > 0 && total.classes[AnswerClass::Transport.name()] == total.requests, "{total:?}");
        assert_eq!(outcome.verdict, LoadVerdict::Breached);
        // Scenarios that need seed data fail in the setup.
        let reads = closed(&url, &["channel-reads"], 400);
        assert!(matches!(run(&reads, &StopHandle::new(), &mut |_| {}), Err(LoadError::Unreachable(_))));
    }
}

#[test]
fn load_on_a_remote_endpoint_must_be_allowed() {
    let plan = closed("http://198.51.100.1:80", &["channel-reads"], 100);
    assert!(matches!(run(&plan, &StopHandle::new(), &mut |_| {}), Err(LoadError::Remote { .. })));
}

#[test]
fn an_unusable_report_folder_fails_before_the_load() {
    let server = serve(Behavior::Correct);
    let mut plan = closed(&server.url, &["channel-reads"], 100);
    plan.report = Some("/dev/null/reports".into());
    assert!(matches!(run(&plan, &StopHandle::new(), &mut |_| {}), Err(LoadError::Report(_))));
    assert_eq!(server.answered.load(Ordering::Relaxed), 0);
}

#[test]
fn failed_report_files_do_not_lose_the_results() {
    let server = serve(Behavior::Correct);
    let reports = folder("vanishing");
    let mut plan = closed(&server.url, &["channel-reads"], 400);
    plan.report = Some(reports.clone());
    let vanish = || std::fs::remove_dir_all(&reports);
    let outcome = run(&plan, &StopHandle::new(), &mut |_| drop(vanish())).unwrap();
    assert_eq!(outcome.report_errors.len(), 8);
    assert!(outcome.summary.total.requests > 0);
}

#[test]
fn a_stopped_run_cleans_up_and_writes_the_reports() {
    let emulator = embedded();
    let reports = folder("stopped");
    let mut plan = open(&emulator.url, "channel-lifecycle", 100.0, 30_000);
    plan.report = Some(reports.clone());
    let stop = StopHandle::new();
    let outcome = run(&plan, &stop, &mut |_| stop.request()).unwrap();
    assert_eq!(outcome.summary.stopped_by, Some("signal"));
    // The plan has 3,000 requests, plus cleanup.
    assert!(outcome.summary.total.requests < 3000, "{}", outcome.summary.total.requests);
    assert!(reports.join("summary.json").exists());
    assert_eq!(emulator.count("ivs.CreateChannel", 200), emulator.count("ivs.DeleteChannel", 204));
    let _ = std::fs::remove_dir_all(reports);
}

#[test]
fn too_few_users_drop_arrivals() {
    let behavior = Behavior::Stalling { period: Duration::from_millis(500), length: Duration::from_millis(400) };
    let server = serve(behavior);
    let mut plan = open(&server.url, "channel-reads", 200.0, 1000);
    let LoadModel::Open { max_users, .. } = &mut plan.load else { unreachable!("the plan is open") };
    *max_users = 2;
    plan.gates = vec!["dropped < 1".parse().unwrap()];
    let outcome = run_plan(&plan);
    assert!(outcome.summary.dropped > 0);
    assert_eq!(outcome.summary.due, outcome.summary.total.requests + outcome.summary.dropped);
}

#[test]
fn inapplicable_gates_are_refused_and_the_seed_data_is_deleted() {
    let emulator = embedded();
    let mut plan = closed(&emulator.url, &["channel-reads"], 100);
    plan.gates = vec!["p99 < 1s for ivs.NoSuchStep".parse().unwrap()];
    assert!(matches!(run(&plan, &StopHandle::new(), &mut |_| {}), Err(LoadError::Gate(_))));
    assert_eq!(emulator.count("ivs.CreateChannel", 200), emulator.count("ivs.DeleteChannel", 204));
}

#[cfg(feature = "goose")]
#[test]
fn goose_runs_scenarios_writes_its_reports_and_refuses_thresholds() {
    let emulator = embedded();
    let reports = folder("goose");
    let mut plan = closed(&emulator.url, &["channel-lifecycle", "chat-rooms"], 1000);
    plan.report = Some(reports.clone());
    plan.closed = ClosedLoopDriver::Goose { flags: vec![] };
    let outcome = run_plan(&plan);
    assert!(outcome.summary.total.requests > 0 && outcome.summary.total.failures == 0, "{:?}", outcome.summary.steps);
    let html = std::fs::read_to_string(reports.join("goose.html")).unwrap();
    assert!(html.contains("ivs.CreateChannel"));
    assert!(reports.join("goose.json").exists() && reports.join("goose.md").exists());
    assert_eq!(emulator.count("ivs.CreateChannel", 200), emulator.count("ivs.DeleteChannel", 204));

    plan.closed = ClosedLoopDriver::Goose { flags: vec!["--threshold".to_owned(), "p99<1s".to_owned()] };
    assert!(matches!(run(&plan, &StopHandle::new(), &mut |_| {}), Err(LoadError::GooseFlags(_))));
    plan.closed = ClosedLoopDriver::Goose { flags: vec!["--no-such-flag".to_owned()] };
    assert!(matches!(run(&plan, &StopHandle::new(), &mut |_| {}), Err(LoadError::GooseFlags(_))));
    let _ = std::fs::remove_dir_all(reports);
}

#[test]
fn a_profile_becomes_a_plan() {
    let smoke = profile("smoke").unwrap();
    let gates = smoke.gates.len();
    let plan = LoadPlan::of(smoke, target("http://127.0.0.1:1"), "run");
    assert_eq!((plan.gates.len(), plan.sample_every), (gates, 20));
}
