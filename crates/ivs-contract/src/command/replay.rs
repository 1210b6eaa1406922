//! `ivs-contract replay ID`: runs one case alone, shows its exchanges, and says whether the finding is still there.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow, bail};
use ivs_client::{BoxFuture, Caller, Exchange, Request, Signing};
use ivs_judge::render::Console;
use ivs_judge::{
    Answer, Event, ExchangePrinter, Finding, Report, Verdict, closest, is_evidence, is_of_successes, is_universal,
    plain, quoted,
};
use ivs_model::{CaseId, FindingId, OperationId, SuiteName};
use ivs_runner::{CancellationToken, Config, Runner, Selection, suite_cases};
use ivs_suites::SUITES;

use super::arguments::{GlobalArguments, ReplayArguments};
use super::regressions;
use super::services::Services;
use super::terminal::{print_bytes, print_notes, print_target};
use super::trace::TraceLayer;
use crate::exit_status::ExitStatus;
use crate::interrupt::cancel_on_interrupt;
use crate::run_config::describe_endpoint;
use crate::settings::SettingsFile;
use crate::target;

/// What the run says of the case.
#[derive(Default)]
struct Seen {
    verdict: Option<Verdict>,
    /// Findings of the case, and those of whatever request that bear the identity that is looked for.
    findings: Vec<Finding>,
    /// What was sent and answered.
    exchanges: Vec<Exchange>,
}

impl Seen {
    fn note(&mut self, event: &Event, id: &CaseId, expected: Option<&FindingId>) {
        let mut found = |finding: &Finding| {
            let is_known = self.findings.iter().any(|known| known.identity == finding.identity);
            let is_expected = expected == Some(&finding.identity);
            if !is_known && (is_expected || finding.case == *id) {
                self.findings.push(finding.clone());
            }
        };
        match event {
            Event::CaseJudged(judged) if judged.case == *id => {
                if let Verdict::Fail(findings) = &judged.verdict {
                    findings.iter().for_each(found);
                }
                self.verdict = Some(judged.verdict.clone());
            }
            Event::FindingFound(finding) => found(finding),
            _ => {}
        }
    }
}

/// Prints each exchange as it comes, and keeps it.
struct ShowLayer<C> {
    inner: C,
    printer: ExchangePrinter<'static>,
    seen: Arc<Mutex<Seen>>,
}

impl<C: Caller> Caller for ShowLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.send(operation, request, signing).await;
            // A closed pipe is told at the end.
            let _ = writeln!(io::stdout(), "{}\n", self.printer.show(&exchange));
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).exchanges.push(exchange.clone());
            exchange
        })
    }
}

pub(super) async fn run(arguments: &ReplayArguments, global: &GlobalArguments) -> Result<ExitStatus> {
    let id = CaseId::from_legacy(&arguments.id)?;
    if arguments.id != id.to_string() {
        eprintln!("note: the case '{}' is called '{id}' now", arguments.id);
    }
    let expected = arguments.expect.as_deref().map(|expected| finding_id(expected, &id)).transpose()?;
    let mut file = SettingsFile::read(arguments.config.config.as_deref())?;
    file.consistency_wait = arguments.consistency_wait.or(file.consistency_wait);
    file.existing_resources.extend(arguments.existing_resource.iter().cloned());
    let services = Services::of(&arguments.models)?;
    let mut config = config(services, &id, arguments.seed, file.seed)?;
    let named = arguments.regressions.as_deref().or(file.regressions.as_deref());
    // That of an emulator, since nothing is kept by a replay.
    config.regressions = match &arguments.steps {
        Some(steps) => Some(regressions::given(&id, steps)?),
        None => regressions::folder(named, false)?,
    };
    check_that_it_exists(services, &id, &config, named)?;
    print_notes(&file.notes);
    services.check_target(&arguments.target, &file).await?;
    let resolved = target::resolve(&arguments.target, &file, services.models).await?;
    print_target(&resolved);
    print_notes(&resolved.notes);
    let service = id.operation.service();
    if !resolved.services.is_empty() && !resolved.services.iter().any(|known| known == service) {
        bail!("no endpoint URL for {service}. Set one with --endpoint-url or --endpoint-url-{service}");
    }
    describe_endpoint(&mut config, &resolved, &file).await?;
    config.reproducer = config.reproducer.services(&arguments.models.words());
    let reproducer = config.reproducer.clone();

    let seen = Arc::new(Mutex::new(Seen::default()));
    let sink = {
        let (seen, id, expected) = (Arc::clone(&seen), id.clone(), expected.clone());
        Arc::new(move |event: &Event| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).note(event, &id, expected.as_ref());
        })
    };
    let client = TraceLayer::new(resolved.caller()?, services.models, global.debug, reproducer.clone());
    let printer = ExchangePrinter::new(services.models, reproducer);
    let caller = ShowLayer { inner: client, printer, seen: Arc::clone(&seen) };
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(cancel_on_interrupt(cancel.clone()));
    let runner = Runner::new(services.models, services.knowledge, SUITES, config);
    let report = runner.run(Arc::new(caller), sink, cancel.clone()).await;
    listener.abort();
    if let Some(emulator) = resolved.emulator {
        emulator.stop().await;
    }
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    if cancel.is_cancelled() {
        return Ok(ExitStatus::Interrupted);
    }
    let mut out = Vec::new();
    for finding in &seen.findings {
        Console { color: false }.finding(finding, &mut out)?;
    }
    let (line, status) = result(services, &id, expected.as_ref(), &seen, &report);
    writeln!(out, "{}", plain(&line))?;
    print_bytes(&out, "the result")?;
    Ok(status)
}

/// Reads the id of a finding. Ids of earlier versions that stand for several findings are refused.
fn finding_id(text: &str, case: &CaseId) -> Result<FindingId> {
    let id: FindingId = text.parse()?;
    let is_merged = id.scope.operation().is_none();
    if !is_merged {
        return Ok(id);
    }
    let merged = format!("'{text}' is a finding ID of an earlier version, for several operations at once");
    if &*id.site == "*" {
        bail!("{merged}. Leave out --expect, or run `check` again for lines that work");
    }
    let one = FindingId::new(id.check, case.operation, id.site);
    bail!("{merged}. Name the finding of one operation: --expect {}", quoted(&one.to_string()))
}

/// The last line, and the exit status that goes with it.
fn result(
    services: Services,
    id: &CaseId,
    expected: Option<&FindingId>,
    seen: &Seen,
    report: &Report,
) -> (String, ExitStatus) {
    let Seen { verdict, findings, exchanges } = seen;
    let still = match expected {
        Some(expected) => findings.iter().any(|finding| finding.identity == *expected).then_some(expected),
        None => findings.first().map(|finding| &finding.identity),
    };
    if let Some(still) = still {
        return (format!("STILL FAILING: {still}"), ExitStatus::Findings);
    }
    if let Some(Verdict::Fail(_)) = verdict {
        let others: Vec<String> = findings.iter().map(|finding| finding.identity.to_string()).collect();
        let expected = expected.map(ToString::to_string).unwrap_or_default();
        let others = others.join(", ");
        return (format!("CHANGED: {expected} is gone, and there is {others}"), ExitStatus::Findings);
    }
    let answers: Vec<(&Exchange, Answer)> =
        exchanges.iter().map(|exchange| (exchange, services.answer(exchange))).collect();
    // A finding of the case needs the verdict of the case. Any other one needs an answer that its check has looked at.
    let passed = match expected.filter(|expected| is_universal(expected)) {
        Some(expected) => {
            *verdict == Some(Verdict::Pass) && !is_of_successes(expected)
                || answers.iter().any(|(exchange, answer)| is_evidence(expected, exchange, answer))
        }
        None if verdict.is_some() => *verdict == Some(Verdict::Pass),
        // Requests that others need are judged, but have no verdict of their own.
        None => {
            let is_own = |finding: &Finding| finding.suite == id.suite && id.suite != SuiteName::SETUP;
            let is_success =
                |(exchange, answer): &(&Exchange, Answer)| exchange.operation == id.operation && answer.is_success();
            answers.iter().any(is_success) && !findings.iter().any(is_own)
        }
    };
    if passed {
        return (format!("FIXED: {id}"), ExitStatus::Success);
    }
    let reason = match verdict {
        Some(Verdict::Indeterminate(reason) | Verdict::NotSent(reason)) => reason.clone(),
        Some(Verdict::Skipped(reason)) => format!("skipped: {reason}"),
        Some(Verdict::Pass | Verdict::Fail(_)) => "no answer is one that the finding is about".to_owned(),
        None => {
            let reasons = report.operations.iter().map(|row| row.reason.as_str()).find(|reason| !reason.is_empty());
            let last = answers.iter().rev().find(|(exchange, _)| exchange.operation == id.operation);
            match (reasons, last) {
                (Some(reason), _) => reason.to_owned(),
                (None, Some((_, answer))) => format!("{} got {answer}", id.operation),
                (None, None) => "no operation answered a valid call".to_owned(),
            }
        }
    };
    (format!("INDETERMINATE: {id}: {reason}"), ExitStatus::Inconclusive)
}

/// Refuses an id of another version, of other settings, or of a sequence that is not kept here, before anything is sent.
fn check_that_it_exists(services: Services, id: &CaseId, config: &Config, regressions: Option<&Path>) -> Result<()> {
    if id.suite == SuiteName::SETUP {
        if [CaseId::control(id.operation), CaseId::resource(id.operation)].contains(id) {
            return Ok(());
        }
    } else if suite_cases(services.models, services.knowledge, SUITES, config).contains(id) {
        return Ok(());
    }
    if id.suite.as_str() == "lifecycle"
        && let Some((kind, _)) = id.name.split_once("-kept-")
    {
        let file = format!("{}.{kind}.json", id.operation.service());
        if let Some(Err(error)) = config.regressions.as_ref().map(|folder| folder.read(&file)) {
            bail!("no sequence '{id}': {error}");
        }
        let folder = regressions.unwrap_or(Path::new(regressions::DEFAULT)).display();
        bail!(
            "no sequence '{id}' is kept in {folder}. Name the folder of the run that found it with --regressions DIR"
        );
    }
    if id.suite.as_str() == "differential" {
        bail!("'{id}' compares two endpoints. Run it with `ivs-contract check --against`, as its report says");
    }
    let operation = id.operation.name();
    bail!(
        "no case '{id}' with seed {}: it may be of another seed (--seed N) or of an earlier version. \
         See `ivs-contract list cases --operation {operation}`, or run `check` again for lines that work",
        config.seed
    )
}

/// Configures a run of the case that the id names.
fn config(services: Services, id: &CaseId, seed: Option<u64>, usual_seed: Option<u64>) -> Result<Config> {
    let wrong = || anyhow!("'{id}' is not a case ID: its number is out of range");
    let (service, operation) = (id.operation.service(), id.operation.name());
    let model = services
        .model(service)
        .ok_or_else(|| anyhow!("'{service}' is not a service, in the case ID '{id}' (example: ivs.CreateChannel/…)"))?;
    if model.operation(operation).is_none() {
        let hint = match closest(operation, model.operations.iter().map(|operation| operation.name.as_str())) {
            Some(closest) => format!("Did you mean '{closest}'?"),
            None => "See `ivs-contract list operations`".to_owned(),
        };
        bail!("{service} has no operation '{operation}', in the case ID '{id}'. {hint}");
    }
    let mut config = Config { depth: services.depth, ..Config::default() };
    config.seed = seed.or(usual_seed).unwrap_or(config.seed);
    // A case takes a dozen requests, also where it is the fault that an answer is worth a retry.
    config.retry.max_attempts = 2;
    // `random-valid/<seed>-<n>`: the number says how many random cases there must be at least.
    if id.suite.as_str() == "validation"
        && id.name.starts_with("random-")
        && let Some((of_seed, number)) = id.name.split_once('/').and_then(|(_, last)| last.split_once('-'))
    {
        let of_seed = of_seed.parse().map_err(|_| wrong())?;
        if let Some(seed) = seed.filter(|seed| *seed != of_seed) {
            bail!("'{id}' is a case of seed {of_seed}, and --seed says {seed}. Give --seed {of_seed}, or leave it out");
        }
        config.seed = of_seed;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        config.cases = config.cases.max(number.saturating_add(1));
    }
    // `lifecycle/channel-random-<n>`: so many random cases make one sequence.
    if id.suite.as_str() == "lifecycle"
        && let Some((_, number)) = id.name.rsplit_once("-random-")
    {
        let number: u32 = number.parse().map_err(|_| wrong())?;
        config.cases = config.cases.max(number.saturating_add(1).saturating_mul(ivs_suites::CASES_A_SEQUENCE));
    }
    // The token of another list takes that list.
    let takes_lists = id.suite.as_str() == "pagination" && &*id.name == "foreign-token";
    let lists = model.operations.iter().filter(|it| takes_lists && it.pagination.is_some());
    let suite = SUITES.iter().map(|suite| suite.name()).find(|suite| *suite == id.suite);
    config.selection = Selection {
        services: vec![service.to_owned()],
        operations: std::iter::once(operation).chain(lists.map(|it| it.name.as_str())).map(str::to_owned).collect(),
        suites: suite.into_iter().collect(),
        cases: vec![id.clone()],
    };
    Ok(config)
}
