//! A server that knows nothing of the contract scores about nothing: no check passes vacuously
//! (docs/architecture.md#how-the-harness-is-tested).

mod null_server;
mod run;

use std::sync::{Arc, LazyLock};

use ivs_judge::{Outcome, Policy};
use ivs_model::{Model, bundled};
use ivs_runner::{CancellationToken, Config, Runner, Selection};
use ivs_suites::SUITES;
use null_server::{Behaviour, NullServer};

const fn constant(status: u16) -> Behaviour {
    Behaviour::Constant { status, error: None, body: "{}" }
}

/// The operations that a build without optimisation tests: some of each kind, so that the file stays quick. A release
/// build tests all.
const SOME: [&str; 7] = ["*Channel*", "*Stage", "*Room*", "*Tag*", "*Token", "*Configurations", "Stop*"];

/// Runs every suite against the server and holds the outcome against docs/architecture.md#how-the-harness-is-tested.
async fn scores_nothing(behaviour: Behaviour) {
    let server = NullServer::start(behaviour).await.expect("a port on loopback");
    let some = if cfg!(debug_assertions) { SOME.map(str::to_owned).to_vec() } else { Vec::new() };
    let selection = Selection { operations: some, ..Selection::default() };
    let config = Config { cases: 1, selection, ..Config::default() };
    let report = run::quietly(&server.url(), config).await;
    let cases = &report.summary.cases;
    assert_ne!(report.outcome(&Policy::default()), Outcome::Conforms, "{behaviour:?}");
    let total = cases.run + cases.skipped + cases.not_sent;
    assert!(total > 500, "{behaviour:?} had only {total} cases");
    assert!(cases.passed * 100 < total, "{behaviour:?}: {} of {total} cases passed", cases.passed);
}

/// Two services that no knowledge describes, with patterns that look ahead.
static FOREIGN: LazyLock<Vec<Model>> = LazyLock::new(|| {
    let texts = [ivs_fixtures::foreign::SCHEDULER, ivs_fixtures::foreign::SERVICECATALOG_APPREGISTRY];
    texts.map(|text| Model::from_slice(text.as_bytes()).expect("a model")).into()
});

/// Runs every suite on the foreign services against the server.
async fn scores_nothing_with_foreign_models(behaviour: Behaviour) {
    let server = NullServer::start(behaviour).await.expect("a port on loopback");
    let config = Config { cases: 1, ..Config::default() };
    let caller = run::client_of(&FOREIGN, &server.url(), &config.region);
    let runner = Runner::new(&FOREIGN, bundled::knowledge(), SUITES, config);
    let report = runner.run(caller, Arc::new(|_| {}), CancellationToken::new()).await;
    let cases = &report.summary.cases;
    assert_ne!(report.outcome(&Policy::default()), Outcome::Conforms, "{behaviour:?}");
    let total = cases.run + cases.skipped + cases.not_sent;
    assert!(total > 500, "{behaviour:?} had only {total} cases");
    assert!(cases.passed * 100 < total, "{behaviour:?}: {} of {total} cases passed", cases.passed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_services_score_nothing() {
    for status in [200, 400, 404] {
        scores_nothing_with_foreign_models(constant(status)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_400_scores_nothing() {
    scores_nothing(constant(400)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_403_scores_nothing() {
    scores_nothing(constant(403)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_404_scores_nothing() {
    scores_nothing(constant(404)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_500_scores_nothing() {
    scores_nothing(constant(500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_503_scores_nothing() {
    scores_nothing(constant(503)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_success_scores_nothing() {
    scores_nothing(constant(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_connection_scores_nothing() {
    scores_nothing(Behaviour::Close).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_validation_error_scores_nothing() {
    scores_nothing(Behaviour::Constant {
        status: 400,
        error: Some("ValidationException"),
        body: r#"{"exceptionMessage":"no","message":"no","reason":"FIELD_VALIDATION_FAILED","fieldList":[{"name":"a","message":"no"}]}"#,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn constant_access_denial_scores_nothing() {
    scores_nothing(Behaviour::Constant {
        status: 403,
        error: Some("AccessDeniedException"),
        body: r#"{"exceptionMessage":"no","message":"no"}"#,
    })
    .await;
}
