//! `ivs-contract replay ID`: see one case again, with all that its verdict needs and nothing else.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, anyhow, bail};
use ivs_client::Client;
use ivs_judge::render::Console;
use ivs_judge::{Event, Finding, Verdict};
use ivs_model::{CaseId, bundled};
use ivs_suites::{CancellationToken, Config, Runner, Selection, SuiteName};

use super::check::describe_endpoint;
use crate::arguments::{GlobalArguments, ReplayArguments};
use crate::debug::Debugged;
use crate::exit_code::Ending;
use crate::settings::FileSettings;
use crate::{regressions, target};

/// What is kept of the run: all that concerns the one case.
#[derive(Default)]
struct Seen {
    verdict: Option<Verdict>,
    findings: Vec<Finding>,
}

pub(crate) async fn run(arguments: &ReplayArguments, global: &GlobalArguments) -> Result<Ending> {
    let id = CaseId::from_legacy(&arguments.id)?;
    if arguments.id != id.to_string() {
        eprintln!("note: the case '{}' is called '{id}' now", arguments.id);
    }
    let file = FileSettings::read(arguments.config.as_deref())?;
    let mut config = config(&id, arguments.seed.or(file.seed))?;
    let ready = target::ready(&arguments.target, &file, bundled::models()).await?;
    for note in &ready.notes {
        eprintln!("note: {note}");
    }
    describe_endpoint(&mut config, &ready, &file).await?;
    config.regressions = regressions::folder(file.regressions.as_deref(), ready.emulator.is_some());

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
    let caller = Arc::new(Debugged::new(Client::new(ready.client)?, global.debug));
    let cancel = CancellationToken::new();
    let listener = tokio::spawn(super::check::cancel_on_interrupt(cancel.clone()));
    let mut report =
        Runner::new(bundled::models(), bundled::knowledge(), config).run(caller, sink, cancel.clone()).await;
    listener.abort();
    if let Some(emulator) = ready.emulator {
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
        _ if cancel.is_cancelled() => Ending::Interrupted,
        // The calls that cases lean on are judged as all are, without a verdict of their own.
        None if report.findings.is_empty() && id == CaseId::control(id.operation) => {
            println!("{id}: passed");
            Ending::Conforms
        }
        None if report.findings.is_empty() => bail!("no case of that operation is called `{id}` (with this seed)"),
        Some(Verdict::Pass) if report.findings.is_empty() => {
            println!("{id}: passed");
            Ending::Conforms
        }
        Some(Verdict::Indeterminate(reason)) => {
            println!("{id}: indeterminate: {reason}");
            Ending::Unusable
        }
        Some(Verdict::Skipped(reason)) => {
            println!("{id}: skipped: {reason}");
            Ending::Unusable
        }
        None | Some(Verdict::Pass | Verdict::Fail(_)) => {
            println!("{id}: failed");
            Ending::Findings
        }
    })
}

/// A run of the one operation (and suite) that the id names.
fn config(id: &CaseId, seed: Option<u64>) -> Result<Config> {
    let wrong = || anyhow!("'{id}' is not a case ID: its number is out of range");
    let (service, operation) = (id.operation.service(), id.operation.name());
    let model = bundled::model(service).ok_or_else(|| anyhow!("there is no service `{service}`"))?;
    if model.operation(operation).is_none() {
        bail!("{service} has no operation `{operation}`");
    }
    let mut config = Config::default();
    let suite = SuiteName::named(id.suite.as_str());
    // `random-valid/<seed>-<n>`: the number says how many random cases there must be at least.
    if suite == Some(SuiteName::Validation)
        && id.name.starts_with("random-")
        && let Some((of_seed, number)) = id.name.split_once('/').and_then(|(_, last)| last.split_once('-'))
    {
        config.seed = of_seed.parse().map_err(|_| wrong())?;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        config.cases = config.cases.max(number.saturating_add(1));
    }
    // `lifecycle/channel-random-<n>`: so many random cases make one sequence.
    if suite == Some(SuiteName::Lifecycle)
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
