//! Profiles: load runs in TOML.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::duration::{DurationError, parse_duration};
use crate::gate::{Gate, GateError};
use crate::pacer::{ArrivalProcess, ArrivalSchedule, ArrivalScheduleError, RateStage};
use crate::scenario::{ScenarioFactory, ScenarioId};

/// The load run that a profile describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// A description in one line.
    pub about: String,
    /// The scenarios and their weights.
    pub scenarios: Vec<(ScenarioId, u32)>,
    /// The load model.
    pub load: LoadModel,
    /// The gates.
    pub gates: Vec<Gate>,
    /// The hard limit on the whole run.
    pub time_limit: Duration,
    /// One exchange in this many gets all checks.
    pub sample_every: u64,
    /// The share of requests that may start late before the run is inconclusive.
    pub max_late: f64,
}

/// The load model: open or closed.
#[derive(Debug, Clone, PartialEq)]
pub enum LoadModel {
    /// Requests start on schedule.
    Open {
        /// The schedule.
        schedule: ArrivalSchedule,
        /// The arrival process.
        arrivals: ArrivalProcess,
        /// The maximum number of users. Further arrivals are dropped.
        max_users: usize,
    },
    /// Each user sends one request after another.
    Closed {
        /// The number of users.
        users: usize,
        /// The time over which the users start.
        ramp: Duration,
        /// The duration, including the ramp.
        duration: Duration,
        /// The average pause of a user between two iterations of its scenario.
        think_time: Duration,
    },
}

/// The reason why a profile was refused.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file is not TOML, or has an unknown, missing or wrong key.
    #[error("invalid profile: {0}")]
    Toml(#[from] toml::de::Error),
    /// An invalid duration.
    #[error("{key}: {source}")]
    Duration {
        /// The key.
        key: &'static str,
        /// The parser's message.
        source: DurationError,
    },
    /// An invalid gate.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The stages do not form a schedule.
    #[error(transparent)]
    Schedule(#[from] ArrivalScheduleError),
    /// Settings that contradict each other or are out of range.
    #[error("{0}")]
    Settings(String),
    /// The registry has no scenario of that name.
    #[error("scenarios: unknown scenario '{name}' (scenarios: {known})")]
    UnknownScenario {
        /// The unknown name.
        name: String,
        /// The known names.
        known: String,
    },
    /// There is no profile of that name.
    #[error("unknown profile '{name}' (profiles: {known})")]
    UnknownProfile {
        /// The unknown name.
        name: String,
        /// The known names.
        known: String,
    },
}

/// The keys of a profile file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ProfileFile {
    about: String,
    scenarios: BTreeMap<String, u32>,
    #[serde(default)]
    open: Option<OpenTable>,
    #[serde(default)]
    closed: Option<ClosedTable>,
    #[serde(default)]
    gates: Vec<String>,
    time_limit: String,
    #[serde(default = "default_sample")]
    sample_every: u64,
    #[serde(default = "default_late")]
    max_late: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OpenTable {
    #[serde(default)]
    arrivals: ArrivalProcess,
    stages: Vec<StageTable>,
    #[serde(default)]
    max_users: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct StageTable {
    rate: f64,
    #[serde(default)]
    to: Option<f64>,
    duration: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ClosedTable {
    users: usize,
    duration: String,
    #[serde(default)]
    ramp: Option<String>,
    #[serde(default)]
    think_time: Option<String>,
}

fn default_sample() -> u64 {
    100
}

fn default_late() -> f64 {
    0.01
}

impl Profile {
    /// Parses a profile whose scenarios are in the registry.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] for unknown keys, wrong values, impossible gates and contradicting settings.
    pub fn parse(text: &str, registry: &[&'static dyn ScenarioFactory]) -> Result<Self, ProfileError> {
        let file: ProfileFile = toml::from_str(text)?;
        let settings = |text: &str| Err(ProfileError::Settings(text.to_owned()));
        if file.scenarios.values().all(|weight| *weight == 0) {
            return settings("scenarios: at least one scenario needs a weight above zero");
        }
        if file.sample_every == 0 {
            return settings("sample-every: must be at least 1 (1 checks every exchange, 100 checks one in a hundred)");
        }
        if !(0.0..=1.0).contains(&file.max_late) {
            return settings("max-late: must be a share from 0 to 1");
        }
        let load = match (file.open, file.closed) {
            (Some(open), None) => open.load()?,
            (None, Some(closed)) => closed.load()?,
            _ => return settings("a profile needs either an [open] or a [closed] table"),
        };
        let time_limit = duration_of("time-limit", &file.time_limit)?;
        if time_limit < load.duration() {
            return settings("time-limit: shorter than the load");
        }
        let gates = file.gates.iter().map(|gate| gate.parse()).collect::<Result<_, _>>()?;
        let scenarios = mix(&file.scenarios, registry)?;
        Ok(Self {
            about: file.about,
            scenarios,
            load,
            gates,
            time_limit,
            sample_every: file.sample_every,
            max_late: file.max_late,
        })
    }
}

impl LoadModel {
    /// Returns the duration of the load.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match self {
            Self::Open { schedule, .. } => schedule.duration(),
            Self::Closed { duration, .. } => *duration,
        }
    }

    /// The default number of users: enough for a stall of four seconds at the peak rate, from 50 to 5,000.
    #[must_use]
    pub fn default_max_users(schedule: &ArrivalSchedule) -> usize {
        ((schedule.peak() * 4.0) as usize).clamp(50, 5000)
    }
}

impl OpenTable {
    fn load(self) -> Result<LoadModel, ProfileError> {
        let mut stages = Vec::new();
        for stage in self.stages {
            let duration = duration_of("stages.duration", &stage.duration)?;
            stages.push(RateStage { duration, from: stage.rate, to: stage.to.unwrap_or(stage.rate) });
        }
        let schedule = ArrivalSchedule::new(stages)?;
        let max_users = self.max_users.unwrap_or_else(|| LoadModel::default_max_users(&schedule));
        if max_users == 0 {
            return Err(ProfileError::Settings("open.max-users: must be at least 1".to_owned()));
        }
        Ok(LoadModel::Open { schedule, arrivals: self.arrivals, max_users })
    }
}

impl ClosedTable {
    fn load(self) -> Result<LoadModel, ProfileError> {
        let duration = duration_of("closed.duration", &self.duration)?;
        let ramp = self.ramp.map_or(Ok(Duration::ZERO), |ramp| duration_of("closed.ramp", &ramp))?;
        let think_time =
            self.think_time.map_or(Ok(Duration::ZERO), |pause| duration_of("closed.think-time", &pause))?;
        if self.users == 0 || duration.is_zero() || ramp > duration {
            return Err(ProfileError::Settings(
                "closed: needs at least one user, and a duration that is not shorter than the ramp".to_owned(),
            ));
        }
        Ok(LoadModel::Closed { users: self.users, ramp, duration, think_time })
    }
}

fn duration_of(key: &'static str, text: &str) -> Result<Duration, ProfileError> {
    parse_duration(text).map_err(|source| ProfileError::Duration { key, source })
}

/// Resolves the names of a profile's scenarios. The order is that of the registry.
fn mix(
    weights: &BTreeMap<String, u32>,
    registry: &[&'static dyn ScenarioFactory],
) -> Result<Vec<(ScenarioId, u32)>, ProfileError> {
    if let Some(name) = weights.keys().find(|name| ScenarioId::find(registry, name).is_none()) {
        let known: Vec<&str> = registry.iter().map(|factory| factory.name()).collect();
        return Err(ProfileError::UnknownScenario { name: name.clone(), known: known.join(", ") });
    }
    let weighted =
        registry.iter().filter_map(|factory| Some((ScenarioId::new(*factory), *weights.get(factory.name())?)));
    Ok(weighted.filter(|(_, weight)| *weight > 0).collect())
}

/// Parses stages of the command line: `10s:100,30s:100-500,10s:0` (duration, rate, rate at the end).
///
/// # Errors
///
/// [`ProfileError`] if they are invalid.
pub fn parse_stages(text: &str) -> Result<ArrivalSchedule, ProfileError> {
    let malformed = |stage: &str| {
        ProfileError::Settings(format!(
            "invalid stage '{stage}': expected DURATION:RATE or DURATION:FROM-TO (example: 30s:100-500)"
        ))
    };
    let mut stages = Vec::new();
    for stage in text.split(',').map(str::trim) {
        let (duration, rates) = stage.split_once(':').ok_or_else(|| malformed(stage))?;
        let rate = |text: &str| text.trim().parse::<f64>().map_err(|_| malformed(stage));
        let (from, to) = match rates.split_once('-') {
            Some((from, to)) => (rate(from)?, rate(to)?),
            None => (rate(rates)?, rate(rates)?),
        };
        stages.push(RateStage { duration: duration_of("stages", duration)?, from, to });
    }
    Ok(ArrivalSchedule::new(stages)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LoadError;
    use crate::scenario::ScenarioSpawner;
    use crate::seed_data::SeedData;
    use crate::step::StepCatalog;

    const WHOLE: &str = r#"
        about = "a test"
        time-limit = "20s"
        gates = ["p99 < 250ms"]
        [scenarios]
        channel-reads = 1
        [open]
        stages = [{ rate = 10, duration = "5s" }, { rate = 10, to = 50, duration = "5s" }]
    "#;

    struct ChannelReads;

    impl ScenarioFactory for ChannelReads {
        fn name(&self) -> &'static str {
            "channel-reads"
        }

        fn about(&self) -> &'static str {
            "never prepared"
        }

        fn prepare(&self, _: &mut StepCatalog, _: &SeedData) -> Result<ScenarioSpawner, LoadError> {
            Err(LoadError::NoScenario)
        }
    }

    static REGISTRY: [&dyn ScenarioFactory; 1] = [&ChannelReads];

    fn error(text: &str) -> String {
        Profile::parse(text, &REGISTRY).unwrap_err().to_string()
    }

    #[test]
    fn a_complete_profile_is_parsed() {
        let profile = Profile::parse(WHOLE, &REGISTRY).unwrap();
        assert_eq!(profile.load.duration(), Duration::from_secs(10));
        assert_eq!(profile.scenarios, [(ScenarioId::new(&ChannelReads), 1)]);
    }

    #[test]
    fn an_unknown_key_is_named() {
        for (place, key) in [("about = ", "abuot = "), ("stages = ", "stags = "), ("channel-reads", "channel-raeds")] {
            assert!(error(&WHOLE.replace(place, key)).contains(key.split(' ').next().unwrap()), "{key}");
        }
    }

    #[test]
    fn invalid_settings_are_refused() {
        for (place, other) in [
            ("time-limit = \"20s\"", "time-limit = \"9s\""),
            ("channel-reads = 1", "channel-reads = 0"),
            ("p99 < 250ms", "p99 < 0ms"),
            ("\"5s\" }]", "\"5\" }]"),
            ("rate = 10, to", "rate = -10, to"),
            ("[open]", "[closed]\nusers = 1\nduration = \"1s\"\n[open]"),
        ] {
            assert!(Profile::parse(&WHOLE.replace(place, other), &REGISTRY).is_err(), "{other}");
        }
    }

    #[test]
    fn stages_of_the_command_line_are_parsed() {
        let schedule = parse_stages("10s:100, 10s:100-300").unwrap();
        assert_eq!((schedule.duration(), schedule.total()), (Duration::from_secs(20), 3000.0));
        for text in ["", "10s", "10s:", "10s:a", "10:5", "10s:5-"] {
            assert!(parse_stages(text).is_err(), "{text}");
        }
    }
}
