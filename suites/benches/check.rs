//! A whole check of all operations on the embedded emulator, and the exchanges per second that it comes to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use ivs_client::{Client, ClientConfig, Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider, Trust};
use ivs_emulator::{Emulator, Options};
use ivs_judge::Report;
use ivs_model::bundled;
use ivs_runner::{CancellationToken, Config, Runner};
use ivs_suites::SUITES;

fn client(url: &str) -> Arc<Client> {
    let config = ClientConfig {
        services: bundled::models().iter().map(|model| model.service.clone()).collect(),
        endpoints: Endpoints::one(url).expect("a URL"),
        region: "us-west-2".to_owned(),
        credentials: Some(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "bench"))),
        clock: Clock::system(),
        trust: Trust::default(),
        limits: Limits::default(),
    };
    Arc::new(Client::new(config).expect("a client"))
}

async fn check(url: &str, caller: Arc<Client>) -> Report {
    let config = Config { endpoint: url.to_owned(), ..Config::default() };
    let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
    runner.run(caller, Arc::new(|_| {}), CancellationToken::new()).await
}

fn whole_check(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10).measurement_time(Duration::from_secs(30));
    group.bench_function("all operations", |bencher| {
        bencher.to_async(&runtime).iter_custom(|times| async move {
            let (mut spent, mut exchanges) = (Duration::ZERO, 0);
            for _ in 0..times {
                let emulator = Emulator::start(Options { settling: Duration::ZERO, ..Options::default() })
                    .await
                    .expect("the emulator starts");
                let url = emulator.url();
                let start = Instant::now();
                let report = check(&url, client(&url)).await;
                spent += start.elapsed();
                exchanges += report.summary.exchanges;
                emulator.stop().await;
            }
            let rate = exchanges as f64 / spent.as_secs_f64();
            #[allow(clippy::print_stderr, reason = "a benchmark speaks to the one who runs it")]
            {
                eprintln!("{exchanges} exchanges in {spent:?}: {rate:.0}/s");
            }
            spent
        });
    });
    group.finish();
}

criterion_group!(benches, whole_check);
criterion_main!(benches);
