//! `ivs-contract clean`: deletes the resources that interrupted runs left behind, found by tag.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use ivs_client::RetryPolicy;
use ivs_generators::systematic;
use ivs_judge::plain;
use ivs_model::bundled;
use ivs_pool::{Pool, PoolConfig, RUN_TAG, RunNonce};

use super::arguments::CleanArguments;
use super::run_registry::KilledRun;
use super::terminal::{print_notes, print_target};
use crate::exit_status::ExitStatus;
use crate::run_config::run_start;
use crate::settings::SettingsFile;
use crate::target::{self, ResolvedTarget};

/// The least time limit of deleting what killed runs left, before a run.
const KILLED_LIMIT: Duration = Duration::from_secs(30);
/// The time limit of a cleanup. Resources that remain after it are named.
const LIMIT: Duration = Duration::from_secs(600);

/// The pool that finds and deletes resources of other runs.
fn pool(resolved: &ResolvedTarget, file: &SettingsFile, deletes: bool, retry: RetryPolicy) -> Result<Pool> {
    let config = PoolConfig {
        models: bundled::models(),
        knowledge: bundled::knowledge(),
        region: resolved.client.region.clone(),
        run: String::new(),
        // Nothing is created.
        nonce: RunNonce::new(0),
        externals: file.existing_resources.clone(),
        sample_externals: false,
        writes: resolved.allow_writes && deletes,
        retry,
    };
    let recipes: Vec<_> =
        bundled::models().iter().flat_map(|model| systematic(model, bundled::knowledge()).cases).collect();
    Ok(Pool::new(config, resolved.caller()?, &recipes))
}

/// Deletes what killed runs left at the target, before the next run counts or judges it.
pub(super) async fn delete_of_killed(
    resolved: &ResolvedTarget,
    file: &SettingsFile,
    killed: &[KilledRun],
) -> Result<()> {
    let client = &resolved.client;
    for endpoint in client.endpoints.all() {
        // The run itself says what is wrong with an endpoint that takes no connection.
        if ivs_client::try_connection(endpoint, &client.trust, &client.limits).await?.is_err() {
            return Ok(());
        }
    }
    let pool = pool(resolved, file, true, RetryPolicy::never())?;
    let is_meant = |tag: &str| killed.iter().any(|run| run.tag == tag);
    let limit = client.limits.read.max(KILLED_LIMIT);
    let Ok(cleaned) = tokio::time::timeout(limit, pool.clean_runs(&is_meant, limit)).await else { return Ok(()) };
    if !cleaned.found.is_empty() {
        let (found, deleted) = (cleaned.found.len(), cleaned.removal.removed);
        eprintln!("note: a killed run left {found} resources; {deleted} of them were deleted before this run");
    }
    if cleaned.unread.is_empty() && cleaned.removal.left.is_empty() {
        killed.iter().for_each(KilledRun::forget);
    }
    Ok(())
}

pub(super) async fn run(arguments: &CleanArguments) -> Result<ExitStatus> {
    let file = SettingsFile::read(arguments.config.config.as_deref())?;
    print_notes(&file.notes);
    let resolved = target::resolve(&arguments.target, &file, bundled::models()).await?;
    print_target(&resolved);
    print_notes(&resolved.notes);
    let pool = pool(&resolved, &file, !arguments.dry_run, RetryPolicy::default())?;
    let now = SystemTime::now();
    let is_meant = |tag: &str| match (&arguments.run, arguments.older_than) {
        (Some(run), _) => run == tag,
        (None, Some(age)) => run_start(tag).is_some_and(|start| start + age <= now),
        (None, None) => true,
    };
    let cleaned = pool.clean_runs(&is_meant, LIMIT).await;

    for (list, reason) in &cleaned.unread {
        eprintln!("warning: {list} failed; resources of this type were not checked: {}", plain(reason));
    }
    for resource in &cleaned.found {
        println!("{}", plain(&resource.arn));
    }
    for left in &cleaned.removal.left {
        eprintln!("warning: cannot delete {}: {}", plain(&left.resource.arn), plain(&left.reason));
    }
    if arguments.dry_run {
        eprintln!("{} found with the tag {RUN_TAG}; nothing was deleted (dry run)", cleaned.found.len());
        return Ok(if cleaned.unread.is_empty() { ExitStatus::Success } else { ExitStatus::Inconclusive });
    }
    eprintln!(
        "{} found with the tag {RUN_TAG}, {} deleted, {} left",
        cleaned.found.len(),
        cleaned.removal.removed,
        cleaned.found.len().saturating_sub(cleaned.removal.removed)
    );
    let is_clean = cleaned.unread.is_empty() && cleaned.removal.left.is_empty();
    Ok(if is_clean { ExitStatus::Success } else { ExitStatus::Inconclusive })
}
