//! Endpoints that are far away or slow to settle, in virtual time: what a run waits for, however fast the machine is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use ivs_client::{Client, ClientConfig, Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider, Trust};
use ivs_emulator::{Emulator, EmulatorClock, Options};
use ivs_judge::{Event, Verdict};
use ivs_model::{CaseId, bundled};
use ivs_runner::{CancellationToken, Config, Runner};
use ivs_suites::SUITES;
use tokio::time::Instant;

/// How far away an endpoint is, and how long its resources take to settle.
#[derive(Debug, Clone, Copy)]
struct Place {
    latency: Duration,
    settling: Duration,
    concurrency: usize,
}

/// Runs everything on an emulator in this process whose clocks are the virtual time; the time that it took, and the verdicts.
async fn run(Place { latency, settling, concurrency }: Place) -> (Duration, BTreeMap<CaseId, Verdict>) {
    let (start, began) = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_796_000_000));
    let now = move || began + start.elapsed();
    let clock = EmulatorClock::from_fn(move || now().into());
    let emulator = Emulator::in_process(Options { clock, latency, settling, ..Options::default() });
    let keys = Credentials::new("test", "test", None, None, "test");
    let client = ClientConfig {
        services: bundled::models().iter().map(|model| model.service.clone()).collect(),
        endpoints: Endpoints::one("http://localhost").expect("a URL"),
        region: "us-west-2".to_owned(),
        credentials: Some(SharedCredentialsProvider::new(keys)),
        clock: Clock::new(now),
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
    let config = Config { concurrency, ..Config::default() };
    let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
    runner.run(Arc::new(client), Arc::new(note), CancellationToken::new()).await;
    let verdicts = std::mem::take(&mut *verdicts.lock().unwrap_or_else(PoisonError::into_inner));
    (start.elapsed(), verdicts)
}

#[tokio::test(start_paused = true)]
async fn distance_and_settling_cost_little_and_change_no_verdict() {
    let place = |latency, settling, concurrency| Place {
        latency: Duration::from_millis(latency),
        settling: Duration::from_millis(settling),
        concurrency,
    };
    let (time, usual) = run(place(20, 0, 64)).await;
    assert!(time < Duration::from_secs(20), "{time:?} far away");
    for (place, limit) in [(place(0, 200, 8), 15), (place(20, 2000, 64), 100)] {
        let (time, verdicts) = run(place).await;
        assert!(time < Duration::from_secs(limit), "{time:?} with {place:?}");
        let is_same = |case: &&CaseId| {
            let of = |verdicts: &BTreeMap<CaseId, Verdict>| verdicts.get(*case).map(std::mem::discriminant);
            of(&verdicts) == of(&usual)
        };
        let differ: Vec<_> = usual.keys().filter(|case| !is_same(case)).map(|case| (case, &verdicts[case])).collect();
        assert!(differ.is_empty(), "with {place:?}: {differ:#?}");
    }
}
