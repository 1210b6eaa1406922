//! The load engine of ivs-contract: sends signed, checked load to an endpoint of the Amazon IVS APIs.
//!
//! A run executes scenarios against a [`LoadTarget`], records two latency series, judges the results by [`Gate`]s and
//! writes reports. [`run`] takes a [`LoadPlan`] and returns a [`LoadOutcome`]. The engine does not know any scenario:
//! the crate `ivs-loadtests` has those of ivs-contract, and a user of this crate can add more.
//!
//! The engine never imports suites, the runner or the command. It never prints, exits or reads the environment.
//!
//! # Example
//!
//! A scenario of one step, and a plan that runs it at 50 requests per second:
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use ivs_client::{Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider};
//! use ivs_load::{
//!     ArrivalProcess, ArrivalSchedule, Breach, LoadError, LoadModel, LoadPlan, LoadTarget, LoadVerdict, RateStage,
//!     Scenario, ScenarioFactory, ScenarioId, ScenarioSpawner, SeedData, SeedNeeds, StepCatalog, StepReply,
//!     StepRequest, StepTemplate, StopHandle, UserContext, run,
//! };
//!
//! /// Reads one channel again and again.
//! struct Reads;
//!
//! impl ScenarioFactory for Reads {
//!     fn name(&self) -> &'static str {
//!         "my-reads"
//!     }
//!
//!     fn about(&self) -> &'static str {
//!         "reads one channel"
//!     }
//!
//!     fn needs(&self) -> SeedNeeds {
//!         SeedNeeds { channels: 1, ..SeedNeeds::default() }
//!     }
//!
//!     fn prepare(&self, catalog: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
//!         let get = catalog.step("ivs.GetChannel")?;
//!         Ok(ScenarioSpawner::new(move || Reader { get: Arc::clone(&get) }))
//!     }
//! }
//!
//! /// The state of one user.
//! struct Reader {
//!     get: Arc<StepTemplate>,
//! }
//!
//! impl Scenario for Reader {
//!     fn next_request(&mut self, context: &mut UserContext) -> StepRequest {
//!         StepRequest::valid(&self.get, context.seed_data.channel(context.number).get_body.clone())
//!     }
//!
//!     fn receive(&mut self, context: &mut UserContext, reply: &StepReply<'_>) -> Option<Breach> {
//!         let arn = reply.expected()?.text_at("/channel/arn");
//!         let is_right = arn.as_deref() == Some(context.seed_data.channel(context.number).arn.as_str());
//!         (!is_right).then(|| Breach::missing("/channel/arn"))
//!     }
//!
//!     fn is_idle(&self) -> bool {
//!         true
//!     }
//!
//!     fn next_cleanup(&mut self, _: &mut UserContext) -> Option<(StepRequest, String)> {
//!         None
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let target = LoadTarget {
//!     endpoints: Endpoints::one("http://127.0.0.1:4566")?,
//!     region: "us-west-2".to_owned(),
//!     credentials: SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "example")),
//!     clock: Clock::system(),
//!     tls: None,
//!     limits: Limits::default(),
//!     allow_remote: false,
//!     keep_rates: false,
//!     lift_rates: false,
//! };
//! let schedule = ArrivalSchedule::new(vec![RateStage::constant(50.0, Duration::from_secs(10))])?;
//! let load = LoadModel::Open { schedule, arrivals: ArrivalProcess::Poisson, max_users: 200 };
//! let mut plan = LoadPlan::new(target, vec![(ScenarioId::new(&Reads), 1)], load, Duration::from_secs(60), "run-1");
//! plan.gates.push("p99 < 250ms".parse()?);
//! let outcome = run(&plan, &StopHandle::new(), &mut |progress| drop(progress.clone()))?;
//! assert_eq!(outcome.verdict, LoadVerdict::Held, "{:?}", outcome.summary.gates);
//! # Ok(())
//! # }
//! ```
//!
//! # How to add a scenario
//!
//! Implement [`ScenarioFactory`] and [`Scenario`] in a separate file, and add one line to the registry: `SCENARIOS` of
//! `ivs-loadtests`, or your own slice. [`Profile::parse`] takes the registry, so profiles can name the scenario.
//!
//! # How to add a gate
//!
//! A gate compares a [`Metric`] with a limit. Add the metric to `metric.rs`, its value to `RunMetrics::value` in
//! `metrics.rs` and, if baselines need it, to `LoadBaseline::value` in `baseline.rs`.
//!
//! # How to add a report format
//!
//! Write `report/<format>.rs` with a function `render`, and add one line to `FORMATS` in `report/mod.rs`.
//!
//! # How to add a driver
//!
//! A driver spawns users with `PreparedRun::spawn_user` and calls [`User::step`] until its time is over, then
//! [`User::clean_up`]. `closed_loop.rs` is the shortest. Add a variant to [`ClosedLoopDriver`] and its arm in `driver.rs`.
//! If it needs further dependencies, put them behind a cargo feature and return [`LoadError::FeatureDisabled`] without
//! it.
//!
//! # Cargo features
//!
//! - `goose`: the goose driver of closed loops.
//! - `locust`: the Locust worker, [`locust::run_worker`].
//! - `otlp`: the export of metrics, [`otlp::MetricsExport`].

mod baseline;
mod breach_log;
mod capacity;
mod class;
mod closed_loop;
mod credentials;
mod driver;
mod driver_stats;
mod duration;
mod error;
mod gate;
mod goose;
mod health;
mod inconclusive;
mod inspection;
mod limit_search;
pub mod locust;
mod merged_run;
mod metric;
mod metrics;
pub mod otlp;
mod pacer;
mod plan;
mod prepared_run;
mod profile;
mod progress;
mod rate_limit;
mod recorder;
mod report;
mod run;
mod runtime;
mod sampler;
mod scenario;
mod seed_data;
mod seeding;
mod step;
mod step_id;
mod stop;
mod target;
mod time_series;
mod transport;
mod user;
mod worker;

pub use baseline::{LoadBaseline, LoadBaselineError};
pub use capacity::GeneratorCapacity;
pub use class::AnswerClass;
pub use duration::{DurationError, format_duration, parse_duration};
pub use error::LoadError;
pub use gate::{Gate, GateError, GateResult};
pub use inconclusive::{InconclusiveReason, LateInterval};
pub use inspection::{Breach, ExpectedAnswer};
pub use limit_search::{LimitOutcome, LimitSearch, find_limit};
pub use merged_run::{MergeError, MergedRun};
pub use metric::{LatencySeries, Metric};
pub use metrics::RunMetrics;
pub use pacer::{ArrivalProcess, ArrivalSchedule, ArrivalScheduleError, RateStage};
pub use plan::{ClosedLoopDriver, LoadPlan};
pub use profile::{LoadModel, Profile, ProfileError, parse_stages};
pub use progress::LoadProgress;
pub use rate_limit::{LimitBound, LimitTrial, RateLimit, TrialResult};
pub use recorder::{MetricsRecorder, RequestSample, Tally};
pub use report::{Distribution, GeneratorHealth, LoadSummary, LoadVerdict, ReportError, StepSummary};
pub use run::{LoadOutcome, run};
pub use scenario::{Scenario, ScenarioFactory, ScenarioId, ScenarioSpawner, StepReply, StepRequest, UserContext};
pub use seed_data::{SeedChannel, SeedData, SeedNeeds};
pub use step::{StepCatalog, StepTemplate};
pub use step_id::{StepId, StepName};
pub use stop::{SignalError, StopHandle};
pub use target::LoadTarget;
pub use time_series::{PointTimes, TimePoint};
pub use transport::{HttpAnswer, PreparedRequest, Route, Signature, Signer};
pub use user::{StepOutcome, User};
