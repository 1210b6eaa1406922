//! The arguments of `check`.

use std::path::PathBuf;

use clap::Args;

use super::report_target::{self, ReportTarget};
use super::{ConfigArguments, ModelArguments, SelectionArguments, existing_resource};
use crate::settings::{FailOn, OutputFormat};
use crate::target::TargetOptions;

const SELECTION: &str = "Selection";
const CASES: &str = "Generated cases";
const SNAPSHOTS: &str = "Snapshots and comparison";
const LIMITS: &str = "Limits";
const EXIT_CODE: &str = "Exit code";
const REPORTS: &str = "Reports";
const BASELINE: &str = "Baseline";

pub(super) const EXAMPLES: &str = "\
Examples:
  ivs-contract check --endpoint-url http://127.0.0.1:4566
  ivs-contract check --service ivs --operation 'Create*' --suite validation
  ivs-contract check --target aws --allow-writes 111122223333 --report out
  ivs-contract check --output json --query 'findings[].check'
  ivs-contract check --baseline accepted.toml --update-baseline
  ivs-contract check --model service-2.json --endpoint-url http://127.0.0.1:5000

Exit codes:
  0    The endpoint conforms
  1    Findings of at least the severity of --fail-on; with a baseline, those that
       are new or expired
  2    Wrong usage or configuration
  3    The endpoint could not be judged, or the run was partial
  130  Interrupted";

#[derive(Debug, Args)]
pub(in crate::command) struct CheckArguments {
    #[command(flatten)]
    pub target: TargetOptions,
    #[command(flatten)]
    pub selection: SelectionArguments,
    #[command(flatten)]
    pub models: ModelArguments,
    /// Suites to run (comma-separated or repeated) [default: all]
    #[arg(long, value_delimiter = ',', value_name = "SUITE", help_heading = SELECTION)]
    pub suite: Vec<String>,
    /// Seed of everything random; the same seed gives the same report [default: 7]
    #[arg(long, value_name = "N", help_heading = CASES)]
    pub seed: Option<u64>,
    /// Number of random cases per operation, besides the systematic ones [default: 8]
    #[arg(long, value_name = "N", help_heading = CASES)]
    pub cases: Option<u32>,
    /// Folder for failed sequences, which later runs replay first [default: .ivs-contract/regressions, or none for the
    /// embedded emulator]
    #[arg(long, value_name = "DIR", help_heading = CASES)]
    pub regressions: Option<PathBuf>,
    /// Do not keep or replay failed sequences
    #[arg(long, conflicts_with = "regressions", help_heading = CASES)]
    pub no_regressions: bool,
    /// Record canonical exchanges as snapshots in this folder, and run no other suite [default folder: snapshots/exchanges]
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "snapshots/exchanges",
        conflicts_with_all = ["suite", "against"], help_heading = SNAPSHOTS)]
    pub record: Option<PathBuf>,
    /// Kind of endpoint to name in recorded snapshots, for the tests of recording
    #[arg(long, value_name = "KIND", requires = "record", hide = true, value_parser = ["embedded", "endpoint", "aws"])]
    pub recorded_from: Option<String>,
    /// Compare the responses of the target with those of another endpoint (`embedded`, `aws` or a URL), and run no suite
    #[arg(long, value_name = "TARGET", conflicts_with = "suite", help_heading = SNAPSHOTS)]
    pub against: Option<String>,
    /// Number of requests in flight at once [default: 8]
    #[arg(long, value_name = "N", help_heading = LIMITS)]
    pub concurrency: Option<usize>,
    /// Wait up to this time for an endpoint that is still starting [default: 0]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    pub wait: Option<u64>,
    /// End the run after this time; remaining cases are not run, and the run is partial [default: no limit]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    pub max_time: Option<u64>,
    /// End the run after this number of requests [default: no limit]
    #[arg(long, value_name = "N", help_heading = LIMITS)]
    pub max_requests: Option<u64>,
    /// End the run after this number of failed cases [default: no limit]
    #[arg(long, value_name = "N", help_heading = LIMITS)]
    pub max_failures: Option<u64>,
    /// Seconds that a read may lag behind a write before the write counts as lost [default: 0 for a loopback endpoint,
    /// else 10]
    #[arg(long, value_name = "SECONDS", help_heading = LIMITS)]
    pub consistency_wait: Option<u64>,
    /// Resource of the account to use, such as `s3-bucket=my-bucket` (repeatable): as the setting `existing_resources`
    #[arg(long, value_name = "KIND=NAME", value_parser = existing_resource, help_heading = CASES)]
    pub existing_resource: Vec<(String, String)>,
    /// Fail on new and expired findings only: accept those that this file lists
    #[arg(long, value_name = "FILE", conflicts_with = "record", help_heading = BASELINE)]
    pub baseline: Option<PathBuf>,
    /// Add new findings to the baseline; existing entries keep their reason and dates
    #[arg(long, help_heading = BASELINE)]
    pub update_baseline: bool,
    /// Remove entries from the baseline that match no finding
    #[arg(long, help_heading = BASELINE)]
    pub prune: bool,
    /// Fail (exit 1) on findings of at least this severity [default: error; warning with a baseline]
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = EXIT_CODE)]
    pub fail_on: Option<FailOn>,
    /// Fail (exit 1) if an operation is not implemented
    #[arg(long, help_heading = EXIT_CODE)]
    pub require_all: bool,
    /// Do not fail (exit 3) if the run was partial: ended by a limit, or not everything could be judged
    #[arg(long, help_heading = EXIT_CODE)]
    pub allow_partial: bool,
    /// Format of the report on stdout [default: text]
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = REPORTS)]
    pub output: Option<OutputFormat>,
    /// Print the result of a JMESPath expression over the JSON report
    #[arg(long, value_name = "EXPRESSION", help_heading = REPORTS)]
    pub query: Option<String>,
    /// Print the verdict line only
    #[arg(short, long, conflicts_with = "verbose", help_heading = REPORTS)]
    pub quiet: bool,
    /// Print every finding with its exchange
    #[arg(short, long, help_heading = REPORTS)]
    pub verbose: bool,
    /// The report files to write.
    #[arg(long, value_name = "FORMAT=FILE|DIR", help = report_target::help(), help_heading = REPORTS)]
    pub report: Vec<ReportTarget>,
    /// Write a JUnit report to this file; the same as --report junit=FILE
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub junit: Option<PathBuf>,
    /// Write a Markdown report to this file, for a CI summary; the same as --report markdown=FILE
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub markdown: Option<PathBuf>,
    /// Write a self-contained HTML report to this file; the same as --report html=FILE
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub html: Option<PathBuf>,
    #[command(flatten)]
    pub config: ConfigArguments,
}
