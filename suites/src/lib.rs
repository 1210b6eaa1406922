//! Sends Cases, judges Exchanges: the runner and its suites.
//!
//! One folder a suite. Every exchange of a run passes one choke point, where the universal checks judge it; every case
//! ends in a verdict, and none passes without a control that shows that the endpoint can tell the difference.
//!
//! Never imports loadtests, cli or (outside of tests) the emulator; reads no environment and prints nothing.

mod answer;
mod auth;
mod availability;
mod batch;
mod bindings;
mod breaker;
mod canonical;
mod case_context;
mod catch_panic;
mod config;
mod differential;
mod errors;
mod idempotency;
mod lifecycle;
mod operation_under_test;
mod pagination;
mod plan;
mod protocol;
mod rejection;
mod rules;
mod run_context;
mod runner;
#[cfg(test)]
mod sample_exchange;
mod setup;
mod snapshot;
mod tags;
mod validation;

pub use availability::RetryPolicy;
pub use breaker::{FAILURES_IN_A_ROW, SERVER_ERRORS};
pub use config::{Budget, Config, Selection, SuiteName};
pub use differential::{Differential, Side};
pub use lifecycle::{CASES_A_SEQUENCE, Regressions};
pub use plan::suite_cases;
pub use rules::{checks, endpoint_checks};
pub use run_context::EventObserver;
pub use runner::Runner;
pub use snapshot::{EndpointKind, Provenance, Recording, SnapshotFile, Snapshots};
pub use tokio_util::sync::CancellationToken;
