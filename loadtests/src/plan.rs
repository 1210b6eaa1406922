//! What a run is to be: target, scenarios, load, gates and limits.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::baseline::Baseline;
use crate::gate::Gate;
use crate::profile::{Load, Profile};
use crate::scenario::Kind;
use crate::target::Target;

/// Everything that makes a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the load falls.
    pub target: Target,
    /// The scenarios and their weights.
    pub scenarios: BTreeMap<Kind, u32>,
    /// How load is put on.
    pub load: Load,
    /// Who drives a closed loop.
    pub closed: Closed,
    /// The gates. `findings < 1` is one of them unless a gate on findings is given.
    pub gates: Vec<Gate>,
    /// An earlier run to compare with.
    pub baseline: Option<Baseline>,
    /// The hard limit on the load; clean-up comes on top, bounded by the read time-out.
    pub time_limit: Duration,
    /// One exchange in so many has the full checks.
    pub sample_every: u64,
    /// The share of requests that the generator may begin late before the run is inconclusive.
    pub max_late: f64,
    /// Generator threads; the open model spreads its arrivals over them.
    pub threads: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The run's own id: the value of the tag on everything it makes.
    pub run: String,
    /// The folder for reports, if any are wanted.
    pub report: Option<PathBuf>,
}

impl Plan {
    /// A plan with nothing but the necessary; the other fields are public and have sensible values.
    #[must_use]
    pub fn new(target: Target, scenarios: BTreeMap<Kind, u32>, load: Load, time_limit: Duration, run: &str) -> Self {
        Self {
            target,
            scenarios,
            load,
            closed: Closed::default(),
            gates: Vec::new(),
            baseline: None,
            time_limit,
            sample_every: 100,
            max_late: 0.01,
            threads: 1,
            seed: 0,
            run: run.to_owned(),
            report: None,
        }
    }

    /// The plan of a profile.
    #[must_use]
    pub fn of(profile: Profile, target: Target, run: &str) -> Self {
        Self {
            gates: profile.gates,
            sample_every: profile.sample_every,
            max_late: profile.max_late,
            ..Self::new(target, profile.scenarios, profile.load, profile.time_limit, run)
        }
    }
}

/// Who drives a closed loop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Closed {
    /// goose, with these flags of its own and its reports.
    Goose {
        /// Flags as goose's command line takes them; `--threshold` is refused.
        flags: Vec<String>,
    },
    /// Our own loop: less overhead, no reports of goose.
    #[default]
    Plain,
}
