//! Profiles: a load run as TOML.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::gate::{Gate, GateError};
use crate::pacer::{Arrivals, Schedule, ScheduleError, Stage};
use crate::scenario::Kind;
use crate::span::{SpanError, parse_span};

/// A load run as a profile describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// One line about it.
    pub about: String,
    /// The scenarios and their weights.
    pub scenarios: BTreeMap<Kind, u32>,
    /// How load is put on.
    pub load: Load,
    /// The gates.
    pub gates: Vec<Gate>,
    /// The hard limit on the whole run, clean-up included.
    pub time_limit: Duration,
    /// One exchange in so many has the full checks.
    pub sample_every: u64,
    /// The share of requests that the generator may begin late before the run is inconclusive.
    pub max_late: f64,
}

/// How load is put on.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// Requests begin when they are due.
    Open {
        /// When they are due.
        schedule: Schedule,
        /// How they lie about the rate.
        arrivals: Arrivals,
        /// The most users at once; arrivals beyond are dropped.
        max_users: usize,
    },
    /// Users send one request after the other.
    Closed {
        /// How many.
        users: usize,
        /// In what time they all start.
        ramp: Duration,
        /// How long they stay, the ramp included.
        duration: Duration,
    },
}

/// Why a profile was refused.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no TOML, has an unknown key, lacks one, or has a wrong value.
    #[error("the profile cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// A length of time is none.
    #[error("{key}: {source}")]
    Span {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        source: SpanError,
    },
    /// A gate is none.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The stages make no schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// Settings that do not go together, or lack sense.
    #[error("{0}")]
    Settings(String),
    /// No profile has that name.
    #[error("no profile is called `{name}`; there are {}", names().join(", "))]
    Unknown {
        /// The name given.
        name: String,
    },
}

/// The profile file, key by key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    about: String,
    scenarios: BTreeMap<Kind, u32>,
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
    arrivals: Arrivals,
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
}

fn default_sample() -> u64 {
    100
}

fn default_late() -> f64 {
    0.01
}

/// The profiles that come with the command: name and TOML.
const BUNDLED: [(&str, &str); 4] = [
    ("smoke", include_str!("../profiles/smoke.toml")),
    ("nightly", include_str!("../profiles/nightly.toml")),
    ("soak", include_str!("../profiles/soak.toml")),
    ("spike", include_str!("../profiles/spike.toml")),
];

/// The names of the bundled profiles.
#[must_use]
pub fn names() -> Vec<&'static str> {
    BUNDLED.iter().map(|(name, _)| *name).collect()
}

impl Profile {
    /// A bundled profile by its name.
    ///
    /// # Errors
    ///
    /// [`ProfileError::Unknown`] if there is none of that name.
    pub fn bundled(name: &str) -> Result<Self, ProfileError> {
        let found = BUNDLED.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| ProfileError::Unknown { name: name.to_owned() })?;
        Self::parse(text)
    }

    /// Reads a profile.
    ///
    /// # Errors
    ///
    /// [`ProfileError`] for unknown keys, wrong values, impossible gates and settings that do not go together.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let file: File = toml::from_str(text)?;
        let settings = |text: &str| Err(ProfileError::Settings(text.to_owned()));
        if file.scenarios.values().all(|weight| *weight == 0) {
            return settings("scenarios: at least one needs a weight above zero");
        }
        if file.sample_every == 0 {
            return settings("sample-every: 1 checks every exchange, 100 one in a hundred; 0 is no share");
        }
        if !(0.0..=1.0).contains(&file.max_late) {
            return settings("max-late: a share from 0 to 1");
        }
        let load = match (file.open, file.closed) {
            (Some(open), None) => open.load()?,
            (None, Some(closed)) => closed.load()?,
            _ => return settings("a profile has either an [open] or a [closed] table"),
        };
        let time_limit = span("time-limit", &file.time_limit)?;
        if time_limit < load.duration() {
            return settings("time-limit: it is shorter than the load itself");
        }
        let gates = file.gates.iter().map(|gate| gate.parse()).collect::<Result<_, _>>()?;
        let scenarios = file.scenarios.into_iter().filter(|(_, weight)| *weight > 0).collect();
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

impl Load {
    /// How long load is put on.
    #[must_use]
    pub fn duration(&self) -> Duration {
        match self {
            Self::Open { schedule, .. } => schedule.duration(),
            Self::Closed { duration, .. } => *duration,
        }
    }

    /// Users enough to ride out a stall of four seconds at the peak, within reason.
    #[must_use]
    pub fn default_max_users(schedule: &Schedule) -> usize {
        ((schedule.peak() * 4.0) as usize).clamp(50, 5000)
    }
}

impl OpenTable {
    fn load(self) -> Result<Load, ProfileError> {
        let mut stages = Vec::new();
        for stage in self.stages {
            let duration = span("stages.duration", &stage.duration)?;
            stages.push(Stage { duration, from: stage.rate, to: stage.to.unwrap_or(stage.rate) });
        }
        let schedule = Schedule::new(stages)?;
        let max_users = self.max_users.unwrap_or_else(|| Load::default_max_users(&schedule));
        if max_users == 0 {
            return Err(ProfileError::Settings("open.max-users: at least one user has to send".to_owned()));
        }
        Ok(Load::Open { schedule, arrivals: self.arrivals, max_users })
    }
}

impl ClosedTable {
    fn load(self) -> Result<Load, ProfileError> {
        let duration = span("closed.duration", &self.duration)?;
        let ramp = self.ramp.map_or(Ok(Duration::ZERO), |ramp| span("closed.ramp", &ramp))?;
        if self.users == 0 || duration.is_zero() || ramp > duration {
            return Err(ProfileError::Settings(
                "closed: it needs users, and a duration no shorter than the ramp".to_owned(),
            ));
        }
        Ok(Load::Closed { users: self.users, ramp, duration })
    }
}

fn span(key: &'static str, text: &str) -> Result<Duration, ProfileError> {
    parse_span(text).map_err(|source| ProfileError::Span { key, source })
}

/// Reads stages as the command line gives them: `10s:100,30s:100-500,10s:0` (duration, rate, rate at the end).
///
/// # Errors
///
/// [`ProfileError`] if they are none.
pub fn parse_stages(text: &str) -> Result<Schedule, ProfileError> {
    let malformed = |stage: &str| {
        ProfileError::Settings(format!("stage `{stage}`: write duration:rate or duration:from-to, such as 30s:100-500"))
    };
    let mut stages = Vec::new();
    for stage in text.split(',').map(str::trim) {
        let (duration, rates) = stage.split_once(':').ok_or_else(|| malformed(stage))?;
        let rate = |text: &str| text.trim().parse::<f64>().map_err(|_| malformed(stage));
        let (from, to) = match rates.split_once('-') {
            Some((from, to)) => (rate(from)?, rate(to)?),
            None => (rate(rates)?, rate(rates)?),
        };
        stages.push(Stage { duration: span("stages", duration)?, from, to });
    }
    Ok(Schedule::new(stages)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        about = "a test"
        time-limit = "20s"
        gates = ["p99 < 250ms"]
        [scenarios]
        channel-reads = 1
        [open]
        stages = [{ rate = 10, duration = "5s" }, { rate = 10, to = 50, duration = "5s" }]
    "#;

    fn error(text: &str) -> String {
        Profile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_bundled_profile_is_sound() {
        for name in names() {
            let profile = Profile::bundled(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!profile.gates.is_empty(), "{name} gates nothing");
        }
    }

    #[test]
    fn smoke_is_an_open_model_and_ends_in_fifteen_seconds() {
        let smoke = Profile::bundled("smoke").unwrap();
        assert!(matches!(smoke.load, Load::Open { .. }));
        assert!(smoke.time_limit <= Duration::from_secs(15));
    }

    #[test]
    fn a_whole_profile_is_read() {
        let profile = Profile::parse(WHOLE).unwrap();
        assert_eq!(profile.load.duration(), Duration::from_secs(10));
        assert_eq!(profile.scenarios, BTreeMap::from([(Kind::ChannelReads, 1)]));
    }

    #[test]
    fn an_unknown_key_is_named() {
        for (place, key) in [("about = ", "abuot = "), ("stages = ", "stags = "), ("channel-reads", "channel-raeds")] {
            assert!(error(&WHOLE.replace(place, key)).contains(key.split(' ').next().unwrap()), "{key}");
        }
    }

    #[test]
    fn senseless_settings_are_refused() {
        for (place, other) in [
            ("time-limit = \"20s\"", "time-limit = \"9s\""),
            ("channel-reads = 1", "channel-reads = 0"),
            ("p99 < 250ms", "p99 < 0ms"),
            ("\"5s\" }]", "\"5\" }]"),
            ("rate = 10, to", "rate = -10, to"),
            ("[open]", "[closed]\nusers = 1\nduration = \"1s\"\n[open]"),
        ] {
            assert!(Profile::parse(&WHOLE.replace(place, other)).is_err(), "{other}");
        }
    }

    #[test]
    fn stages_of_the_command_line_are_read() {
        let schedule = parse_stages("10s:100, 10s:100-300").unwrap();
        assert_eq!((schedule.duration(), schedule.total()), (Duration::from_secs(20), 3000.0));
        for text in ["", "10s", "10s:", "10s:a", "10:5", "10s:5-"] {
            assert!(parse_stages(text).is_err(), "{text}");
        }
    }
}
