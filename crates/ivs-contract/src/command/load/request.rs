<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
//! The load run that the arguments request: a profile with the options applied. Sends nothing.
========
//! What the arguments ask for: a profile with its load, gates and limits settled, before anything is sent.
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_load::{
    ArrivalProcess, ArrivalSchedule, ClosedLoopDriver, Gate, LoadBaseline, LoadModel, Profile, RateStage, parse_stages,
};
use ivs_loadtests::{PROFILES, parse_profile, scenario};

use crate::command::arguments::{ArrivalOption, LoadArguments, known_names};

/// The profile of those who name none.
const DEFAULT_PROFILE: &str = "smoke";
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
/// The default rate and duration of a scenario.
========
/// The rate and the duration of a scenario for which none is given.
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
const DEFAULT_RATE: f64 = 100.0;
const DEFAULT_DURATION: Duration = Duration::from_secs(10);
/// Users of a goose run for which no number is given, neither to us nor to goose.
const DEFAULT_USERS: usize = 10;
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
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
    /// Applies the arguments to the profile. Reports everything that is wrong with them.
    pub(super) fn from_arguments(arguments: &LoadArguments) -> Result<Self> {
        request(arguments)
    }
}

fn request(arguments: &LoadArguments) -> Result<LoadRequest> {
========
/// What the time limit grants beyond the planned load.
const GRACE: Duration = Duration::from_secs(60);
/// The time limit of a Locust worker, whose master says how long load is put on.
const WORKER_LIMIT: Duration = Duration::from_secs(24 * 3600);
/// The time limit of a goose run whose own flags say how long it lasts.
const GOOSE_LIMIT: Duration = Duration::from_secs(3600);

/// A load run as asked for.
pub(super) struct Wanted {
    pub profile: Profile,
    pub closed: ClosedLoopDriver,
    pub baseline: Option<LoadBaseline>,
    /// What the user should be told before the run.
    pub notes: Vec<String>,
}

/// Settles the arguments. Everything that is wrong with them is told here.
pub(super) fn settle(arguments: &LoadArguments) -> Result<Wanted> {
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
    let (mut profile, named) = profile(arguments.name.as_deref().unwrap_or(DEFAULT_PROFILE))?;
    let was_open = matches!(profile.load, LoadModel::Open { .. });
    let changed = override_load(&mut profile.load, arguments)?;
    let mut notes = Vec::new();

    if was_open && matches!(profile.load, LoadModel::Closed { .. }) {
        profile.gates.retain(|gate| {
            let kept = !needs_open_model(gate);
            if !kept {
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
                notes.push(format!("the gate '{gate}' of the profile is skipped: a closed loop does not measure it"));
========
                notes.push(format!("the profile's gate `{gate}` is left out: a closed loop has no such figure"));
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
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
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
        None if goose_sets_duration(arguments) => GOOSE_LIMIT,
        None if changed || !named => profile.load.duration() + GRACE,
        None => profile.time_limit,
    };
    if goose_sets_duration(arguments)
========
        None if lasts_as_goose_says(arguments) => GOOSE_LIMIT,
        None if changed || !named => profile.load.duration() + GRACE,
        None => profile.time_limit,
    };
    if lasts_as_goose_says(arguments)
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
        && let LoadModel::Closed { duration, .. } = &mut profile.load
    {
        *duration = profile.time_limit;
    }
    if let Some(sample_every) = arguments.sample_every {
        profile.sample_every = sample_every;
    }
    if let Some(max_late) = arguments.max_late {
        if !(0.0..=1.0).contains(&max_late) {
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
            bail!("invalid --max-late '{max_late}': expected a share from 0 to 1 (example: 0.01)");
        }
        profile.max_late = max_late;
    }
    let closed = if arguments.goose { ClosedLoopDriver::Goose { flags: arguments.goose_flags.clone() } } else { ClosedLoopDriver::BuiltIn };
    Ok(LoadRequest { profile, closed, baseline, notes })
}

/// Finds the profile by name or file, or makes one of a scenario. Says whether it states its time limit.
fn profile(name: &str) -> Result<(Profile, bool)> {
    // The text of the error names its cause already, so the cause is not chained again.
========
            bail!("--max-late is a share from 0 to 1");
        }
        profile.max_late = max_late;
    }
    let closed = if arguments.goose {
        ClosedLoopDriver::Goose { flags: arguments.goose_flags.clone() }
    } else {
        ClosedLoopDriver::BuiltIn
    };
    Ok(Wanted { profile, closed, baseline, notes })
}

/// The profile of that name or in that file, or one of the scenario of that name; and whether it states its time limit.
fn profile(name: &str) -> Result<(Profile, bool)> {
    // The text of an error names its cause already, so the cause is not chained once more.
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
    if PROFILES.iter().any(|(known, _)| *known == name) {
        return Ok((ivs_loadtests::profile(name).map_err(|error| anyhow!("{error}"))?, true));
    }
    if let Some(id) = scenario(name) {
        let schedule = ArrivalSchedule::new(vec![RateStage::constant(DEFAULT_RATE, DEFAULT_DURATION)])?;
        let load =
            LoadModel::Open { max_users: LoadModel::default_max_users(&schedule), schedule, arrivals: ArrivalProcess::default() };
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
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
        bail!("'{name}' is not a profile or scenario (example: smoke)\n\n{}", known_names());
========
        bail!("there is no profile and no scenario `{name}`.\n\n{}", names());
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the profile {name}"))?;
    Ok((parse_profile(&text).map_err(|error| anyhow!("{name}: {error}"))?, true))
}

fn is_path(name: &str) -> bool {
    name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some_and(|it| it == "toml")
}

<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
/// Replaces the profile's load by the options. Returns whether anything changed.
========
/// The profiles and scenarios that there are, for the help and for a name that is none.
pub(crate) fn names() -> String {
    use std::fmt::Write as _;
    let mut text = "Profiles:\n".to_owned();
    // Writing to a String cannot fail.
    for (name, _) in PROFILES {
        let about = ivs_loadtests::profile(name).map(|profile| profile.about).unwrap_or_default();
        let _ = writeln!(text, "  {name:18} {about}");
    }
    text.push_str("\nScenarios:\n");
    for scenario in SCENARIOS {
        let _ = writeln!(text, "  {:18} {}", scenario.name(), scenario.about());
    }
    text.push_str("\nExit codes: 0 every gate held, 99 a gate was breached, 3 inconclusive or unreachable, 2 wrong usage, 130 interrupted.\n");
    text
}

/// Puts the options in the place of the profile's load; tells whether anything changed.
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
fn override_load(load: &mut LoadModel, arguments: &LoadArguments) -> Result<bool> {
    let duration = arguments.duration.unwrap_or_else(|| load.duration());
    if let Some(ramp) = arguments.ramp
        && ramp > duration
    {
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
        bail!(
            "--ramp ({} s) is longer than the duration of the load ({} s)",
            ramp.as_secs_f64(),
            duration.as_secs_f64()
        );
========
        bail!("--ramp is longer than the load, which lasts {} s", duration.as_secs_f64());
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
    }
    let before = load.clone();
    if arguments.users.is_some() || arguments.goose {
        let (users, ramp) = match &*load {
            LoadModel::Closed { users, ramp, .. } => (*users, (*ramp).min(duration)),
            LoadModel::Open { .. } => (DEFAULT_USERS, Duration::ZERO),
        };
        let users = arguments.users.unwrap_or(users);
        *load = LoadModel::Closed { users, ramp: arguments.ramp.unwrap_or(ramp), duration };
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
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
                bail!("--ramp requires --rate or --users: the stages of the profile have their own ramps");
========
                bail!("--ramp goes with --rate or --users; the profile's stages have ramps of their own");
            }
            LoadModel::Open { schedule, .. } if arguments.duration.is_some() => {
                *schedule = schedule.lasting(duration)?
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
            }
            LoadModel::Open { schedule, .. } if arguments.duration.is_some() => *schedule = schedule.lasting(duration)?,
            LoadModel::Open { .. } => {}
            LoadModel::Closed { ramp, duration: lasts, .. } => {
                *lasts = duration;
                *ramp = arguments.ramp.unwrap_or((*ramp).min(duration));
            }
        }
    }
    match load {
        LoadModel::Open { arrivals, max_users, .. } => {
            match arguments.arrivals {
                Some(ArrivalOption::Constant) => *arrivals = ArrivalProcess::Constant,
                Some(ArrivalOption::Poisson) => *arrivals = ArrivalProcess::Poisson,
                None => {}
            }
            *max_users = arguments.max_users.unwrap_or(*max_users);
        }
        LoadModel::Closed { .. } if arguments.arrivals.is_some() || arguments.max_users.is_some() => {
<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
            bail!("--arrivals and --max-users apply to an open loop. Add --rate or --stages (example: --rate 100)");
========
            bail!("--arrivals and --max-users are for an open model: give --rate or --stages");
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
        }
        LoadModel::Closed { .. } => {}
    }
    Ok(*load != before)
}

<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
/// Makes the load an open loop with this schedule and keeps its arrival process.
========
/// An open model of that schedule; arrivals stay as they were.
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
fn open(load: &mut LoadModel, schedule: ArrivalSchedule) {
    let arrivals = match load {
        LoadModel::Open { arrivals, .. } => *arrivals,
        LoadModel::Closed { .. } => ArrivalProcess::default(),
    };
    *load = LoadModel::Open { max_users: LoadModel::default_max_users(&schedule), schedule, arrivals };
}

<<<<<<<< HEAD:crates/ivs-contract/src/command/load/request.rs
/// Whether only an open loop measures the gate's metric.
fn needs_open_loop(gate: &Gate) -> bool {
    gate.check_applicable(&[], true, None).is_ok() && gate.check_applicable(&[], false, None).is_err()
}

/// Whether goose's own flags set the duration of the run.
fn goose_sets_duration(arguments: &LoadArguments) -> bool {
========
/// Whether only an open model has the gate's figure.
fn needs_open_model(gate: &Gate) -> bool {
    gate.check_applicable(&[], true, None).is_ok() && gate.check_applicable(&[], false, None).is_err()
}

/// Whether goose's own flags set the length of the run.
fn lasts_as_goose_says(arguments: &LoadArguments) -> bool {
>>>>>>>> w/load:crates/ivs-contract/src/command/load/wanted.rs
    let name = |flag: &String| flag.split('=').next().unwrap_or_default().to_owned();
    arguments.goose_flags.iter().any(|flag| matches!(name(flag).as_str(), "--run-time" | "-t" | "--test-plan"))
}

fn baseline(path: &Path) -> Result<LoadBaseline> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the baseline {}", path.display()))?;
    LoadBaseline::from_slice(&bytes).map_err(|error| anyhow!("{}: {error}", path.display()))
}
