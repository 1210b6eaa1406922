//! `load --find-limit GATE`: the highest rate that holds a gate.

use std::time::Duration;

use anyhow::{Result, anyhow};
use ivs_load::{Gate, LimitBound, LimitOutcome, LimitSearch, LoadError, LoadPlan, StopHandle, find_limit};

use super::Stdout;
use super::print;
use super::progress::LiveProgress;
use crate::command::arguments::LoadArguments;
use crate::exit_status::ExitStatus;
use crate::settings::OutputFormat;

/// The first rate, in requests per second.
const START: f64 = 100.0;
/// The time at each rate.
const TRIAL: Duration = Duration::from_secs(5);

/// Searches the rate and shows each trial on stderr.
pub(super) fn run(
    plan: &LoadPlan,
    gate: &Gate,
    arguments: &LoadArguments,
    stop: &StopHandle,
    live: &mut LiveProgress,
) -> Result<LimitOutcome, LoadError> {
    let search = LimitSearch {
        gate: gate.clone(),
        start: arguments.rate.unwrap_or(START),
        trial: arguments.duration.unwrap_or(TRIAL),
        max_users: arguments.max_users,
    };
    // The trials are the progress; the seconds of each would hide them.
    find_limit(plan, &search, stop, &mut |_| {}, &mut |trial| live.print_line(&trial.line()))
}

/// Prints the limit and returns the exit status.
pub(super) fn conclude(outcome: &LimitOutcome, arguments: &LoadArguments, output: OutputFormat) -> Result<ExitStatus> {
    let LimitOutcome { limit, report_errors } = outcome;
    let text = match output {
        OutputFormat::Json => serde_json::to_string_pretty(limit).map_err(|error| anyhow!("{error}"))?,
        OutputFormat::Text => format!("LIMIT: {}", limit.headline()),
    };
    print(&Stdout::plain(), format!("{text}\n").as_bytes())?;
    for error in report_errors {
        eprintln!("error: {error}");
    }
    if let Some(folder) = &arguments.report {
        eprintln!("reports written to {}", folder.display());
    }
    Ok(match (limit.bound, limit.held) {
        (LimitBound::Stopped, _) => ExitStatus::Interrupted,
        _ if !report_errors.is_empty() => ExitStatus::Inconclusive,
        (LimitBound::Gate, Some(_)) | (LimitBound::Most, _) => ExitStatus::Success,
        (LimitBound::Gate, None) => ExitStatus::GateBreached,
        (LimitBound::Generator | LimitBound::NotMeasured, _) => ExitStatus::Inconclusive,
    })
}
