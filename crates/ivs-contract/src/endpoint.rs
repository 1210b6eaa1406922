//! Where the endpoint of a run comes from: the environment, a function that starts it, or a service of this process.

use std::any::Any;
use std::fmt::{self, Display};
use std::future::Future;

use ivs_client::{BoxFuture, StreamOpener};
use ivs_emulator::Running;

use crate::in_process::{self, InProcessService};
use crate::run_error::RunError;
use crate::target::TargetOptions;

/// An endpoint that a test has started: its URL, and what must live as long as the run.
pub struct StartedEndpoint {
    url: String,
    keep: Option<Box<dyn Any + Send>>,
}

impl StartedEndpoint {
    /// Names an endpoint by its URL, such as `http://127.0.0.1:4566`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), keep: None }
    }

    /// Keeps a value until the end of the run, such as a handle that stops the server when it is dropped.
    #[must_use]
    pub fn keep(mut self, value: impl Any + Send) -> Self {
        self.keep = Some(Box::new(value));
        self
    }
}

impl fmt::Debug for StartedEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StartedEndpoint").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What a function that starts an endpoint may return: a URL, a URL with a value to keep, a running
/// [`Emulator`](crate::Emulator), or a `Result` of one of them.
pub trait IntoEndpoint {
    /// Returns the endpoint, or the reason why there is none.
    ///
    /// # Errors
    ///
    /// The text of the error that the function returned.
    fn into_endpoint(self) -> Result<StartedEndpoint, String>;
}

impl IntoEndpoint for StartedEndpoint {
    fn into_endpoint(self) -> Result<StartedEndpoint, String> {
        Ok(self)
    }
}

impl IntoEndpoint for String {
    fn into_endpoint(self) -> Result<StartedEndpoint, String> {
        Ok(StartedEndpoint::new(self))
    }
}

impl IntoEndpoint for &str {
    fn into_endpoint(self) -> Result<StartedEndpoint, String> {
        Ok(StartedEndpoint::new(self))
    }
}

impl<U: Into<String>, K: Any + Send> IntoEndpoint for (U, K) {
    fn into_endpoint(self) -> Result<StartedEndpoint, String> {
        Ok(StartedEndpoint::new(self.0).keep(self.1))
    }
}

impl IntoEndpoint for Running {
    fn into_endpoint(self) -> Result<StartedEndpoint, String> {
        Ok(StartedEndpoint::new(self.url()).keep(self))
    }
}

impl<E: IntoEndpoint, F: Display> IntoEndpoint for Result<E, F> {
    fn into_endpoint(self) -> Result<StartedEndpoint, String> {
        self.map_err(|error| error.to_string())?.into_endpoint()
    }
}

/// A function that starts an endpoint.
type Start = Box<dyn FnOnce() -> BoxFuture<'static, Result<StartedEndpoint, String>> + Send>;

/// The endpoint of a run.
pub(crate) enum EndpointSource {
    /// The environment and the settings file decide, as for the command.
    Environment,
    /// This URL.
    Url(String),
    /// A function starts it.
    Start(Start),
    /// A service of this process.
    InProcess(InProcessService),
}

/// An endpoint that can be called.
#[derive(Default)]
pub(crate) struct OpenEndpoint {
    /// How the target is found.
    pub(crate) options: TargetOptions,
    /// What must live as long as the run.
    pub(crate) keep: Option<Box<dyn Any + Send>>,
    /// Opens connections to a service of this process.
    pub(crate) in_process: Option<StreamOpener>,
}

impl EndpointSource {
    pub(crate) fn start<F, Fut>(start: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: IntoEndpoint> + Send + 'static,
    {
        Self::Start(Box::new(move || Box::pin(async move { start().await.into_endpoint() })))
    }

    /// Starts the endpoint, if that is to be done.
    pub(crate) async fn open(self) -> Result<OpenEndpoint, RunError> {
        let at = |url: String| TargetOptions { endpoint_url: Some(url), ..TargetOptions::default() };
        Ok(match self {
            Self::Environment => OpenEndpoint::default(),
            Self::Url(url) => OpenEndpoint { options: at(url), ..OpenEndpoint::default() },
            Self::Start(start) => {
                let StartedEndpoint { url, keep } = started(start).await?;
                OpenEndpoint { options: at(url), keep, in_process: None }
            }
            Self::InProcess(service) => {
                (service.ready)().await.map_err(RunError::ServiceNotReady)?;
                let options = at(in_process::URL.to_owned());
                OpenEndpoint { options, keep: None, in_process: Some(service.open) }
            }
        })
    }

    /// Returns whether a line for the command can name the endpoint after the process has ended.
    pub(crate) fn outlives_process(&self) -> bool {
        matches!(self, Self::Environment | Self::Url(_))
    }
}

/// Runs the function that starts an endpoint.
async fn started(start: Start) -> Result<StartedEndpoint, RunError> {
    // A task of its own keeps a panic from ending the run.
    match tokio::spawn(async move { start().await }).await {
        Ok(endpoint) => endpoint.map_err(RunError::Endpoint),
        Err(error) => {
            let panic = error.try_into_panic().ok();
            let text = panic.as_deref().and_then(|panic| {
                let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
                text.or_else(|| panic.downcast_ref::<String>().cloned())
            });
            Err(RunError::EndpointPanicked(text.unwrap_or_else(|| "no message".to_owned())))
        }
    }
}
