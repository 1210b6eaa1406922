//! A run against a URL with nobody watching.

use std::sync::Arc;

use ivs_client::{
    Caller, Client, ClientConfig, Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider, Trust,
};
use ivs_judge::Report;
use ivs_model::{Model, bundled};
use ivs_runner::{CancellationToken, Config, Runner};
use ivs_suites::SUITES;

/// The client that the command uses for a loopback target without a profile: `test`/`test`.
pub(crate) fn client(url: &str, region: &str) -> Arc<Client> {
    client_of(bundled::models(), url, region)
}

/// The same for services of other models.
pub(crate) fn client_of(models: &[Model], url: &str, region: &str) -> Arc<Client> {
    let credentials = Credentials::new("test", "test", None, None, "tests");
    let config = ClientConfig {
        services: models.iter().map(|model| model.service.clone()).collect(),
        endpoints: Endpoints::one(url).expect("a URL"),
        region: region.to_owned(),
        credentials: Some(SharedCredentialsProvider::new(credentials)),
        clock: Clock::system(),
        trust: Trust::default(),
        limits: Limits::default(),
    };
    Arc::new(Client::new(config).expect("a client"))
}

/// One run to its end.
#[allow(dead_code, reason = "each test file has this module, and one of them only runs through noise")]
pub(crate) async fn quietly(url: &str, config: Config) -> Report {
    through(url, config, |client| client).await
}

/// The same through a caller around the client.
pub(crate) async fn through(
    url: &str,
    config: Config,
    around: impl FnOnce(Arc<dyn Caller>) -> Arc<dyn Caller>,
) -> Report {
    let caller = around(client(url, &config.region));
    let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
    runner.run(caller, Arc::new(|_| {}), CancellationToken::new()).await
}
