//! Load on an endpoint of the Amazon IVS APIs: signed, judged, and honest about latency.
//!
//! Never imports suites or cli; never prints, exits or reads the environment.

mod answer;
mod baseline;
mod closed;
mod connection;
mod drive;
mod figures;
mod gate;
mod goose;
mod governor;
mod hdr_log;
mod health;
mod http1;
mod inspection;
mod lane;
pub mod locust;
mod pacer;
mod plan;
mod profile;
mod recorder;
mod report;
mod run;
mod sampling;
mod scenario;
mod session;
mod signer;
mod span;
mod stop;
mod summary;
mod target;
mod template;
mod user;

pub use answer::{Answer, Class};
pub use baseline::{Baseline, BaselineError};
pub use figures::{Figures, Series};
pub use gate::{Gate, GateError, GateResult, Metric};
pub use inspection::{Breach, Expect};
pub use pacer::{Arrivals, Schedule, ScheduleError, Stage};
pub use plan::{Closed, Plan};
pub use profile::{Load, Profile, ProfileError, names as profile_names, parse_stages};
pub use recorder::{Recorder, Sample, Tally};
pub use report::ReportError;
pub use run::{LoadError, Outcome, Progress, run};
pub use scenario::{Call, Desk, Inhabitant, Kind, Reply, Scenario, World, WorldNeeds};
pub use signer::{Prepared, Signature, Signer};
pub use span::{SpanError, parse_span, show_span};
pub use stop::{SignalError, Stop};
pub use summary::{Health, StepSummary, Summary, Verdict};
pub use target::Target;
pub use template::{Catalogue, Route, StepId, StepName, Template};
pub use user::{StepOutcome, User};
