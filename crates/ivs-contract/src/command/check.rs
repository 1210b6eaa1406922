//! `ivs-contract check`: tests an endpoint against the contract.

mod against;
mod record;

use std::fs;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Result, anyhow, bail};
use ivs_canonical::Recording;
use ivs_judge::render::{Detail, Json, Progress, RenderOptions, Renderer, Text, write_json};
use ivs_judge::{Event, Outcome, Policy, Report, RunStatus, plain};
use ivs_model::{Model, SuiteName};
use ivs_runner::{Budget, CancellationToken, Config, EventObserver, Runner, Selection};
use ivs_suites::SUITES;

use self::against::OtherEndpoint;
use super::arguments::{CheckArguments, GlobalArguments, ReportTarget, SelectionArguments};
use super::clean;
use super::progress_bar::ProgressBar;
use super::query;
use super::run_registry;
use super::services::Services;
use super::terminal::{self, print_bytes, print_notes, print_target, use_color};
use super::trace::TraceLayer;
use super::{github, regressions, run_facts};
use crate::baseline_file::{BaselineChanges, BaselineFile, BaselineFileError};
use crate::connectivity::Connectivity;
use crate::exit_status::ExitStatus;
use crate::interrupt::cancel_on_interrupt;
use crate::report_files::{ReportFiles, UnwritableReport};
use crate::run_config::describe_endpoint;
use crate::selection::{self, first_named};
use crate::settings::{FailOn, OutputFormat, SettingsFile};
use crate::target;

/// The greatest number of requests in flight.
const MAX_CONCURRENCY: usize = 1024;

pub(super) async fn run(arguments: &CheckArguments, global: &GlobalArguments) -> Result<ExitStatus> {
    let mut file = SettingsFile::read(arguments.config.config.as_deref())?;
    file.consistency_wait = arguments.consistency_wait.or(file.consistency_wait);
    file.existing_resources.extend(arguments.existing_resource.iter().cloned());
    let services = Services::of(&arguments.models)?;
    let mut config = config(arguments, services, &file)?;
    let query = arguments.query.as_deref().map(query::compile).transpose()?;
    let output = arguments.output.or(file.output).unwrap_or(OutputFormat::Text);
    let policy = policy(arguments, &file);
    let options = RenderOptions { policy, checks: ivs_suites::all_rules().copied().collect() };
    // Open files before sending anything: a wrong path must not cost a run.
    let baseline = baseline(arguments, &file, &config.selection.suites)?.map(Arc::new);
    let changed_baseline = baseline.as_ref().map(|baseline| baseline.open()).transpose()?.flatten();
    let reports = Arc::new(reports(arguments, &options)?);
    if let Some(folder) = &arguments.record {
        record::prepare(folder)?;
        config.recording = Some(Recording::new());
        config.selection.suites = vec![SuiteName::from_static("snapshot")];
    }

    print_notes(&file.notes);
    services.check_target(&arguments.target, &file).await?;
    let resolved = target::resolve(&arguments.target, &file, services.models).await?;
    let against = match &arguments.against {
        Some(against) => Some(OtherEndpoint::resolve(against, &arguments.target, &file).await?),
        None => None,
    };
    describe_endpoint(&mut config, &resolved, &file).await?;
    config.target.push_str(services.remark());
    config.reproducer = config.reproducer.services(&arguments.models.words());
    config.facts = run_facts::of_this_process(services.models, &config.reproducer);
    config.wait = Duration::from_secs(arguments.wait.unwrap_or_default());
    config.regressions = if arguments.no_regressions {
        None
    } else {
        regressions::folder(
            arguments.regressions.as_deref().or(file.regressions.as_deref()),
            resolved.emulator.is_some(),
        )?
    };
    if config.regressions.is_some() {
        let named = arguments.regressions.as_deref().or(file.regressions.as_deref());
        regressions::check(named)?;
        config.reproducer = config.reproducer.kept_in(&regressions::absolute(named));
    }
    if let Err(selected) = resolved.restrict(&mut config.selection.services) {
        bail!(
            "no endpoint URL for {}. Set one with --endpoint-url or --endpoint-url-{}",
            selected.join(", "),
            selected.first().map_or("ivs", String::as_str)
        );
    }
    print_target(&resolved);
    print_notes(resolved.notes.iter().chain(against.iter().flat_map(|other| &other.target.notes)));
    let registered = match (&config.run_tag, &resolved.emulator) {
        (Some(tag), None) if resolved.allow_writes => {
            let (registered, killed) = run_registry::register(tag, &resolved.name);
            if !killed.is_empty() {
                clean::delete_of_killed(&resolved, &file, &killed).await?;
            }
            registered
        }
        _ => None,
    };
    let source = record::Source::of(&resolved, arguments.recorded_from.as_deref(), SystemTime::now())?;
    let recording = config.recording.clone();

    let connectivity = Connectivity::new(resolved.client.endpoints.clone());
    let other = against.as_ref().map(|other| &other.connectivity);
    let connectivities: Vec<Connectivity> = [Some(&connectivity), other].into_iter().flatten().cloned().collect();
    let sink = sink(Arc::clone(&reports), connectivities.clone(), baseline.clone());
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(cancel_on_interrupt(cancel.clone()));
    let reproducer = config.reproducer.clone();
    let caller = TraceLayer::new(connectivity.watch(resolved.caller()?), services.models, global.debug, reproducer);
    let mut report = match against {
        Some(against) => against::run((config, caller), against, &file, global.debug, sink, cancel.clone()).await?,
        None => {
            let runner = Runner::new(services.models, services.knowledge, SUITES, config);
            runner.run(Arc::new(caller), sink, cancel.clone()).await
        }
    };
    listener.abort();
    drop(registered);
    if let Some(failure) = connection_failure(&report, &connectivities) {
        report.set_unusable(failure);
    }
    let baseline_text = baseline.as_ref().and_then(|baseline| baseline.judge(&mut report));
    if let Some(emulator) = resolved.emulator {
        emulator.stop().await;
    }

    if let (Some(recording), Some(folder)) = (&recording, &arguments.record) {
        let written = record::write(recording, &source, folder)?;
        let left = usize::try_from(report.summary.operations.total).unwrap_or(usize::MAX).saturating_sub(written);
        eprintln!("{written} snapshots written to {}; {left} operations have none", folder.display());
    }
    // The report goes to stdout whether the files can be written or not.
    let written = commit(&reports);
    let baseline_written =
        baseline.as_ref().map_or(Ok(true), |baseline| baseline.write(baseline_text.as_deref(), changed_baseline));
    if let (Some(baseline), Ok(false)) = (&baseline, &baseline_written) {
        let path = baseline.path().display().to_string();
        eprintln!("{} is unchanged: the endpoint could not be judged", plain(&path));
    }
    let text = Text {
        color: use_color(global.color, io::stdout().is_terminal()),
        width: terminal::width(),
        detail: detail(arguments),
        policy,
    };
    print(&report, output, query.as_ref(), text)?;
    github::announce(&report, &options);
    let status = exit_status(&report, &policy);
    // The text report says it.
    let is_text = matches!((output, &query), (OutputFormat::Text, None));
    match report.status.banner() {
        Some(banner) if !is_text => eprintln!("{}", plain(&banner)),
        None if status == ExitStatus::Inconclusive => eprintln!("inconclusive: no case that counts could be judged"),
        _ => {}
    }
    if report.outcome(&policy) == Outcome::Partial && !cancel.is_cancelled() {
        eprintln!("A partial run exits with 3. Allow it with --allow-partial.");
    }
    written?;
    baseline_written?;
    Ok(if cancel.is_cancelled() { ExitStatus::Interrupted } else { status })
}

fn config(arguments: &CheckArguments, services: Services, file: &SettingsFile) -> Result<Config> {
    let defaults = Config::default();
    let concurrency = arguments.concurrency.or(file.concurrency).unwrap_or(defaults.concurrency);
    if !(1..=MAX_CONCURRENCY).contains(&concurrency) {
        bail!(
            "invalid concurrency '{concurrency}': it must be between 1 and {MAX_CONCURRENCY} (example: --concurrency 8)"
        );
    }
    let mut selection = selection(services.models, &arguments.selection, &arguments.suite, file)?;
    services.restrict(&mut selection.suites);
    Ok(Config {
        seed: arguments.seed.or(file.seed).unwrap_or(defaults.seed),
        cases: arguments.cases.or(file.cases).unwrap_or(defaults.cases),
        depth: services.depth,
        concurrency,
        selection,
        budget: Budget {
            time: arguments.max_time.or(file.max_time).map(Duration::from_secs),
            requests: arguments.max_requests.or(file.max_requests),
            failures: arguments.max_failures.or(file.max_failures),
        },
        ..defaults
    })
}

/// Returns what the flags and the settings file select of the models.
pub(super) fn selection(
    models: &[Model],
    arguments: &SelectionArguments,
    suites: &[String],
    file: &SettingsFile,
) -> Result<Selection> {
    Ok(Selection {
        suites: selection::suites(first_named(suites, &file.suite))?,
        ..selection::selection(
            models,
            first_named(&arguments.service, &file.service),
            first_named(&arguments.operation, &file.operation),
        )?
    })
}

/// Reads the baseline that the flag or the settings name. A file that cannot be used is an error.
fn baseline(arguments: &CheckArguments, file: &SettingsFile, suites: &[SuiteName]) -> Result<Option<BaselineFile>> {
    let changes = BaselineChanges { update: arguments.update_baseline, prune: arguments.prune };
    let Some(path) = arguments.baseline.as_deref().or(file.baseline.as_deref()) else {
        if changes != BaselineChanges::default() {
            bail!("no baseline to change. Name its file with --baseline FILE (example: --baseline accepted.toml)");
        }
        return Ok(None);
    };
    // A comparison of two endpoints has findings of its own only.
    let suites =
        if arguments.against.is_some() { vec![SuiteName::from_static("differential")] } else { suites.to_vec() };
    match BaselineFile::read(path, changes, suites) {
        Err(error @ BaselineFileError::Missing { .. }) => {
            let path = path.display();
            bail!("{error}. Create it with --baseline {path} --update-baseline")
        }
        read => Ok(Some(read?)),
    }
}

fn reports(arguments: &CheckArguments, options: &RenderOptions) -> Result<ReportFiles> {
    let flags = [("junit", &arguments.junit), ("markdown", &arguments.markdown), ("html", &arguments.html)];
    let named = flags.into_iter().filter_map(|(name, path)| Some(ReportTarget::of(name, path.clone()?)));
    let targets: Vec<ReportTarget> = arguments.report.iter().cloned().map(Ok).chain(named).collect::<Result<_, _>>()?;
    for target in &targets {
        if let ReportTarget::Folder(folder) = target {
            fs::create_dir_all(folder).map_err(|source| {
                let unwritable = UnwritableReport { path: folder.clone(), source };
                anyhow!("cannot create the folder {unwritable}. {}", unwritable.way_out())
            })?;
        }
    }
    let files = targets.iter().flat_map(ReportTarget::files);
    let opened = ReportFiles::open(files, options);
    opened.map_err(|unwritable| anyhow!("cannot write {unwritable}. {}", unwritable.way_out()))
}

/// Gives the report files their names. The error names every file that could not be written.
fn commit(reports: &ReportFiles) -> Result<()> {
    let failures = reports.commit();
    let Some(first) = failures.first() else { return Ok(()) };
    let all: Vec<String> = failures.iter().map(ToString::to_string).collect();
    bail!("cannot write {}. {}", all.join("; "), first.way_out())
}

fn progress() -> Box<dyn Renderer> {
    if terminal::is_interactive() { Box::new(ProgressBar::new()) } else { Box::new(Progress::default()) }
}

/// Passes every event to every report file, and to the progress on stderr.
fn sink(
    reports: Arc<ReportFiles>,
    connectivities: Vec<Connectivity>,
    baseline: Option<Arc<BaselineFile>>,
) -> EventObserver {
    let progress = Mutex::new(progress());
    Arc::new(move |event: &Event| {
        let explained = explained(event, &connectivities, baseline.as_deref());
        let event = explained.as_ref().unwrap_or(event);
        // A closed stderr is nobody's loss.
        let _ = progress.lock().unwrap_or_else(PoisonError::into_inner).event(event, &mut io::stderr());
        reports.receive(event);
    })
}

/// The end of a run with what only the command knows: a connection failure, and the baseline.
fn explained(event: &Event, connectivities: &[Connectivity], baseline: Option<&BaselineFile>) -> Option<Event> {
    let Event::RunEnded(report) = event else { return None };
    let failure = connection_failure(report, connectivities);
    if failure.is_none() && baseline.is_none() {
        return None;
    }
    let mut report = report.clone();
    if let Some(failure) = failure {
        report.set_unusable(failure);
    }
    if let Some(baseline) = baseline {
        baseline.judge(&mut report);
    }
    Some(Event::RunEnded(report))
}

/// Why nothing could be judged, if an endpoint could never be connected to.
fn connection_failure(report: &Report, connectivities: &[Connectivity]) -> Option<String> {
    let is_unusable = matches!(report.status, RunStatus::Unusable { .. });
    if is_unusable { connectivities.iter().find_map(Connectivity::error) } else { None }
}

fn print(
    report: &Report,
    output: OutputFormat,
    query: Option<&jmespath::Expression<'_>>,
    mut text: Text,
) -> Result<()> {
    let mut out = Vec::new();
    let ended = Event::RunEnded(Box::new(report.clone()));
    match (output, query) {
        (_, Some(query)) => {
            write_json(&query::search(query, report)?, &mut out)?;
        }
        (OutputFormat::Text, None) => text.event(&ended, &mut out)?,
        (OutputFormat::Json, None) => Json.event(&ended, &mut out)?,
    }
    print_bytes(&out, "the report")
}

fn policy(arguments: &CheckArguments, file: &SettingsFile) -> Policy {
    // Whatever a baseline does not accept is new, warnings too.
    let has_baseline = arguments.baseline.is_some() || file.baseline.is_some();
    let default = if has_baseline { FailOn::Warning } else { FailOn::Error };
    let fail_on = match arguments.fail_on.or(file.fail_on).unwrap_or(default) {
        FailOn::Error => ivs_judge::FailOn::Error,
        FailOn::Warning => ivs_judge::FailOn::Warning,
        FailOn::Never => ivs_judge::FailOn::Never,
    };
    Policy {
        fail_on,
        require_all: arguments.require_all || file.require_all,
        allow_partial: arguments.allow_partial || file.allow_partial,
    }
}

fn detail(arguments: &CheckArguments) -> Detail {
    match (arguments.quiet, arguments.verbose) {
        (true, _) => Detail::Quiet,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Normal,
    }
}

fn exit_status(report: &Report, policy: &Policy) -> ExitStatus {
    match report.outcome(policy) {
        Outcome::Conforms => ExitStatus::Success,
        Outcome::Findings => ExitStatus::Findings,
        Outcome::Partial | Outcome::Unusable => ExitStatus::Inconclusive,
    }
}
