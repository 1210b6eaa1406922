//! `ivs-contract plan`: what a check would send, and how long it would take at the documented call rates. Sends nothing.
//!
//! The check runs on an emulator in this process, in virtual time: waits for the call rates and for resources take none.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use ivs_catalog::Catalog;
use ivs_client::{
    BoxFuture, Caller, Client, Clock, Credentials, Exchange, RateLimited, Request, SharedCredentialsProvider, Signing,
    documented_rate,
};
use ivs_emulator::{Emulator, EmulatorClock, Options};
use ivs_model::{OperationId, bundled};
use ivs_runner::{CancellationToken, Config, Runner};
use ivs_suites::SUITES;
use serde::Serialize;
use tokio::time::Instant;

use super::arguments::PlanArguments;
use super::check::selection;
use super::terminal::{print_bytes, print_notes};
use crate::exit_status::ExitStatus;
use crate::run_config::{consistency_wait, draw_nonce, run_id};
use crate::settings::{OutputFormat, SettingsFile};
use crate::target::{self, LocatedTarget};

/// The time that a call to AWS takes besides its wait for the call rates.
const REMOTE_LATENCY: Duration = Duration::from_millis(60);
/// The time that resources of AWS stay in each transitional state (fact `recording-states`: seconds).
const REMOTE_SETTLING: Duration = Duration::from_secs(3);

/// The plan of a run.
#[derive(Debug, Serialize)]
struct CallPlan {
    target: String,
    calls: u64,
    seconds: f64,
    operations: Vec<PlannedCalls>,
    resources: Vec<PlannedResources>,
}

/// The calls of one operation.
#[derive(Debug, Serialize)]
struct PlannedCalls {
    operation: OperationId,
    calls: u64,
    per_second: f64,
}

/// The resources of one type.
#[derive(Debug, Serialize)]
struct PlannedResources {
    service: String,
    resource_type: String,
    created: u64,
    at_most_at_once: u64,
    /// The default quota of an account, if it is known.
    quota: Option<u64>,
}

pub(super) fn run(arguments: &PlanArguments) -> Result<ExitStatus> {
    let file = SettingsFile::read(arguments.config.config.as_deref())?;
    print_notes(&file.notes);
    // Time stands still while anything can be done, and leaps to the next moment at which something is due.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .context("cannot start the asynchronous runtime")?;
    let plan = runtime.block_on(plan(arguments, &file))?;
    let mut out = Vec::new();
    match arguments.output.or(file.output).unwrap_or(OutputFormat::Text) {
        OutputFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &plan)?;
            out.push(b'\n');
        }
        OutputFormat::Text => write(&plan, &mut out)?,
    }
    print_bytes(&out, "the plan")?;
    Ok(ExitStatus::Success)
}

async fn plan(arguments: &PlanArguments, file: &SettingsFile) -> Result<CallPlan> {
    let located = target::locate(&arguments.target, file, bundled::models()).await?;
    let config = config(arguments, file, &located)?;
    let tally = Arc::new(Mutex::new(Tally::default()));
    let client = TallyLayer { inner: emulated(&located, &config)?, tally: Arc::clone(&tally) };
    let caller = RateLimited::documented(client, bundled::models(), bundled::knowledge());
    let start = Instant::now();
    let runner = Runner::new(bundled::models(), bundled::knowledge(), SUITES, config);
    runner.run(Arc::new(caller), Arc::new(|_: &ivs_judge::Event| {}), CancellationToken::new()).await;
    let seconds = start.elapsed().as_secs_f64();
    let tally = std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(tally.plan(&located, seconds))
}

/// The configuration of the check that is planned.
fn config(arguments: &PlanArguments, file: &SettingsFile, located: &LocatedTarget) -> Result<Config> {
    let defaults = Config::default();
    let nonce = draw_nonce();
    Ok(Config {
        endpoint: located.name.clone(),
        region: located.region.clone(),
        seed: arguments.seed.or(file.seed).unwrap_or(defaults.seed),
        cases: arguments.cases.or(file.cases).unwrap_or(defaults.cases),
        concurrency: arguments.concurrency.or(file.concurrency).unwrap_or(defaults.concurrency).max(1),
        selection: selection(bundled::models(), &arguments.selection, &arguments.suite, file)?,
        is_single_region: located.is_aws,
        nonce,
        run_tag: Some(run_id(nonce)),
        externals: file.existing_resources.clone(),
        sample_externals: located.is_local,
        use_control_api: located.is_local,
        allow_writes: located.is_local || arguments.target.allow_writes.is_some(),
        sign_requests: !arguments.target.no_sign_request,
        consistency_wait: consistency_wait(located.is_local, file),
        ..defaults
    })
}

/// A client of an emulator in this process, whose clocks are the virtual time.
fn emulated(located: &LocatedTarget, config: &Config) -> Result<Client> {
    let (start, began) = (Instant::now(), SystemTime::now());
    let now = move || began + start.elapsed();
    let emulator = Emulator::in_process(Options {
        clock: EmulatorClock::from_fn(move || now().into()),
        latency: if located.is_local { Duration::ZERO } else { REMOTE_LATENCY },
        settling: match () {
            () if located.is_embedded => Duration::ZERO,
            () if located.is_local => Options::default().settling,
            () => REMOTE_SETTLING,
        },
        ..Options::default()
    });
    let mut client = located.client.clone();
    let keys = Credentials::new("test", "test", None, None, "plan");
    client.credentials = config.sign_requests.then(|| SharedCredentialsProvider::new(keys));
    client.clock = Clock::new(now);
    Ok(Client::in_process(client, Arc::new(move || emulator.connect()))?)
}

/// What was sent and made.
#[derive(Debug, Default)]
struct Tally {
    calls: BTreeMap<OperationId, u64>,
    /// By service and resource type.
    resources: BTreeMap<(String, String), ResourceCount>,
}

#[derive(Debug, Default, Clone, Copy)]
struct ResourceCount {
    created: u64,
    now: u64,
    at_most: u64,
}

impl Tally {
    fn note(&mut self, exchange: &Exchange) {
        let catalog = ivs_catalog::bundled();
        let operation = exchange.operation;
        // The control API of an emulator is no operation.
        let Some(service) = catalog.service(operation.service()).filter(|it| it.operation(operation).is_some()) else {
            return;
        };
        *self.calls.entry(operation).or_default() += 1;
        if !exchange.status().is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        for resource_type in service.resource_types() {
            let key = || (operation.service().to_owned(), resource_type.name.clone());
            if resource_type.creates.contains(&operation) {
                let count = self.resources.entry(key()).or_default();
                count.created += 1;
                count.now += 1;
                count.at_most = count.at_most.max(count.now);
            } else if resource_type.deletes.contains(&operation) {
                let count = self.resources.entry(key()).or_default();
                count.now = count.now.saturating_sub(1);
            }
        }
    }

    fn plan(self, located: &LocatedTarget, seconds: f64) -> CallPlan {
        let catalog: &Catalog<'_> = ivs_catalog::bundled();
        let knowledge = bundled::knowledge();
        let calls = |(operation, calls): (OperationId, u64)| PlannedCalls {
            operation,
            calls,
            per_second: documented_rate(knowledge, operation),
        };
        let resources = |((service, resource_type), count): ((String, String), ResourceCount)| {
            let creates =
                catalog.service(&service).and_then(|it| it.resource_type(&resource_type)).map(|it| &it.creates);
            let quota = knowledge.quotas.iter().find(|quota| {
                let operation = OperationId::new(&quota.service, &quota.operation);
                quota.of.is_none() && creates.is_some_and(|creates| creates.contains(&operation))
            });
            PlannedResources {
                quota: quota.and_then(|quota| quota.value),
                service,
                resource_type,
                created: count.created,
                at_most_at_once: count.at_most,
            }
        };
        CallPlan {
            target: located.summary(),
            calls: self.calls.values().sum(),
            seconds,
            operations: self.calls.into_iter().map(calls).collect(),
            resources: self.resources.into_iter().map(resources).collect(),
        }
    }
}

/// Counts the calls.
struct TallyLayer<C> {
    inner: C,
    tally: Arc<Mutex<Tally>>,
}

impl<C: Caller> Caller for TallyLayer<C> {
    fn send<'a>(&'a self, operation: OperationId, request: Request, signing: &'a Signing) -> BoxFuture<'a, Exchange> {
        Box::pin(async move {
            let exchange = self.inner.send(operation, request, signing).await;
            self.tally.lock().unwrap_or_else(PoisonError::into_inner).note(&exchange);
            exchange
        })
    }
}

fn write(plan: &CallPlan, out: &mut Vec<u8>) -> io::Result<()> {
    writeln!(out, "{} calls, {} at the documented call rates. Nothing was sent.", plan.calls, time(plan.seconds))?;
    writeln!(out, "Target: {}\n", plan.target)?;
    writeln!(out, "{:>7}  {:>6}  operation", "calls", "rate/s")?;
    for PlannedCalls { operation, calls, per_second } in &plan.operations {
        writeln!(out, "{calls:>7}  {per_second:>6}  {operation}")?;
    }
    writeln!(out, "\n{:>7}  {:>7}  {:>7}  resource", "created", "at once", "quota")?;
    for PlannedResources { service, resource_type, created, at_most_at_once, quota } in &plan.resources {
        let quota = quota.map_or("unknown".to_owned(), |quota| quota.to_string());
        writeln!(out, "{created:>7}  {at_most_at_once:>7}  {quota:>7}  {service}.{resource_type}")?;
    }
    writeln!(
        out,
        "\nAll resources are tagged and deleted at the end. An endpoint with findings or delays takes more calls."
    )
}

/// Writes a number of seconds for people.
fn time(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.max(0.0)).as_secs();
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) => format!("{seconds:.1} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
