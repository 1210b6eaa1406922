//! `ivs-contract clean`: find by its tag what an interrupted run left behind, and remove it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ivs_client::{Client, Retry};
use ivs_generators::systematic;
use ivs_model::bundled;
use ivs_pool::{Pool, PoolConfig, RUN_TAG};

use crate::arguments::CleanArguments;
use crate::exit_code::Ending;
use crate::settings::FileSettings;
use crate::target;

/// Removing one account's left-overs is bounded; what is left is named.
const LIMIT: Duration = Duration::from_secs(600);

pub(crate) async fn run(arguments: &CleanArguments) -> Result<Ending> {
    let file = FileSettings::read(arguments.config.as_deref())?;
    let ready = target::ready(&arguments.target, &file, bundled::models()).await?;
    for note in &ready.notes {
        eprintln!("note: {note}");
    }
    let config = PoolConfig {
        models: bundled::models(),
        knowledge: bundled::knowledge(),
        region: ready.client.region.clone(),
        run: arguments.run.clone().unwrap_or_default(),
        externals: file.externals.clone(),
        sample_externals: false,
        writes: ready.writes,
        retry: Retry::default(),
    };
    let recipes: Vec<_> =
        bundled::models().iter().flat_map(|model| systematic(model, bundled::knowledge()).cases).collect();
    let pool = Pool::new(config, Arc::new(Client::new(ready.client)?), &recipes);
    let cleaned = pool.clean(arguments.run.as_deref(), LIMIT).await;

    for (list, reason) in &cleaned.unread {
        eprintln!("{list} cannot be read, something may be hidden there: {reason}");
    }
    for resource in &cleaned.found {
        println!("{}", resource.arn);
    }
    for left in &cleaned.removal.left {
        eprintln!("{} is still there: {}", left.resource.arn, left.reason);
    }
    eprintln!(
        "{} found with the tag {RUN_TAG}, {} removed, {} left",
        cleaned.found.len(),
        cleaned.removal.removed,
        cleaned.found.len().saturating_sub(cleaned.removal.removed)
    );
    let all_seen = cleaned.unread.is_empty() && cleaned.removal.left.is_empty();
    Ok(if all_seen { Ending::Conforms } else { Ending::Unusable })
}
