//! `conformance()`: the suites as tests of `cargo test`.

mod arguments;
mod outcome;
mod trial;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use ivs_judge::{Event, plain};
use ivs_runner::{CancellationToken, EventObserver};
use libtest_mimic::Trial;

use self::arguments::{FAILED, TestArguments};
use self::outcome::RunResult;
use self::trial::{AskedTrial, Trials};
use crate::check::{Check, runtime};
use crate::endpoint::IntoEndpoint;
use crate::interrupt::cancel_on_interrupt;
use crate::run_error::RunError;

/// Any error.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Creates a test program that tests an endpoint: one test for each operation and suite.
///
/// Call it from the `main` of a test target with `harness = false`:
///
/// ```toml
/// # Cargo.toml
/// [[test]]
/// name = "ivs"
/// harness = false
///
/// [dev-dependencies]
/// ivs-contract = { version = "0.1", default-features = false }
/// ```
///
/// ```no_run
/// // tests/ivs.rs
/// # mod my_emulator { pub struct Server; impl Server { pub fn url(&self) -> String { String::new() } } pub async fn start() -> Server { Server } }
/// fn main() -> std::process::ExitCode {
///     ivs_contract::conformance()
///         .endpoint(|| async {
///             let server = my_emulator::start().await;
///             (server.url(), server)
///         })
///         .baseline("ivs-baseline.toml")
///         .run()
/// }
/// ```
///
/// `cargo test -- ivs::CreateChannel` runs the tests of one operation, `cargo test -- --list` lists all tests and sends
/// nothing.
pub fn conformance() -> Conformance {
    Conformance { check: Check::new(), require_all: false }
}

/// A test program that tests an endpoint; [`conformance`] creates it.
///
/// All tests of one process share one run, which begins before the first test and holds only what the filters select. Tests
/// are named `SERVICE::OPERATION::SUITE`, such as `ivs::CreateChannel::validation`. `SERVICE::OPERATION::implemented` says
/// whether the operation exists. `endpoint::CHECK` is about the endpoint as a whole.
#[must_use = "nothing is tested before `run`"]
pub struct Conformance {
    check: Check,
    require_all: bool,
}

impl Conformance {
    /// Sets a function that starts the endpoint and returns its URL; see [`IntoEndpoint`] for what else it may return.
    ///
    /// It runs once in each process, on the runtime of the run, and not for `--list`. Without it, the environment decides:
    /// see [`Check`].
    pub fn endpoint<F, Fut>(mut self, start: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: IntoEndpoint> + Send + 'static,
    {
        self.check = self.check.endpoint(start);
        self
    }

    /// Sets the URL of the endpoint, such as `http://127.0.0.1:4566`.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.check = self.check.endpoint_url(url);
        self
    }

    /// Sets a tower service of this process as the endpoint, such as an `axum::Router`. No port is opened.
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: tower_service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<AnyError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<AnyError>,
    {
        self.check = self.check.service(service);
        self
    }

    /// Sets a service of hyper 1 in this process as the endpoint. No port is opened.
    pub fn hyper_service<S, B>(mut self, service: S) -> Self
    where
        S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<AnyError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<AnyError>,
    {
        self.check = self.check.hyper_service(service);
        self
    }

    /// Selects services: `ivs`, `ivs-realtime`, `ivschat`. The others have no tests.
    pub fn services(mut self, services: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.check = self.check.services(services);
        self
    }

    /// Selects operations by name or glob, such as `Create*`. The others have no tests.
    pub fn operations(mut self, operations: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.check = self.check.operations(operations);
        self
    }

    /// Selects suites, such as `validation`. The others have no tests.
    pub fn suites(mut self, suites: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.check = self.check.suites(suites);
        self
    }

    /// Sets the seed of everything random; 7 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.check = self.check.seed(seed);
        self
    }

    /// Sets the number of random cases for each operation, beside the systematic ones.
    pub fn cases(mut self, cases: u32) -> Self {
        self.check = self.check.cases(cases);
        self
    }

    /// Sets the number of calls under way at once.
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.check = self.check.concurrency(concurrency);
        self
    }

    /// Limits the time of the run. Tests that are left then fail.
    pub fn max_time(mut self, max_time: Duration) -> Self {
        self.check = self.check.max_time(max_time);
        self
    }

    /// Sets a folder for report files in every format. It is created if it does not exist.
    pub fn report(mut self, folder: impl Into<PathBuf>) -> Self {
        self.check = self.check.report(folder);
        self
    }

    /// Sets a baseline: a file of accepted findings, relative to the folder of the package. Only new findings fail a test.
    ///
    /// A run with the environment variable `IVS_CONTRACT_UPDATE_BASELINE=1` creates the file, adds new findings to it and
    /// removes the entries that match none.
    pub fn baseline(mut self, file: impl Into<PathBuf>) -> Self {
        self.check = self.check.baseline(file);
        self
    }

    /// Fails the test of an operation that the endpoint does not implement. By default it is ignored.
    pub fn require_all(mut self) -> Self {
        self.require_all = true;
        self
    }

    /// Runs the tests that the arguments of the process select, and returns the exit code: 0, or 101 if a test failed, the
    /// run could not begin or the arguments are wrong.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test program speaks to its user")]
    pub fn run(self) -> ExitCode {
        let arguments = match TestArguments::from_process() {
            Ok(arguments) => arguments,
            Err(code) => return code,
        };
        match self.run_with(&arguments) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("error: {}", plain(&error.to_string()));
                ExitCode::from(FAILED)
            }
        }
    }

    #[allow(clippy::print_stderr, reason = "a test program speaks to its user")]
    fn run_with(mut self, arguments: &TestArguments) -> Result<ExitCode, RunError> {
        let trials = Trials::of(&self.check)?;
        let selected: Vec<&AskedTrial> = trials.iter().filter(|trial| arguments.selects(&trial.name)).collect();
        if arguments.sends_nothing() || selected.is_empty() {
            let listed = selected.into_iter().map(|trial| Trial::test(trial.name.clone(), || Ok(()))).collect();
            return Ok(libtest_mimic::run(&arguments.passed_on, listed).exit_code());
        }
        trial::select(&mut self.check, &trials, &selected);
        let is_named = self.check.source.outlives_process();
        let result = runtime()?.block_on(run(self.check))?;
        if let Some(reason) = &result.report.unusable {
            return Err(RunError::Unusable(reason.clone()));
        }
        let mut outcomes = result.outcomes(&selected, self.require_all, is_named);
        let trials = selected
            .iter()
            .filter_map(|trial| {
                let outcome = outcomes.remove(&trial.name)?;
                Some(Trial::ignorable_test(trial.name.clone(), move || outcome))
            })
            .collect();
        let conclusion = libtest_mimic::run(&arguments.passed_on, trials);
        for line in result.summary() {
            eprintln!("{}", plain(&line));
        }
        Ok(conclusion.exit_code())
    }
}

/// Runs the check and collects what it showed.
#[allow(clippy::print_stderr, reason = "a test program speaks to its user")]
async fn run(check: Check) -> Result<RunResult, RunError> {
    let prepared = check.prepare().await?;
    for note in prepared.notes() {
        eprintln!("note: {}", plain(note));
    }
    eprintln!("testing {}", plain(prepared.endpoint()));
    let result = Arc::new(Mutex::new(RunResult::default()));
    let observer: EventObserver = {
        let result = Arc::clone(&result);
        Arc::new(move |event: &Event| result.lock().unwrap_or_else(PoisonError::into_inner).observe(event))
    };
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(cancel_on_interrupt(cancel.clone()));
    let report = prepared.run(observer, cancel).await;
    listener.abort();
    let mut result = std::mem::take(&mut *result.lock().unwrap_or_else(PoisonError::into_inner));
    result.report = report?;
    Ok(result)
}
