//! `ivs-contract clean`: deletes the resources that interrupted runs left behind, found by tag.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use ivs_client::RetryPolicy;
use ivs_generators::systematic;
use ivs_judge::plain;
use ivs_model::bundled;
use ivs_pool::{Pool, PoolConfig, RUN_TAG, RunNonce};

use super::arguments::CleanArguments;
use super::terminal::{print_notes, print_target};
use crate::exit_status::ExitStatus;
use crate::run_config::run_start;
use crate::settings::SettingsFile;
use crate::target;

/// The time limit of a cleanup. Resources that remain after it are named.
const LIMIT: Duration = Duration::from_secs(600);

pub(super) async fn run(arguments: &CleanArguments) -> Result<ExitStatus> {
    let file = SettingsFile::read(arguments.config.config.as_deref())?;
    print_notes(&file.notes);
    let resolved = target::resolve(&arguments.target, &file, bundled::models()).await?;
    print_target(&resolved);
    print_notes(&resolved.notes);
    let config = PoolConfig {
        models: bundled::models(),
        knowledge: bundled::knowledge(),
        region: resolved.client.region.clone(),
        run: arguments.run.clone().unwrap_or_default(),
        // Nothing is created.
        nonce: RunNonce::new(0),
        externals: file.existing_resources.clone(),
        sample_externals: false,
        writes: resolved.allow_writes && !arguments.dry_run,
        retry: RetryPolicy::default(),
    };
    let recipes: Vec<_> =
        bundled::models().iter().flat_map(|model| systematic(model, bundled::knowledge()).cases).collect();
    let pool = Pool::new(config, resolved.caller()?, &recipes);
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
