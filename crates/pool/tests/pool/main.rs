//! The pool at an endpoint in memory, with the recipes of the bundled models.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

mod endpoint;
mod lending;
mod removing;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use ivs_client::{Caller, Exchange, RetryPolicy, Signing, encode};
use ivs_generators::{Case, systematic};
use ivs_model::bundled;
use ivs_pool::{Lease, Pool, PoolConfig, RunNonce};

use endpoint::Endpoint;

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    bundled::models().iter().flat_map(|model| systematic(model, bundled::knowledge()).cases).collect()
});

fn config() -> PoolConfig {
    PoolConfig {
        models: bundled::models(),
        knowledge: bundled::knowledge(),
        region: "eu-west-1".into(),
        run: "run-1".into(),
        nonce: RunNonce::new(1),
        externals: BTreeMap::new(),
        sample_externals: true,
        writes: true,
        retry: RetryPolicy::default(),
    }
}

fn pool() -> (Arc<Endpoint>, Pool) {
    let endpoint = Arc::new(Endpoint::default());
    let pool = Pool::new(config(), Arc::clone(&endpoint) as Arc<dyn Caller>, CASES.iter());
    (endpoint, pool)
}

/// The first Case of an operation whose input is valid, or is not.
fn case(operation: &str, valid: bool) -> &'static Case {
    CASES.iter().find(|case| case.operation().name() == operation && case.is_valid() == valid).unwrap()
}

/// Runs a Case as a suite does, and hands its lease back.
async fn run(pool: &Pool, endpoint: &Endpoint, case: &Case) -> Exchange {
    let mut lease = pool.lease(case).await.unwrap();
    let exchange = send(endpoint, case, &lease).await;
    pool.track(&mut lease, &exchange);
    pool.finish(lease).await;
    exchange
}

async fn send(endpoint: &Endpoint, case: &Case, lease: &Lease) -> Exchange {
    let model = bundled::model(case.operation().service()).unwrap();
    let input = lease.fill(&case.input.value()).unwrap();
    let request = encode(model, model.operation(case.operation().name()).unwrap(), &input).unwrap();
    endpoint.send(case.operation(), request, &Signing::Valid).await
}
