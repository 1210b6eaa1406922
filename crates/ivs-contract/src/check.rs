//! `Check`: one run of the suites, from Rust.

use std::any::Any;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use ivs_client::{Caller, Client, ClientError};
use ivs_judge::render::{FORMATS, RenderOptions, Renderer};
use ivs_judge::{Event, Report};
use ivs_model::{SuiteName, bundled};
use ivs_runner::{Budget, CancellationToken, Config, EventObserver, Runner, Selection};
use ivs_suites::SUITES;

use crate::accepted::AcceptedFindings;
use crate::connectivity::Connectivity;
use crate::endpoint::{EndpointSource, IntoEndpoint, started};
use crate::in_process::{self, InProcessService};
use crate::run_config::describe_endpoint;
use crate::run_error::RunError;
use crate::settings::SettingsFile;
use crate::target::{self, ResolvedTarget, TargetOptions};
use crate::whole_file::WholeFile;

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

/// A run whose endpoint is known, before its first request.
pub(crate) struct PreparedCheck {
    resolved: ResolvedTarget,
    client: Arc<dyn Caller>,
    connectivity: Connectivity,
    pub(crate) config: Config,
    /// What must live as long as the run.
    keep: Option<Box<dyn Any + Send>>,
    report: Option<PathBuf>,
    baseline: Option<AcceptedFindings>,
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
        let baseline = self.baseline.as_deref().map(AcceptedFindings::read).transpose()?;
        let mut keep = None;
        let mut in_process = None;
        let options = match self.source {
            EndpointSource::Environment => TargetOptions::default(),
            EndpointSource::Url(url) => TargetOptions { endpoint_url: Some(url), ..TargetOptions::default() },
            EndpointSource::Start(start) => {
                let (url, kept) = started(start).await?.into_parts();
                keep = kept;
                TargetOptions { endpoint_url: Some(url), ..TargetOptions::default() }
            }
            EndpointSource::InProcess(service) => {
                (service.ready)().await.map_err(RunError::ServiceNotReady)?;
                in_process = Some(service.open);
                TargetOptions { endpoint_url: Some(in_process::URL.to_owned()), ..TargetOptions::default() }
            }
        };
        let mut resolved =
            target::resolve(&options, &file, bundled::models()).await.map_err(RunError::configuration)?;
        if in_process.is_some() {
            "the service in this process".clone_into(&mut resolved.name);
        }
        describe_endpoint(&mut config, &resolved, &file)
            .await
            .map_err(|error| RunError::configuration(AnyError::from(error)))?;
        if !resolved.services.is_empty() {
            let selected = std::mem::take(&mut config.selection.services);
            let has_url = |service: &&String| selected.is_empty() || selected.contains(service);
            config.selection.services = resolved.services.iter().filter(has_url).cloned().collect();
            if config.selection.services.is_empty() {
                return Err(RunError::Selection { text: format!("no endpoint URL for {}", selected.join(", ")) });
            }
        }
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
        let choose = |own: &[String], file: &[String]| if own.is_empty() { file.to_vec() } else { own.to_vec() };
        Ok(Config {
            seed: self.seed.or(file.seed).unwrap_or(defaults.seed),
            cases: self.cases.or(file.cases).unwrap_or(defaults.cases),
            concurrency,
            selection: Selection {
                services: choose(&self.services, &file.service),
                operations: choose(&self.operations, &file.operation),
                suites: known_suites(&choose(&self.suites, &file.suite))?,
                cases: Vec::new(),
            }
            .known()?,
            budget: Budget {
                time: self.max_time.or(file.max_time.map(Duration::from_secs)),
                requests: file.max_requests,
                failures: file.max_failures,
            },
            ..defaults
        })
    }
}

/// Refuses names that match nothing, which would give an empty run.
trait Known: Sized {
    fn known(self) -> Result<Self, RunError>;
}

impl Known for Selection {
    fn known(self) -> Result<Self, RunError> {
        let models = bundled::models();
        if let Some(unknown) = self.services.iter().find(|id| models.iter().all(|model| model.service.id != **id)) {
            let known: Vec<_> = models.iter().map(|model| model.service.id.as_str()).collect();
            let text = format!("'{unknown}' is not a service (expected one of: {})", known.join(", "));
            return Err(RunError::Selection { text });
        }
        for glob in &self.operations {
            let one = Self { operations: vec![glob.clone()], ..self.clone() };
            if !models.iter().any(|model| model.operations.iter().any(|operation| one.holds(model, operation))) {
                return Err(RunError::Selection { text: format!("no operation matches '{glob}' (example: Create*)") });
            }
        }
        Ok(self)
    }
}

/// Returns the suites of these names.
pub(crate) fn known_suites(names: &[String]) -> Result<Vec<SuiteName>, RunError> {
    let suites = || SUITES.iter().map(|suite| suite.name());
    let of_name = |name: &String| {
        suites().find(|suite| suite.as_str() == name).ok_or_else(|| {
            let known: Vec<_> = suites().map(SuiteName::as_str).collect();
            RunError::Selection { text: format!("'{name}' is not a suite (expected one of: {})", known.join(", ")) }
        })
    };
    names.iter().map(of_name).collect()
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
        let suites = config.selection.suites.clone();
        let files = Arc::new(Mutex::new(ReportFile::all(folder.as_deref())?));
        let observer: EventObserver = {
            let files = Arc::clone(&files);
            Arc::new(move |event: &Event| {
                observer(event);
                // The files show the report with the states of its findings, which follow at the end.
                if matches!(event, Event::RunEnded(_)) {
                    return;
                }
                for file in files.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
                    file.receive(event);
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
        if let Some(baseline) = baseline {
            baseline.judge(&mut report, &suites)?;
        }
        let ended = Event::RunEnded(Box::new(report.clone()));
        for mut file in std::mem::take(&mut *files.lock().unwrap_or_else(PoisonError::into_inner)) {
            file.receive(&ended);
            file.commit()?;
        }
        Ok(report)
    }
}

/// A report file of the run.
struct ReportFile {
    renderer: Box<dyn Renderer>,
    path: PathBuf,
    file: WholeFile,
}

impl ReportFile {
    /// Opens a file of each format before anything is sent: a wrong path must not cost a run.
    fn all(folder: Option<&Path>) -> Result<Vec<Self>, RunError> {
        let Some(folder) = folder else { return Ok(Vec::new()) };
        let failed = |path: &Path, error: &std::io::Error| RunError::Report {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        let open = |format: &ivs_judge::render::ReportFormat| {
            let path = folder.join(format.file_name);
            let file = WholeFile::create(&path).map_err(|error| failed(&path, &error))?;
            Ok(Self { renderer: (format.renderer)(&RenderOptions::default()), path, file })
        };
        FORMATS.iter().map(open).collect()
    }

    fn receive(&mut self, event: &Event) {
        if let Err(error) = self.renderer.event(event, &mut self.file) {
            self.file.fail(error);
        }
    }

    fn commit(self) -> Result<(), RunError> {
        let path = self.path.display().to_string();
        self.file.commit().map_err(|error| RunError::Report { path, reason: error.to_string() })
    }
}
