//! The arguments of the command. Each stands above its environment variable, that above the settings file.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// The case id, such as `ivs.CreateChannel/length-above-max/name`.
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
