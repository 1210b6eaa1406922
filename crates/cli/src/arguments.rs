//! The arguments of the command. Each stands above its environment variable, that above the settings file.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ivs_emulator::{AccessKey, Fault};

/// Contract tests and load tests for the Amazon IVS APIs, against any endpoint.
///
/// With no target given, everything runs on an emulator inside the command.
#[derive(Debug, Parser)]
#[command(name = "ivs-contract", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub check: CheckArguments,
    #[command(flatten)]
    pub global: GlobalArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Test an endpoint against the contract (the default).
    Check(Box<CheckArguments>),
    /// Put an endpoint under load and judge it by gates.
    Load(Box<LoadArguments>),
    /// Run the emulator.
    Serve(ServeArguments),
    /// List what there is to test; sends nothing.
    List(ListArguments),
    /// Run one case again, by the id that a finding names.
    Replay(Box<ReplayArguments>),
    /// Find by its tag what an interrupted run left at the target, and remove it.
    Clean(Box<CleanArguments>),
    /// Work with service model files.
    #[command(subcommand)]
    Model(ModelCommand),
}

#[derive(Debug, Args)]
pub(crate) struct GlobalArguments {
    /// When to colour the output.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Say more on stderr: every exchange of a check, every request of the emulator.
    #[arg(long, global = true)]
    pub debug: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    On,
    Off,
    Auto,
}

/// Where requests go and how they are signed; the names follow the AWS CLI.
#[derive(Debug, Args)]
pub(crate) struct TargetArguments {
    /// `embedded`, `aws`, or the URL of an endpoint [env: IVS_CONTRACT_TARGET] [default: embedded].
    #[arg(long, value_name = "TARGET", conflicts_with = "endpoint_url")]
    pub target: Option<String>,
    /// The URL of an endpoint for all three services [env: AWS_ENDPOINT_URL].
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The URL for `ivs` alone [env: AWS_ENDPOINT_URL_IVS].
    #[arg(long, value_name = "URL")]
    pub endpoint_url_ivs: Option<String>,
    /// The URL for `ivs-realtime` alone [env: AWS_ENDPOINT_URL_IVS_REALTIME].
    #[arg(long, value_name = "URL")]
    pub endpoint_url_ivs_realtime: Option<String>,
    /// The URL for `ivschat` alone [env: AWS_ENDPOINT_URL_IVSCHAT].
    #[arg(long, value_name = "URL")]
    pub endpoint_url_ivschat: Option<String>,
    /// The region to sign for [env: AWS_REGION] [default: the profile's, else us-west-2].
    #[arg(long)]
    pub region: Option<String>,
    /// The profile of the AWS configuration files [env: AWS_PROFILE].
    #[arg(long)]
    pub profile: Option<String>,
    /// Send requests unsigned and load no credentials.
    #[arg(long)]
    pub no_sign_request: bool,
    /// Do not verify TLS certificates.
    #[arg(long)]
    pub no_verify_ssl: bool,
    /// A PEM file with the certificates to trust [env: AWS_CA_BUNDLE].
    #[arg(long, value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds to wait for an answer [default: 30].
    #[arg(long, value_name = "SECONDS")]
    pub read_timeout: Option<u64>,
    /// Seconds to wait for a connection [default: 10].
    #[arg(long, value_name = "SECONDS")]
    pub connect_timeout: Option<u64>,
    /// Allow calls that create, change or delete, in the account with this id. Needed for any
    /// target that is not a loopback address; the caller's identity must match
    /// [env: IVS_CONTRACT_ALLOW_WRITES].
    #[arg(long, value_name = "ACCOUNT-ID")]
    pub allow_writes: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub target: TargetArguments,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Run only these suites (repeat, or separate by commas).
    #[arg(long, value_delimiter = ',', value_name = "SUITE")]
    pub suite: Vec<String>,
    /// The seed of everything random. The same seed gives the same report [default: 7].
    #[arg(long)]
    pub seed: Option<u64>,
    /// Random cases for each operation, beside the systematic ones [default: 8].
    #[arg(long)]
    pub cases: Option<u32>,
    /// Calls under way at once [default: 8].
    #[arg(long)]
    pub concurrency: Option<usize>,
    /// Record the canonical exchanges of the target as snapshots in this folder, and run no other suite
    /// [default folder: snapshots/exchanges].
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "snapshots/exchanges",
        conflicts_with_all = ["suite", "against"])]
    pub record: Option<PathBuf>,
    /// Say that what is recorded comes from this kind of endpoint: for the tests of recording itself.
    #[arg(long, value_name = "KIND", requires = "record", hide = true, value_parser = ["embedded", "endpoint", "aws"])]
    pub recorded_from: Option<String>,
    /// Compare the target with this other endpoint (`embedded`, `aws`, or a URL): the same seeded requests to both, and
    /// where their answers differ, in the place of the suites.
    #[arg(long, value_name = "TARGET", conflicts_with = "suite")]
    pub against: Option<String>,
    /// The least severity that makes the exit code 1 [default: error].
    #[arg(long, value_enum)]
    pub fail_on: Option<FailOn>,
    /// Operations that are not implemented make the exit code 1.
    #[arg(long)]
    pub require_all: bool,
    /// End the run after this many seconds; what is left is indeterminate.
    #[arg(long, value_name = "SECONDS")]
    pub max_time: Option<u64>,
    /// End the run after this many requests.
    #[arg(long, value_name = "N")]
    pub max_requests: Option<u64>,
    /// End the run after this many failed cases.
    #[arg(long, value_name = "N")]
    pub max_failures: Option<u64>,
    /// Seconds that a read may lag behind a write before the write counts as lost [default: 0 at a
    /// loopback address, else 10].
    #[arg(long, value_name = "SECONDS")]
    pub consistency_wait: Option<u64>,
    /// The folder in which sequences that fail are kept, and replayed first by the next run [default:
    /// .ivs-contract/regressions; none for the embedded emulator].
    #[arg(long, value_name = "DIR")]
    pub regressions: Option<PathBuf>,
    /// Neither keep nor replay sequences that fail.
    #[arg(long, conflicts_with = "regressions")]
    pub no_regressions: bool,
    /// What stdout gets: the report as text, or as JSON.
    #[arg(long, value_enum)]
    pub output: Option<Output>,
    /// A JMESPath expression over the JSON report; implies `--output json`.
    #[arg(long, value_name = "EXPRESSION")]
    pub query: Option<String>,
    /// Write a JUnit report to this file, too.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write a Markdown report to this file, too (a CI summary).
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Write a self-contained HTML report to this file, too.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// The configuration file [default: ivs-contract.toml, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Load on an endpoint: an open model (requests begin when they are due) or a closed loop of users.
#[derive(Debug, Args)]
#[command(after_help = crate::command::load::names())]
pub(crate) struct LoadArguments {
    #[command(flatten)]
    pub target: TargetArguments,
    /// A profile, a profile's TOML file, or one scenario [default: smoke].
    #[arg(value_name = "PROFILE|SCENARIO")]
    pub name: Option<String>,
    /// A closed loop of so many users: each sends one request after the other.
    #[arg(long, value_name = "N", conflicts_with_all = ["rate", "stages", "arrivals", "max_users"], value_parser = at_least_one)]
    pub users: Option<usize>,
    /// An open model of so many requests per second.
    #[arg(long, value_name = "N", conflicts_with = "stages")]
    pub rate: Option<f64>,
    /// How long load is put on, such as 90s, 1m30s or 2h. A profile's stages are stretched to it.
    #[arg(long, value_name = "TIME", value_parser = span, conflicts_with = "stages")]
    pub duration: Option<Duration>,
    /// An open model in stages of duration:rate or duration:from-to, such as 10s:10-100,30s:100.
    #[arg(long, value_name = "STAGES")]
    pub stages: Option<String>,
    /// The first part of the duration, in which the users start or the rate rises from nothing.
    #[arg(long, value_name = "TIME", value_parser = span, conflicts_with = "stages")]
    pub ramp: Option<Duration>,
    /// How requests lie about the rate: evenly, or as independent users would come [default: the profile's, else constant].
    #[arg(long, value_enum)]
    pub arrivals: Option<Spread>,
    /// Users at once in an open model; arrivals beyond are dropped and counted.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub max_users: Option<usize>,
    /// A condition that decides the exit code, beside the profile's (repeat): "p99 < 250ms",
    /// "error_rate < 1%", "p99 < baseline * 1.10 for ivs.GetChannel".
    #[arg(long, value_name = "GATE")]
    pub gate: Vec<String>,
    /// The summary.json of an earlier run, for gates that refer to it.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// The folder for the reports: summary, HDR log, JUnit, Prometheus text, and goose's own.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// End the load after this time, whatever is planned [default: the profile's, else a minute more than planned].
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub max_time: Option<Duration>,
    /// Generator threads of an open model [default: 1].
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one, hide_default_value = true)]
    pub threads: usize,
    /// One exchange in so many has the full checks; status, error name and length are judged on every one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample_every: Option<u64>,
    /// The share of requests, from 0 to 1, that the generator may begin late before the run is inconclusive.
    #[arg(long, value_name = "SHARE")]
    pub max_late: Option<f64>,
    /// The seed of everything random [default: 7].
    #[arg(long)]
    pub seed: Option<u64>,
    /// Go beyond AWS's documented calls per second on AWS's own hosts.
    #[arg(long)]
    pub lift_rates: bool,
    /// Send through this HTTP proxy.
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Have goose drive the closed loop and write its reports; its own flags come after `--`.
    #[arg(long, conflicts_with_all = ["rate", "stages", "arrivals", "max_users", "worker"])]
    pub goose: bool,
    /// Work for a stock Locust master, which then says how many users there are and when they stop.
    #[arg(long, conflicts_with_all = ["users", "rate", "stages", "duration", "ramp", "arrivals", "max_users", "baseline", "locustfile"])]
    pub worker: bool,
    /// Where the Locust master is.
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1", requires = "worker")]
    pub master_host: String,
    /// The Locust master's port.
    #[arg(long, value_name = "PORT", default_value_t = 5557, requires = "worker")]
    pub master_port: u16,
    /// Print the locustfile that the master needs for these scenarios, and end.
    #[arg(long)]
    pub locustfile: bool,
    /// What stdout gets: the summary as text, or as JSON.
    #[arg(long, value_enum)]
    pub output: Option<Output>,
    /// The configuration file [default: ivs-contract.toml, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Flags for goose, such as `--test-plan`.
    #[arg(last = true, value_name = "GOOSE-FLAGS", requires = "goose")]
    pub goose_flags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spread {
    Constant,
    Poisson,
}

/// The longest time that an option takes: what is longer is a slip.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// A length of time; bare numbers are seconds, as in `check`.
fn span(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u64>().map(Duration::from_secs);
    let span = seconds.or_else(|_| ivs_loadtests::parse_span(text)).map_err(|error| error.to_string())?;
    if span.is_zero() || span > LONGEST {
        Err("it must be above zero and at most 30 days".to_owned())
    } else {
        Ok(span)
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

/// Which operations are meant.
#[derive(Debug, Args)]
pub(crate) struct SelectionArguments {
    /// Only these services: ivs, ivs-realtime, ivschat (repeat, or separate by commas).
    #[arg(long, value_delimiter = ',', value_name = "SERVICE")]
    pub service: Vec<String>,
    /// Only operations whose name matches one of these globs, such as `Create*`.
    #[arg(long, value_delimiter = ',', value_name = "GLOB")]
    pub operation: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailOn {
    Error,
    Warning,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Output {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// The address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Enforce the documented calls per second, with ThrottlingException (429) beyond them.
    #[arg(long)]
    pub rates: bool,
    /// Milliseconds to wait before each answer.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency: u64,
    /// Milliseconds that asynchronous states (CREATING, UPDATING …) last.
    #[arg(long, default_value_t = 200, value_name = "MS")]
    pub settling: u64,
    /// Take only this access key, with its secret (repeat for more) [default: any access key with the secret `test`].
    #[arg(long, value_name = "ID:SECRET", value_parser = access_key)]
    pub key: Vec<AccessKey>,
    /// Misbehave in this one way; `ivs-contract list faults` shows them all.
    #[arg(long, value_name = "NAME")]
    pub fault: Option<Fault>,
}

/// Reads `ID:SECRET`. The text is not repeated in the error: it may hold a secret.
fn access_key(text: &str) -> Result<AccessKey, &'static str> {
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
            Ok(AccessKey { id: id.to_owned(), secret: secret.to_owned(), session_token: None })
        }
        _ => Err("expected ID:SECRET"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// What to list.
    #[arg(value_enum)]
    pub what: Listed,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Text lines or one JSON document.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArguments {
    /// The case id, such as `ivs.CreateChannel/validation/length-above-max/name`.
    #[arg(value_name = "ID")]
    pub id: String,
    /// The seed of the run that found it.
    #[arg(long)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub target: TargetArguments,
    /// The configuration file [default: ivs-contract.toml, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CleanArguments {
    /// Only what this run made; without it, what any run made.
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    #[command(flatten)]
    pub target: TargetArguments,
    /// The configuration file [default: ivs-contract.toml, if there is one].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listed {
    /// The operations of the three services.
    Operations,
    /// The systematic cases, by id.
    Cases,
    /// The constraint sites, and those that cannot be expressed on the wire.
    Sites,
    /// The ways in which the emulator can be told to misbehave.
    Faults,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Read botocore `service-2.json` (+ `paginators-1.json`, also gzipped) or Smithy 2.0 JSON AST,
    /// drop all documentation, and write the fixture.
    Import {
        /// The model file, and optionally its paginators.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Where to write the fixture.
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
}
