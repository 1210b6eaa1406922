//! Planted faults (docs/architecture.md#how-the-harness-is-tested): each is found by the check that is meant for it,
//! and blamed on no operation but those on which it shows; each check is tripped by some fault; and the healthy
//! emulator yields no finding, whatever the seed.
//!
//! A build without optimisation runs just the suite and the operations that a fault names; a release build, or one with
//! `IVS_CONTRACT_WHOLE` in its environment, runs everything for every fault.

mod run;

use std::collections::BTreeSet;
use std::time::Duration;

use ivs_emulator::{Emulator, FAULTS, Fault, FaultInfo, Options};
use ivs_judge::{Finding, Outcome, Policy, Report};
use ivs_model::{bundled, cited_facts};
use ivs_runner::{Budget, Config, Selection};
use ivs_suites::{SUITES, checks, explained_checks};
use libtest_mimic::{Arguments, Failed, Trial};

/// Whether every fault is put to the test with everything there is.
#[allow(clippy::disallowed_methods, reason = "a test has only the environment to be told by")]
fn is_whole() -> bool {
    !cfg!(debug_assertions) || std::env::var_os("IVS_CONTRACT_WHOLE").is_some()
}

/// Where a fault of all operations is looked for in a small run.
const CROSS_SECTION: [&str; 4] = ["GetChannel", "DeleteStage", "ListRooms", "UntagResource"];

/// The suites whose cases are sequences of calls of several operations.
const SEQUENCES: [&str; 2] = ["lifecycle", "snapshot"];

/// A run that is cut short after so many requests judges little.
const SHORT: u64 = 300;

/// Of so many faults, a build without optimisation looks at one in a short run.
const SHORT_STEP: usize = 16;

/// Seeds with which the healthy emulator is judged.
const SEEDS: u64 = 20;

/// Random cases for each operation of a run on a faulty emulator: the systematic ones are to find it.
const CASES: u32 = 2;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("every_check_is_tripped_by_some_fault", every_check_is_tripped)];
    trials.extend(faults().map(|info| Trial::test(format!("fault::{}", info.name), move || is_found(info))));
    let short = faults().enumerate().filter(|(index, _)| is_whole() || index % SHORT_STEP == 0);
    trials.extend(short.map(|(_, info)| Trial::test(format!("short::{}", info.name), move || is_no_pass(info))));
    trials.extend((1..=SEEDS).map(|seed| Trial::test(format!("healthy::seed-{seed}"), move || is_healthy(seed))));
    libtest_mimic::run(&arguments, trials).exit();
}

/// The faults that suites find; the tests of the load scenarios find the others.
fn faults() -> impl Iterator<Item = &'static FaultInfo> {
    FAULTS.iter().filter(|info| !info.is_of_load())
}

/// The full list of checks is the list of those that the faults are found by.
fn every_check_is_tripped() -> Result<(), Failed> {
    let tripped: BTreeSet<&str> = faults().map(|info| info.check).collect();
    let all: BTreeSet<&str> = checks().collect();
    let untripped: Vec<&&str> = all.difference(&tripped).collect();
    let unknown: Vec<&&str> = tripped.difference(&all).collect();
    if untripped.is_empty() && unknown.is_empty() {
        return Ok(());
    }
    Err(format!("no fault trips {untripped:?}; no check is named {unknown:?}").into())
}

fn is_found(info: &'static FaultInfo) -> Result<(), Failed> {
    let selection = if is_whole() { Selection::default() } else { selection(info)? };
    let report = judge(Some(info.fault), Config { cases: CASES, selection, ..Config::default() })?;
    let of_the_check: Vec<&Finding> = report.findings.iter().filter(|finding| finding.check == info.check).collect();
    if !of_the_check.iter().any(|finding| info.touches(&finding.scope.to_string())) {
        return Err(format!("{} does not find it; there is {:#?}", info.check, told(&report.findings)).into());
    }
    let elsewhere: Vec<&Finding> = report.findings.iter().filter(|finding| !is_fair(info, finding)).collect();
    if !elsewhere.is_empty() {
        return Err(format!("others are blamed: {:#?}", told(elsewhere)).into());
    }
    let unexplained = unexplained(&report);
    if unexplained.is_empty() { Ok(()) } else { Err(format!("`explain` knows nothing of {unexplained:?}").into()) }
}

/// The checks and facts that a report names and `explain` does not know. It explains every name that is written like an error.
fn unexplained(report: &Report) -> BTreeSet<&str> {
    let checks = report.findings.iter().map(|finding| finding.check.as_str());
    let unknown = checks.filter(|check| explained_checks().all(|(info, _)| info.check != *check));
    let cited = report.findings.iter().flat_map(|finding| cited_facts(&finding.rule));
    unknown.chain(cited.filter(|id| bundled::facts().iter().all(|fact| fact.id != *id))).collect()
}

/// A run that is cut short does not pass on a faulty emulator.
fn is_no_pass(info: &'static FaultInfo) -> Result<(), Failed> {
    let budget = Budget { requests: Some(SHORT), ..Budget::default() };
    let report = judge(Some(info.fault), Config { cases: CASES, budget, ..Config::default() })?;
    match report.outcome(&Policy::default()) {
        Outcome::Conforms => Err(format!("{} passes: {:?}", info.name, report.summary).into()),
        Outcome::Findings | Outcome::Partial | Outcome::Unusable => Ok(()),
    }
}

fn is_healthy(seed: u64) -> Result<(), Failed> {
    // The seeds together go through all operations.
    let operations = bundled::models().iter().flat_map(|model| &model.operations).map(|operation| &operation.name);
    let some = (0..).zip(operations).filter(|(index, _)| index % SEEDS == seed % SEEDS).map(|(_, name)| name.clone());
    let operations = if is_whole() { Vec::new() } else { some.collect() };
    let selection = Selection { operations, ..Selection::default() };
    let report = judge(None, Config { seed, selection, ..Config::default() })?;
    if report.findings.is_empty() && report.summary.cases.passed > 0 {
        return Ok(());
    }
    Err(format!("{} passed; findings: {:#?}", report.summary.cases.passed, told(&report.findings)).into())
}

/// One run against an emulator of its own.
fn judge(fault: Option<Fault>, config: Config) -> Result<Report, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let emulator = Emulator::start(Options { settling: Duration::ZERO, fault, ..Options::default() }).await?;
        let report = run::quietly(&emulator.url(), config).await;
        emulator.stop().await;
        match &report.unusable {
            Some(reason) => Err(format!("the emulator could not be judged: {reason}").into()),
            None => Ok(report),
        }
    })
}

/// The suite and the operations that a fault names.
fn selection(info: &FaultInfo) -> Result<Selection, Failed> {
    let suite = SUITES.iter().map(|suite| suite.name()).find(|suite| suite.as_str() == info.suite);
    let suite = suite.ok_or_else(|| format!("no suite is named {}", info.suite))?;
    let mut selection = Selection { suites: vec![suite], ..Selection::default() };
    for (service, operation) in info.operations.iter().filter_map(|name| name.split_once('.')) {
        selection.services.push(service.to_owned());
        selection.operations.push(operation.to_owned());
    }
    if info.operations.is_empty() {
        selection.operations = CROSS_SECTION.map(str::to_owned).to_vec();
    }
    Ok(selection)
}

/// Whether a finding may be laid at the door of the fault. A sequence cannot always tell the call that spoils what it
/// shows from the one that wrote it, so its findings may be of any operation of the service.
fn is_fair(info: &FaultInfo, finding: &Finding) -> bool {
    let is_of_the_service =
        || info.operations.iter().any(|name| name.split('.').next() == Some(finding.scope.service()));
    info.touches(&finding.scope.to_string()) || SEQUENCES.contains(&finding.suite.as_str()) && is_of_the_service()
}

fn told<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<String> {
    let line = |it: &Finding| format!("{} [{}] expected {}, got {}", it.identity, it.case, it.expected, it.actual);
    findings.into_iter().map(line).collect()
}
