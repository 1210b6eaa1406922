//! The arguments of the command. A flag takes precedence over its environment variable, and that over the settings file.

mod check;
mod duration;
mod load;
mod report_target;
mod serve;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use self::check::CheckArguments;
pub(super) use self::load::{ArrivalOption, LoadArguments, OnInconclusive, known_names};
pub(super) use self::report_target::ReportTarget;
pub(super) use self::serve::ServeArguments;
use super::value_output::ValueFormat;
use crate::settings::OutputFormat;
use crate::target::TargetOptions;

const EXAMPLES: &str = "\
Examples:
  ivs-contract                           Check the embedded emulator
  ivs-contract check --endpoint-url URL  Check another endpoint
  ivs-contract load smoke                Run a short load test
  ivs-contract serve                     Start the emulator

Exit codes:
  0    The endpoint conforms
  1    Findings
  2    Wrong usage or configuration
  3    The endpoint could not be judged, or the run was partial
  99   A load gate was breached
  130  Interrupted";

const LIST_EXAMPLES: &str = "\
Examples:
  ivs-contract list operations --service ivschat
  ivs-contract list cases --operation CreateChannel --output json";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  ivs-contract explain rejects-invalid    A check that a finding names
  ivs-contract explain ConflictException  An error
  ivs-contract explain page-empty-token   A fact that a source cites
  ivs-contract explain                    List all names";

const CALL_EXAMPLES: &str = "\
Examples:
  ivs-contract call ivs CreateChannel --input '{\"name\":\"live\"}'
  ivs-contract call ivs create-channel --skeleton > input.json
  ivs-contract call ivs CreateChannel --input @input.json --output yaml
  ivs-contract call ivs ListChannels --query 'channels[?name==`live`].arn'

Exit codes:
  0 no findings of severity error, 1 findings, 2 wrong usage, 3 no response";

const COMPARE_EXAMPLES: &str = "\
Examples:
  ivs-contract compare yesterday/report.json today/report.json
  ivs-contract compare old.json new.json --output json

Exit codes:
  0 no new findings, 1 new findings, 2 wrong usage";

const TREND_EXAMPLES: &str = "\
Examples:
  ivs-contract trend nights --html trend.html";

const PACK_CHECK_EXAMPLES: &str = "\
Examples:
  ivs-contract pack check fixtures/packs/mq";

const PACK_INIT_EXAMPLES: &str = "\
Examples:
  ivs-contract pack init --model service-2.json.gz my-pack";

const INIT_EXAMPLES: &str = "\
Examples:
  ivs-contract init
  ivs-contract init ci.toml";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  ivs-contract completions bash > /etc/bash_completion.d/ivs-contract
  ivs-contract completions fish > ~/.config/fish/completions/ivs-contract.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  ivs-contract man | man -l -
  ivs-contract man --dir /usr/local/share/man/man1";

const REPLAY_EXAMPLES: &str = "\
Examples:
  ivs-contract replay ivs.CreateChannel/validation/length-above-max/name
  ivs-contract replay ivschat.GetRoom/setup/control --seed 9 --target aws

Exit codes:
  0 fixed: the case passed, 1 still failing or changed, 2 wrong usage, 3 no verdict, 130 interrupted";

const CLEAN_EXAMPLES: &str = "\
Examples:
  ivs-contract clean --target aws --allow-writes 111122223333
  ivs-contract clean --target aws --dry-run --older-than 2h
  ivs-contract clean --run 1795305600-4711 --endpoint-url http://127.0.0.1:4566

Exit codes:
  0 nothing is left, 2 wrong usage, 3 something is left or could not be listed";

const PLAN_EXAMPLES: &str = "\
Examples:
  ivs-contract plan --target aws --allow-writes 111122223333
  ivs-contract plan --service ivschat --suite validation --output json";

const MODEL_EXAMPLES: &str = "\
Examples:
  ivs-contract model import service-2.json.gz paginators-1.json -o ivs.json";

/// Contract tests and load tests for the Amazon IVS APIs, against any endpoint
///
/// Without a target, everything runs on the embedded emulator. Without a command, `check` runs: its options are accepted
/// here, too.
#[derive(Debug, Parser)]
#[command(name = "ivs-contract", version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub check: CheckArguments,
    #[command(flatten)]
    pub global: GlobalArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check whether an endpoint keeps the contract (the default)
    #[command(after_help = check::EXAMPLES)]
    Check(Box<CheckArguments>),
    /// Plan a check: its calls, resources and time at the documented call rates; sends no request
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Box<PlanArguments>),
    /// Run a load test and judge it by gates
    #[command(after_help = load::examples())]
    Load(Box<LoadArguments>),
    /// Run the emulator
    #[command(after_help = serve::EXAMPLES)]
    Serve(ServeArguments),
    /// Explain a check, an error or a fact: demand, source, right and wrong, usual causes
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// List operations, cases, sites or faults; sends no request
    #[command(after_help = LIST_EXAMPLES)]
    List(ListArguments),
    /// Run one case alone, by the ID that a finding names, and show its exchanges
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(Box<ReplayArguments>),
    /// Send one signed request, judge the response, and show the exchange
    #[command(after_help = CALL_EXAMPLES)]
    Call(Box<CallArguments>),
    /// Compare two JSON reports of `check`: new, fixed and changed findings
    #[command(after_help = COMPARE_EXAMPLES)]
    Compare(CompareArguments),
    /// Draw the reports of many runs of `check` and `load` as one HTML page
    #[command(after_help = TREND_EXAMPLES)]
    Trend(TrendArguments),
    /// Write a settings file with every key explained
    #[command(after_help = INIT_EXAMPLES)]
    Init {
        /// File to write [default: ivs-contract.toml]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Overwrite the file if it exists
        #[arg(long)]
        force: bool,
    },
    /// Print completions for a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// Shell to print completions for
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the man page
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// Folder for the man pages of all subcommands [default: print the main page]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Delete resources left behind by interrupted runs (found by tag)
    #[command(after_help = CLEAN_EXAMPLES)]
    Clean(Box<CleanArguments>),
    /// Work with service model files
    #[command(subcommand)]
    Model(ModelCommand),
    /// Write or check what is known of another service (experimental)
    #[command(subcommand)]
    Pack(PackCommand),
}

/// What to do with a pack.
#[derive(Debug, Subcommand)]
pub(super) enum PackCommand {
    /// Validate a pack, and list the operations whose resources can be lent, and those that nothing reaches
    #[command(after_help = PACK_CHECK_EXAMPLES)]
    Check {
        /// Folder with `model.json` or `model.json.gz`, `pack.toml`, and maybe `paginators.json`
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Write a first pack with what names and shapes of a model suggest
    #[command(after_help = PACK_INIT_EXAMPLES)]
    Init {
        /// Model file: a botocore `service-2.json` or a Smithy JSON AST, also gzipped
        #[arg(long, value_name = "FILE")]
        model: PathBuf,
        /// Paginators of the botocore model
        #[arg(long, value_name = "FILE")]
        paginators: Option<PathBuf>,
        /// Folder to write; it must not have a pack
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(super) struct GlobalArguments {
    /// Color the output
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,
    /// Log every HTTP exchange to stderr: one line, or headers and bodies with secrets masked
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "DETAIL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "lines"
    )]
    pub debug: Option<Detail>,
}

/// How much of each exchange is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Detail {
    /// Method, path, status and lengths
    Lines,
    /// Headers and bodies, too
    Bodies,
}

impl GlobalArguments {
    /// The ids of these arguments.
    pub(super) const IDS: [&str; 2] = ["color", "debug"];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    On,
    Off,
    Auto,
}

#[derive(Debug, Args)]
pub(super) struct SelectionArguments {
    /// Services to select: ivs, ivs-realtime, ivschat (comma-separated or repeated) [default: all]
    #[arg(long, value_delimiter = ',', value_name = "SERVICE", help_heading = "Selection")]
    pub service: Vec<String>,
    /// Operations to select, as globs such as `Create*` (comma-separated or repeated) [default: all]
    #[arg(long, value_delimiter = ',', value_name = "GLOB", help_heading = "Selection")]
    pub operation: Vec<String>,
}

/// The models of other services than the bundled ones.
#[derive(Debug, Default, Args)]
pub(super) struct ModelArguments {
    /// Model file of another service, at a loopback endpoint only (experimental; repeatable) [default: the bundled models]
    ///
    /// A botocore `service-2.json` or a Smithy JSON AST, also gzipped.
    #[arg(long, value_name = "FILE", help_heading = "Selection")]
    pub model: Vec<PathBuf>,
    /// Paginators of the botocore model at the same place (repeatable)
    #[arg(long, value_name = "FILE", requires = "model", help_heading = "Selection")]
    pub paginators: Vec<PathBuf>,
    /// Folder with the model of another service and what is known of it, at a loopback endpoint only (experimental;
    /// repeatable)
    ///
    /// It has `model.json` or `model.json.gz`, `pack.toml`, and maybe `paginators.json`.
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    pub pack: Vec<PathBuf>,
    /// Depth of the deepest members that are tested, with --model or --pack [default: 12]
    ///
    /// Members of the input have depth 1, and members of these, items and values of maps one more each. `list sites` and
    /// the report name what is deeper.
    #[arg(long, value_name = "N", help_heading = "Selection")]
    pub depth: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    /// Settings file [default: ivs-contract.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// What to list
    #[arg(value_enum)]
    pub what: Listed,
    #[command(flatten)]
    pub selection: SelectionArguments,
    #[command(flatten)]
    pub models: ModelArguments,
    /// Format of stdout: lines of text, or one JSON document
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = OutputFormat::Text)]
    pub output: OutputFormat,
}

#[derive(Debug, Args)]
pub(super) struct CallArguments {
    /// Service: ivs, ivs-realtime or ivschat
    #[arg(value_name = "SERVICE")]
    pub service: String,
    /// Operation, such as `CreateChannel` or `create-channel`
    #[arg(value_name = "OPERATION")]
    pub operation: String,
    /// Input as JSON, `@FILE`, or `@-` for stdin [default: {}]
    #[arg(long, value_name = "JSON|@FILE", help_heading = "Request")]
    pub input: Option<String>,
    /// Print a valid sample input, and send nothing
    #[arg(long, conflicts_with_all = ["input", "unchecked", "output", "query"], help_heading = "Request")]
    pub skeleton: bool,
    /// Send the input although the model forbids it
    #[arg(long, help_heading = "Request")]
    pub unchecked: bool,
    /// Print the body of the response in this format instead of the exchange
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub output: Option<ValueFormat>,
    /// Print the result of a JMESPath expression over the body of the response
    #[arg(long, value_name = "EXPRESSION", help_heading = "Output")]
    pub query: Option<String>,
    #[command(flatten)]
    pub target: TargetOptions,
    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub(super) struct CompareArguments {
    /// JSON report of the earlier run
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// JSON report of the later run
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Format of stdout: lines of text, or one JSON document
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = OutputFormat::Text)]
    pub output: OutputFormat,
}

#[derive(Debug, Args)]
pub(super) struct TrendArguments {
    /// Folder with JSON reports of `check` and `summary.json` files of `load`, at any depth
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// HTML file to write
    #[arg(long, value_name = "FILE")]
    pub html: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Name of a check, an error or a fact, in any case; without it, list all of them
    #[arg(value_name = "CHECK|ERROR|FACT")]
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Listed {
    /// Operations of the three services
    Operations,
    /// Systematic cases, by ID
    Cases,
    /// Constraint sites, and those that cannot be sent over HTTP
    Sites,
    /// Faults that the emulator can show
    Faults,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// Case ID, such as `ivs.CreateChannel/validation/length-above-max/name`
    #[arg(value_name = "ID")]
    pub id: String,
    /// Seed of the run that reported the finding [default: 7]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Finding to look for, by its ID: without it, any finding of the case counts
    #[arg(long, value_name = "FINDING")]
    pub expect: Option<String>,
    /// Folder for failed sequences, for a case named `…-kept-N` [default: .ivs-contract/regressions]
    #[arg(long, value_name = "DIR")]
    pub regressions: Option<PathBuf>,
    /// Steps of the sequence, for a case named `…-kept-N`, in place of the folder
    #[arg(long, value_name = "JSON")]
    pub steps: Option<String>,
    /// Seconds that a read may lag behind a write before the write counts as lost [default: 0 for a loopback endpoint,
    /// else 10]
    #[arg(long, value_name = "SECONDS")]
    pub consistency_wait: Option<u64>,
    /// Resource of the account to use, such as `s3-bucket=my-bucket` (repeatable): as the setting `existing_resources`
    #[arg(long, value_name = "KIND=NAME", value_parser = existing_resource)]
    pub existing_resource: Vec<(String, String)>,
    #[command(flatten)]
    pub models: ModelArguments,
    #[command(flatten)]
    pub target: TargetOptions,
    #[command(flatten)]
    pub config: ConfigArguments,
}

fn existing_resource(text: &str) -> Result<(String, String), String> {
    let (kind, name) = text.split_once('=').ok_or("it must be KIND=NAME (example: s3-bucket=my-bucket)")?;
    Ok((kind.to_owned(), name.to_owned()))
}

#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    pub target: TargetOptions,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Suites to run (comma-separated or repeated) [default: all]
    #[arg(long, value_delimiter = ',', value_name = "SUITE", help_heading = "Selection")]
    pub suite: Vec<String>,
    /// Seed of everything random [default: 7]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Number of random cases per operation, besides the systematic ones [default: 8]
    #[arg(long, value_name = "N")]
    pub cases: Option<u32>,
    /// Number of requests in flight at once [default: 8]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Format of stdout [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub output: Option<OutputFormat>,
    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Args)]
pub(super) struct CleanArguments {
    /// Run to clean up after, by the value of the tag `ivs-contract:run` [default: all runs]
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Clean up after runs that began longer ago than this, such as 2h [default: all runs]
    #[arg(long, value_name = "DURATION", value_parser = duration::duration, conflicts_with = "run")]
    pub older_than: Option<Duration>,
    /// List what would be deleted, and delete nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub target: TargetOptions,
    #[command(flatten)]
    pub config: ConfigArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelCommand {
    /// Convert a service model to a fixture, without its documentation
    ///
    /// Reads botocore `service-2.json` (and `paginators-1.json`, also gzipped) or a Smithy 2.0 JSON AST.
    #[command(after_help = MODEL_EXAMPLES)]
    Import {
        /// Model file, and optionally its paginators
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// File to write
        #[arg(short, long, value_name = "OUT")]
        out: PathBuf,
    },
}
