//! `ivs-contract check`: test an endpoint and report what is not so.

mod against;
mod record;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_canonical::Recording;
use ivs_client::Client;
use ivs_judge::render::{Console, Html, Json, Junit, Markdown, Progress, Renderer};
use ivs_judge::{Event, Outcome, Policy, Report};
use ivs_model::{SuiteName, bundled};
use ivs_runner::{Budget, CancellationToken, Config, EventObserver, Runner, Selection};
use ivs_suites::SUITES;

use crate::arguments::{CheckArguments, Color, FailOn, GlobalArguments, Output, SelectionArguments};
use crate::debug::Debugged;
use crate::exit_code::Ending;
use crate::progress_bar::ProgressBar;
use crate::settings::FileSettings;
use crate::target::Ready;
use crate::{interrupt, regressions, target};

/// How long reads may lag behind writes at a service on the network.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run(arguments: &CheckArguments, global: &GlobalArguments) -> Result<Ending> {
    let file = FileSettings::read(arguments.config.as_deref())?;
    let mut config = config(arguments, &file)?;
    let query = arguments
        .query
        .as_deref()
        .map(|text| jmespath::compile(text).map_err(|error| anyhow!("--query is no JMESPath expression: {error}")))
        .transpose()?;
    let output = arguments.output.or(file.output).unwrap_or(Output::Text);
    // Files are opened before anything is sent: a wrong path must not cost a run.
    let mut renderers = reports(arguments)?;
    if let Some(folder) = &arguments.record {
        record::prepare(folder)?;
        config.recording = Some(Recording::new());
        config.selection.suites = vec![SuiteName::from_static("snapshot")];
    }

    let ready = target::ready(&arguments.target, &file, bundled::models()).await?;
    let against = match &arguments.against {
        Some(against) => Some((against.clone(), against::ready(against, &arguments.target, &file).await?)),
        None => None,
    };
    describe_endpoint(&mut config, &ready, &file).await?;
    if let Some(seconds) = arguments.consistency_wait {
        config.consistency_wait = Duration::from_secs(seconds);
    }
    config.regressions = if arguments.no_regressions {
        None
    } else {
        regressions::folder(arguments.regressions.as_deref().or(file.regressions.as_deref()), ready.emulator.is_some())
    };
    if !ready.services.is_empty() {
        let asked = std::mem::take(&mut config.selection.services);
        config.selection.services =
            ready.services.iter().filter(|service| asked.is_empty() || asked.contains(service)).cloned().collect();
        if config.selection.services.is_empty() {
            bail!("no endpoint is given for {}", asked.join(", "));
        }
    }
    for note in ready.notes.iter().chain(against.iter().flat_map(|(_, against)| &against.notes)) {
        eprintln!("note: {note}");
    }
    let source = record::Source::of(&ready, arguments.recorded_from.as_deref(), SystemTime::now())?;
    let recording = config.recording.clone();

    renderers.push(progress());
    let sink = sink(renderers);
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(cancel_on_interrupt(cancel.clone()));
    let caller = Debugged::new(Client::new(ready.client)?, global.debug);
    let report = match against {
        Some(against) => against::run((config, caller), against, &file, global.debug, sink, cancel.clone()).await?,
        None => {
            let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
            runner.run(Arc::new(caller), sink, cancel.clone()).await
        }
    };
    listener.abort();
    if let Some(emulator) = ready.emulator {
        emulator.stop().await;
    }

    if let (Some(recording), Some(folder)) = (&recording, &arguments.record) {
        let written = record::write(recording, &source, folder)?;
        let left = usize::try_from(report.summary.operations.total).unwrap_or(usize::MAX).saturating_sub(written);
        eprintln!("{written} snapshots written to {}; {left} operations gave none", folder.display());
    }
    print(&report, output, query.as_ref(), color(global.color, io::stdout().is_terminal()))?;
    let ending = ending(&report, arguments, &file);
    // The report for a person says it already, where a reason stands in it.
    let told = matches!((output, &query), (Output::Text, None)) && report.unusable.is_some();
    if ending == Ending::Unusable && !told {
        eprintln!("the endpoint could not be judged: {}", report.unusable_reason());
    }
    Ok(if cancel.is_cancelled() { Ending::Interrupted } else { ending })
}

/// Tells a run what it needs to know of its endpoint.
pub(super) async fn describe_endpoint(config: &mut Config, ready: &Ready, file: &FileSettings) -> Result<()> {
    config.endpoint.clone_from(&ready.name);
    config.reproducer = ready.reproducer(config.seed).await?;
    config.region.clone_from(&ready.client.region);
    config.is_single_region = ready.regional;
    config.run_tag = (!ready.is_loopback()).then(run_id);
    config.externals.clone_from(&file.externals);
    config.sample_externals = ready.is_loopback();
    config.use_control_api = ready.is_loopback();
    config.allow_writes = ready.writes;
    config.sign_requests = ready.signs;
    let patience = if ready.is_loopback() { Duration::ZERO } else { PATIENCE };
    config.consistency_wait = file.consistency_wait.map_or(patience, Duration::from_secs);
    Ok(())
}

/// What marks the resources of this run, so that `clean` finds what a crash leaves.
pub(crate) fn run_id() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", since.as_secs(), std::process::id())
}

fn config(arguments: &CheckArguments, file: &FileSettings) -> Result<Config> {
    let defaults = Config::default();
    let concurrency = arguments.concurrency.or(file.concurrency).unwrap_or(defaults.concurrency);
    if concurrency == 0 {
        bail!("--concurrency must be at least 1");
    }
    Ok(Config {
        seed: arguments.seed.or(file.seed).unwrap_or(defaults.seed),
        cases: arguments.cases.or(file.cases).unwrap_or(defaults.cases),
        concurrency,
        selection: Selection { suites: suites(arguments, file)?, ..selection(&arguments.selection, Some(file))? },
        budget: Budget {
            time: arguments.max_time.or(file.max_time).map(Duration::from_secs),
            requests: arguments.max_requests.or(file.max_requests),
            failures: arguments.max_failures.or(file.max_failures),
        },
        ..defaults
    })
}

fn suites(arguments: &CheckArguments, file: &FileSettings) -> Result<Vec<SuiteName>> {
    let names = if arguments.suite.is_empty() { &file.suite } else { &arguments.suite };
    let known: Vec<SuiteName> = SUITES.iter().map(|suite| suite.name()).collect();
    let list = || known.iter().map(|suite| suite.as_str()).collect::<Vec<_>>().join(", ");
    names
        .iter()
        .map(|name| {
            let suite = known.iter().copied().find(|suite| suite.as_str() == name);
            suite.ok_or_else(|| anyhow!("there is no suite `{name}`; there are {}", list()))
        })
        .collect()
}

/// The operations that are meant; a name that matches none is an error rather than an empty run.
pub(crate) fn selection(arguments: &SelectionArguments, file: Option<&FileSettings>) -> Result<Selection> {
    let choose = |flags: &Vec<String>, file: Option<&Vec<String>>| {
        if flags.is_empty() { file.cloned().unwrap_or_default() } else { flags.clone() }
    };
    let selection = Selection {
        services: choose(&arguments.service, file.map(|file| &file.service)),
        operations: choose(&arguments.operation, file.map(|file| &file.operation)),
        ..Selection::default()
    };
    let models = bundled::models();
    if let Some(unknown) = selection.services.iter().find(|id| models.iter().all(|model| model.service.id != **id)) {
        let known: Vec<_> = models.iter().map(|model| model.service.id.as_str()).collect();
        bail!("there is no service `{unknown}`; there are {}", known.join(", "));
    }
    for glob in &selection.operations {
        let one = Selection { operations: vec![glob.clone()], ..selection.clone() };
        if !models.iter().any(|model| model.operations.iter().any(|operation| one.holds(model, operation))) {
            bail!("no operation matches `{glob}`; `ivs-contract list operations` shows them all");
        }
    }
    Ok(selection)
}

type Sink = (Box<dyn Renderer>, Box<dyn Write + Send>);

fn reports(arguments: &CheckArguments) -> Result<Vec<Sink>> {
    fn open(path: &Path) -> Result<Box<dyn Write + Send>> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Box::new(io::BufWriter::new(file)))
    }
    let mut reports: Vec<Sink> = Vec::new();
    if let Some(path) = &arguments.junit {
        reports.push((Box::new(Junit::default()), open(path)?));
    }
    if let Some(path) = &arguments.markdown {
        reports.push((Box::new(Markdown), open(path)?));
    }
    if let Some(path) = &arguments.html {
        reports.push((Box::new(Html), open(path)?));
    }
    Ok(reports)
}

fn progress() -> Sink {
    let renderer: Box<dyn Renderer> =
        if io::stderr().is_terminal() { Box::new(ProgressBar::new()) } else { Box::new(Progress::default()) };
    (renderer, Box::new(io::stderr()))
}

/// Hands every event to every renderer. A report that cannot be written any more is told once and then left out.
fn sink(renderers: Vec<Sink>) -> EventObserver {
    let renderers = Mutex::new(renderers);
    Arc::new(move |event: &Event| {
        let mut renderers = renderers.lock().unwrap_or_else(PoisonError::into_inner);
        renderers.retain_mut(|(renderer, out)| match renderer.event(event, out).and_then(|()| flush(event, out)) {
            Ok(()) => true,
            Err(error) => {
                eprintln!("a report cannot be written any more: {error}");
                false
            }
        });
    })
}

fn flush(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    if matches!(event, Event::RunEnded(_)) { out.flush() } else { Ok(()) }
}

/// The first interrupt ends the run in order, what it made is removed; the second ends the command at once.
pub(super) async fn cancel_on_interrupt(cancel: CancellationToken) {
    if interrupt::first().await.is_err() {
        return;
    }
    eprintln!("stopping: removing what this run made (interrupt again to leave at once)");
    cancel.cancel();
    if interrupt::first().await.is_ok() {
        #[allow(clippy::exit, reason = "the user asked twice; `ivs-contract clean` finds what is left")]
        std::process::exit(130);
    }
}

fn print(report: &Report, output: Output, query: Option<&jmespath::Expression<'_>>, color: bool) -> Result<()> {
    let mut out = Vec::new();
    let ended = Event::RunEnded(Box::new(report.clone()));
    match (output, query) {
        (_, Some(query)) => {
            let data = jmespath::Variable::from_json(&serde_json::to_string(report)?)
                .map_err(|error| anyhow!("the report is no JSON: {error}"))?;
            let found = query.search(data).map_err(|error| anyhow!("--query failed: {error}"))?;
            serde_json::to_writer_pretty(&mut out, &found)?;
            out.push(b'\n');
        }
        (Output::Text, None) => Console { color }.event(&ended, &mut out)?,
        (Output::Json, None) => Json.event(&ended, &mut out)?,
    }
    match io::stdout().write_all(&out).and_then(|()| io::stdout().flush()) {
        // Whoever reads the report has seen enough; the exit code still says what was found.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the report to stdout"),
    }
}

pub(crate) fn color(choice: Color, terminal: bool) -> bool {
    match choice {
        Color::On => true,
        Color::Off => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

fn ending(report: &Report, arguments: &CheckArguments, file: &FileSettings) -> Ending {
    let fail_on = match arguments.fail_on.or(file.fail_on).unwrap_or(FailOn::Error) {
        FailOn::Error => ivs_judge::FailOn::Error,
        FailOn::Warning => ivs_judge::FailOn::Warning,
        FailOn::Never => ivs_judge::FailOn::Never,
    };
    match report.outcome(&Policy { fail_on, require_all: arguments.require_all || file.require_all }) {
        Outcome::Conforms => Ending::Conforms,
        Outcome::Findings => Ending::Findings,
        Outcome::Unusable => Ending::Unusable,
    }
}
