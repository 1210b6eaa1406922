//! Sends Cases, judges Exchanges: the runner and its suites.
//!
//! One folder a suite. Every exchange of a run passes one choke point, where the universal checks judge it; every case
//! ends in a verdict, and none passes without a control that shows that the endpoint can tell the difference.
//!
//! Never imports loadtests, cli or (outside of tests) the emulator; reads no environment and prints nothing.

mod answer;
mod auth;
mod batch;
mod breaker;
mod canonical;
mod config;
mod crash;
mod differential;
mod errors;
mod idempotency;
mod judged;
mod lending;
mod lifecycle;
#[cfg(test)]
mod made_up;
mod pagination;
mod plan;
mod play;
mod protocol;
mod rejection;
mod rules;
mod runner;
mod session;
mod snapshot;
mod steadiness;
mod subject;
mod tags;
mod validation;

pub use breaker::{FAILURES_IN_A_ROW, SERVER_ERRORS};
pub use config::{Budget, Config, Selection, SuiteName};
pub use differential::{Differential, Side};
pub use lifecycle::{CASES_A_SEQUENCE, Regressions};
pub use plan::suite_cases;
pub use rules::{all_rules, checks, endpoint_checks};
pub use runner::Runner;
pub use session::EventSink;
pub use snapshot::{EndpointKind, Provenance, Recording, SnapshotFile, Snapshots};
pub use steadiness::Resending;
pub use tokio_util::sync::CancellationToken;
