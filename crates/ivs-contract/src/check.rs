//! `Check`: one run of the suites, from Rust.

use std::any::Any;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use ivs_client::{Caller, Client, ClientError};
use ivs_judge::render::RenderOptions;
use ivs_judge::{Event, Report};
use ivs_model::bundled;
use ivs_runner::{Budget, CancellationToken, Config, EventObserver, Runner, Selection};
use ivs_suites::SUITES;

use crate::baseline_file::{BaselineChanges, BaselineFile, BaselineFileError};
use crate::connectivity::Connectivity;
use crate::endpoint::{EndpointSource, IntoEndpoint, OpenEndpoint};
use crate::in_process::InProcessService;
use crate::report_files::{ReportFiles, UnwritableReport, in_folder};
use crate::run_config::describe_endpoint;
use crate::run_error::RunError;
use crate::selection::{first_named, selection, suites};
use crate::settings::SettingsFile;
use crate::target::{self, ResolvedTarget};
use crate::whole_file::WholeFile;

/// The environment variable that adds new findings to the baseline instead of failing.
const UPDATE: &str = "IVS_CONTRACT_UPDATE_BASELINE";

/// Any error.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Tests an endpoint against the contract and returns the [`Report`].
///
/// Without a target, the environment decides, as for the command: `AWS_ENDPOINT_URL`, `IVS_CONTRACT_TARGET` and the settings
/// file `ivs-contract.toml`; and if they name none, the embedded emulator.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let report = ivs_contract::Check::new()
///     .endpoint(|| async { ivs_contract::Emulator::start(ivs_contract::emulator::Options::default()).await })
///     .operations(["CreateChannel"])
///     .suites(["errors"])
///     .run_blocking()?;
/// assert_eq!(report.summary.operations.exercised, 1);
/// assert!(report.findings.is_empty());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `run`"]
pub struct Check {
    pub(crate) source: EndpointSource,
    pub(crate) services: Vec<String>,
    pub(crate) operations: Vec<String>,
    pub(crate) suites: Vec<String>,
    seed: Option<u64>,
    cases: Option<u32>,
    concurrency: Option<usize>,
    max_time: Option<Duration>,
    report: Option<PathBuf>,
    baseline: Option<PathBuf>,
}

/// A baseline, and its file if that is to be changed.
type OpenBaseline = (BaselineFile, Option<WholeFile>);

/// A run whose endpoint is known, before its first request.
pub(crate) struct PreparedCheck {
    resolved: ResolvedTarget,
    client: Arc<dyn Caller>,
    connectivity: Connectivity,
    pub(crate) config: Config,
    /// What must live as long as the run.
    keep: Option<Box<dyn Any + Send>>,
    report: Option<PathBuf>,
    baseline: Option<OpenBaseline>,
}

impl Default for Check {
    fn default() -> Self {
        Self::new()
    }
}

impl Check {
    /// Creates a check of everything.
    pub fn new() -> Self {
        Self {
            source: EndpointSource::Environment,
            services: Vec::new(),
            operations: Vec::new(),
            suites: Vec::new(),
            seed: None,
            cases: None,
            concurrency: None,
            max_time: None,
            report: None,
            baseline: None,
        }
    }

    /// Sets a function that starts the endpoint and returns its URL; see [`IntoEndpoint`] for what else it may return.
    ///
    /// It runs once, on the runtime of the run.
    pub fn endpoint<F, Fut>(mut self, start: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: IntoEndpoint> + Send + 'static,
    {
        self.source = EndpointSource::start(start);
        self
    }

    /// Sets the URL of the endpoint, such as `http://127.0.0.1:4566`.
    pub fn endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.source = EndpointSource::Url(url.into());
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
        self.source = EndpointSource::InProcess(InProcessService::tower(service));
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
        self.source = EndpointSource::InProcess(InProcessService::hyper(service));
        self
    }

    /// Selects services: `ivs`, `ivs-realtime`, `ivschat`.
    pub fn services(mut self, services: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.services = services.into_iter().map(Into::into).collect();
        self
    }

    /// Selects operations by name or glob, such as `Create*`.
    pub fn operations(mut self, operations: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.operations = operations.into_iter().map(Into::into).collect();
        self
    }

    /// Selects suites, such as `validation`.
    pub fn suites(mut self, suites: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.suites = suites.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the seed of everything random; 7 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the number of random cases for each operation, beside the systematic ones.
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = Some(cases);
        self
    }

    /// Sets the number of calls under way at once.
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = Some(concurrency);
        self
    }

    /// Limits the time of the run. What is left then is not judged, and the run is partial.
    pub fn max_time(mut self, max_time: Duration) -> Self {
        self.max_time = Some(max_time);
        self
    }

    /// Sets a folder for report files in every format. It is created if it does not exist.
    pub fn report(mut self, folder: impl Into<PathBuf>) -> Self {
        self.report = Some(folder.into());
        self
    }

    /// Sets a baseline: a file of accepted findings. [`Finding::baseline`](crate::report::Finding::baseline) then says which
    /// findings are new.
    ///
    /// A run with the environment variable `IVS_CONTRACT_UPDATE_BASELINE=1` creates the file, adds new findings to it and
    /// removes the entries that match none.
    pub fn baseline(mut self, file: impl Into<PathBuf>) -> Self {
        self.baseline = Some(file.into());
        self
    }

    /// Runs the suites on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`RunError`] if the run cannot begin. An endpoint that cannot be judged gives a report with that status.
    pub async fn run(self) -> Result<Report, RunError> {
        self.prepare().await?.run(Arc::new(|_| {}), CancellationToken::new()).await
    }

    /// Runs the suites on a runtime of its own. Use [`run`](Self::run) in asynchronous code.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub fn run_blocking(self) -> Result<Report, RunError> {
        runtime()?.block_on(self.run())
    }

    /// Resolves the endpoint and the settings. Sends no request.
    pub(crate) async fn prepare(self) -> Result<PreparedCheck, RunError> {
        let file = SettingsFile::read(None).map_err(RunError::configuration)?;
        let mut config = self.config(&file)?;
        // Before the endpoint is started: a wrong path must not cost a run.
        let baseline = self.baseline.as_deref().map(|path| baseline(path, &config)).transpose()?;
        let OpenEndpoint { options, keep, in_process } = self.source.open().await?;
        let mut resolved =
            target::resolve(&options, &file, bundled::models()).await.map_err(RunError::configuration)?;
        if in_process.is_some() {
            "the service in this process".clone_into(&mut resolved.name);
        }
        describe_endpoint(&mut config, &resolved, &file)
            .await
            .map_err(|error| RunError::configuration(AnyError::from(error)))?;
        resolved
            .restrict(&mut config.selection.services)
            .map_err(|selected| RunError::Selection { text: format!("no endpoint URL for {}", selected.join(", ")) })?;
        let connectivity = Connectivity::new(resolved.client.endpoints.clone());
        let client: Result<Arc<dyn Caller>, ClientError> = match in_process {
            Some(open) => Client::in_process(resolved.client.clone(), open).map(|client| Arc::new(client) as _),
            None => resolved.caller(),
        };
        let client = client.map_err(RunError::configuration)?;
        Ok(PreparedCheck { resolved, client, connectivity, config, keep, report: self.report, baseline })
    }

    fn config(&self, file: &SettingsFile) -> Result<Config, RunError> {
        let defaults = Config::default();
        let concurrency = self.concurrency.or(file.concurrency).unwrap_or(defaults.concurrency);
        if concurrency == 0 {
            return Err(RunError::Selection { text: "the concurrency must be at least 1".to_owned() });
        }
        Ok(Config {
            seed: self.seed.or(file.seed).unwrap_or(defaults.seed),
            cases: self.cases.or(file.cases).unwrap_or(defaults.cases),
            concurrency,
            selection: Selection {
                suites: suites(first_named(&self.suites, &file.suite))?,
                ..selection(
                    bundled::models(),
                    first_named(&self.services, &file.service),
                    first_named(&self.operations, &file.operation),
                )?
            },
            budget: Budget {
                time: self.max_time.or(file.max_time.map(Duration::from_secs)),
                requests: file.max_requests,
                failures: file.max_failures,
            },
            ..defaults
        })
    }
}

/// Reads and opens a baseline before the endpoint is started: a wrong path must not cost a run.
fn baseline(path: &Path, config: &Config) -> Result<OpenBaseline, RunError> {
    let is_updated = std::env::var_os(UPDATE).is_some_and(|value| !value.is_empty() && value != "0");
    let changes = BaselineChanges { update: is_updated, prune: is_updated };
    let refused = |error: BaselineFileError| {
        let text = match error {
            BaselineFileError::Missing { file, source } => {
                let folder = std::env::current_dir().unwrap_or_default();
                format!(
                    "cannot read the baseline {file} in {}: {source}. Create it by a run with {UPDATE}=1",
                    folder.display()
                )
            }
            error => error.to_string(),
        };
        RunError::Baseline { text }
    };
    let baseline = BaselineFile::read(path, changes, config.selection.suites.clone()).map_err(refused)?;
    let file = baseline.open().map_err(refused)?;
    Ok((baseline, file))
}

/// Builds the runtime of a run from synchronous code.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, RunError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(RunError::configuration)
}

impl PreparedCheck {
    /// The remarks on the target.
    pub(crate) fn notes(&self) -> &[String] {
        &self.resolved.notes
    }

    /// The name of the endpoint in reports.
    pub(crate) fn endpoint(&self) -> &str {
        &self.resolved.name
    }

    /// Runs the suites, writes the report files and stops the emulator.
    pub(crate) async fn run(self, observer: EventObserver, cancel: CancellationToken) -> Result<Report, RunError> {
        let Self { resolved, client, connectivity, config, keep, report: folder, baseline } = self;
        let files = Arc::new(report_files(folder.as_deref())?);
        let observer: EventObserver = {
            let files = Arc::clone(&files);
            Arc::new(move |event: &Event| {
                observer(event);
                // The files show the report with the states of its findings, which follow at the end.
                if !matches!(event, Event::RunEnded(_)) {
                    files.receive(event);
                }
            })
        };
        let caller = Arc::new(connectivity.watch(client));
        let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
        let mut report = runner.run(caller, observer, cancel).await;
        if let ivs_judge::RunStatus::Unusable { .. } = report.status
            && let Some(failure) = connectivity.error()
        {
            report.set_unusable(failure);
        }
        if let Some(emulator) = resolved.emulator {
            emulator.stop().await;
        }
        drop(keep);
        if let Some((baseline, file)) = baseline {
            let text = baseline.judge(&mut report);
            let written = baseline.write(text.as_deref(), file);
            written.map_err(|error| RunError::Baseline { text: error.to_string() })?;
        }
        files.receive(&Event::RunEnded(Box::new(report.clone())));
        match files.commit().into_iter().next() {
            Some(failure) => Err(failure.into()),
            None => Ok(report),
        }
    }
}

/// Opens a file of each format.
fn report_files(folder: Option<&Path>) -> Result<ReportFiles, RunError> {
    let files = match folder {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|source| UnwritableReport { path: folder.to_owned(), source })?;
            in_folder(folder)
        }
        None => Vec::new(),
    };
    Ok(ReportFiles::open(files, &RenderOptions::default())?)
}

impl From<UnwritableReport> for RunError {
    fn from(unwritable: UnwritableReport) -> Self {
        let reason = format!("{}. {}", unwritable.source, unwritable.way_out());
        Self::Report { path: unwritable.path.display().to_string(), reason }
    }
}
