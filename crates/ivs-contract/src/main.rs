//! The `ivs-contract` command: contract tests and load tests for the Amazon IVS APIs.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the command is the one part that speaks to the user")]

mod arguments;
mod command;
mod debug;
mod exit_code;
mod interrupt;
mod progress_bar;
mod regressions;
mod settings;
mod target;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;

use crate::arguments::{Arguments, Command, ModelCommand};
use crate::exit_code::Ending;

fn main() -> ExitCode {
    // Wrong usage ends here, by clap, with exit code 2.
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(ending) => ending.into(),
        Err(error) => {
            // What comes as an error was asked wrongly or cannot be set up; what an endpoint does wrong is a finding.
            eprintln!("error: {error:#}");
            Ending::Usage.into()
        }
    }
}

fn run(arguments: Arguments) -> Result<Ending> {
    let Arguments { command, check, global } = arguments;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    match command {
        None => runtime.block_on(command::check::run(&check, &global)),
        Some(Command::Check(check)) => runtime.block_on(command::check::run(&check, &global)),
        // Load blocks: its generator threads have runtimes of their own, and this one is left to the emulator.
        Some(Command::Load(load)) => command::load::run(&load, global.color, &runtime),
        Some(Command::Serve(serve)) => runtime.block_on(command::serve::run(&serve, global.debug)),
        Some(Command::Replay(replay)) => runtime.block_on(command::replay::run(&replay, &global)),
        Some(Command::Clean(clean)) => runtime.block_on(command::clean::run(&clean)),
        Some(Command::List(list)) => command::list::run(&list),
        Some(Command::Model(ModelCommand::Import { files, out })) => command::model::import(&files, &out),
    }
}
