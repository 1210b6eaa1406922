//! The plan of a run: target, scenarios, load, gates and limits.

use std::path::PathBuf;
use std::time::Duration;

use ivs_judge::RunFacts;

use crate::baseline::LoadBaseline;
use crate::capacity::GeneratorCapacity;
use crate::gate::Gate;
use crate::profile::{LoadModel, Profile};
use crate::scenario::ScenarioId;
use crate::target::LoadTarget;

/// The plan of a run.
#[derive(Debug, Clone)]
pub struct LoadPlan {
    /// The target.
    pub target: LoadTarget,
    /// The scenarios and their weights.
    pub scenarios: Vec<(ScenarioId, u32)>,
    /// The load model.
    pub load: LoadModel,
    /// The driver of a closed loop.
    pub closed: ClosedLoopDriver,
    /// The gates. `findings < 1` and `error_rate < 10%` are added unless there is a gate on the metric.
    pub gates: Vec<Gate>,
    /// The baseline of gates.
    pub baseline: Option<LoadBaseline>,
    /// The hard limit on the load. Cleanup comes on top, bounded by the read timeout.
    pub time_limit: Duration,
    /// One exchange in this many gets all checks.
    pub sample_every: u64,
    /// The share of requests that may start late before the run is inconclusive.
    pub max_late: f64,
    /// The number of generator threads of an open loop.
    pub threads: usize,
    /// What the generator can hold, for reports, if it was measured.
    pub capacity: Option<GeneratorCapacity>,
    /// When and by which command the run is made, for reports.
    pub facts: RunFacts,
    /// The random seed.
    pub seed: u64,
    /// The run's id: the value of the tag on every resource it creates.
    pub run: String,
    /// The report folder; `None` for a run without reports.
    pub report: Option<PathBuf>,
}

impl LoadPlan {
    /// Creates a plan with default settings. Change them through the public fields.
    #[must_use]
    pub fn new(
        target: LoadTarget,
        scenarios: Vec<(ScenarioId, u32)>,
        load: LoadModel,
        time_limit: Duration,
        run: &str,
    ) -> Self {
        Self {
            target,
            scenarios,
            load,
            closed: ClosedLoopDriver::default(),
            gates: Vec::new(),
            baseline: None,
            time_limit,
            sample_every: 100,
            max_late: 0.01,
            threads: 1,
            capacity: None,
            facts: RunFacts::default(),
            seed: 0,
            run: run.to_owned(),
            report: None,
        }
    }

    /// Creates the plan of a profile.
    #[must_use]
    pub fn of(profile: Profile, target: LoadTarget, run: &str) -> Self {
        Self {
            gates: profile.gates,
            sample_every: profile.sample_every,
            max_late: profile.max_late,
            ..Self::new(target, profile.scenarios, profile.load, profile.time_limit, run)
        }
    }
}

/// The driver of a closed loop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ClosedLoopDriver {
    /// goose, with its own flags and reports. Needs the cargo feature `goose`.
    Goose {
        /// The flags of goose's command line; `--threshold` is refused.
        flags: Vec<String>,
    },
    /// The built-in loop: less overhead, but no goose reports.
    #[default]
    BuiltIn,
}
