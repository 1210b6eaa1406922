//! `ivs-contract replay ID`: runs one case again.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow, bail};
use ivs_client::Client;
use ivs_judge::render::Console;
use ivs_judge::{Event, Finding, Verdict};
use ivs_model::{CaseId, bundled};
use ivs_runner::{CancellationToken, Config, Runner, Selection};
use ivs_suites::SUITES;

use super::arguments::{GlobalArguments, ReplayArguments};
use super::exit_status::ExitStatus;
use super::interrupt::cancel_on_interrupt;
use super::regressions;
use super::run_config::describe_endpoint;
use super::terminal::print_notes;
use super::trace::TraceLayer;
use crate::settings::SettingsFile;
use crate::target;

/// The events of the run that concern the case.
#[derive(Default)]
struct Seen {
    verdict: Option<Verdict>,
    findings: Vec<Finding>,
}

pub(super) async fn run(arguments: &ReplayArguments, global: &GlobalArguments) -> Result<ExitStatus> {
    let id = CaseId::from_legacy(&arguments.id)?;
    if arguments.id != id.to_string() {
        eprintln!("note: the case '{}' is called '{id}' now", arguments.id);
    }
    let file = SettingsFile::read(arguments.config.config.as_deref())?;
    let mut config = config(&id, arguments.seed.or(file.seed))?;
    print_notes(&file.notes);
    let resolved = target::resolve(&arguments.target, &file, bundled::models()).await?;
    print_notes(&resolved.notes);
    describe_endpoint(&mut config, &resolved, &file).await?;
    config.regressions = regressions::folder(file.regressions.as_deref(), resolved.emulator.is_some());

    let seen = Arc::new(Mutex::new(Seen::default()));
    let sink = {
        let (seen, id) = (Arc::clone(&seen), id.clone());
        Arc::new(move |event: &Event| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            match event {
                Event::CaseJudged(judged) if judged.case == id => {
                    if let Verdict::Fail(findings) = &judged.verdict {
                        seen.findings.extend(findings.iter().cloned());
                    }
                    seen.verdict = Some(judged.verdict.clone());
                }
                Event::FindingFound(finding) if finding.case == id => seen.findings.push((**finding).clone()),
                _ => {}
            }
        })
    };
    let caller = Arc::new(TraceLayer::new(Client::new(resolved.client)?, global.debug));
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(cancel_on_interrupt(cancel.clone()));
    let mut report =
        Runner::new(bundled::models(), bundled::knowledge(), SUITES, config).run(caller, sink, cancel.clone()).await;
    listener.abort();
    if let Some(emulator) = resolved.emulator {
        emulator.stop().await;
    }

    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    let known: BTreeSet<_> = seen.findings.iter().map(|finding| &finding.identity).collect();
    // A grouped finding of the report may have this case among those it stands for.
    report.findings.retain(|finding| finding.case == id || known.contains(&finding.identity));
    let mut out = Vec::new();
    for finding in &report.findings {
        Console { color: false }.finding(finding, &mut out)?;
    }
    io::stdout().write_all(&out)?;
    Ok(match seen.verdict {
        _ if cancel.is_cancelled() => ExitStatus::Interrupted,
        // Control requests are judged, but have no verdict of their own.
        None if report.findings.is_empty() && id == CaseId::control(id.operation) => {
            println!("{id}: passed");
            ExitStatus::Success
        }
        None if report.findings.is_empty() => bail!("no case '{id}' with this seed. See `ivs-contract list cases`"),
        Some(Verdict::Pass) if report.findings.is_empty() => {
            println!("{id}: passed");
            ExitStatus::Success
        }
        Some(Verdict::Indeterminate(reason)) => {
            println!("{id}: indeterminate: {reason}");
            ExitStatus::Inconclusive
        }
        Some(Verdict::NotSent(reason)) => {
            println!("{id}: {reason}");
            ExitStatus::Inconclusive
        }
        Some(Verdict::Skipped(reason)) => {
            println!("{id}: skipped: {reason}");
            ExitStatus::Inconclusive
        }
        None | Some(Verdict::Pass | Verdict::Fail(_)) => {
            println!("{id}: failed");
            ExitStatus::Findings
        }
    })
}

/// Configures a run of the operation and the suite that the id names.
fn config(id: &CaseId, seed: Option<u64>) -> Result<Config> {
    let wrong = || anyhow!("'{id}' is not a case ID: its number is out of range");
    let (service, operation) = (id.operation.service(), id.operation.name());
    let model = bundled::model(service)
        .ok_or_else(|| anyhow!("'{service}' is not a service, in the case ID '{id}' (example: ivs.CreateChannel/…)"))?;
    if model.operation(operation).is_none() {
        bail!("{service} has no operation '{operation}', in the case ID '{id}'. See `ivs-contract list operations`");
    }
    let mut config = Config::default();
    let suite = SUITES.iter().map(|suite| suite.name()).find(|suite| *suite == id.suite);
    // `random-valid/<seed>-<n>`: the number says how many random cases there must be at least.
    if id.suite.as_str() == "validation"
        && id.name.starts_with("random-")
        && let Some((of_seed, number)) = id.name.split_once('/').and_then(|(_, last)| last.split_once('-'))
    {
        config.seed = of_seed.parse().map_err(|_| wrong())?;
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
    config.seed = seed.unwrap_or(config.seed);
    config.selection = Selection {
        services: vec![service.to_owned()],
        operations: vec![operation.to_owned()],
        suites: suite.map_or_else(Vec::new, |suite| vec![suite]),
    };
    Ok(config)
}
