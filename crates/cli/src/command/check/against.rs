//! `ivs-contract check --against`: a target beside another endpoint.

use anyhow::Result;
use ivs_client::Client;
use ivs_judge::Report;
use ivs_model::{Authority, bundled};
use ivs_runner::{CancellationToken, Config, Differential, EventObserver, Side};

use super::describe_endpoint;
use crate::arguments::TargetArguments;
use crate::debug::Debugged;
use crate::settings::FileSettings;
use crate::target::{self, Ready};

/// The endpoint to compare with, by the rules that hold for a target: the flags for signing and trust hold for both.
pub(super) async fn ready(against: &str, flags: &TargetArguments, file: &FileSettings) -> Result<Ready> {
    let flags = TargetArguments {
        target: Some(against.to_owned()),
        endpoint_url: None,
        endpoint_url_ivs: None,
        endpoint_url_ivs_realtime: None,
        endpoint_url_ivschat: None,
        region: flags.region.clone(),
        profile: flags.profile.clone(),
        no_sign_request: flags.no_sign_request,
        no_verify_ssl: flags.no_verify_ssl,
        ca_bundle: flags.ca_bundle.clone(),
        read_timeout: flags.read_timeout,
        connect_timeout: flags.connect_timeout,
        allow_writes: flags.allow_writes.clone(),
    };
    target::ready(&flags, file, bundled::models()).await
}

/// Compares, and stops what the command has started for it.
pub(super) async fn run(
    (config, caller): (Config, Debugged),
    (argument, against): (String, Ready),
    file: &FileSettings,
    debug: bool,
    sink: EventObserver,
    cancel: CancellationToken,
) -> Result<Report> {
    let mut other = config.clone();
    describe_endpoint(&mut other, &against, file).await?;
    // What AWS answers is the contract; what anyone else answers is a reading of it.
    let authority = if against.regional { Authority::Observed } else { Authority::Inferred };
    let target = Side { argument: config.endpoint.clone(), config, caller: std::sync::Arc::new(caller) };
    let emulator = against.emulator;
    let against = Side {
        argument,
        config: other,
        caller: std::sync::Arc::new(Debugged::new(Client::new(against.client)?, debug)),
    };
    let report =
        Differential::new(bundled::models(), bundled::knowledge(), target, against, authority).run(sink, cancel).await;
    if let Some(emulator) = emulator {
        emulator.stop().await;
    }
    Ok(report)
}
