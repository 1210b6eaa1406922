//! The command line: one module per subcommand, and the modules they share.
//!
//! It is public for `cargo xtask docs` and the binary only.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "only the command prints to the user")]

mod arguments;
mod call;
mod check;
mod clean;
mod compare;
mod completions;
mod explain;
mod github;
mod groups;
mod init;
mod list;
mod load;
mod model;
mod model_files;
mod pack;
mod plan;
mod progress_bar;
mod query;
mod regressions;
mod replay;
mod run_facts;
mod run_registry;
mod serve;
mod services;
mod terminal;
mod trace;
mod trend;
mod value_output;
mod version;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, FromArgMatches as _};
use ivs_judge::plain;

use self::arguments::{Arguments, Command, GlobalArguments, ModelCommand, PackCommand};
use crate::exit_status::ExitStatus;

/// Builds the command line. The help without a subcommand hides the flags of `check`, although they are accepted.
#[must_use]
pub fn command() -> clap::Command {
    let command = Arguments::command().version(version::SHORT).long_version(version::LONG.as_str());
    let command = command.mut_args(|argument| {
        let is_global = GlobalArguments::IDS.contains(&argument.get_id().as_str());
        argument.hide(!is_global)
    });
    groups::grouped(command)
}

/// Runs the command with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    // For wrong usage clap exits here, with the code of `ExitStatus::Usage`.
    let matches = command().try_get_matches().unwrap_or_else(|error| with_tip(error).exit());
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(arguments) {
        Ok(status) => status.into(),
        Err(error) => {
            // Errors are wrong usage or configuration. A violation by an endpoint is a finding.
            let text: Vec<String> = format!("{error:#}").lines().map(plain).collect();
            eprintln!("error: {}", text.join("\n"));
            ExitStatus::Usage.into()
        }
    }
}

/// Adds a tip to the error for a URL without a flag: other tools of this kind take the endpoint so.
fn with_tip(mut error: clap::Error) -> clap::Error {
    let unknown =
        [ContextKind::InvalidArg, ContextKind::InvalidSubcommand].into_iter().find_map(|kind| error.get(kind));
    if let Some(ContextValue::String(url)) = unknown
        && (url.starts_with("http://") || url.starts_with("https://"))
    {
        let tip = format!("to name the endpoint, use '--endpoint-url {url}'");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

fn run(arguments: Arguments) -> Result<ExitStatus> {
    let Arguments { command, check, global } = arguments;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    match command {
        None => runtime.block_on(check::run(&check, &global)),
        Some(Command::Check(check)) => runtime.block_on(check::run(&check, &global)),
        // A plan runs in virtual time, on a runtime of its own.
        Some(Command::Plan(arguments)) => plan::run(&arguments),
        // A load run blocks: its generator threads have their own runtimes. This runtime serves the emulator.
        Some(Command::Load(load)) => load::run(&load, global.color, &runtime),
        Some(Command::Serve(serve)) => runtime.block_on(serve::run(&serve, global.debug.is_some())),
        Some(Command::Replay(replay)) => runtime.block_on(replay::run(&replay, &global)),
        Some(Command::Call(call)) => runtime.block_on(call::run(&call, &global)),
        Some(Command::Compare(compare)) => compare::run(&compare),
        Some(Command::Trend(trend)) => trend::run(&trend),
        Some(Command::Init { file, force }) => init::run(file.as_deref(), force),
        Some(Command::Completions { shell }) => completions::completions(shell, self::command()),
        Some(Command::Man { dir }) => completions::man(dir.as_deref(), self::command()),
        Some(Command::Clean(clean)) => runtime.block_on(clean::run(&clean)),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::List(list)) => list::run(&list),
        Some(Command::Model(ModelCommand::Import { files, out })) => model::import(&files, &out),
        Some(Command::Pack(PackCommand::Check { dir })) => pack::check(&dir),
        Some(Command::Pack(PackCommand::Init { model, paginators, dir })) => {
            pack::init(&model, paginators.as_deref(), &dir)
        }
    }
}
