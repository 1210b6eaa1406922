//! The library as a test of another repository uses it: endpoints that fail, services of the process, baselines.

use std::convert::Infallible;
use std::future::{Pending, Ready, pending, ready};
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use ivs_contract::emulator::{Emulator, Options};
use ivs_contract::{Check, RunError, StartedEndpoint};

/// A check that is over soon.
fn small() -> Check {
    Check::new().services(["ivschat"]).operations(["ListRooms"]).suites(["errors"])
}

/// Starts nothing.
fn no_image(number: u32) -> String {
    panic!("no such image: {number}")
}

#[test]
fn an_endpoint_that_does_not_start_is_an_error_with_its_text() {
    let error = small().endpoint(|| async { Err::<String, _>("port 4566 is in use") }).run_blocking().unwrap_err();
    assert_eq!(error.to_string(), "the endpoint did not start: port 4566 is in use");
    let error = small().endpoint(|| async { no_image(7) }).run_blocking().unwrap_err();
    assert_eq!(error.to_string(), "the function that starts the endpoint panicked: no such image: 7");
}

#[test]
fn an_endpoint_that_is_no_url_is_refused() {
    let error = small().endpoint_url("localhost:4566").run_blocking().unwrap_err();
    assert!(matches!(error, RunError::Configuration(_)), "{error}");
    assert!(error.to_string().contains("localhost:4566"), "{error}");
}

#[test]
fn names_that_match_nothing_are_refused() {
    for (check, name) in [
        (small().services(["iv"]), "'iv'"),
        (small().operations(["Crate*"]), "'Crate*'"),
        (small().suites(["lifecycles"]), "'lifecycles'"),
    ] {
        let error = check.run_blocking().unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_baseline_that_does_not_exist_is_named_before_the_endpoint_is_started() {
    let check = small().endpoint(|| async { no_image(7) }).baseline("no-such-baseline.toml");
    let error = check.run_blocking().unwrap_err().to_string();
    assert!(error.contains("no-such-baseline.toml") && error.contains("IVS_CONTRACT_UPDATE_BASELINE=1"), "{error}");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_with_the_way_out() {
    for folder in ["/dev/null/report", "/proc/no-such-folder"] {
        let check = small().endpoint(|| Emulator::start(Options::default())).report(folder);
        let error = check.run_blocking().unwrap_err();
        assert!(matches!(&error, RunError::Report { path, .. } if path == folder), "{error}");
        assert!(error.to_string().ends_with("Name a path that can be written"), "{error}");
    }
}

#[test]
fn a_value_that_the_endpoint_needs_lives_as_long_as_the_run() {
    let emulator = || async { Emulator::start(Options::default()).await };
    let report = small().endpoint(emulator).run_blocking().unwrap();
    assert_eq!((report.summary.operations.exercised, report.findings.len()), (1, 0));
    let started = || async {
        let emulator = Emulator::start(Options::default()).await.map_err(|error| error.to_string())?;
        Ok::<_, String>(StartedEndpoint::new(emulator.url()).keep(emulator))
    };
    assert_eq!(small().endpoint(started).run_blocking().unwrap().summary.operations.exercised, 1);
}

#[test]
fn two_checks_share_one_endpoint() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let emulator = Emulator::start(Options::default()).await.unwrap();
        let check = || Check::new().endpoint_url(emulator.url()).services(["ivschat"]).operations(["*Room"]).run();
        let (first, second) = tokio::join!(check(), check());
        for report in [first.unwrap(), second.unwrap()] {
            assert!(report.findings.is_empty(), "{:?}", report.findings);
        }
        emulator.stop().await;
    });
}

/// A tower service that has no operation.
#[derive(Clone)]
struct Empty;

impl tower_service::Service<Request<hyper::body::Incoming>> for Empty {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<hyper::body::Incoming>) -> Self::Future {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        ready(Ok(response))
    }
}

#[test]
fn a_tower_service_needs_no_port() {
    let report = small().service(Empty).run_blocking().unwrap();
    assert_eq!(report.endpoint, "the service in this process");
    assert_eq!(report.not_implemented, ["ivschat.ListRooms"]);
}

#[test]
fn a_service_of_hyper_needs_no_port() {
    let service = hyper::service::service_fn(|_: Request<hyper::body::Incoming>| async {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        Ok::<_, Infallible>(response)
    });
    assert_eq!(small().hyper_service(service).run_blocking().unwrap().not_implemented, ["ivschat.ListRooms"]);
}

/// A tower service that is never ready.
#[derive(Clone)]
struct NeverReady;

impl tower_service::Service<Request<hyper::body::Incoming>> for NeverReady {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Pending<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request<hyper::body::Incoming>) -> Self::Future {
        pending()
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_never_ready_is_an_error() {
    let error = small().service(NeverReady).run().await.unwrap_err();
    assert_eq!(error.to_string(), "the service cannot be called: it was not ready within 10 s");
}
