//! The part of a run's configuration that follows from its target.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use ivs_runner::{Config, RunNonce};

use crate::settings::SettingsFile;
use crate::target::ResolvedTarget;

/// The time for which reads may lag behind writes at a non-loopback endpoint.
const REMOTE_CONSISTENCY_WAIT: Duration = Duration::from_secs(10);

/// Sets the configuration that depends on the endpoint.
pub(crate) async fn describe_endpoint(config: &mut Config, target: &ResolvedTarget, file: &SettingsFile) -> Result<()> {
    config.endpoint.clone_from(&target.name);
    config.target = target.origin.to_string();
    let mut arguments = target.arguments.clone();
    if let Some(seconds) = file.consistency_wait {
        arguments.extend(["--consistency-wait".to_owned(), seconds.to_string()]);
    }
    for (kind, name) in &file.existing_resources {
        arguments.extend(["--existing-resource".to_owned(), format!("{kind}={name}")]);
    }
    config.reproducer = target.reproducer(config.seed).await?.target(arguments);
    config.region.clone_from(&target.client.region);
    config.is_single_region = target.is_single_region;
    config.nonce = draw_nonce();
    config.run_tag = Some(run_id(config.nonce));
    config.externals.clone_from(&file.existing_resources);
    config.sample_externals = target.is_local;
    config.use_control_api = target.is_local;
    config.allow_writes = target.allow_writes;
    config.sign_requests = target.sign_requests;
    config.consistency_wait = consistency_wait(target.is_local, file);
    Ok(())
}

/// Returns the time for which reads may lag behind writes.
pub(crate) fn consistency_wait(is_local: bool, file: &SettingsFile) -> Duration {
    let wait = if is_local { Duration::ZERO } else { REMOTE_CONSISTENCY_WAIT };
    file.consistency_wait.map_or(wait, Duration::from_secs)
}

/// Returns the id that tags the resources of this run, so that `clean` finds those that a crash leaves behind.
pub(crate) fn run_id(nonce: RunNonce) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", since.as_secs(), nonce.text("run", 0, 8))
}

/// Returns when the run with this id began; `None` if the text is not an id of this version.
#[cfg(any(feature = "cli", test))]
pub(crate) fn run_start(id: &str) -> Option<SystemTime> {
    let (seconds, _) = id.split_once('-')?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.parse().ok()?))
}

/// Draws what makes the values of this run new.
pub(crate) fn draw_nonce() -> RunNonce {
    // The standard library seeds these from the operating system.
    let draw = || u128::from(RandomState::new().build_hasher().finish());
    RunNonce::new(draw() << 64 | draw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_its_run_began() {
        let id = run_id(draw_nonce());
        let age = SystemTime::now().duration_since(run_start(&id).unwrap()).unwrap();
        assert!(age < Duration::from_secs(60), "{id}");
        assert_eq!(run_start("mine"), None);
        assert_eq!(run_start("99999999999999999999-x"), None);
    }
}
