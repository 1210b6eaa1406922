//! `Load`: a load test, from Rust.

use std::future::Future;
use std::path::PathBuf;

use ivs_load::{Gate, LoadOutcome, LoadPlan, LoadTarget, StopHandle};
use ivs_model::bundled;

use crate::check::runtime;
use crate::endpoint::{EndpointSource, IntoEndpoint, OpenEndpoint};
use crate::run_config::{draw_nonce, run_id};
use crate::run_error::RunError;
use crate::settings::SettingsFile;
use crate::target;

/// Puts load on an endpoint of this machine and returns the [`LoadOutcome`], whose verdict says whether the gates are met.
///
/// Without a target, the environment decides, as for [`Check`](crate::Check). Endpoints of other machines need the command,
/// which asks for permission to write.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let profile = r#"
/// about = "a few reads"
/// time-limit = "20s"
///
/// [scenarios]
/// channel-reads = 1
///
/// [open]
/// max-users = 20
/// stages = [{ rate = 20, duration = "1s" }]
/// "#;
/// let outcome = ivs_contract::Load::new(profile).gate("error_rate < 1%").run()?;
/// assert_eq!(outcome.summary.due, 20);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before `run`"]
pub struct Load {
    source: EndpointSource,
    profile: String,
    gates: Vec<String>,
    seed: u64,
    report: Option<PathBuf>,
}

impl Load {
    /// Creates a load test of a profile: the name of a bundled one, such as `smoke`, or the TOML text of one.
    pub fn new(profile: impl Into<String>) -> Self {
        Self { source: EndpointSource::Environment, profile: profile.into(), gates: Vec::new(), seed: 7, report: None }
    }

    /// Sets a function that starts the endpoint and returns its URL; see [`IntoEndpoint`].
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

    /// Adds a gate, such as `p99 < 50ms`.
    pub fn gate(mut self, gate: impl Into<String>) -> Self {
        self.gates.push(gate.into());
        self
    }

    /// Sets the seed of everything random; 7 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets a folder for the reports.
    pub fn report(mut self, folder: impl Into<PathBuf>) -> Self {
        self.report = Some(folder.into());
        self
    }

    /// Runs the load test. It blocks; do not call it on a Tokio runtime.
    ///
    /// # Errors
    ///
    /// [`RunError`] if no load was generated.
    pub fn run(self) -> Result<LoadOutcome, RunError> {
        let file = SettingsFile::read(None).map_err(RunError::configuration)?;
        let is_text = self.profile.contains('=');
        let profile =
            if is_text { ivs_loadtests::parse_profile(&self.profile) } else { ivs_loadtests::profile(&self.profile) };
        let mut profile = profile.map_err(RunError::configuration)?;
        for gate in &self.gates {
            profile.gates.push(gate.parse::<Gate>().map_err(RunError::configuration)?);
        }
        let runtime = runtime()?;
        let OpenEndpoint { options, keep, .. } = runtime.block_on(self.source.open())?;
        let resolved =
            runtime.block_on(target::resolve(&options, &file, bundled::models())).map_err(RunError::configuration)?;
        if !resolved.is_loopback() {
            let text = format!("{} is not on this machine. Use the command `ivs-contract load`", resolved.name);
            return Err(RunError::Selection { text });
        }
        let target = LoadTarget::of(resolved.client).map_err(RunError::configuration)?;
        let target = target.ok_or_else(|| RunError::configuration("load signs every request"))?;
        let plan =
            LoadPlan { seed: self.seed, report: self.report, ..LoadPlan::of(profile, target, &run_id(draw_nonce())) };
        let outcome = ivs_load::run(&plan, &StopHandle::new(), &mut |_| {}).map_err(RunError::configuration);
        if let Some(emulator) = resolved.emulator {
            runtime.block_on(emulator.stop());
        }
        drop(keep);
        outcome
    }
}
