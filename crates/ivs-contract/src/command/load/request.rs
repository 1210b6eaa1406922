//! The load run that the arguments request: a profile with the options applied.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_load::{
    ArrivalProcess, ArrivalSchedule, ClosedLoopDriver, Gate, LoadBaseline, LoadModel, Profile, RateStage, parse_stages,
};
use ivs_loadtests::{PROFILES, parse_profile, scenario};

use crate::command::arguments::{ArrivalOption, LoadArguments, known_names};

/// The default profile.
const DEFAULT_PROFILE: &str = "smoke";
/// The default rate and duration of a scenario.
const DEFAULT_RATE: f64 = 100.0;
const DEFAULT_DURATION: Duration = Duration::from_secs(10);
/// The default number of users of a goose run.
const DEFAULT_USERS: usize = 10;
/// The time limit above the planned duration of the load.
const GRACE: Duration = Duration::from_secs(60);
/// The time limit of a Locust worker. Its master sets the duration.
const WORKER_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// The time limit of a goose run whose own flags set the duration.
const GOOSE_LIMIT: Duration = Duration::from_secs(3600);

/// A load run as requested.
pub(super) struct LoadRequest {
    pub profile: Profile,
    pub closed: ClosedLoopDriver,
    pub baseline: Option<LoadBaseline>,
    /// Remarks for the user, to print before the run.
    pub notes: Vec<String>,
}

impl LoadRequest {
    /// Applies the arguments to the profile. Reports all their errors.
    pub(super) fn from_arguments(arguments: &LoadArguments) -> Result<Self> {
        request(arguments)
    }
}

fn request(arguments: &LoadArguments) -> Result<LoadRequest> {
    let (mut profile, named) = profile(arguments.name.as_deref().unwrap_or(DEFAULT_PROFILE))?;
    let was_open = matches!(profile.load, LoadModel::Open { .. });
    let changed = override_load(&mut profile.load, arguments)?;
    let mut notes = Vec::new();

    if was_open && matches!(profile.load, LoadModel::Closed { .. }) {
        profile.gates.retain(|gate| {
            let kept = !needs_open_loop(gate);
            if !kept {
                notes.push(format!("the gate '{gate}' of the profile is skipped: a closed loop does not measure it"));
            }
            kept
        });
    }
    for gate in &arguments.gate {
        profile.gates.push(gate.parse()?);
    }
    let baseline = arguments.baseline.as_deref().map(baseline).transpose()?;

    profile.time_limit = match arguments.max_time {
        Some(limit) => limit,
        None if arguments.worker => WORKER_LIMIT,
        None if goose_sets_duration(arguments) => GOOSE_LIMIT,
        None if changed || !named => profile.load.duration() + GRACE,
        None => profile.time_limit,
    };
    if goose_sets_duration(arguments)
        && let LoadModel::Closed { duration, .. } = &mut profile.load
    {
        *duration = profile.time_limit;
    }
    if let Some(sample_every) = arguments.sample_every {
        profile.sample_every = sample_every;
    }
    if let Some(max_late) = arguments.max_late {
        if !(0.0..=1.0).contains(&max_late) {
            bail!("invalid --max-late '{max_late}': expected a share from 0 to 1 (example: 0.01)");
        }
        profile.max_late = max_late;
    }
    let closed = if arguments.goose {
        ClosedLoopDriver::Goose { flags: arguments.goose_flags.clone() }
    } else {
        ClosedLoopDriver::BuiltIn
    };
    Ok(LoadRequest { profile, closed, baseline, notes })
}

/// Finds the profile by name or file, or builds one for a scenario. Also returns whether it states its time limit.
fn profile(name: &str) -> Result<(Profile, bool)> {
    // The text of the error names its cause already, so the cause is not chained again.
    if PROFILES.iter().any(|(known, _)| *known == name) {
        return Ok((ivs_loadtests::profile(name).map_err(|error| anyhow!("{error}"))?, true));
    }
    if let Some(id) = scenario(name) {
        let schedule = ArrivalSchedule::new(vec![RateStage::constant(DEFAULT_RATE, DEFAULT_DURATION)])?;
        let load = LoadModel::Open {
            max_users: LoadModel::default_max_users(&schedule),
            schedule,
            arrivals: ArrivalProcess::default(),
        };
        let profile = Profile {
            about: id.about().to_owned(),
            scenarios: vec![(id, 1)],
            time_limit: load.duration() + GRACE,
            load,
            gates: Vec::new(),
            sample_every: 100,
            max_late: 0.01,
        };
        return Ok((profile, false));
    }
    let path = Path::new(name);
    if !is_path(name) && !path.exists() {
        bail!("'{name}' is not a profile or scenario (example: smoke)\n\n{}", known_names());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the profile {name}"))?;
    Ok((parse_profile(&text).map_err(|error| anyhow!("{name}: {error}"))?, true))
}

fn is_path(name: &str) -> bool {
    name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some_and(|it| it == "toml")
}

/// Replaces the profile's load by the options. Returns whether anything changed.
fn override_load(load: &mut LoadModel, arguments: &LoadArguments) -> Result<bool> {
    let duration = arguments.duration.unwrap_or_else(|| load.duration());
    if let Some(ramp) = arguments.ramp
        && ramp > duration
    {
        bail!(
            "--ramp ({} s) is longer than the duration of the load ({} s)",
            ramp.as_secs_f64(),
            duration.as_secs_f64()
        );
    }
    let before = load.clone();
    if arguments.users.is_some() || arguments.goose || arguments.workers.is_some() {
        let (users, ramp, think_time) = match &*load {
            LoadModel::Closed { users, ramp, think_time, .. } => (*users, (*ramp).min(duration), *think_time),
            LoadModel::Open { .. } => (DEFAULT_USERS, Duration::ZERO, Duration::ZERO),
        };
        let users = arguments.users.unwrap_or(users);
        *load = LoadModel::Closed {
            users,
            ramp: arguments.ramp.unwrap_or(ramp),
            duration,
            think_time: arguments.think_time.unwrap_or(think_time),
        };
    } else if let Some(stages) = &arguments.stages {
        open(load, parse_stages(stages).map_err(|error| anyhow!("{error}"))?);
    } else if let Some(rate) = arguments.rate {
        let ramp = arguments.ramp.unwrap_or_default();
        let mut stages = Vec::new();
        if !ramp.is_zero() {
            stages.push(RateStage { duration: ramp, from: 0.0, to: rate });
        }
        if ramp < duration {
            stages.push(RateStage::constant(rate, duration - ramp));
        }
        open(load, ArrivalSchedule::new(stages)?);
    } else {
        match load {
            LoadModel::Open { .. } if arguments.ramp.is_some() => {
                bail!("--ramp requires --rate or --users: the stages of the profile have their own ramps");
            }
            LoadModel::Open { schedule, .. } if arguments.duration.is_some() => {
                *schedule = schedule.lasting(duration)?;
            }
            LoadModel::Open { .. } => {}
            LoadModel::Closed { ramp, duration: lasts, think_time, .. } => {
                *think_time = arguments.think_time.unwrap_or(*think_time);
                *lasts = duration;
                *ramp = arguments.ramp.unwrap_or((*ramp).min(duration));
            }
        }
    }
    match load {
        LoadModel::Open { .. } if arguments.think_time.is_some() => {
            bail!("--think-time applies to a closed loop. Add --users (example: --users 100)");
        }
        LoadModel::Open { arrivals, max_users, .. } => {
            match arguments.arrivals {
                Some(ArrivalOption::Constant) => *arrivals = ArrivalProcess::Constant,
                Some(ArrivalOption::Poisson) => *arrivals = ArrivalProcess::Poisson,
                None => {}
            }
            *max_users = arguments.max_users.unwrap_or(*max_users);
        }
        LoadModel::Closed { .. } if arguments.arrivals.is_some() || arguments.max_users.is_some() => {
            bail!("--arrivals and --max-users apply to an open loop. Add --rate or --stages (example: --rate 100)");
        }
        LoadModel::Closed { .. } => {}
    }
    Ok(*load != before)
}

/// Changes the load to an open loop with this schedule and keeps its arrival process.
fn open(load: &mut LoadModel, schedule: ArrivalSchedule) {
    let arrivals = match load {
        LoadModel::Open { arrivals, .. } => *arrivals,
        LoadModel::Closed { .. } => ArrivalProcess::default(),
    };
    *load = LoadModel::Open { max_users: LoadModel::default_max_users(&schedule), schedule, arrivals };
}

/// Returns whether only an open loop measures the gate's metric.
fn needs_open_loop(gate: &Gate) -> bool {
    gate.check_applicable(&[], true, None).is_ok() && gate.check_applicable(&[], false, None).is_err()
}

/// Returns whether goose's own flags set the duration of the run.
fn goose_sets_duration(arguments: &LoadArguments) -> bool {
    let name = |flag: &String| flag.split('=').next().unwrap_or_default().to_owned();
    arguments.goose_flags.iter().any(|flag| matches!(name(flag).as_str(), "--run-time" | "-t" | "--test-plan"))
}

fn baseline(path: &Path) -> Result<LoadBaseline> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the baseline {}", path.display()))?;
    LoadBaseline::from_slice(&bytes).map_err(|error| anyhow!("{}: {error}", path.display()))
}
