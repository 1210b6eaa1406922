//! Endpoints that are far away or slow to settle, in virtual time: what a run waits for, however fast the machine is.
//!
//! Nothing else disturbs these runs, and so their reports tell exactly what depends on the order of calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use ivs_client::{Client, ClientConfig, Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider, Trust};
use ivs_emulator::{Emulator, EmulatorClock, InProcessEmulator, Options};
use ivs_judge::{Event, Report, Verdict};
use ivs_model::{CaseId, bundled};
use ivs_runner::{CancellationToken, Config, RunNonce, Runner};
use ivs_suites::SUITES;
use serde_json::{Value, json};
use tokio::time::Instant;

/// An emulator in this process, whose clocks are the virtual time.
#[derive(Clone)]
struct Place {
    emulator: Arc<InProcessEmulator>,
    start: Instant,
    began: SystemTime,
}

impl Place {
    /// So many milliseconds away, and with resources that take so many to settle.
    fn new(latency: u64, settling: u64) -> Self {
        let (start, began) = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        let options = Options {
            clock: EmulatorClock::from_fn(move || (began + start.elapsed()).into()),
            latency: Duration::from_millis(latency),
            settling: Duration::from_millis(settling),
            ..Options::default()
        };
        Self { emulator: Arc::new(Emulator::in_process(options)), start, began }
    }

    /// Runs everything here; the report, and the verdict of each case.
    async fn run(&self, config: Config) -> (Report, BTreeMap<CaseId, Verdict>) {
        let Self { emulator, start, began } = self.clone();
        let keys = Credentials::new("test", "test", None, None, "test");
        let client = ClientConfig {
            services: bundled::models().iter().map(|model| model.service.clone()).collect(),
            endpoints: Endpoints::one("http://localhost").expect("a URL"),
            region: "us-west-2".to_owned(),
            credentials: Some(SharedCredentialsProvider::new(keys)),
            clock: Clock::new(move || began + start.elapsed()),
            trust: Trust::Anything,
            limits: Limits::default(),
        };
        let client = Client::in_process(client, Arc::new(move || emulator.connect())).expect("a client");
        let verdicts: Arc<Mutex<BTreeMap<CaseId, Verdict>>> = Arc::default();
        let noted = Arc::clone(&verdicts);
        let note = move |event: &Event| {
            if let Event::CaseJudged(judged) = event {
                let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                noted.insert(judged.case.clone(), judged.verdict.clone());
            }
        };
        let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
        let report = runner.run(Arc::new(client), Arc::new(note), CancellationToken::new()).await;
        let verdicts = std::mem::take(&mut *verdicts.lock().unwrap_or_else(PoisonError::into_inner));
        (report, verdicts)
    }
}

/// The report without what may differ.
fn comparable(report: &Report) -> Value {
    let mut report = serde_json::to_value(report).expect("a report is JSON");
    report["duration_s"] = json!(0);
    report["summary"]["retries"] = json!(0);
    report
}

#[tokio::test(start_paused = true)]
async fn distance_and_settling_cost_little_and_change_no_verdict() {
    let run = async |latency, settling, concurrency, limit| {
        let place = Place::new(latency, settling);
        let (_, verdicts) = place.run(Config { concurrency, ..Config::default() }).await;
        let time = place.start.elapsed();
        let place = format!("{latency} ms away, {settling} ms to settle, {concurrency} calls at once");
        assert!(time < Duration::from_secs(limit), "{place}: {time:?}, and not {limit} s");
        verdicts
    };
    let usual = run(20, 0, 64, 20).await;
    for verdicts in [run(0, 200, 8, 8).await, run(20, 2000, 64, 60).await] {
        let kind = |case| verdicts.get(case).map(std::mem::discriminant);
        let differ = usual.iter().filter(|(case, verdict)| kind(case) != Some(std::mem::discriminant(*verdict)));
        let differ: Vec<_> = differ.map(|(case, _)| (case, verdicts.get(case))).collect();
        assert!(differ.is_empty(), "{differ:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_is_the_same_however_far_away_and_however_many_calls_run_at_once() {
    let mut first: Option<Value> = None;
    for (latency, concurrency) in [(1, 8), (1, 1), (20, 64)] {
        let config = Config { cases: 2, concurrency, ..Config::default() };
        let (report, _) = Place::new(latency, 0).run(config).await;
        let report = comparable(&report);
        let first = first.get_or_insert_with(|| report.clone());
        for (name, part) in report.as_object().expect("an object") {
            assert_eq!(first[name], *part, "{name}, {latency} ms away with {concurrency} calls at once");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_runs_at_once_find_nothing_and_leave_nothing() {
    let place = Place::new(3, 0);
    let run = async |nonce| {
        let config = Config {
            cases: 2,
            concurrency: 8,
            nonce: RunNonce::new(nonce),
            run_tag: Some(format!("run-of-{nonce}")),
            ..Config::default()
        };
        place.run(config).await.0
    };
    let (one, other) = tokio::join!(run(1), run(2));
    for report in [one, other] {
        assert_eq!(report.findings.len(), 0, "{:#?}", report.findings);
        assert_eq!(report.left_behind, []);
    }
}
