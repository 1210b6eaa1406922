//! Contract tests and load tests for the Amazon IVS APIs, against any endpoint.
//!
//! A test of your own repository runs the suites against your endpoint, and a test of your application gets an emulator:
//!
//! - [`conformance`] is a test program with one test for each operation and suite, for `cargo test`.
//! - [`Check`] is one run of the suites, which returns a [`Report`].
//! - [`Emulator`] starts the embedded emulator in the process.
//! - `Load` (feature `load`) puts load on an endpoint.
//!
//! ```no_run
//! // tests/ivs.rs, a test target with `harness = false`
//! fn main() -> std::process::ExitCode {
//!     ivs_contract::conformance()
//!         .endpoint_url("http://127.0.0.1:4566")
//!         .baseline("ivs-baseline.toml")
//!         .run()
//! }
//! ```
//!
//! A check from Rust, here of the embedded emulator:
//!
//! ```
//! use ivs_contract::emulator::{Emulator, Options};
//!
//! # fn main() -> Result<(), ivs_contract::RunError> {
//! let report = ivs_contract::Check::new()
//!     .endpoint(|| Emulator::start(Options::default()))
//!     .services(["ivschat"])
//!     .operations(["GetRoom"])
//!     .suites(["protocol"])
//!     .run_blocking()?;
//! assert!(report.findings.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! Everything else of this crate is the command, the only part of the workspace that knows arguments, the environment,
//! credential lookup, stdout and exit codes. The other crates do the work: `ivs-suites` has the suites, `ivs-judge` writes
//! the reports, `ivs-loadtests` has the load tests, and `ivs-emulator` is the default endpoint.
//!
//! # Modules
//!
//! Imports go down this list only.
//!
//! - `command`: one module per subcommand; `conformance`, `check` and `load`: the library.
//! - `baseline_file`, `report_files`, `selection`, `endpoint`, `in_process`, `run_config`, `connectivity`, `interrupt`, `exit_status`, `whole_file`: what they share.
//! - `target`: turns flags, environment and settings into endpoints, credentials and permissions.
//! - `settings`: the settings file and its keys.
//!
//! # Features
//!
//! `aws`, `cli`, `goose` and `locust` are enabled by default. A test needs none of them.
//!
//! - `cli`: the command.
//! - `aws`: the AWS credential chain, profiles, and the STS check of `--allow-writes`. Without it, keys come from
//!   `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` only.
//! - `load`: `Load`. `goose` and `locust` add `load --goose` and `load --worker`.
//! - `junit`: the report format JUnit.
//!
//! # How to add a subcommand
//!
//! 1. Write `command/NAME.rs` with `pub(super) async fn run(arguments: &NameArguments) -> Result<ExitStatus>`. Return an
//!    `Err` only for wrong usage or configuration: it ends the command with exit code 2.
//! 2. Add `NameArguments` to `command/arguments.rs`, and a variant of `Command`. Give the variant's help an Examples section
//!    with `after_help`, and each flag a `help_heading`.
//! 3. Add an arm to `run` in `command.rs`.
//! 4. Run `cargo test -p ivs-contract --test help` and accept the new help snapshot.
//!
//! # How to add a setting
//!
//! 1. Add a field to `SettingsFile` in `settings.rs`, and an entry to `SETTINGS` in `settings/info.rs`. A test
//!    compares the two.
//! 2. Add the flag to `command/arguments.rs`. A flag takes precedence over the environment, and the environment over the
//!    settings file.
//! 3. To rename a key, keep the old name as a serde `alias` and add it to `RENAMED` in `settings.rs`: users of the old name
//!    get a note.
//!
//! # How to add a report format
//!
//! See the head of `ivs-judge`: `check --report` offers every format of its `FORMATS`.

mod baseline_file;
mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod command;
mod conformance;
mod connectivity;
mod endpoint;
#[cfg(feature = "cli")]
mod exit_status;
mod in_process;
mod interrupt;
#[cfg(feature = "load")]
mod load;
mod report_files;
mod run_config;
mod run_error;
mod selection;
mod settings;
mod target;
mod whole_file;

pub use check::Check;
pub use conformance::{Conformance, conformance};
pub use endpoint::{IntoEndpoint, StartedEndpoint};
pub use ivs_emulator::Emulator;
pub use ivs_judge::Report;
#[cfg(feature = "load")]
pub use ivs_load::LoadOutcome;
#[cfg(feature = "load")]
pub use load::Load;
pub use run_error::RunError;
#[doc(hidden)]
pub use settings::{SETTINGS, SettingInfo};

/// The embedded emulator, for tests of your own: an endpoint of all three services in this process.
///
/// ```
/// use std::time::Duration;
///
/// use ivs_contract::emulator::{Emulator, Options};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let options = Options { latency: Duration::from_millis(5), rates: true, ..Options::default() };
/// let emulator = Emulator::start(options).await?;
/// // Give this URL to any AWS SDK, with any access key and the secret key `test`.
/// assert!(emulator.url().starts_with("http://127.0.0.1:"));
/// emulator.stop().await;
/// # Ok(())
/// # }
/// ```
pub mod emulator {
    pub use ivs_emulator::{
        AccessKey, Emulator, EmulatorClock, FAULTS, Fault, FaultInfo, Observed, Observer, Options, Running, StartError,
        UnknownFault,
    };
}

/// The parts of a [`Report`].
pub mod report {
    pub use ivs_judge::report::*;
    pub use ivs_judge::{
        BaselineResult, BaselineState, Finding, FindingAnswer, Reproduce, RunStatus, Severity, StaleEntry,
    };
}
