//! The settings of the pool, and how it creates and deletes resources, for scripts.

use ivs_catalog::Catalog;
use ivs_client::RetryPolicy;
use ivs_generators::Case;
use ivs_judge::{Reproducer, ResourceCalls};
use ivs_model::{Knowledge, Model};
use ivs_pool::{LifecycleCalls, PoolConfig, Recipe};

use crate::Config;

/// The settings of the pool of a run.
pub(crate) fn pool_config(config: &Config, models: &'static [Model], knowledge: &'static Knowledge) -> PoolConfig {
    PoolConfig {
        models,
        knowledge,
        region: config.region.clone(),
        run: config.run_tag.clone().unwrap_or_else(|| "embedded".to_owned()),
        nonce: config.nonce,
        externals: config.externals.clone(),
        sample_externals: config.sample_externals,
        writes: config.allow_writes,
        // The retry layer repeats throttled calls; every other answer is to be seen.
        retry: RetryPolicy::never(),
    }
}

/// The reproducer of a run, knowing how what requests name is created and deleted.
pub(crate) fn with_resources(
    config: &Config,
    models: &'static [Model],
    knowledge: &'static Knowledge,
    recipes: &[Case],
) -> Reproducer {
    let template = |Recipe { operation, input }| (operation, input);
    let all = LifecycleCalls::all(&pool_config(config, models, knowledge), &Catalog::new(models, knowledge), recipes);
    let calls = all.into_iter().map(|calls| {
        let LifecycleCalls { kind, create, get, delete, passing, creators, removers, depth } = calls;
        let (get, delete) = (get.map(template), delete.map(template));
        (kind, ResourceCalls { create: template(create), get, delete, passing, creators, removers, depth })
    });
    config.reproducer.clone().resources(calls.collect())
}
