//! `ivs-contract load`: runs a load test, judges it by gates, and reports.

mod attempts;
mod find_limit;
mod locust;
mod progress;
mod request;
mod stdout;
mod text;
mod workers;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_client::Endpoints;
use ivs_judge::RunFacts;
use ivs_load::locust::{LocustError, LocustMaster, locustfile, run_worker};
use ivs_load::otlp::MetricsExport;
use ivs_load::{GeneratorCapacity, LoadError, LoadModel, LoadOutcome, LoadPlan, LoadTarget, LoadVerdict, StopHandle};
use ivs_model::bundled;
use tokio::runtime::Runtime;

use self::progress::LiveProgress;
use self::request::LoadRequest;
use self::stdout::Stdout;
use self::workers::WorkerRun;
use super::arguments::{Color, LoadArguments, OnInconclusive};
use super::run_facts;
use super::terminal::{print_notes, print_target, use_color};
use crate::connectivity;
use crate::exit_status::ExitStatus;
use crate::run_config::{draw_nonce, run_id};
use crate::settings::{OutputFormat, SettingsFile};
use crate::target::{self, ResolvedTarget};

/// The time for which a worker tries to connect to its Locust master.
const MASTER_TIMEOUT: Duration = Duration::from_secs(30);
/// The default seed, the same as in `check`.
const DEFAULT_SEED: u64 = 7;

/// Runs the load test. `runtime` serves the emulator and the credential lookup, but no load.
pub(super) fn run(arguments: &LoadArguments, color: Color, runtime: &Runtime) -> Result<ExitStatus> {
    let file = SettingsFile::read(arguments.config.config.as_deref())?;
    let request = LoadRequest::from_arguments(arguments)?;
    if arguments.locustfile {
        print(&Stdout::plain(), locustfile(&request.profile.scenarios).as_bytes())?;
        return Ok(ExitStatus::Success);
    }
    print_notes(&file.notes);
    let mut resolved = runtime.block_on(target::resolve(&arguments.target, &file, bundled::models()))?;
    print_target(&resolved);
    print_notes(&resolved.notes);
    let emulator = resolved.emulator.take();
    let emulator_url = emulator.as_ref().map(ivs_emulator::Running::url);
    // Knows the secrets that no report may hold.
    let reproducer = runtime.block_on(resolved.reproducer(0))?;
    let facts = run_facts::of_this_process(bundled::models(), &reproducer);
    let status = run_on(resolved, emulator_url, arguments, request, facts, &file, color);
    if let Some(emulator) = emulator {
        runtime.block_on(emulator.stop());
    }
    status
}

fn run_on(
    resolved: ResolvedTarget,
    emulator_url: Option<String>,
    arguments: &LoadArguments,
    request: LoadRequest,
    facts: RunFacts,
    file: &SettingsFile,
    color: Color,
) -> Result<ExitStatus> {
    let seed = arguments.seed.or(file.seed).unwrap_or(DEFAULT_SEED);
    let output = arguments.output.or(file.output).unwrap_or(OutputFormat::Text);
    let name = resolved.name.clone();
    let target = target(resolved, arguments)?;
    let endpoints = target.endpoints.clone();
    let LoadRequest { profile, closed, baseline, notes } = request;
    print_notes(&notes);
    eprintln!("load test of {name}: {}, seed {seed}", profile.about);
    if let Some(workers) = arguments.workers {
        if target.keeps_rates() {
            bail!("--workers would exceed the request rates of AWS: each worker keeps them for itself. Run without it");
        }
        let run = WorkerRun { arguments, profile: &profile, workers, emulator: emulator_url, seed, output };
        return run.run();
    }
    if target.keeps_rates() {
        eprintln!("note: the load keeps the request rates that AWS documents; they slow its schedule");
    }
    let capacity = match &profile.load {
        LoadModel::Open { schedule, .. } if !arguments.worker => measured_capacity(arguments, schedule.peak())?,
        _ => None,
    };
    let plan = LoadPlan {
        closed,
        baseline,
        threads: arguments.threads,
        capacity,
        facts,
        seed,
        report: arguments.report.clone(),
        ..LoadPlan::of(profile, target, &run_id(draw_nonce()))
    };

    let colored = use_color(color, io::stdout().is_terminal());
    let stdout = if arguments.goose {
        Stdout::reserved().context("cannot redirect the stdout of goose")?
    } else {
        Stdout::plain()
    };

    // Register before goose does: its own handler exits at the second Ctrl-C without reports.
    let stop = StopHandle::new();
    stop.on_signals()?;
    let export = arguments.otlp.as_deref().map(|url| MetricsExport::start(url, &plan.run)).transpose()?;
    let mut live = LiveProgress::new(stop.clone(), export);
    if let Some(gate) = &arguments.find_limit {
        let found = find_limit::run(&plan, gate, arguments, &stop, &mut live);
        live.end();
        return match found {
            Ok(outcome) => find_limit::conclude(&outcome, arguments, output),
            Err(error) => status_without_load(&error.into(), &endpoints),
        };
    }
    let ended = if arguments.worker {
        let master = LocustMaster {
            host: arguments.master_host.clone(),
            port: arguments.master_port,
            id: format!("ivs-contract_{}", plan.run),
            timeout: MASTER_TIMEOUT,
        };
        run_worker(&plan, &master, &stop, &mut |progress| live.show(progress))
    } else {
        let on_inconclusive = arguments.on_inconclusive.unwrap_or_default();
        attempts::run(&plan, on_inconclusive, &stop, &mut live).map_err(LocustError::from)
    };
    let export = live.end();
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(error) => return status_without_load(&error, &endpoints),
    };

    let mut printed = Vec::new();
    match output {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut printed, &outcome.summary)?;
            printed.push(b'\n');
        }
        OutputFormat::Text => {
            text::write(&outcome.summary, colored, &mut printed)?;
        }
    }
    print(&stdout, &printed)?;
    for error in &outcome.report_errors {
        eprintln!("error: {error}");
    }
    let exported = export.map_or(Ok(()), |export| export.finish(&outcome.summary));
    if let Err(error) = &exported {
        eprintln!("error: {error}");
    }
    if let Some(folder) = &arguments.report {
        eprintln!("reports written to {}", folder.display());
    }
    let is_reported = outcome.report_errors.is_empty() && exported.is_ok();
    Ok(exit_status(&outcome, is_reported, arguments.on_inconclusive.unwrap_or_default()))
}

/// Measures what the generator can hold, and says so.
fn measured_capacity(arguments: &LoadArguments, peak: f64) -> Result<Option<GeneratorCapacity>> {
    let Some(capacity) = GeneratorCapacity::measure(arguments.threads)? else { return Ok(None) };
    let GeneratorCapacity { rps, threads, free } = capacity;
    let threads = if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
    eprintln!("generator: about {rps:.0} requests/s on {threads}, with {:.0} % of a core free", free * 100.0);
    // A search for the limit ends where the generator does.
    if arguments.find_limit.is_none() && capacity.is_below(peak) {
        eprintln!(
            "warning: the load peaks at {peak:.0}/s, which this machine cannot generate: expect an inconclusive run. Lower the \
             rate, or add --threads"
        );
    }
    Ok(Some(capacity))
}

/// Converts the target for the load engine. Rejects a target that must not be load-tested.
fn target(resolved: ResolvedTarget, arguments: &LoadArguments) -> Result<LoadTarget> {
    let remote = !resolved.is_loopback();
    if remote && !resolved.allow_writes {
        bail!(
            "load writes to {}, and writes to a non-loopback endpoint require --allow-writes ACCOUNT_ID",
            resolved.name
        );
    }
    if !resolved.services.is_empty() && resolved.services.len() < resolved.client.services.len() {
        bail!(
            "load needs an endpoint URL for every service. Set one for all with --endpoint-url (example: \
             --endpoint-url http://127.0.0.1:4566)"
        );
    }
    let Some(target) = LoadTarget::of(resolved.client)? else {
        bail!("load signs every request. Remove --no-sign-request, which only `check`, `replay` and `clean` accept");
    };
    Ok(LoadTarget {
        allow_remote: remote,
        keep_rates: resolved.keeps_rates,
        lift_rates: arguments.lift_rates,
        ..target
    })
}

/// Returns the exit status of a run without load: wrong usage, or an endpoint that could not be judged.
fn status_without_load(error: &LocustError, endpoints: &Endpoints) -> Result<ExitStatus> {
    match error {
        LocustError::Load(LoadError::Stopped) => {
            eprintln!("{error}");
            return Ok(ExitStatus::Interrupted);
        }
        LocustError::Load(LoadError::Unreachable(failure)) => {
            let endpoint = endpoints.all().next();
            let text = endpoint.map_or_else(|| error.to_string(), |it| connectivity::describe(it, failure));
            eprintln!("error: {text}");
            return Ok(ExitStatus::Inconclusive);
        }
        LocustError::NoMaster { .. }
        | LocustError::Foreign { .. }
        | LocustError::Load(LoadError::SetupRejected { .. } | LoadError::Goose(_) | LoadError::Thread(_)) => {
            eprintln!("error: {error}");
            return Ok(ExitStatus::Inconclusive);
        }
        LocustError::UnknownClass { .. } | LocustError::Load(_) => {}
    }
    // The text already names its causes, so they are not chained again.
    Err(anyhow!("{error}"))
}

/// Returns the exit status of a run with load. A breached gate always counts. Otherwise, a run proves nothing if it was
/// interrupted or its reports could not be written.
fn exit_status(outcome: &LoadOutcome, is_reported: bool, on_inconclusive: OnInconclusive) -> ExitStatus {
    match outcome.verdict {
        LoadVerdict::Breached => ExitStatus::GateBreached,
        _ if outcome.summary.stopped_by == Some("signal") => ExitStatus::Interrupted,
        LoadVerdict::Inconclusive if !attempts::passes(outcome, on_inconclusive) => ExitStatus::Inconclusive,
        _ if !is_reported => ExitStatus::Inconclusive,
        LoadVerdict::Held | LoadVerdict::Inconclusive => ExitStatus::Success,
    }
}

fn print(stdout: &Stdout, bytes: &[u8]) -> Result<()> {
    match stdout.write(bytes) {
        // The reader has closed the pipe. The exit code still shows the outcome of the run.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the summary to stdout"),
    }
}
