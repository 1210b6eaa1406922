//! Plans and runs suites against an endpoint that claims to implement the IVS APIs.
//!
//! This crate knows no suite. It is handed a registry of them, `ivs_suites::SUITES` as a rule, and gives each suite what all
//! of them need: the plan of an operation, resources, the layers between a suite and the client, and the way to a verdict.
//!
//! - [`Runner`] runs suites against one endpoint; [`Differential`] sends the same requests to two and lists the differences.
//! - [`Suite`] is what a suite implements; [`Schedule`] says when it runs; [`Planning`] is what it plans from.
//! - [`OperationUnderTest`] sends calls of one operation. [`CaseContext`] does so for the cases that come to a [`CaseResult`].
//! - [`RunContext`] is what all tasks of a run share. Every exchange of a run passes its layers, where it is judged by the
//!   universal checks.
//! - [`Setup`], [`Trigger`], [`ListUnderTest`] and [`CanonicalCall`] are what several suites build on:
//!   suites do not import each other.
//!
//! A suite with one case for each operation, which passes wherever the valid call succeeds:
//!
//! ```
//! use ivs_client::BoxFuture;
//! use ivs_judge::Verdict;
//! use ivs_model::{SuiteName, bundled};
//! use ivs_runner::{
//!     Assignment, Config, Planning, Schedule, Suite, SuitePlan, indeterminate, suite_cases,
//! };
//!
//! const NAME: SuiteName = SuiteName::from_static("answers");
//!
//! struct Answers;
//!
//! impl Suite for Answers {
//!     fn name(&self) -> SuiteName {
//!         NAME
//!     }
//!
//!     fn description(&self) -> &'static str {
//!         "The valid call succeeds."
//!     }
//!
//!     fn plan(&self, planning: &Planning<'_>) -> SuitePlan {
//!         planning.named(NAME, ["succeeds"], ())
//!     }
//!
//!     fn run<'a>(&'a self, _schedule: Schedule, assignments: &'a [Assignment]) -> BoxFuture<'a, ()> {
//!         Box::pin(async move {
//!             for Assignment { under_test, .. } in assignments {
//!                 let verdict = match under_test.control(&under_test.base, true).await {
//!                     Ok(call) if call.answer.is_success() => Verdict::Pass,
//!                     Ok(call) => indeterminate(format!("the valid call got {}", call.answer)),
//!                     Err(not_sent) => not_sent.into(),
//!                 };
//!                 let case = under_test.case_id(NAME, "succeeds");
//!                 under_test.conclude(case, Vec::new(), Vec::new(), verdict);
//!             }
//!         })
//!     }
//! }
//!
//! static SUITES: &[&dyn Suite] = &[&Answers];
//! let cases = suite_cases(bundled::models(), bundled::knowledge(), SUITES, &Config::default());
//! assert!(cases.iter().any(|id| id.to_string() == "ivs.GetChannel/answers/succeeds"));
//! ```
//!
//! # How to add a layer
//!
//! A layer is a `Caller` around the next one, in a file of its own under `layer/` with its own tests. [`RunContext`] builds the
//! stack in one place. A layer that needs nothing of a run, such as a rate limit, belongs in `ivs-client`.
//!
//! To add a suite or a check, see the crate `ivs-suites`.
//!
//! This crate reads no environment and no file, prints nothing, and never ends the process.

mod availability;
mod bindings;
mod canonical_call;
mod capture;
mod case_context;
mod case_spec;
mod catch_panic;
mod config;
mod confirmation;
mod confirmations;
mod deletions;
mod differential;
mod error_coverage;
mod event_log;
mod first_contact;
mod generated_cases;
mod lag_wait;
mod layer;
mod list_under_test;
mod not_sent;
mod operation_under_test;
mod plan;
mod pool_config;
mod quota_room;
mod regressions;
mod repetition;
mod resource_document;
mod run_context;
mod runner;
#[cfg(test)]
mod sample_exchange;
mod setup;
mod setup_error;
mod suite;
mod trigger;
mod unknown_path;
mod unknown_text;
mod verdict_log;

pub use bindings::Bindings;
pub use canonical_call::{CallKind, CanonicalCall, canonical_calls};
pub use capture::{Captured, PUT, capture, is_early_state, overlay};
pub use case_context::{CaseContext, CaseResult, indeterminate, resource_unavailable};
pub use case_spec::CaseSpec;
pub use catch_panic::catch_panic;
pub use config::{Budget, Config, Selection};
pub use confirmation::{CaseOutcome, Confirmation};
pub use deletions::without_waiting_for_deletions;
pub use differential::{DIFFERS, Differential, Side};
pub use error_coverage::ErrorCoverage;
pub use event_log::EventObserver;
pub use generated_cases::GeneratedCases;
pub use ivs_pool::RunNonce;
pub use lag_wait::LagWait;
pub use layer::{FAILURES_IN_A_ROW, JudgedExchange, SERVER_ERRORS, at_once};
pub use list_under_test::{ListFilter, ListUnderTest};
pub use not_sent::NotSent;
pub use operation_under_test::{OperationUnderTest, RequestSpec, SentCall, control_evidence};
pub use plan::suite_cases;
pub use regressions::Regressions;
pub use resource_document::resource_document;
pub use run_context::RunContext;
pub use runner::Runner;
pub use setup::{Setup, SetupPlan, object};
pub use setup_error::SetupError;
pub use suite::{Assignment, PlannedCase, Planning, Schedule, Suite, SuitePlan, TestedOperation};
pub use tokio_util::sync::CancellationToken;
pub use trigger::{Trigger, TriggerKind, declared, declared_among, not_found, plain_triggers, send_trigger, triggers};

pub use unknown_text::unknown_text;
