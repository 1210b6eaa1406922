//! The arguments of `load`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use ivs_load::Gate;
use ivs_loadtests::{PROFILES, SCENARIOS};

use super::ConfigArguments;
use super::duration::{at_least_one, duration};
use crate::settings::OutputFormat;
use crate::target::TargetOptions;

const LOAD: &str = "Load";
const GATES: &str = "Gates";
const REPORTS: &str = "Reports";
const GENERATOR: &str = "Load generator";
const GOOSE: &str = "goose and Locust";

const EXAMPLES: &str = "\
Examples:
  ivs-contract load smoke
  ivs-contract load channel-reads --rate 500 --duration 1m --gate 'p99 < 250ms'
  ivs-contract load mixed-day --users 20 --duration 5m --report out
  ivs-contract load --baseline out/summary.json --gate 'p99 < baseline * 1.1'
  ivs-contract load mixed-day --goose --users 20 -- --no-telnet
  ivs-contract load channel-reads --find-limit 'p99 < 50ms' --report out
  ivs-contract load nightly --workers 4 --users 200 --duration 5m

Exit codes:
  0    Every gate was met
  2    Wrong usage or configuration
  3    Inconclusive, or the endpoint is unreachable
  99   A gate was breached
  130  Interrupted";

#[derive(Debug, Args)]
pub(in crate::command) struct LoadArguments {
    #[command(flatten)]
    pub target: TargetOptions,
    /// Profile, TOML file of a profile, or scenario [default: smoke]
    #[arg(value_name = "PROFILE|SCENARIO")]
    pub name: Option<String>,
    /// Run a closed loop with this number of users: each sends one request after another
    #[arg(long, value_name = "N", conflicts_with_all = ["rate", "stages", "arrivals", "max_users"],
        value_parser = at_least_one, help_heading = LOAD)]
    pub users: Option<usize>,
    /// Run an open loop at this number of requests per second
    #[arg(long, value_name = "N", conflicts_with = "stages", help_heading = LOAD)]
    pub rate: Option<f64>,
    /// Duration of the load, such as 90s, 1m30s or 2h; the stages of a profile are scaled to it
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "stages", help_heading = LOAD)]
    pub duration: Option<Duration>,
    /// Run an open loop in stages of duration:rate or duration:from-to, such as 10s:10-100,30s:100
    #[arg(long, value_name = "STAGES", help_heading = LOAD)]
    pub stages: Option<String>,
    /// Ramp-up time, part of the duration: users start, or the rate rises from zero
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "stages", help_heading = LOAD)]
    pub ramp: Option<Duration>,
    /// Average pause of a user of a closed loop between two iterations of its scenario [default: none]
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with_all = ["rate", "stages", "goose", "worker"],
        help_heading = LOAD)]
    pub think_time: Option<Duration>,
    /// Arrival process of an open loop [default: that of the profile, else constant]
    #[arg(long, value_enum, value_name = "PROCESS", help_heading = LOAD)]
    pub arrivals: Option<ArrivalOption>,
    /// Limit of concurrent users in an open loop; arrivals above it are dropped and counted
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = LOAD)]
    pub max_users: Option<usize>,
    /// Stop the load after this time [default: that of the profile, else one minute after the planned end]
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = LOAD)]
    pub max_time: Option<Duration>,
    /// Seed of everything random [default: 7]
    #[arg(long, value_name = "N", help_heading = LOAD)]
    pub seed: Option<u64>,
    /// Add a gate to those of the profile (repeatable), such as "p99 < 250ms", "error_rate < 1%" or "p99 < baseline * 1.10
    /// for ivs.GetChannel"
    #[arg(long, value_name = "GATE", help_heading = GATES)]
    pub gate: Vec<String>,
    /// summary.json of an earlier run, for gates that name `baseline`
    #[arg(long, value_name = "FILE", help_heading = GATES)]
    pub baseline: Option<PathBuf>,
    /// Share of requests, from 0 to 1, that may start late before the run is inconclusive
    #[arg(long, value_name = "SHARE", help_heading = GATES)]
    pub max_late: Option<f64>,
    /// What an inconclusive run means, when the generator was too slow: `fail` (exit 3), `pass`, or one `retry` [default: fail]
    #[arg(long, value_enum, value_name = "WAY", conflicts_with = "worker", help_heading = GATES)]
    pub on_inconclusive: Option<OnInconclusive>,
    /// Find the highest rate that holds this gate, such as "p99 < 50ms": --rate is the first rate, --duration the time at each
    #[arg(long, value_name = "GATE", conflicts_with_all = ["users", "stages", "ramp", "arrivals", "gate", "baseline",
        "on_inconclusive", "goose", "worker", "workers"], help_heading = GATES)]
    pub find_limit: Option<Gate>,
    /// Write the reports to this folder: summary, HDR log, JUnit, Prometheus text, and those of goose
    #[arg(long, value_name = "DIR", help_heading = REPORTS)]
    pub report: Option<PathBuf>,
    /// Export metrics by OTLP over HTTP to this endpoint, such as http://127.0.0.1:4318; needs the cargo feature `otlp`
    #[arg(long, value_name = "URL", conflicts_with_all = ["find_limit", "workers"], help_heading = REPORTS)]
    pub otlp: Option<String>,
    /// Format of the summary on stdout [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = REPORTS)]
    pub output: Option<OutputFormat>,
    /// Number of generator threads of an open loop [default: 1]
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, hide_default_value = true,
        help_heading = GENERATOR)]
    pub threads: usize,
    /// Run all checks on every Nth exchange, at most 250 a second unless N is 1; status, error name and length are checked on
    /// every one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = GENERATOR)]
    pub sample_every: Option<u64>,
    /// Exceed the documented request rates of AWS on AWS hosts
    #[arg(long, help_heading = GENERATOR)]
    pub lift_rates: bool,
    /// Run the closed loop with goose, which writes its own reports; its flags follow `--`
    #[arg(long, conflicts_with_all = ["rate", "stages", "arrivals", "max_users", "worker"], help_heading = GOOSE)]
    pub goose: bool,
    /// Join a Locust master as a worker; the master sets the number of users and the end
    #[arg(long, conflicts_with_all = ["users", "rate", "stages", "duration", "ramp", "arrivals", "max_users", "baseline", "locustfile"],
        help_heading = GOOSE)]
    pub worker: bool,
    /// Start a Locust master and this number of workers on this machine; Locust must be installed
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with_all = ["rate", "stages", "arrivals", "max_users",
        "baseline", "gate", "goose", "worker", "locustfile", "threads", "max_time", "on_inconclusive"], help_heading = GOOSE)]
    pub workers: Option<usize>,
    /// Port of the master's web UI [default: no web UI]
    #[arg(long, value_name = "PORT", requires = "workers", help_heading = GOOSE)]
    pub web_port: Option<u16>,
    /// Host of the Locust master
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1", requires = "worker", help_heading = GOOSE)]
    pub master_host: String,
    /// Port of the Locust master
    #[arg(long, value_name = "PORT", default_value_t = 5557, requires = "worker", help_heading = GOOSE)]
    pub master_port: u16,
    /// Print the locustfile that the master needs for these scenarios, and exit
    #[arg(long, help_heading = GOOSE)]
    pub locustfile: bool,
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Flags for goose, such as `--test-plan`
    #[arg(last = true, value_name = "GOOSE_FLAGS", requires = "goose")]
    pub goose_flags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::command) enum ArrivalOption {
    /// At equal intervals
    Constant,
    /// At random, as independent users arrive
    Poisson,
}

/// What an inconclusive run means for the exit code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::command) enum OnInconclusive {
    /// The run fails with exit code 3
    #[default]
    Fail,
    /// The run passes if its other gates are met and the endpoint answered
    Pass,
    /// The run is repeated once
    Retry,
}

/// The end of the help of `load`.
pub(super) fn examples() -> String {
    format!("{}\n{EXAMPLES}", known_names())
}

/// Lists the profiles and scenarios, for the help and for an unknown name.
pub(in crate::command) fn known_names() -> String {
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
    text
}
