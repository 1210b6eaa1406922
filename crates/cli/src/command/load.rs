//! `ivs-contract load`: put an endpoint under load, judge it by gates, and report.

mod progress;
mod stdout;
mod text;
mod wanted;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_load::locust::{LocustError, LocustMaster, locustfile, run_worker};
use ivs_load::{LoadError, LoadOutcome, LoadPlan, LoadTarget, LoadVerdict, StopHandle, run as run_plan};
use ivs_model::bundled;
use tokio::runtime::Runtime;

use crate::arguments::{Color, LoadArguments, Output};
use crate::command::check;
use crate::exit_code::Ending;
use crate::settings::FileSettings;
use crate::target::{self, Ready};

use self::progress::Live;
use self::stdout::Stdout;
use self::wanted::Wanted;

pub(crate) use self::wanted::names;

/// How long a worker looks for its Locust master.
const MASTER_PATIENCE: Duration = Duration::from_secs(30);
/// The seed where none is given; the same as in `check`.
const DEFAULT_SEED: u64 = 7;

/// Runs to the end of the load. `runtime` serves the emulator and the look-up of credentials, no load.
pub(crate) fn run(arguments: &LoadArguments, color: Color, runtime: &Runtime) -> Result<Ending> {
    let file = FileSettings::read(arguments.config.as_deref())?;
    let wanted = wanted::settle(arguments)?;
    if arguments.locustfile {
        print(&Stdout::plain(), locustfile(&wanted.profile.scenarios).as_bytes())?;
        return Ok(Ending::Conforms);
    }
    let mut ready = runtime.block_on(target::ready(&arguments.target, &file, bundled::models()))?;
    let emulator = ready.emulator.take();
    let ending = on(ready, arguments, wanted, &file, color);
    if let Some(emulator) = emulator {
        runtime.block_on(emulator.stop());
    }
    ending
}

fn on(ready: Ready, arguments: &LoadArguments, wanted: Wanted, file: &FileSettings, color: Color) -> Result<Ending> {
    let seed = arguments.seed.or(file.seed).unwrap_or(DEFAULT_SEED);
    let output = arguments.output.or(file.output).unwrap_or(Output::Text);
    let name = ready.name.clone();
    let target = target(ready, arguments)?;
    let Wanted { profile, closed, baseline, notes } = wanted;
    for note in notes {
        eprintln!("note: {note}");
    }
    eprintln!("load on {name}: {}, seed {seed}", profile.about);
    let plan = LoadPlan {
        closed,
        baseline,
        threads: arguments.threads,
        seed,
        report: arguments.report.clone(),
        ..LoadPlan::of(profile, target, &check::run_id())
    };

    let colored = check::color(color, io::stdout().is_terminal());
    let stdout =
        if arguments.goose { Stdout::kept().context("cannot keep stdout from goose")? } else { Stdout::plain() };

    // Before goose starts: its own handler leaves at the second Ctrl-C, without reports.
    let stop = StopHandle::new();
    stop.on_signals()?;
    let mut live = Live::new(stop.clone());
    let ended = if arguments.worker {
        let master = LocustMaster {
            host: arguments.master_host.clone(),
            port: arguments.master_port,
            id: format!("ivs-contract_{}", plan.run),
            timeout: MASTER_PATIENCE,
        };
        run_worker(&plan, &master, &stop, &mut |progress| live.show(progress))
    } else {
        run_plan(&plan, &stop, &mut |progress| live.show(progress)).map_err(LocustError::from)
    };
    live.end();
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(error) => return without_load(&error),
    };

    let mut printed = Vec::new();
    match output {
        Output::Json => {
            serde_json::to_writer_pretty(&mut printed, &outcome.summary)?;
            printed.push(b'\n');
        }
        Output::Text => {
            text::write(&outcome.summary, colored, &mut printed)?;
        }
    }
    print(&stdout, &printed)?;
    for error in &outcome.report_errors {
        eprintln!("error: {error}");
    }
    if let Some(folder) = &arguments.report {
        eprintln!("reports: {}", folder.display());
    }
    Ok(ending(&outcome))
}

/// The target as the load engine takes it; refuses what load must not do.
fn target(ready: Ready, arguments: &LoadArguments) -> Result<LoadTarget> {
    let remote = !ready.is_loopback();
    if remote && !ready.writes {
        bail!(
            "{} is not this machine, and load creates, changes and deletes there. Allow it with --allow-writes ACCOUNT-ID",
            ready.name
        );
    }
    if !ready.services.is_empty() && ready.services.len() < ready.client.services.len() {
        bail!("load needs an endpoint for every service: name one for all with --endpoint-url");
    }
    let client = ready.client;
    let Some(credentials) = client.credentials else {
        bail!("load signs every request: --no-sign-request is for `check`");
    };
    let tls = client.endpoints.all().any(|endpoint| endpoint.tls);
    let tls = tls.then(|| client.trust.tls()).transpose()?.map(Arc::new);
    Ok(LoadTarget {
        endpoints: client.endpoints,
        region: client.region,
        credentials,
        clock: client.clock,
        tls,
        limits: client.limits,
        proxy: arguments.proxy.clone(),
        allow_remote: remote,
        lift_rates: arguments.lift_rates,
    })
}

/// The ending of a run that put no load on: asked wrongly, or the endpoint gave nothing to judge.
fn without_load(error: &LocustError) -> Result<Ending> {
    match error {
        LocustError::Load(LoadError::Stopped) => {
            eprintln!("{error}");
            return Ok(Ending::Interrupted);
        }
        LocustError::NoMaster { .. }
        | LocustError::Foreign { .. }
        | LocustError::Load(
            LoadError::Unreachable(_) | LoadError::SetupRejected { .. } | LoadError::Goose(_) | LoadError::Thread(_),
        ) => {
            eprintln!("error: {error}");
            return Ok(Ending::Unusable);
        }
        LocustError::UnknownClass { .. } | LocustError::Load(_) => {}
    }
    // The text names the causes already, so they are not chained once more.
    Err(anyhow!("{error}"))
}

/// The ending of a run that put load on. A breach stands however the run ended; short of one, an interrupted run
/// proves nothing, and neither does a run whose reports cannot be kept.
fn ending(outcome: &LoadOutcome) -> Ending {
    match outcome.verdict {
        LoadVerdict::Breached => Ending::GateBreached,
        _ if outcome.summary.stopped_by == Some("signal") => Ending::Interrupted,
        LoadVerdict::Inconclusive => Ending::Unusable,
        LoadVerdict::Held if !outcome.report_errors.is_empty() => Ending::Unusable,
        LoadVerdict::Held => Ending::Conforms,
    }
}

fn print(stdout: &Stdout, bytes: &[u8]) -> Result<()> {
    match stdout.write(bytes) {
        // Whoever reads the summary has seen enough; the exit code still says what came of the run.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the summary to stdout"),
    }
}
