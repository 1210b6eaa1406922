//! Exchanges to Findings to a Report: universal checks, verdicts, events, renderers. Sends nothing.
//!
//! Never imports pool, suites or emulator; reads no file, no clock and no environment, and writes only to what a
//! renderer is handed.

mod allowance;
mod announced;
mod answer;
mod check;
mod check_info;
mod checks;
mod curl;
mod event;
mod expectation;
mod finding;
mod grouping;
mod judge;
mod mask;
mod outcome;
mod recorder;
mod reference;
pub mod render;
pub mod report;
mod reproducer;
mod request_context;
mod response_view;
mod script;
mod shape_text;
mod shown_exchange;
mod verdict;
mod wire;

pub use answer::Answer;
pub use check::{Check, Undecided};
pub use check_info::{CheckInfo, Grouping, Mismatch};
pub use checks::{checks, rules};
pub use event::{CaseJudged, Coverage, ErrorPairState, Event, PairState, PlannedOperation, Probe, Run, SiteTried};
pub use expectation::{is_unset, same};
pub use finding::{Finding, Reproduce, Severity, authority_name};
pub use judge::{Judge, Judgement};
pub use outcome::{FailOn, Outcome, Policy};
pub use recorder::{Recorder, Totals};
pub use report::{CaseCounts, ErrorRow, Report};
pub use reproducer::Reproducer;
pub use request_context::RequestContext;
pub use response_view::{Body, ResponseView};
pub use shown_exchange::{ExchangePrinter, ShownExchange, ShownRequest, ShownResponse};
pub use verdict::Verdict;
