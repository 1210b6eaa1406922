//! Judges exchanges: universal checks, verdicts, findings, reports and their renderers. Sends nothing.
//!
//! ```
//! use ivs_judge::{Event, FailOn, Outcome, Policy, Recorder, Run, Totals};
//!
//! let mut recorder = Recorder::new();
//! recorder.record(&Event::RunStarted(Run { seed: 7, ..Run::default() }));
//! let report = recorder.finish(&Totals::default());
//! let policy = Policy { fail_on: FailOn::Error, ..Policy::default() };
//! // Nothing was judged, so the endpoint does not conform.
//! assert_eq!(report.outcome(&policy), Outcome::Unusable);
//! ```
//!
//! The crate reads no file, no clock and no environment, and writes only to what a renderer is handed.
//!
//! # How to add a universal check
//!
//! 1. Add a file to `checks/`: the [`CheckInfo`], the [`Explanation`] for `ivs-contract explain` and `docs/checks.md`,
//!    the [`UniversalCheck`], and its tests with an exchange that it finds, and that no other check finds.
//! 2. Add its module and one line of the registry to `checks.rs`.
//! 3. Plant a fault in the emulator that trips it: one file.
//!
//! # How to add a report format
//!
//! Write `render/FORMAT.rs` with a [`render::Renderer`] and its `FORMAT`, and add its module and one line of
//! [`render::FORMATS`] to `render.rs`. `check --report` then offers it.

mod allowance;
mod announced;
mod another_output;
mod answer;
mod applicability;
mod baseline;
mod baseline_state;
mod caller;
mod case_checks;
mod catch_all;
mod cause;
mod cause_key;
mod check;
mod check_info;
mod check_text;
mod checks;
mod coverage;
mod curl;
mod evaluation;
mod event;
mod evidence;
mod exchange_printer;
mod expectation;
mod explanation;
mod finding;
mod finding_counts;
mod judge;
mod mask;
mod outcome;
mod printable;
mod property;
mod recorder;
mod reference;
mod registry;
pub mod render;
pub mod report;
mod reproducer;
mod request_context;
mod resource_calls;
mod response_view;
mod result_matrix;
mod run_assessment;
mod run_status;
mod run_values;
mod script;
mod shape_text;
mod shown_exchange;
mod stated_times;
mod structure;
mod suggestion;
#[cfg(test)]
mod test_exchange;
mod totals;
mod valid_calls;
mod verdict;
mod wire;

pub use answer::Answer;
pub use applicability::{is_evidence, is_of_successes, is_universal};
pub use baseline::{
    BASELINE_SCHEMA, Baseline, BaselineEntry, BaselineError, BaselineNames, BaselinePattern, BaselineProblem,
    BaselineRun,
};
pub use baseline_state::{BaselineResult, BaselineState, StaleEntry};
pub use catch_all::CatchAll;
pub use cause::{Cause, causes};
pub use check::{ResponseKind, Undecided, UniversalCheck};
pub use check_info::{CheckInfo, Grouping, Mismatch};
pub use check_text::{CheckText, check_texts};
pub use checks::BODY_JSON;
pub use checks::checks;
pub use coverage::Coverage;
pub use curl::quoted;
pub use evaluation::{Evaluation, Expected, listed};
pub use event::{CaseJudged, ErrorPairState, Event, PairState, PlannedOperation, Probe, Run, SiteTried};
pub use evidence::{ControlEvidence, ControlRole, EchoEvidence, Evidence, Missing};
pub use exchange_printer::ExchangePrinter;
pub use expectation::{is_unset, same};
pub use explanation::Explanation;
pub use finding::{Finding, FindingAnswer, Reproduce, Severity, authority_name};
pub use judge::{Judge, Judgement};
pub use outcome::{FailOn, Outcome, Policy};
pub use printable::plain;
pub use property::{Property, PropertySet};
pub use recorder::Recorder;
pub use registry::rules;
pub use report::{
    CaseCounts, CoverageRow, ErrorRow, LeftBehind, OperationRow, Report, RunFacts, SCHEMA as REPORT_SCHEMA, SiteRow,
    Trial, Unjudged,
};
pub use reproducer::Reproducer;
pub use request_context::RequestContext;
pub use resource_calls::{CallTemplate, ResourceCalls, ResourceCallsByKind};
pub use response_view::{Body, ResponseView};
pub use result_matrix::{OperationResults, ResultCell, ResultMatrix, ServiceResults};
pub use run_status::RunStatus;
pub use shown_exchange::{ShownExchange, ShownRequest, ShownResponse};
pub use suggestion::closest;
pub use totals::Totals;
pub use verdict::Verdict;
