//! `ivs-contract check --against`: compares the target with another endpoint.

use std::sync::Arc;

use anyhow::Result;
use ivs_client::Caller;
use ivs_judge::Report;
use ivs_model::{Authority, bundled};
use ivs_runner::{CancellationToken, Config, Differential, EventObserver, Side};

use crate::command::arguments::Detail;
use crate::command::trace::TraceLayer;
use crate::connectivity::Connectivity;
use crate::run_config::describe_endpoint;
use crate::settings::SettingsFile;
use crate::target::{self, ResolvedTarget, TargetOptions};

/// The endpoint to compare with.
pub(super) struct OtherEndpoint {
    /// The value of `--against`.
    argument: String,
    pub(super) target: ResolvedTarget,
    pub(super) connectivity: Connectivity,
}

impl OtherEndpoint {
    /// Resolves the endpoint. The flags for signing and TLS apply to both endpoints.
    pub(super) async fn resolve(argument: &str, flags: &TargetOptions, file: &SettingsFile) -> Result<Self> {
        let target = target::resolve(&flags.for_target(argument), file, bundled::models()).await?;
        let connectivity = Connectivity::new(target.client.endpoints.clone());
        Ok(Self { argument: argument.to_owned(), target, connectivity })
    }
}

/// Compares the endpoints, and stops the emulator that was started for the other one.
pub(super) async fn run(
    (config, caller): (Config, impl Caller + 'static),
    other: OtherEndpoint,
    file: &SettingsFile,
    debug: Option<Detail>,
    sink: EventObserver,
    cancel: CancellationToken,
) -> Result<Report> {
    let OtherEndpoint { argument, target: against, connectivity } = other;
    let mut other = config.clone();
    describe_endpoint(&mut other, &against, file).await?;
    // The responses of AWS are the contract. Those of any other endpoint are an interpretation of it.
    let authority = if against.is_single_region { Authority::Observed } else { Authority::Inferred };
    let target = Side { argument: config.endpoint.clone(), config, caller: Arc::new(caller) };
    let reproducer = other.reproducer.clone();
    let against_caller = TraceLayer::new(connectivity.watch(against.caller()?), bundled::models(), debug, reproducer);
    let emulator = against.emulator;
    let against = Side { argument, config: other, caller: Arc::new(against_caller) };
    let report =
        Differential::new(bundled::models(), bundled::knowledge(), target, against, authority).run(sink, cancel).await;
    if let Some(emulator) = emulator {
        emulator.stop().await;
    }
    Ok(report)
}
