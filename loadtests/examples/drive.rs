//! Runs a load plan against a URL or an embedded emulator and prints its summary, for the benchmark scripts.
//!
//! `drive [--url URL] [--profile NAME] [--scenario NAME[:WEIGHT]]… [--users N] [--rate R] [--stages S] [--duration D]`
//! `      [--goose] [--threads N] [--max-users N] [--gate G]… [--report DIR] [--master HOST:PORT] [--json] [-- GOOSE FLAGS]`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the output of an example")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ivs_client::{Clock, Credentials, Endpoints, Limits, SharedCredentialsProvider};
use ivs_emulator::Emulator;
use ivs_load::locust::{LocustMaster, run_worker};
use ivs_load::{
    ArrivalProcess, ArrivalSchedule, ClosedLoopDriver, GateError, LoadModel, LoadPlan, LoadProgress, LoadTarget,
    RateStage, ScenarioId, StopHandle, parse_duration, parse_stages, run,
};
use ivs_loadtests::{profile, scenario};

struct Arguments {
    url: Option<String>,
    profile: Option<String>,
    scenarios: BTreeMap<ScenarioId, u32>,
    users: usize,
    rate: Option<f64>,
    stages: Option<String>,
    duration: Duration,
    goose: Option<Vec<String>>,
    threads: usize,
    max_users: Option<usize>,
    gates: Vec<String>,
    report: Option<String>,
    master: Option<String>,
    json: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut read = Arguments {
        url: None,
        profile: None,
        scenarios: BTreeMap::new(),
        users: 32,
        rate: None,
        stages: None,
        duration: Duration::from_secs(5),
        goose: None,
        threads: 1,
        max_users: None,
        gates: Vec::new(),
        report: None,
        master: None,
        json: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--" {
            read.goose = Some(words.collect());
            break;
        }
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--url" => read.url = Some(value()?),
            "--profile" => read.profile = Some(value()?),
            "--scenario" => {
                let text = value()?;
                let (name, weight) = text.split_once(':').unwrap_or((&text, "1"));
                let id = scenario(name).ok_or_else(|| format!("unknown scenario {name}"))?;
                read.scenarios.insert(id, weight.parse().map_err(|_| format!("invalid weight {weight}"))?);
            }
            "--users" => read.users = value()?.parse().map_err(|_| "users")?,
            "--rate" => read.rate = Some(value()?.parse().map_err(|_| "rate")?),
            "--stages" => read.stages = Some(value()?),
            "--duration" => read.duration = parse_duration(&value()?).map_err(|error| error.to_string())?,
            "--goose" => read.goose = Some(Vec::new()),
            "--threads" => read.threads = value()?.parse().map_err(|_| "threads")?,
            "--max-users" => read.max_users = Some(value()?.parse().map_err(|_| "max-users")?),
            "--gate" => read.gates.push(value()?),
            "--report" => read.report = Some(value()?),
            "--master" => read.master = Some(value()?),
            "--json" => read.json = true,
            _ => return Err(format!("unknown argument {word}")),
        }
    }
    Ok(read)
}

fn plan(read: &Arguments, url: &str) -> Result<LoadPlan, String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let target = LoadTarget {
        endpoints: Endpoints::one(url).map_err(|error| text(&error))?,
        region: "us-west-2".to_owned(),
        credentials: SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "drive")),
        clock: Clock::system(),
        tls: None,
        limits: Limits::default(),
        allow_remote: false,
        keep_rates: false,
        lift_rates: false,
    };
    let run = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let mut plan = match &read.profile {
        Some(name) => LoadPlan::of(profile(name).map_err(|error| text(&error))?, target, &run),
        None => {
            let open = |schedule: ArrivalSchedule| LoadModel::Open {
                max_users: read.max_users.unwrap_or_else(|| LoadModel::default_max_users(&schedule)),
                schedule,
                arrivals: ArrivalProcess::Constant,
            };
            let load = match (&read.stages, read.rate) {
                (Some(stages), _) => open(parse_stages(stages).map_err(|error| text(&error))?),
                (None, Some(rate)) => open(
                    ArrivalSchedule::new(vec![RateStage::constant(rate, read.duration)])
                        .map_err(|error| text(&error))?,
                ),
                (None, None) => LoadModel::Closed {
                    users: read.users,
                    ramp: Duration::ZERO,
                    duration: read.duration,
                    think_time: Duration::ZERO,
                },
            };
            let scenarios = if read.scenarios.is_empty() {
                scenario("channel-reads").map(|id| (id, 1)).into_iter().collect()
            } else {
                read.scenarios.clone().into_iter().collect()
            };
            let limit = load.duration() + Duration::from_secs(60);
            LoadPlan::new(target, scenarios, load, limit, &run)
        }
    };
    for gate in &read.gates {
        plan.gates.push(gate.parse().map_err(|error: GateError| error.to_string())?);
    }
    if let Some(flags) = &read.goose {
        plan.closed = ClosedLoopDriver::Goose { flags: flags.clone() };
    }
    plan.threads = read.threads;
    plan.report = read.report.as_ref().map(Into::into);
    if read.master.is_some() {
        plan.time_limit = Duration::from_secs(3600);
    }
    Ok(plan)
}

fn main() -> ExitCode {
    match drive() {
        Ok(code) => code,
        Err(reason) => {
            eprintln!("drive: {reason}");
            ExitCode::from(2)
        }
    }
}

fn drive() -> Result<ExitCode, String> {
    let read = arguments()?;
    let stop = StopHandle::new();
    stop.on_signals().map_err(|error| error.to_string())?;
    // The emulator has its own thread, as a separate process would.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let emulator = match read.url {
        Some(_) => None,
        None => Some(
            runtime.block_on(Emulator::start(ivs_emulator::Options::default())).map_err(|error| error.to_string())?,
        ),
    };
    let url = read.url.clone().unwrap_or_else(|| emulator.as_ref().map(ivs_emulator::Running::url).unwrap_or_default());
    let plan = plan(&read, &url)?;
    let mut show = |progress: &LoadProgress| {
        eprintln!("{:5.1} s {:>9} requests {:>9.1}/s", progress.elapsed.as_secs_f64(), progress.requests, progress.rps);
    };
    let outcome = match &read.master {
        None => run(&plan, &stop, &mut show).map_err(|error| error.to_string())?,
        Some(master) => {
            let (host, port) = master.rsplit_once(':').ok_or("--master needs HOST:PORT")?;
            let master = LocustMaster {
                host: host.to_owned(),
                port: port.parse().map_err(|_| "port")?,
                id: format!("drive_{}", std::process::id()),
                timeout: Duration::from_secs(30),
            };
            run_worker(&plan, &master, &stop, &mut show).map_err(|error| error.to_string())?
        }
    };
    if read.json {
        println!("{}", serde_json::to_string(&outcome.summary).map_err(|error| error.to_string())?);
    } else {
        println!("{}", outcome.summary.markdown());
    }
    for error in &outcome.report_errors {
        eprintln!("drive: {error}");
    }
    Ok(ExitCode::from(outcome.verdict.exit_code()))
}
