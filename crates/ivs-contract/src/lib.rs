//! Contract tests and load tests for the Amazon IVS APIs, against any endpoint.
//!
//! This crate is the `ivs-contract` command. It is the only part of the workspace that knows arguments, the
//! environment, credential lookup, stdout and exit codes. The other crates do the work: `ivs-suites` runs the tests,
//! `ivs-judge` writes the reports, `ivs-loadtests` generates load, and `ivs-emulator` is the default endpoint.
//!
//! ```
//! // The command line as data: `cargo xtask docs` writes the command reference from it.
//! let command = ivs_contract::command::command();
//! let names: Vec<&str> = command.get_subcommands().map(|subcommand| subcommand.get_name()).collect();
//! assert!(names.contains(&"check") && names.contains(&"load"));
//!
//! // The settings file as data: every key with its type, default, flag and environment variable.
//! let region = ivs_contract::SETTINGS.iter().find(|setting| setting.key == "region").unwrap();
//! assert_eq!(region.flag, Some("--region"));
//! assert_eq!(region.environment, Some("AWS_REGION"));
//! ```
//!
//! # Modules
//!
//! Imports go down this list only.
//!
//! - `command`: one module per subcommand. Below them are the modules they share: `arguments`, `run_config`, `selection`,
//!   `connectivity`, `trace`, `interrupt`, `exit_status`.
//! - `target`: turns flags, environment and settings into endpoints, credentials and permissions.
//! - `settings`: the settings file and [`SETTINGS`].
//!
//! # Features
//!
//! All are enabled by default.
//!
//! - `aws`: the AWS credential chain, profiles, and the STS check of `--allow-writes`. Without it, keys come from
//!   `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` only.
//! - `goose`: `load --goose`.
//! - `locust`: `load --worker`.
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
//! 1. Add a field to `SettingsFile` in `settings.rs`, and an entry to [`SETTINGS`] in `settings/info.rs`. A test
//!    compares the two.
//! 2. Add the flag to `command/arguments.rs`. A flag takes precedence over the environment, and the environment over the
//!    settings file.
//! 3. To rename a key, keep the old name as a serde `alias` and add it to `RENAMED` in `settings.rs`: users of the old name
//!    get a note.
//!
//! # How to add a report format
//!
//! See the head of `ivs-judge`: `check --report` offers every format of its `FORMATS`.

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
mod run_config;
mod run_error;
mod settings;
mod target;
mod whole_file;

pub use check::Check;
pub use conformance::{Conformance, conformance};
pub use endpoint::{IntoEndpoint, StartedEndpoint};
pub use ivs_emulator::Emulator;
pub use ivs_judge::Report;
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
    pub use ivs_judge::{Finding, FindingAnswer, Reproduce, RunStatus, Severity};
}
